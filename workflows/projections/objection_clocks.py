"""The clocks of objections: each runs against the lead from when it was raised until it is decided. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contracts import events as ev
from contracts.clocks import ClockSpan, ClockView
from contracts.ids import Instant
from contracts.objections import RaisedObjection
from contracts.units import Text
from workflows.core.calendar import in_hours
from workflows.core.compiled import CompiledStep
from workflows.core.objections import DECIDE_WITHIN, decide_by
from workflows.core.state import CaseState, Round
from workflows.core.working_hours import open_between


def objection_clocks(state: CaseState, recorded: Iterable[ev.CaseEvent], now: Instant) -> Iterator[ClockView]:
    """Walk over the clocks of every objection, in the order of the plan and of their numbers."""
    decided = {(event.step, event.number): event.at for event in recorded if isinstance(event, ev.ObjectionDecided)}
    for step, _, entry in state.currents():
        for raised in entry.objections:
            ended = decided.get((step.name, raised.number)) or _left_open(entry)
            yield _view(state, step, raised, ended, now)


def _left_open(entry: Round) -> Instant | None:
    """Give when an objection that nobody decided went with its step, in a case that closed."""
    return entry.word_at if entry.state == "dropped" else None


def _view(
    state: CaseState, step: CompiledStep, raised: RaisedObjection, ended: Instant | None, now: Instant
) -> ClockView:
    due, until = decide_by(step, raised), ended or now
    within = step.spec.decide_within or DECIDE_WITHIN
    calendar = step.calendar if in_hours(within) else None
    return ClockView(
        step=step.name,
        item="",
        title=Text(f"{step.title.id}: keberatan {raised.number}", f"{step.title.en}: objection {raised.number}"),
        agency=state.plan.published.plan.lead,
        kind="decision",
        within=within,
        state="running" if ended is None else "stopped",
        because="",
        spans=[ClockSpan(since=raised.at, until=ended)],
        used_s=(until - raised.at).total_seconds(),
        paused_s=0.0,
        due_at=due if ended is None else None,
        overdue=ended is None and due <= now,
        open_s=None if calendar is None else open_between(calendar, raised.at, until).total_seconds(),
    )
