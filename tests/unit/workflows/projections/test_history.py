"""What operations see of a case beside its view."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts import events as ev
from contracts.ids import StepName
from workflows.ports import Recorded
from workflows.projections.history import case_history

S = StepName("place")
START = datetime(2026, 11, 24, 3, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def attempts(*events: ev.CaseEvent) -> list[tuple[str, int, str, float]]:
    recorded = [Recorded("c", number, number, event) for number, event in enumerate(events, 1)]
    return [
        (each.verb, each.attempt, each.result, (each.started_at - START).total_seconds() / 60)
        for each in case_history(recorded).attempts
    ]


def test_what_is_held_back_is_shown_as_not_sent_and_begins_when_it_is_let_go() -> None:
    asked = ev.StepAsked(at=at(0), step=S, attempt=1, input={})
    held = ev.StepHeldBack(at=at(1), step=S, verb="ask", attempt=1, because="maintenance")
    gone = ev.StepLetGo(at=at(60), step=S, verb="ask", attempt=1)
    failed = ev.StepFailed(at=at(61), step=S, attempt=1, reason="silence", sent=True, again_at=at(62))
    assert attempts(asked, held) == [("ask", 1, "held back", 0)]
    assert attempts(asked, held, gone) == [("ask", 1, "under way", 60)]
    assert attempts(asked, held, gone, failed) == [("ask", 1, "failed", 60)]


def test_an_undo_that_is_held_back_is_its_own_row() -> None:
    undo = ev.UndoAsked(at=at(2), step=S, attempt=1)
    held = ev.StepHeldBack(at=at(3), step=S, verb="undo", attempt=1, because="unreachable")
    asked = ev.StepAsked(at=at(0), step=S, attempt=1, input={})
    assert attempts(asked, undo, held) == [("ask", 1, "under way", 0), ("undo", 1, "held back", 2)]
