"""Steps that no agency carries out: how they begin, and when their time is over.

That is a timer of the case: recorded when the step begins, and applied after a pause.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from contracts import events as ev
from contracts.asked import Act
from contracts.ids import Instant, Place
from contracts.wire import Evidence
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.graph import UNTIL
from workflows.core.state import CaseState, Round, Values, where
from workflows.core.step_kinds import EXPIRED


def begin(
    state: CaseState, step: CompiledStep, place: Place, resolved: Values, now: Instant, act: Act | None = None
) -> tuple[ev.CaseEvent, ...]:
    """Begin a step that no agency carries out, in its turn or by an operator's act.

    Where an earlier round was given the same, its time goes on, and the applicant is not asked again.
    """
    by, reason = (act.actor, act.reason) if act else ("", "")
    same = [
        entry
        for entry in state.rounds((place.step, place.item))[: place.round - 1]
        if entry.give_up_at is not None and entry.input == resolved
    ]
    until = (same[-1].give_up_at if same else None) or _ends(step, resolved, now)
    events: list[ev.CaseEvent] = [
        ev.StepBegun(until=until, input=resolved, actor=by, reason=reason, **where(now, place))
    ]
    for entry in same[-1:]:
        if entry.output is not None and entry.evidence is not None and step.spec.applicant is not None:
            answered = ev.ApplicantAnswered(
                output=entry.output, evidence=entry.evidence, again=True, **where(now, place)
            )
            events.append(answered)
    return tuple(events)


def _ends(step: CompiledStep, resolved: Values, now: Instant) -> Instant:
    if step.spec.applicant is not None:
        return after(now, step.spec.applicant.within, step.calendar)
    return (
        after(now, step.spec.wait, step.calendar)
        if isinstance(step.spec.wait, str)
        else moment(resolved[UNTIL], step.calendar.zone if step.calendar else UTC)
    )


def moment(text: str, zone: tzinfo) -> Instant:
    """Give the instant that a date (its beginning, in this zone) or an RFC 3339 time names."""
    read = datetime.fromisoformat(text)
    return (read.replace(tzinfo=zone) if read.tzinfo is None else read).astimezone(UTC)


def due_at(state: CaseState, step: CompiledStep, entry: Round) -> Instant | None:
    """Give the moment at which time itself ends a step that no agency carries out (None: it does not run).

    While an objection is not decided, time alone does not end the wait.
    """
    runs = not step.spec.sends and entry.state == "accepted" and state.status == "open"
    return entry.give_up_at if runs and not entry.contested else None


def over(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """End every step whose time is over: a wait has its word, what the applicant did not do is refused."""
    if state.paused or state.status != "open" or not state.has_any(frozenset({"accepted"})):
        return ()
    return tuple(
        ev.StepContributed(output={}, evidence=_evidence(now), **where(now, place))
        if step.spec.applicant is None
        else ev.StepRefused(code=EXPIRED, evidence=_evidence(now), **where(now, place))
        for step, place, entry in state.currents()
        if (due := due_at(state, step, entry)) is not None and due <= now
    )


def _evidence(now: Instant) -> Evidence:
    return Evidence(kind="attested", received_at=now, digest="", actor="gateway")
