"""What operators do by hand: each act is recorded with actor and reason, and rejected when it does not apply."""

from __future__ import annotations

from collections.abc import Collection

from contracts import commands as cm
from contracts import events as ev
from contracts.asked import StepCommand
from contracts.ids import Instant, Place
from workflows.core import fallen, items, undoing, waits
from workflows.core.allowed_moves import UNASKED
from workflows.core.compiled import CompiledStep
from workflows.core.corrections import reopen_readers, stale_steps
from workflows.core.evolve import fold
from workflows.core.expressions import ExpressionError
from workflows.core.locks import locked_steps
from workflows.core.rejections import Rejection
from workflows.core.repeats import give_up_at
from workflows.core.settle import give_up, skip
from workflows.core.state import CaseState, Round, Values, where
from workflows.core.unknown import doubtful
from workflows.core.values import Resolved, resolve_step

Found = tuple[CompiledStep, Place, Round]
_STUCK = frozenset({"exhausted", "overdue"})
"""An agency's part that an operator may take in hand: it may still answer, and that still counts."""


def _find(state: CaseState, command: StepCommand, states: Collection[str]) -> Found:
    """Give the round that the act is about: the named one, else the newest in one of `states` (`overdue` is one)."""
    rounds = state.rounds((command.step, command.item))
    named = [entry for entry in rounds if command.round in {0, entry.number}]
    if not command.item and command.step in state.listed:
        message = f"Step {command.step!r} is asked for each item of a list: name the item."
        raise Rejection("unknown_step", message)
    if not named:
        raise Rejection("unknown_step", f"There is no such step or round of {command.step!r} in this case.")
    for entry in reversed(named):
        if _stands_at(entry) in states or (entry.overdue and "overdue" in states):
            return state.step(command.step), Place(command.step, command.item, entry.number), entry
    wanted = " or ".join(sorted(states))
    raise Rejection(
        "not_now", f"Step {command.step!r} is {_stands_at(named[-1])}; this is possible only while {wanted}."
    )


def _stands_at(entry: Round) -> str:
    return "fallen" if entry.fallen else entry.state


def _require_open(state: CaseState, *statuses: str) -> None:
    if state.status not in statuses:
        raise Rejection("not_open", f"The case is {state.status}; this is possible only while {' or '.join(statuses)}.")


def _require_running(state: CaseState) -> None:
    if state.paused:
        raise Rejection("not_now", "The case is paused: nothing leaves before it is resumed.")


def _require_item(step: CompiledStep, place: Place) -> None:
    if items.is_list(step, place):
        raise Rejection("not_now", f"The list of step {step.name!r} is wrong: none of its items can be acted on yet.")


