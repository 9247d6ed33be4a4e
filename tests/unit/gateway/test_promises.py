"""How an agency stands by its promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

from contracts.clocks import ClockSpan, ClockView
from contracts.units import Text
from gateway.promises import AgencyPromises, agency_promises

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)


def clock(state: Literal["running", "paused"], due_at: datetime | None, *, overdue: bool = False) -> ClockView:
    return ClockView(
        step="a",
        item="",
        title=Text("Uji", "Test"),
        agency="oss",
        kind="promise",
        within="1 day",
        state=state,
        because="" if state == "running" else "correction",
        spans=[ClockSpan(since=NOW)],
        used_s=1,
        paused_s=0,
        due_at=due_at,
        overdue=overdue,
    )


def test_the_next_moment_that_is_due_is_none_that_has_passed() -> None:
    clocks = [
        clock("running", NOW - HOUR, overdue=True),
        clock("running", NOW + 2 * HOUR),
        clock("running", NOW + HOUR),
        clock("paused", None),
    ]
    assert agency_promises("oss", clocks) == AgencyPromises(
        agency="oss", running=3, paused=1, overdue=1, next_due=NOW + HOUR
    )


def test_where_every_clock_stands_still_nothing_is_due() -> None:
    assert agency_promises("oss", [clock("paused", None)]).next_due is None
