"""Working hours: they pass while offices are open, to the minute, over lunch, nights, weekends, holidays and stops."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from contracts.ids import Instant
from tests.unit.workflows.core.office_days import CALENDAR, JAKARTA, PUBLISHED, WRITTEN
from workflows.core.calendar import after
from workflows.core.working_hours import hours_over, open_between
from workflows.core.working_time import Stop, working_time

HOUR = timedelta(hours=1)
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
moments = st.integers(0, 150 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))
amounts = st.integers(0, 60)


def at(text: str) -> Instant:
    """Read a time of November in Jakarta."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=JAKARTA).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("02 08:00", 1, "02 09:00"),
        ("02 08:17", 4, "02 13:17"),  # over lunch, from 12:00 to 13:00
        ("02 08:30", 8, "03 09:00"),  # Monday has 6.5 hours left
        ("02 07:30", 4, "02 11:30"),
        ("02 12:20", 1, "02 14:00"),  # it begins when the offices open again
        ("02 03:00", 1, "02 08:30"),
        ("02 17:00", 1, "03 08:30"),
        ("02 15:00", 1, "02 16:00"),  # over with the closing hour, not with the next morning
        ("06 15:30", 2, "09 08:30"),  # Friday closes at 16:30, and then there is a weekend
        ("09 15:00", 2, "11 08:30"),  # the tenth is free
        ("13 16:00", 1, "14 08:30"),  # a Saturday that is worked, from 08:00 to midnight
        ("14 22:00", 3, "16 08:30"),
        ("07 10:00", 0, "07 10:00"),
    ],
)
def test_hours_pass_while_the_offices_are_open(start: str, hours: int, end: str) -> None:
    assert hours_over(CALENDAR, at(start), hours) == at(end)
    assert after(at(start), f"{hours} working hours", CALENDAR) == at(end)


@pytest.mark.parametrize(
    ("begin", "end", "over"),
    [
        ("02 09:00", "02 10:15", "02 14:15"),  # both sides of it count
        ("02 12:00", "02 13:00", "02 12:00"),  # nobody works then anyway
        ("02 11:30", "02 13:30", "02 14:00"),
        ("02 14:00", "02 15:00", "02 12:00"),  # it was over before
        ("01 10:00", "02 09:00", "02 14:00"),
        ("02 08:00", "06 16:30", "09 11:30"),
    ],
)
def test_in_a_stop_no_hour_passes(begin: str, end: str, over: str) -> None:
    assert hours_over(CALENDAR, at("02 08:00"), 4, [Stop(at(begin), at(end))]) == at(over)


def test_what_is_beyond_the_known_days_is_never_over() -> None:
    with pytest.raises(OverflowError):
        hours_over(CALENDAR, at("02 08:00"), 999_999)
    assert after(at("02 08:00"), "999999 working hours", CALENDAR) == datetime.max.replace(tzinfo=UTC)


def test_a_day_on_which_clocks_are_changed_has_the_hours_that_it_has() -> None:
    everyday = structs.replace(
        WRITTEN, zone="Europe/Paris", week=structs.replace(WRITTEN.week, sun=["00:00-24:00"]), working={}
    )
    paris = working_time(structs.replace(PUBLISHED, calendar=everyday, free={}), ZoneInfo("Europe/Paris"))
    sunday = datetime(2026, 3, 29, tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)
    assert open_between(paris, sunday, sunday + 24 * HOUR) == 23 * HOUR
    assert hours_over(paris, sunday, 23) == sunday + 23 * HOUR


@settings(max_examples=150, deadline=None)
@given(start=moments, one=amounts, other=amounts)
def test_hours_add_up_and_what_begins_later_is_over_later(start: Instant, one: int, other: int) -> None:
    first = hours_over(CALENDAR, start, one)
    assert open_between(CALENDAR, start, first) == one * HOUR
    assert hours_over(CALENDAR, first, other) == hours_over(CALENDAR, start, one + other) or not one + other
    assert hours_over(CALENDAR, start, one) <= hours_over(CALENDAR, start + timedelta(minutes=61), one)
    assert hours_over(CALENDAR, start, one + 1) > first


@settings(max_examples=150, deadline=None)
@given(start=moments, hours=st.integers(1, 40), begin=moments, lasts=st.integers(0, 5000))
def test_a_stop_costs_just_the_hours_that_were_open_in_it(
    start: Instant, hours: int, begin: Instant, lasts: int
) -> None:
    stop = Stop(begin, begin + timedelta(minutes=lasts))
    over = hours_over(CALENDAR, start, hours, [stop])
    since, until = max(stop.begin, start), min(stop.end, over)
    lost = open_between(CALENDAR, since, until) if since < until else timedelta()
    assert open_between(CALENDAR, start, over) - lost == hours * HOUR


def test_beyond_the_known_days_no_hour_is_open() -> None:
    last = datetime(2036, 12, 31, tzinfo=JAKARTA).astimezone(UTC)  # a Wednesday
    assert open_between(CALENDAR, last, last + 9999 * HOUR) == 7.5 * HOUR
