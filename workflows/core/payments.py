"""Payments: a bill that the provider makes, that the applicant pays, and that is paid back as anything is undone.

A bill is asked under the round's key, looked up under it, and undone under its undo's key, by the rules of every ask.
What is of a payment alone stands here: it has a time, and ends with it only by the provider's own word; what anybody
says happened is looked up; another amount than was asked, and money after the end, are a person's to settle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.asked import StepCommand
from contracts.ids import NO_ITEM, Instant, Place, StepName
from contracts.payments import Billed
from workflows.core.allowed_moves import GRANTED, OUT, UNDO_OPEN
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.expressions import ExpressionError
from workflows.core.graph import AMOUNT
from workflows.core.heard import Heard
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, where
from workflows.core.step_kinds import DECLINED
from workflows.core.values import resolve_step

_SOONEST: Final = timedelta(minutes=1)
_LATEST: Final = timedelta(hours=6)
_LATEST_AT_THE_END: Final = timedelta(hours=1)
_ASKED_JUST_NOW: Final = timedelta(seconds=5)
"""Within this an applicant is answered by the look that is under way, or by the next, which comes soon."""
_EACH_TIME: Final = timedelta(seconds=1)
"""By how much an applicant waits longer after each look: whoever presses for days asks a thousand times."""

Events = tuple[ev.CaseEvent, ...]


# --- what the provider said -----------------------------------------------------------------------------------


def answered(heard: Heard, otherwise: Callable[[Heard], Events]) -> Events:
    """Give the events of what the provider said; what is the same for every ask is said by `otherwise`."""
    verb, answer, entry = heard.command.verb, heard.command.heard, heard.entry
    if verb == "undo" and entry.paying.refunding:
        return _refund_answered(heard)
    if verb == "undo":
        return otherwise(heard)
    if isinstance(answer, wire.Refused) and _is_overtaken(heard):
        return ()
    events: Events
    if isinstance(answer, Billed):
        events = _billed(heard, answer)
    elif isinstance(answer, wire.Contributed):
        events = _paid(heard, answer, otherwise)
    elif isinstance(answer, wire.Refused) and entry.state in OUT and entry.paying.declined:
        events = (ev.StepRefused(code=DECLINED, evidence=heard.command.evidence, **where(heard.now, heard.place)),)
    elif verb == "lookup" and not isinstance(answer, wire.Refused):
        events = ()
    else:
        events = otherwise(heard)
    looks_on = verb == "lookup" and entry.looking and all(isinstance(event, ev.AnswerRecorded) for event in events)
    return (*events, *_looked(heard)) if looks_on else events


def _is_overtaken(heard: Heard) -> bool:
    """Whether a no was said before what was asked last: since then somebody may have paid, and said so.

    Once there is a bill, only the last look decides that it has ended: an ask that was sent twice does not.
    """
    entry, attempt = heard.entry, heard.command.attempt
    if heard.command.verb == "ask":
        return entry.state == "accepted"
    return 0 < attempt < entry.lookup


def _billed(heard: Heard, billed: Billed) -> Events:
    entry = heard.entry
    if entry.state not in OUT or entry.state == "accepted":
        return ()
    bill, at = billed.bill, where(heard.now, heard.place)
    look_at = min(heard.now + _SOONEST, max(bill.until, heard.now))
    return (ev.BillMade(bill=bill, evidence=heard.command.evidence, lookup_at=look_at, **at),)


def _paid(heard: Heard, answer: wire.Contributed, otherwise: Callable[[Heard], Events]) -> Events:
    """The amount that was asked contributes; another one, or one beside a payment that stands, is an incident."""
    entry, due = heard.entry, (heard.entry.input or {}).get(AMOUNT)
    paid = answer.output.get(AMOUNT)
    if entry.state in OUT and paid != due:
        known = entry.state == "exhausted" and entry.cause == "contract"
        kept = _recorded(heard, answer, "")
        exhausted = ev.StepExhausted(
            cause="contract",
            reason=f"{paid} rupiah were paid, not {due}",
            owner="",
            sent=True,
            evidence=heard.command.evidence,
            **where(heard.now, heard.place),
        )
        return () if known else (kept, exhausted)
    if entry.state in GRANTED and not entry.by_hand:
        return () if paid == due or _is_told(heard) else (_recorded(heard, answer, "paid_twice"),)
    if entry.paying.refunded and not _is_told(heard):
        return (_recorded(heard, answer, "late_contribution"),)
    return otherwise(heard)


def _is_told(heard: Heard) -> bool:
    """Whether somebody was told of money that nobody asked for, and has not paid it back since."""
    refunded = heard.entry.paying.refunded
    told = [incident for incident in heard.state.incidents if incident.place == heard.place]
    return any(not (refunded and incident.owner) for incident in told)


def _recorded(heard: Heard, answer: wire.Contributed, incident: str) -> ev.AnswerRecorded:
    return ev.AnswerRecorded(
        verb=heard.command.verb,
        answer=answer,
        evidence=heard.command.evidence,
        incident=incident,
        **where(heard.now, heard.place),
    )


def _looked(heard: Heard) -> Events:
    """Nothing new: look again, the sooner the shorter it is since something was said; at last a person must."""
    entry, answer, now = heard.entry, heard.command.heard, heard.now
    reason = answer.reason if isinstance(answer, wire.Unheard) else "nothing new"
    bill, at = entry.paying.bill, where(now, heard.place)
    following: Instant | None
    if entry.paying.closes and bill is not None and entry.state == "accepted":
        over = min(bill.until, entry.paying.told_at or bill.until)
        if after(over, heard.step.contract.attempts.give_up_after) <= now:
            exhausted = ev.StepExhausted(
                cause="unknown", reason=f"whether it was paid is not known: {reason}", owner="", sent=True, **at
            )
            return (exhausted,)
        following = now + _between((now - over) / 2, _LATEST_AT_THE_END)
    elif _is_ended(entry) and not isinstance(answer, wire.Unheard):
        following = None  # the provider was heard: there is no more to this bill than is known
    else:
        since = entry.paying.told_at or entry.asked_at or now
        wait = _between((now - since) / 2, _LATEST)
        following = now + wait if bill is None or now >= bill.until else min(now + wait, bill.until)
    return (ev.LookupUnanswered(attempt=entry.lookup, reason=reason, again_at=following, **at),)


def _is_ended(entry: Round) -> bool:
    """Whether the round has its last word: what is looked for then is money that nobody asks for any more."""
    return entry.state not in OUT | UNDO_OPEN


def late_looks(state: CaseState) -> Iterator[tuple[Place, Round]]:
    """Walk over bills whose round is over, about which something was said and the provider is not heard yet."""
    for name in state.plan.paid:
        for entry in state.rounds((name, NO_ITEM)):
            if entry.lookup_at is not None and _is_ended(entry):
                yield Place(name, NO_ITEM, entry.number), entry


def looks_again(state: CaseState, now: Instant) -> Events:
    """Ask the provider again about money that may have come after the end, until it is heard: it is somebody's."""
    if state.paused:
        return ()
    return tuple(
        ev.LookupAsked(attempt=entry.lookup + 1, **where(now, place))
        for place, entry in late_looks(state)
        if entry.lookup_at is not None and entry.lookup_at <= now
    )


