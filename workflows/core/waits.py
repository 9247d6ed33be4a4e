"""Waiting as a step: when it is over. It is a timer of the case: recorded when it begins, and applied after a pause."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import Instant, Place
from contracts.wire import Evidence
from workflows.core.calendar import after
from workflows.core.state import CaseState, CompiledStep, Round, Values, where


def begun(step: CompiledStep, place: Place, resolved: Values, now: Instant, act: cm.Act | None = None) -> ev.StepBegun:
    """Begin a step that no agency carries out, in its turn or by an operator's act."""
    until = after(now, step.spec.wait, step.calendar) if isinstance(step.spec.wait, str) else moment(resolved["until"])
    by, reason = (act.actor, act.reason) if act else ("", "")
    return ev.StepBegun(until=until, input=resolved, actor=by, reason=reason, **where(now, place))


def moment(text: str) -> Instant:
    """Give the instant that a date (its beginning, in UTC) or an RFC 3339 time names."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def due_at(state: CaseState, step: CompiledStep, entry: Round) -> Instant | None:
    """Give the moment at which time itself ends a step that no agency carries out (None: it does not run).

    While an objection is not decided, time alone does not end the wait.
    """
    runs = step.spec.ask is None and entry.state == "accepted" and state.status == "open"
    return entry.give_up_at if runs and not entry.contested else None


def over(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """End every wait whose time is over: its step has its word, and contributes nothing."""
    if state.paused or state.status != "open" or not state.has_any(frozenset({"accepted"})):
        return ()
    return tuple(
        ev.StepContributed(output={}, evidence=_evidence(now), **where(now, place))
        for step, place, entry in state.currents()
        if (due := due_at(state, step, entry)) is not None and due <= now
    )


def _evidence(now: Instant) -> Evidence:
    return Evidence(kind="attested", received_at=now, digest="", actor="gateway")
