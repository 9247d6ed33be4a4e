"""Objections of others, while a step waits for them: one that is upheld refuses the step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts import commands as cm
from contracts import events as ev
from contracts.asked import StepCommand
from contracts.ids import Instant, Place
from contracts.objections import RaisedObjection
from contracts.wire import Evidence
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, where
from workflows.core.step_kinds import OBJECTION

MOST: Final = 100
"""How many objections of a step may wait for a decision: strangers must not make a journal grow without end.

Those that are decided make room: whoever sends a hundred of no worth takes nobody's right to object.
"""

DECIDE_WITHIN: Final = "5 working days"
"""How soon the lead decides an objection, where the plan does not say."""


def takes_objections(state: CaseState, step: CompiledStep, entry: Round, now: Instant) -> bool:
    """Whether others may object at this step now."""
    runs = step.spec.publish is not None and entry.state == "accepted" and state.status == "open"
    return runs and entry.give_up_at is not None and now < entry.give_up_at


def raise_objection(state: CaseState, command: cm.RaiseObjection, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record what somebody objects; the wait does not end before it is decided.

    Raises:
        Rejection: there is no such step, or it takes no objections (any more).

    """
    place, entry = _counting(state, command)
    if not takes_objections(state, state.step(place.step), entry, now):
        raise Rejection("too_late", f"Step {command.step!r} takes no objections, or takes none any more.")
    if sum(not raised.decided for raised in entry.objections) >= MOST:
        raise Rejection(
            "not_now", f"Step {command.step!r} has {MOST} objections that are not decided. Try again later."
        )
    raised = ev.ObjectionRaised(
        number=len(entry.objections) + 1,
        name=command.name,
        contact=command.contact,
        grounds=command.grounds,
        **where(now, place),
    )
    return (raised,)


def decide_objection(state: CaseState, command: cm.DecideObjection, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Uphold an objection, which refuses the step, or dismiss it. Without a number: the first that is not decided.

    Raises:
        Rejection: there is no such objection to decide.

    """
    place, entry = _counting(state, command)
    undecided = [raised.number for raised in entry.objections if not raised.decided]
    number = command.number or next(iter(undecided), 0)
    if entry.state != "accepted" or state.status != "open" or number not in undecided:
        raise Rejection("not_now", f"Step {command.step!r} has no such objection to decide.")
    act, at = command.act, where(now, place)
    decided = ev.ObjectionDecided(number=number, upheld=command.upheld, actor=act.actor, reason=act.reason, **at)
    if not command.upheld:
        return (decided,)
    evidence = Evidence(kind="attested", received_at=now, digest="", actor=act.actor)
    return (decided, ev.StepRefused(code=OBJECTION, text=act.reason, evidence=evidence, **at))


def decide_by(step: CompiledStep, raised: RaisedObjection) -> Instant:
    """Give the moment by which the lead promises to decide an objection, counted from when it was raised.

    It goes on in a pause, and while the applicant corrects: whoever objects waits all the same.
    """
    return after(raised.at, step.spec.decide_within or DECIDE_WITHIN, step.calendar)


def overdue_at(state: CaseState, step: CompiledStep, entry: Round) -> Instant | None:
    """Give the next moment at which an objection turns out not to be decided in time (None: none can)."""
    if not entry.contested or entry.state != "accepted" or state.status != "open":
        return None
    return min((decide_by(step, raised) for raised in _waiting(entry)), default=None)


def overdue(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let people see every objection that the lead has not decided in time."""
    if state.paused or state.status != "open" or not state.has_any(frozenset({"accepted"})):
        return ()
    return tuple(
        ev.ObjectionOverdue(number=raised.number, **where(now, place))
        for step, place, entry in state.currents()
        if entry.contested and entry.state == "accepted"
        for raised in _waiting(entry)
        if decide_by(step, raised) <= now
    )


def _waiting(entry: Round) -> Iterator[RaisedObjection]:
    """Walk over the objections whose time may still run out."""
    return (raised for raised in entry.objections if not raised.decided and raised.overdue_at is None)


def _counting(state: CaseState, command: StepCommand) -> tuple[Place, Round]:
    track = (command.step, command.item)
    if track not in state.tracks:
        raise Rejection("unknown_step", f"There is no step {command.step!r} in this case.")
    entry = state.current(track)
    return Place(*track, entry.number), entry
