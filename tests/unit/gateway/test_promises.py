"""How an agency stands by its promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.clocks import AgencyPromises, DueView
from contracts.ids import NO_ITEM, CaseId, StepName
from contracts.units import Text
from gateway.promises import agency_promises

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)


def waited(due_at: datetime | None, *, overdue: bool = False) -> DueView:
    return DueView(
        case=CaseId("c1"),
        service="testing",
        step=StepName("a"),
        item=NO_ITEM,
        title=Text("Uji", "Test"),
        agency="oss",
        kind="promise",
        due_at=due_at,
        overdue=overdue,
    )


def test_the_next_moment_that_is_due_is_none_that_has_passed() -> None:
    going = [waited(NOW - HOUR, overdue=True), waited(NOW + 2 * HOUR), waited(NOW + HOUR), waited(None)]
    assert agency_promises("oss", going) == AgencyPromises(
        agency="oss", running=3, paused=1, overdue=1, next_due=NOW + HOUR
    )


def test_where_every_clock_stands_still_nothing_is_due() -> None:
    assert agency_promises("oss", [waited(None)]).next_due is None
