"""What an agency said, or its silence: the only place where an answer becomes the word of a round.

A refusal is an event, never an exception. Once a round has ended an answer moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.contract import DeskConnection
from contracts.ids import Instant, Place, ask_key
from contracts.payments import Billed
from workflows.core import fallen, payments
from workflows.core.allowed_moves import GRANTED, OUT, UNDO_OPEN
from workflows.core.corrections import correct_until, correctable_pointers
from workflows.core.heard import Heard
from workflows.core.rejections import Rejection
from workflows.core.repeats import again_at, look_again_at
from workflows.core.state import CaseState, Round, Where, where
from workflows.core.undoing import decided_by_people, told_by_hand
from workflows.core.unknown import bears_repeats, can_be_polled, repeats_what_is_not_held, unsettled

MOST_LATE_ANSWERS_RECORDED: Final = 3
"""An agency that repeats a late answer must not make the journal grow."""


def record_answer(state: CaseState, command: cm.RecordAnswer, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give the events of an answer (none: it says nothing new).

    Raises:
        Rejection: no such step or round, or no agency carries it out.

    """
    place = Place(command.step, command.item, command.round)
    entry = state.round_at(place)
    if entry is None or not state.step(place.step).spec.sends:
        raise Rejection(
            "unknown_step", f"No agency was asked in round {command.round} of step {command.step!r} of this case."
        )
    heard = Heard(state, state.step(place.step), place, entry, command, now)
    if heard.step.spec.service is not None:
        return fallen.heard(heard, _heard)
    return payments.answered(heard, _heard) if heard.step.spec.pays else _heard(heard)