def _between(wait: timedelta, latest: timedelta) -> timedelta:
    return max(_SOONEST, min(wait, latest))


def _refund_answered(heard: Heard) -> Events:
    answer, at = heard.command.heard, where(heard.now, heard.place)
    if isinstance(answer, wire.Undone):
        return (ev.RefundMade(evidence=heard.command.evidence, **at),)
    if isinstance(answer, wire.Unheard):
        reason = answer.reason
    elif isinstance(answer, wire.UndoRefused):
        reason = answer.text or answer.code
    else:
        reason = "the provider is at it" if isinstance(answer, wire.Accepted) else "the answer cannot be read"
    return (ev.RefundFailed(reason=reason, **at),)


# --- time -----------------------------------------------------------------------------------------------------


def over(state: CaseState, now: Instant) -> Events:
    """Ask the provider a last time about every bill whose time is over: only its word says that it was not paid."""
    if state.paused or state.status != "open" or not state.has_any(_ACCEPTED):
        return ()
    return tuple(
        ev.BillCheckAsked(attempt=entry.lookup + 1, by="gateway", closes=True, **where(now, place))
        for _, place, entry in state.currents()
        if entry.state == "accepted" and _is_over(entry, now)
    )


_ACCEPTED: Final = frozenset({"accepted"})


def _is_over(entry: Round, now: Instant) -> bool:
    paying = entry.paying
    return paying.bill is not None and paying.bill.until <= now and not paying.closes and not entry.looking


# --- corrections ----------------------------------------------------------------------------------------------


