"""When a duration is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.unit.workflows.core.office_days import CALENDAR
from workflows.core.calendar import after, moved
from workflows.core.working_time import Stop

MONDAY = datetime(2026, 11, 2, 8, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-11-02", "14 days", "2026-11-16"),
        ("2026-11-02", "2 weeks", "2026-11-16"),
        ("2026-11-02", "1 month", "2026-12-02"),
        ("2026-01-31", "1 month", "2026-02-28"),
        ("2027-12-31", "2 months", "2028-02-29"),
        ("2024-02-29", "1 year", "2025-02-28"),
        ("2026-11-02", "10 years", "2036-11-02"),
        ("2026-11-02", "1 working day", "2026-11-03"),
        ("2026-11-06", "1 working day", "2026-11-09"),
        ("2026-11-07", "1 working day", "2026-11-09"),
        ("2026-11-07", "5 working days", "2026-11-13"),
        ("2026-11-08", "10 working days", "2026-11-20"),
        ("2026-11-04", "5 working days", "2026-11-11"),
        ("2026-11-04", "7 working days", "2026-11-13"),
        ("2026-11-07", "0 working days", "2026-11-07"),
        ("2026-11-02", "24 working hours", "2026-11-03"),
        ("2026-11-07", "8 working hours", "2026-11-09"),
        ("2026-11-06", "24 working hours", "2026-11-09"),
        ("2026-11-07", "0 working hours", "2026-11-07"),
    ],
)
def test_a_duration_ends(start: str, duration: str, end: str) -> None:
    assert after(day(start), duration) == day(end)


def test_a_working_day_is_counted_like_one_by_one() -> None:
    for offset in range(14):
        start = counted = MONDAY + timedelta(days=offset)
        for days in range(1, 20):
            counted += timedelta(days=1)
            while counted.weekday() > 4:
                counted += timedelta(days=1)
            assert after(start, f"{days} working days") == counted


def test_time_in_which_the_clock_stood_still_is_added() -> None:
    stops = [Stop(MONDAY, MONDAY + timedelta(hours=1)), Stop(MONDAY + timedelta(hours=3), MONDAY + timedelta(hours=5))]
    assert after(MONDAY, "1 day", stops=stops) == MONDAY + timedelta(hours=27)


@pytest.mark.parametrize("duration", ["999999 years", "999999 months", "999999 weeks", "999999 working days"])
def test_what_no_date_can_name_is_never_and_no_error(duration: str) -> None:
    assert after(MONDAY, duration) > MONDAY + timedelta(days=365_000)
    never = datetime.max.replace(tzinfo=UTC)
    assert after(never, duration, stops=[Stop(MONDAY, MONDAY + timedelta(days=1))]) == never
    assert after(MONDAY, "999999 working days", CALENDAR) == never


def test_a_moment_that_is_moved_beyond_every_date_is_never() -> None:
    never = after(datetime(2026, 11, 2, tzinfo=UTC), "999999 weeks")
    assert moved(never, timedelta(days=1)) == never
    assert moved(datetime(2026, 11, 2, tzinfo=UTC), timedelta(days=1)) == datetime(2026, 11, 3, tzinfo=UTC)


def test_what_is_no_duration_is_an_error() -> None:
    with pytest.raises(ValueError, match="no duration"):
        after(MONDAY, "3 fortnights")


def test_only_working_days_are_counted_by_the_calendar() -> None:
    assert after(MONDAY, "2 days", CALENDAR) == MONDAY + timedelta(days=2)
    assert after(MONDAY, "2 working days", CALENDAR) == datetime(2026, 11, 4, 9, tzinfo=UTC)