def ask_again(state: CaseState, command: cm.AskAgain, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Ask again now, under the same key; an ask that could not be resolved is resolved anew."""
    _require_open(state, "open", "closing")
    _require_running(state)
    step, place, entry = _find(state, command, {*_STUCK, "failed", "fallen"})
    if entry.fallen:
        _require_open(state, "open")
        return fallen.ask_anew(state, place, command, now)
    if entry.state == "asked":
        raise Rejection("not_now", f"Step {command.step!r} is being asked at this moment.")
    if doubtful(step, entry):
        message = f"Step {command.step!r} may have worked, and its agency would do it again: settle its outcome first."
        raise Rejection("outcome_unknown", message)
    act, at = command.act, where(now, place)
    if items.is_list(step, place):
        _require_open(state, "open")
        return items.open_again(state, step, place, now, act)
    fresh: Values | None = None
    if entry.input is None:
        resolved = _resolved_anew(state, step, place, entry)
        if not resolved.needed:
            return (ev.StepSkipped(cause="when", actor=act.actor, reason=act.reason, **at),)
        fresh = resolved.input
        if not step.spec.sends:
            return waits.begin(state, step, place, fresh, now, act)
    event = ev.StepAsked(
        attempt=entry.attempt + 1,
        input=fresh,
        give_up_at=give_up_at(now, step.contract.attempts),
        actor=act.actor,
        reason=act.reason,
        **at,
    )
    return (*_given_up(place, entry, now), event) if entry.state == "accepted" else (event,)


def _given_up(place: Place, entry: Round, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give the end of the waiting that an act on an overdue step brings; the act's own event says who and why."""
    return () if entry.state == "exhausted" else (give_up(place, entry, now),)


def _resolved_anew(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> Resolved:
    """Resolve a step whose input was wrong in its turn, as it would be today; the rules of a first ask hold."""
    _require_open(state, "open")
    if undoing.blocks_asking(state, step, place.item) or not all(
        state.has_word(name) for name in step.data | step.after
    ):
        raise Rejection("not_now", f"What {step.name!r} waits for is being asked anew or taken back.")
    try:
        resolved = resolve_step(state, step, entry.given_input, place.item)
    except ExpressionError as error:
        raise Rejection("input_invalid", f"The input still cannot be resolved: {error}") from error
    if resolved.mistakes:
        message = "The input still breaks the contract; replace it, or contribute by hand."
        raise Rejection("input_invalid", message, resolved.mistakes)
    return resolved


def replace_input(state: CaseState, command: cm.ReplaceInput, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Open a new round with another input; what the old one may have done is taken back first."""
    _require_open(state, "open")
    step, place, entry = _find(state, command, _STUCK)
    if step.name in locked_steps(state):
        message = f"A final step that rests on {command.step!r} has been asked: its input is locked."
        raise Rejection("locked", message)
    _require_item(step, place)
    mistakes = step.check_input(command.input)
    if mistakes:
        raise Rejection("input_invalid", "The input breaks the contract.", mistakes)
    opened = ev.RoundOpened(
        because="replaced",
        input=command.input,
        actor=command.act.actor,
        reason=command.act.reason,
        **where(now, Place(place.step, place.item, place.round + 1)),
    )
    return (*_given_up(place, entry, now), *undoing.take_back(step, place, entry, "replaced", now), opened)


def contribute_by_hand(state: CaseState, command: cm.ContributeByHand, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record what the agency contributed, known from elsewhere, with its evidence."""
    _require_open(state, "open", "closing")
    step, place, entry = _find(state, command, _STUCK)
    _require_item(step, place)
    if step.spec.service is not None:
        message = f"Step {command.step!r} is a case of its own: act in {entry.ticket or 'it'}; its output is the part."
        raise Rejection("not_now", message)
    mistakes = step.check_output(command.output)
    if mistakes:
        raise Rejection("output_invalid", "The contribution breaks the contract.", mistakes)
    event = ev.StepContributed(
        output=command.output,
        evidence=command.evidence,
        actor=command.act.actor,
        reason=command.act.reason,
        **where(now, place),
    )
    return (*_given_up(place, entry, now), event)


def nothing_was_done(state: CaseState, command: cm.NothingWasDone, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that the agency did nothing for an ask in doubt, known from elsewhere: it may be asked again."""
    _require_open(state, "open", "closing")
    step, place, entry = _find(state, command, _STUCK)
    if not doubtful(step, entry):
        raise Rejection("not_now", f"Nothing hangs on the outcome of step {command.step!r}: it can be asked again.")
    act = command.act
    event = ev.NothingDone(evidence=command.evidence, actor=act.actor, reason=act.reason, **where(now, place))
    return (event,)


def skip_step(state: CaseState, command: cm.SkipStep, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Go on without an optional step."""
    _require_open(state, "open")
    step, place, entry = _find(state, command, {*_STUCK, "fallen"})
    if not step.spec.optional and not (step.spec.partial and place.item):
        raise Rejection("not_optional", f"The joint output cannot be issued without step {command.step!r}.")
    if step.contract.effect == "final" and undoing.maybe_sent(entry) and not entry.fallen:
        message = f"Step {command.step!r} is final and may have worked: settle its outcome first."
        raise Rejection("outcome_unknown", message)
    skipped = skip(step, place, entry, now, cause="hand", actor=command.act.actor, reason=command.act.reason)
    readers = reopen_readers(fold(state, skipped), step.name, now) if entry.fallen else []
    return (*_given_up(place, entry, now), *skipped, *readers)


def end_case(state: CaseState, command: cm.EndCase, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Close a case that cannot be finished."""
    _require_open(state, "open", "issuing")
    ended = ev.CaseEndedByHand(at=now, actor=command.act.actor, reason=command.act.reason)
    return (ended, ev.CaseClosing(at=now, outcome="ended"))


def pause(state: CaseState, command: cm.PauseCase, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let nothing leave any more."""
    _require_open(state, "open", "issuing", "closing", "revoking")
    if state.paused:
        raise Rejection("not_now", "The case is paused already.")
    return (ev.CasePaused(at=now, actor=command.act.actor, reason=command.act.reason),)


def resume(state: CaseState, command: cm.ResumeCase, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Go on; timers that fired meanwhile are applied now."""
    if not state.paused:
        raise Rejection("not_now", "The case is not paused.")
    return (ev.CaseResumed(at=now, actor=command.act.actor, reason=command.act.reason),)


def undo_again(state: CaseState, command: cm.UndoAgain, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Send a refused or exhausted undo again, unless the contract's time for it is past."""
    _require_running(state)
    step, place, entry = _find(state, command, {"undo_refused", "undo_exhausted"})
    if undoing.only_by_hand(step, entry):
        message = (
            "It was contributed by hand, which no undo by its key takes back: record that it was undone, or keep it."
        )
        raise Rejection("not_now", message)
    events = undoing.ask_undo(step, place, entry, now, actor=command.act.actor, reason=command.act.reason)
    if not events:
        raise Rejection("too_late", "The contract's time for an undo is past: keep it, or record that it was undone.")
    return events


def undone_by_hand(state: CaseState, command: cm.UndoneByHand, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that it was taken back, known from elsewhere, with evidence."""
    _, place, _ = _find(state, command, {"undo_refused", "undo_exhausted"})
    event = ev.StepUndone(
        evidence=command.evidence, actor=command.act.actor, reason=command.act.reason, **where(now, place)
    )
    return (event,)


def keep(state: CaseState, command: cm.KeepContribution, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let a contribution stand under a named owner."""
    _, place, _ = _find(state, command, {"undo_refused", "undo_exhausted"})
    event = ev.StepKept(owner=command.owner, actor=command.act.actor, reason=command.act.reason, **where(now, place))
    return (event,)


def take_kept(state: CaseState, command: cm.TakeKept, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take a kept contribution as the step's word; the round that was to replace it is dropped."""
    _require_open(state, "open")
    _, place, entry = _find(state, command, {"kept", "fallen"})
    if entry.fallen:
        return fallen.take_rest(state, place, entry, command, now)
    if entry.taken:
        raise Rejection("not_now", "This contribution was taken already.")
    if not state.counts(place.step, place.item):
        raise Rejection("not_now", "This item is no more on the list: its contribution stands under its owner.")
    if entry.output is None:
        raise Rejection("outcome_unknown", "Nobody knows what was contributed: there is nothing to take.")
    events: list[ev.CaseEvent] = [ev.KeptTaken(actor=command.act.actor, reason=command.act.reason, **where(now, place))]
    for later in state.rounds((place.step, place.item))[place.round :]:
        if later.state in UNASKED:
            follower = Place(place.step, place.item, later.number)
            events.append(ev.StepDropped(cause="replaced", **where(now, follower)))
    after = fold(state, events)
    if stale_steps(after) & locked_steps(after):
        message = f"A final step was asked without what {command.step!r} contributed: it can no longer be taken."
        raise Rejection("locked", message)
    return tuple(events)


def take_incident(state: CaseState, command: cm.TakeIncident, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Name who answers for an incident."""
    found: list[tuple[bool, int]] = []
    for entry in state.rounds((command.step, command.item)):
        place = Place(command.step, command.item, entry.number)
        owners = [incident.owner for incident in state.incidents if incident.place == place]
        owners += [entry.owner] if entry.held else []
        if command.round in {0, entry.number} and owners:
            found.append((not all(owners), entry.number))
    if not found:
        raise Rejection("not_now", f"Step {command.step!r} has no incident.")
    # The newest that nobody owns yet, else the newest.
    place = Place(command.step, command.item, max(found)[1])
    event = ev.IncidentTaken(
        owner=command.owner, actor=command.act.actor, reason=command.act.reason, **where(now, place)
    )
    return (event,)


def revoke(state: CaseState, command: cm.RevokeOutput, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take the joint output back."""
    _require_open(state, "issued")
    return (ev.OutputRevoked(at=now, actor=command.act.actor, reason=command.act.reason),)