def doubt(entry: Round, place: Place, now: Instant) -> Events:
    """Keep a payment whose amount rests on what is asked anew, until that has its word."""
    return () if entry.paying.doubted else (ev.PaymentDoubted(**where(now, place)),)


def is_decided(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    """Whether a doubted payment can be decided: all that its amount rests on has its word again."""
    return entry.paying.doubted and state.unsettled.isdisjoint(step.data)


def resolved(state: CaseState, now: Instant) -> tuple[Events, set[StepName]]:
    """Give what lets doubted payments stand, since the same is to be paid as before, and those that do not stand."""
    if state.status != "open" or not state.has_any(GRANTED):
        return (), set()
    events: list[ev.CaseEvent] = []
    changed: set[StepName] = set()
    for step, place, entry in state.currents():
        if entry.state not in GRANTED or not is_decided(state, step, entry):
            continue
        try:
            again = resolve_step(state, step)
            same = again.needed and again.input == entry.input
        except ExpressionError:
            same = False
        if same:
            events.append(ev.PaymentStands(**where(now, place)))
        else:
            changed.add(step.name)
    return tuple(events), changed


# --- what people do -------------------------------------------------------------------------------------------


def check(state: CaseState, command: cm.CheckPayment, now: Instant) -> Events:
    """Ask the provider how a bill stands, since somebody says that something happened to it.

    Raises:
        Rejection: nothing is paid in this step.

    """
    place, entry = _found(state, command)
    # A bill may have been made, and its making never heard: once that round is over, what anybody says of it counts.
    billed = entry.paying.bill is not None or (entry.left and entry.state not in OUT)
    if not billed or entry.state in UNDO_OPEN:
        return ()
    if command.by == "applicant" and (entry.state not in OUT or _presses(entry, now)):
        return ()
    return (ev.BillCheckAsked(attempt=entry.lookup + 1, by=command.by, **where(now, place)),)


def _presses(entry: Round, now: Instant) -> bool:
    """Whether an applicant asks again so soon that it adds nothing: the provider tells us too, and is always heard."""
    asked_at = entry.paying.told_at
    return asked_at is not None and now - asked_at < max(_ASKED_JUST_NOW, _EACH_TIME * entry.lookup)


def decline(state: CaseState, place: Place, now: Instant) -> Events:
    """Let the bill end, unless it is paid at this moment."""
    entry = state.current((place.step, place.item))
    asked = ev.BillCheckAsked(attempt=entry.lookup + 1, by="applicant", closes=True, declined=True, **where(now, place))
    return () if entry.paying.declined else (asked,)


def refund(state: CaseState, command: cm.RefundPayment, now: Instant) -> Events:
    """Pay back money that came too late, or beside what stands; whoever asks for it answers for it.

    Raises:
        Rejection: nothing is to be paid back by hand there.

    """
    place, entry = _found(state, command, {incident.place for incident in state.incidents})
    if state.paused:
        raise Rejection("not_now", "The case is paused: nothing leaves before it is resumed.")
    if not any(incident.place == place for incident in state.incidents) or entry.state in UNDO_OPEN:
        raise Rejection("not_now", f"Step {command.step!r} has no payment that is to be paid back by hand.")
    if entry.paying.refunding:
        raise Rejection("not_now", "It is being paid back at this moment.")
    act, at = command.act, where(now, place)
    stands = entry.state in GRANTED and not entry.by_hand
    keep = int((entry.input or {}).get(AMOUNT, 0)) if stands else 0
    asked = ev.RefundAsked(attempt=entry.next_back, keep=keep, actor=act.actor, reason=act.reason, **at)
    return (ev.IncidentTaken(owner=act.actor, actor=act.actor, reason=act.reason, **at), asked)


def _found(state: CaseState, command: StepCommand, wanted: set[Place] | None = None) -> tuple[Place, Round]:
    rounds = state.rounds((command.step, command.item))
    if not rounds or not state.step(command.step).spec.pays:
        raise Rejection("unknown_step", f"Nothing is paid in step {command.step!r} of this case.")
    named = [entry for entry in rounds if command.round in {0, entry.number}]
    if not named:
        raise Rejection("unknown_step", f"Step {command.step!r} has no round {command.round}.")
    places = [Place(command.step, command.item, entry.number) for entry in named]
    found = [pair for pair in zip(places, named, strict=True) if wanted is None or pair[0] in wanted]
    return (found or list(zip(places, named, strict=True)))[-1]