def _heard(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    entry = heard.entry
    if heard.command.verb == "undo":
        return _undo_answer(heard)
    if entry.state in OUT:
        return _ANSWERS[type(heard.command.heard)](heard)
    return _late(heard)


# --- an ask that is out -------------------------------------------------------------------------------------


def _contributed(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    answer = heard.command.heard
    assert isinstance(answer, wire.Contributed)  # noqa: S101 - the table's key is the type
    mistakes = heard.step.check_output(answer.output)
    if mistakes:
        return _breaks_contract(heard, "; ".join(f"{mistake.pointer}: {mistake.detail}" for mistake in mistakes))
    event = ev.StepContributed(output=answer.output, evidence=heard.command.evidence, **_at(heard))
    return (event,)


def _refused(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    answer = heard.command.heard
    assert isinstance(answer, wire.Refused)  # noqa: S101 - the table's key is the type
    refusal = heard.step.contract.refusals.get(answer.code)
    if refusal is None:
        return _breaks_contract(heard, f"refused with {answer.code!r}, which the contract does not list")
    pointers = correctable_pointers(heard.state, heard.step, refusal.correct, heard.place.item)
    event = ev.StepRefused(
        code=answer.code,
        text=answer.text,
        evidence=heard.command.evidence,
        correctable=pointers,
        correct_until=correct_until(heard.state, refusal.within, heard.now) if pointers else None,
        **_at(heard),
    )
    return (event,)


def _returned(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    answer = heard.command.heard
    assert isinstance(answer, wire.Returned)  # noqa: S101 - the table's key is the type
    # Only who may say no may send back: a final step may have been asked before a step that cannot.
    contract = heard.step.contract
    may = bool(contract.refusals) or isinstance(contract.connection, DeskConnection)
    pointers = correctable_pointers(heard.state, heard.step, answer.inputs, heard.place.item) if may else []
    if not pointers:
        if heard.entry.state == "exhausted" and heard.entry.cause == "returned":
            return ()
        reason = f"returned, and the applicant cannot correct {', '.join(answer.inputs) or 'anything'}: {answer.text}"
        return (_exhausted(heard, "returned", reason),)
    event = ev.StepReturned(
        text=answer.text,
        evidence=heard.command.evidence,
        correctable=pointers,
        correct_until=correct_until(heard.state, None, heard.now),
        **_at(heard),
    )
    return (event,)


def _accepted(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    answer = heard.command.heard
    assert isinstance(answer, wire.Accepted)  # noqa: S101 - the table's key is the type
    entry, contract = heard.entry, heard.step.contract
    # Exhausted although it was accepted: that it has the ask is known, and does not end the incident.
    if entry.state == "accepted" or (entry.state == "exhausted" and entry.evidence is not None):
        return _nothing_new(heard)
    looks = can_be_polled(contract)
    event = ev.StepAccepted(
        ticket=answer.ticket,
        evidence=heard.command.evidence,
        lookup_at=look_again_at(heard.now, contract.attempts, 0) if looks else None,
        **_at(heard),
    )
    return (event,)


def _nothing_new(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    """A lookup settles only positively: "nothing held" may mean that the ask is still travelling."""
    if not heard.entry.looking or heard.command.verb != "lookup":
        return ()
    unheard = heard.command.heard
    reason = unheard.reason if isinstance(unheard, wire.Unheard) else "nothing new"
    if heard.entry.state == "failed":
        return _still_unknown(heard, reason)
    next_at = look_again_at(heard.now, heard.step.contract.attempts, heard.entry.lookup)
    return (ev.LookupUnanswered(attempt=heard.entry.lookup, reason=reason, again_at=next_at, **_at(heard)),)


def _still_unknown(heard: Heard, reason: str) -> tuple[ev.CaseEvent, ...]:
    """The outcome of an ask in doubt is still unknown: look again, ask again where that is safe now, or a person."""
    entry, contract = heard.entry, heard.step.contract
    nothing = isinstance(heard.command.heard, wire.NothingHeld)
    if nothing and repeats_what_is_not_held(contract) and not heard.state.paused:
        return (ev.StepAsked(attempt=entry.attempt + 1, **_at(heard)),)
    key = ask_key(heard.state.case, heard.place)
    following = again_at(heard.now, contract.attempts, key, entry.lookup, None)
    if entry.give_up_at is not None and following > entry.give_up_at:
        return (_exhausted(heard, "unknown", reason),)
    return (ev.LookupUnanswered(attempt=entry.lookup, reason=reason, again_at=following, **_at(heard)),)


def _nothing_held(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    if heard.command.verb == "lookup":
        return _nothing_new(heard)
    return _breaks_contract(heard, "answered an ask with nothing_held")


def _undone(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    return _breaks_contract(heard, "says that the ask was undone, which nobody asked for")


def _undo_refused(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    return _breaks_contract(heard, "answered an ask with undo_refused")


def _unreadable(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    answer = heard.command.heard
    assert isinstance(answer, wire.Unreadable)  # noqa: S101 - the table's key is the type
    if heard.command.verb == "lookup":
        return _nothing_new(heard)
    return _breaks_contract(heard, "; ".join(answer.mistakes))


def _breaks_contract(heard: Heard, reason: str) -> tuple[ev.CaseEvent, ...]:
    """An answer that breaks the contract is kept and not asked again: a person must look at it."""
    answer = heard.command.heard
    kept: tuple[ev.CaseEvent, ...] = ()
    if not isinstance(answer, wire.Unheard | wire.Unreadable | Billed):
        recorded = ev.AnswerRecorded(
            verb=heard.command.verb, answer=answer, evidence=heard.command.evidence, **_at(heard)
        )
        kept = (recorded,)
    if heard.entry.state == "exhausted":
        return () if heard.entry.late >= MOST_LATE_ANSWERS_RECORDED else kept
    return (*kept, _exhausted(heard, "contract", reason))


def _unheard(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    unheard = heard.command.heard
    assert isinstance(unheard, wire.Unheard)  # noqa: S101 - the table's key is the type
    if heard.command.verb == "lookup":
        return _nothing_new(heard)
    entry, attempts = heard.entry, heard.step.contract.attempts
    if entry.state != "asked" or heard.command.attempt != entry.attempt:
        return ()
    if unheard.final:
        return (_exhausted(heard, "answer", unheard.reason),)
    unknown = (unheard.sent or entry.in_doubt) and not bears_repeats(heard.step.contract)
    if unknown and not heard.step.contract.lookup:
        return (_exhausted(heard, "unknown", unheard.reason),)
    key = ask_key(heard.state.case, heard.place)
    following = again_at(heard.now, attempts, key, entry.attempt, unheard.retry_after_s)
    if entry.give_up_at is not None and following > entry.give_up_at:
        return (_exhausted(heard, "unknown" if unknown else "attempts", unheard.reason),)
    event = ev.StepFailed(
        attempt=entry.attempt, reason=unheard.reason, sent=unheard.sent, again_at=following, **_at(heard)
    )
    return (event,)


def _exhausted(heard: Heard, cause: ev.ExhaustedCause, reason: str) -> ev.StepExhausted:
    unheard = heard.command.heard
    sent = unheard.sent if isinstance(unheard, wire.Unheard) else True
    return ev.StepExhausted(
        cause=cause, reason=reason, owner="", sent=sent, evidence=heard.command.evidence, **_at(heard)
    )


def _at(heard: Heard) -> Where:
    return where(heard.now, heard.place)


_ANSWERS: Final[Mapping[type[Any], Callable[[Heard], tuple[ev.CaseEvent, ...]]]] = {
    wire.Contributed: _contributed,
    wire.Refused: _refused,
    wire.Returned: _returned,
    wire.Accepted: _accepted,
    wire.NothingHeld: _nothing_held,
    wire.Undone: _undone,
    wire.UndoRefused: _undo_refused,
    wire.Unreadable: _unreadable,
    wire.Unheard: _unheard,
}


# --- late ---------------------------------------------------------------------------------------------------


def _late(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    """After a round's end an answer is recorded at most; a contribution where none is wanted opens an incident."""
    entry, answer = heard.entry, heard.command.heard
    if unsettled(heard.step, entry):
        return _settling(heard)
    if isinstance(answer, _SAYS_NOTHING_LATE):
        return ()
    if _same_word(entry, answer):
        return ()
    unwanted = _unwanted(heard)
    news = unwanted or (isinstance(answer, wire.Contributed) and entry.state in UNDO_OPEN and entry.output is None)
    if entry.late >= MOST_LATE_ANSWERS_RECORDED and not news:
        return ()
    event = ev.AnswerRecorded(
        verb=heard.command.verb,
        answer=answer,
        evidence=heard.command.evidence,
        incident="late_contribution" if unwanted else "",
        **_at(heard),
    )
    return (event,)


_SAYS_NOTHING_LATE: Final = (wire.Unheard, wire.Unreadable, wire.Accepted, wire.NothingHeld, wire.UndoRefused, Billed)


def _settling(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    """Find out first what is to be taken back: an answer that says so, or silence."""
    answer, evidence = heard.command.heard, heard.command.evidence
    if isinstance(answer, wire.Contributed | wire.Accepted):
        return (ev.AnswerRecorded(verb=heard.command.verb, answer=answer, evidence=evidence, **_at(heard)),)
    if isinstance(answer, wire.Refused | wire.Returned | wire.Undone):
        return (ev.StepUndone(evidence=evidence, reason="nothing was done", **_at(heard)),)
    return _unsettled_lookup(heard) if heard.command.verb == "lookup" else _unsettled_ask(heard)


def _unsettled_lookup(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    entry = heard.entry
    if not entry.looking:
        return ()
    next_at = look_again_at(heard.now, heard.step.contract.attempts, entry.lookup)
    return (ev.LookupUnanswered(attempt=entry.lookup, reason="nothing new", again_at=next_at, **_at(heard)),)


def _unsettled_ask(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    entry, answer = heard.entry, heard.command.heard
    if not entry.asking or heard.command.attempt != entry.attempt:
        return ()
    sent, reason = (
        (answer.sent, answer.reason) if isinstance(answer, wire.Unheard) else (True, "nothing that settles it")
    )
    if not sent and not entry.sent:
        return (ev.StepUndone(evidence=heard.command.evidence, reason="never sent", **_at(heard)),)
    key = ask_key(heard.state.case, heard.place)
    next_at = again_at(heard.now, heard.step.contract.attempts, key, entry.attempt, None)
    event = ev.SettlingFailed(attempt=entry.attempt, reason=reason, sent=sent, again_at=next_at, **_at(heard))
    return (event,)


def _unwanted(heard: Heard) -> bool:
    """Whether this is a contribution that nobody owns, and that nobody was told of yet.

    Beyond the agreed "undone, dropped or skipped": an agency that refused and then contributed all the same, or that
    contributed something else than a person recorded for it, has made something that nobody owns.
    """
    entry = heard.entry
    if not isinstance(heard.command.heard, wire.Contributed) or heard.step.contract.effect == "none":
        return False
    ended = entry.state in {"undone", "dropped", "skipped", "refused", "returned"}
    return (ended or (entry.by_hand and entry.state in GRANTED)) and not _known(heard)


def _known(heard: Heard) -> bool:
    return any(incident.place == heard.place for incident in heard.state.incidents)


def _same_word(entry: Round, answer: wire.Answer) -> bool:
    if isinstance(answer, wire.Contributed):
        return entry.output == answer.output and entry.state not in {"undone", "dropped", "skipped"}
    if isinstance(answer, wire.Refused):
        return entry.state == "refused" and entry.code == answer.code
    if isinstance(answer, wire.Returned):
        return entry.evidence is not None and entry.state in {"returned", "refused"}
    return entry.state in UNDO_OPEN | {"undone"}


# --- an undo ------------------------------------------------------------------------------------------------


def _undo_answer(heard: Heard) -> tuple[ev.CaseEvent, ...]:
    entry, answer = heard.entry, heard.command.heard
    evidence = heard.command.evidence
    if entry.state == "kept" and isinstance(answer, wire.Undone):
        return _undone_though_kept(heard, answer)
    if entry.state not in UNDO_OPEN or not entry.undo_attempt:
        return ()
    if isinstance(answer, wire.Undone):
        by_key = entry.by_hand and not decided_by_people(heard.step.contract)
        return _undone_by_key(heard, answer) if by_key else (ev.StepUndone(evidence=evidence, **_at(heard)),)
    if entry.state != "undoing" or (isinstance(answer, wire.Accepted) and entry.undo_accepted):
        return ()
    if isinstance(answer, wire.Unheard):
        return _undo_unheard(heard, answer)
    event: ev.CaseEvent
    if isinstance(answer, wire.UndoRefused):
        event = ev.UndoRefused(code=answer.code or "refused", text=answer.text, evidence=evidence, **_at(heard))
    elif isinstance(answer, wire.Accepted):
        event = ev.UndoAccepted(evidence=evidence, ticket=answer.ticket, again_at=_undo_again_at(heard), **_at(heard))
    else:
        event = ev.UndoExhausted(reason="answered an undo with something else", owner="", **_at(heard))
    return (event,)


def _undone_by_key(heard: Heard, answer: wire.Undone) -> tuple[ev.CaseEvent, ...]:
    """The agency took back what it did under the key; what was contributed by hand is a person's to settle."""
    entry = heard.entry
    if entry.key_undone:
        return ()
    recorded = ev.AnswerRecorded(verb="undo", answer=answer, evidence=heard.command.evidence, **_at(heard))
    told = (told_by_hand(heard.place, entry, heard.now),) if entry.state == "undoing" else ()
    return (recorded, *told)


def _undone_though_kept(heard: Heard, answer: wire.Undone) -> tuple[ev.CaseEvent, ...]:
    """A person said that it stands, and the agency says that it does not: somebody must look at it, once."""
    if _known(heard):
        return ()
    event = ev.AnswerRecorded(
        verb="undo", answer=answer, evidence=heard.command.evidence, incident="undone_though_kept", **_at(heard)
    )
    return (event,)


def _undo_again_at(heard: Heard) -> Instant | None:
    """An accepted undo is sent again until it is answered, or until waiting is spent; what lies on a desk is not.

    What officers have not decided in that time, an operator puts on their desk again, or settles.
    """
    entry, contract = heard.entry, heard.step.contract
    if decided_by_people(contract):
        return entry.undo_give_up_at
    following = look_again_at(heard.now, contract.attempts, entry.undo_attempt - 1)
    return following if entry.undo_give_up_at is None else min(following, entry.undo_give_up_at)


def _undo_unheard(heard: Heard, unheard: wire.Unheard) -> tuple[ev.CaseEvent, ...]:
    entry, attempts = heard.entry, heard.step.contract.attempts
    if not entry.undo_out or heard.command.attempt != entry.undo_attempt:
        return ()
    key = ask_key(heard.state.case, heard.place, "undo")
    following = again_at(heard.now, attempts, key, entry.undo_attempt, unheard.retry_after_s)
    spent = entry.undo_give_up_at is not None and following > entry.undo_give_up_at
    if unheard.final or spent:
        return (ev.UndoExhausted(reason=unheard.reason, owner="", **_at(heard)),)
    event = ev.UndoFailed(attempt=entry.undo_attempt, reason=unheard.reason, again_at=following, **_at(heard))
    return (event,)
