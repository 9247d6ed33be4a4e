"""Working days as offices count them: whole days after the day of receipt, to the hour of closing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from tests.unit.workflows.core.office_days import CALENDAR, DAILY, JAKARTA, PUBLISHED, WRITTEN
from workflows.core.working_time import Stop, closing_of, working_time


def at(text: str) -> datetime:
    """Read a time in Jakarta."""
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-02 08:00", 1, "2026-11-03 16:00"),
        ("2026-11-02 08:00", 4, "2026-11-06 16:30"),  # Friday closes later
        ("2026-11-02 23:59", 1, "2026-11-03 16:00"),  # after closing: received on that day all the same
        ("2026-11-03 00:30", 1, "2026-11-04 16:00"),  # a Monday in UTC, a Tuesday here
        ("2026-11-06 10:00", 1, "2026-11-09 16:00"),
        ("2026-11-07 10:00", 1, "2026-11-09 16:00"),  # received on a day of rest
        ("2026-11-09 10:00", 1, "2026-11-11 16:00"),  # the tenth is free
        ("2026-11-10 10:00", 1, "2026-11-11 16:00"),  # received on a holiday
        ("2026-11-13 10:00", 1, "2026-11-15 00:00"),  # a Saturday that is worked until midnight
        ("2026-12-24 10:00", 1, "2026-12-28 16:00"),
        ("2026-12-31 10:00", 1, "2027-01-01 16:30"),  # beyond the years whose holidays are known, only the week counts
        ("2026-11-02 08:00", 0, "2026-11-02 08:00"),
    ],
)
def test_a_promise_ends_at_the_closing_hour_of_its_last_working_day(start: str, count: int, end: str) -> None:
    assert CALENDAR.due(at(start), count) == at(end)


def stop(begin: str, end: str, *, received: bool = False) -> Stop:
    return Stop(at(begin), at(end), received)


@pytest.mark.parametrize(
    ("stops", "end"),
    [
        ([stop("2026-11-03 09:00", "2026-11-03 15:00")], "2026-11-04 16:00"),  # it runs at the closing hour
        ([stop("2026-11-03 09:00", "2026-11-03 17:00")], "2026-11-05 16:00"),
        ([stop("2026-11-03 09:00", "2026-11-05 09:00")], "2026-11-06 16:30"),
        ([stop("2026-11-03 09:00", "2026-11-03 15:00", received=True)], "2026-11-05 16:00"),  # the day of receipt
        (
            [stop("2026-11-02 09:00", "2026-11-02 23:00", received=True)],
            "2026-11-04 16:00",
        ),  # which counted for nothing
        (
            [
                stop("2026-11-03 09:00", "2026-11-03 10:00", received=True),
                stop("2026-11-03 11:00", "2026-11-03 17:00"),
            ],
            "2026-11-05 16:00",
        ),
        ([stop("2026-11-07 09:00", "2026-11-08 17:00")], "2026-11-04 16:00"),  # after it was due
        (
            [stop("2026-11-03 09:00", "2026-11-03 17:00"), stop("2026-11-05 09:00", "2026-11-07 00:00")],
            "2026-11-09 16:00",
        ),
    ],
)
def test_a_day_counts_when_the_clock_runs_at_its_closing_hour_and_nothing_was_received(
    stops: list[Stop], end: str
) -> None:
    assert CALENDAR.due(at("2026-11-02 08:00"), 2, stops) == at(end)


def test_every_day_is_counted_like_one_by_one() -> None:
    for offset in range(30):
        start = at("2026-11-01 12:00") + timedelta(days=offset)
        day, found = start.astimezone(JAKARTA).date(), list[str]()
        while len(found) < 12:
            day += timedelta(days=1)
            text = day.isoformat()
            if text in WRITTEN.working or (day.weekday() < 5 and text not in PUBLISHED.free):
                found.append(text)
        counted = [CALENDAR.due(start, count + 1).astimezone(JAKARTA) - timedelta(seconds=1) for count in range(12)]
        assert [end.date().isoformat() for end in counted] == found


def test_what_lies_beyond_the_known_days_is_an_overflow_and_no_wrong_date() -> None:
    with pytest.raises(OverflowError):
        CALENDAR.due(at("2026-11-02 08:00"), 999_999)


def test_a_week_of_six_days_has_six_working_days() -> None:
    six = structs.replace(WRITTEN, week=structs.replace(WRITTEN.week, sat=DAILY), working={})
    counting = working_time(structs.replace(PUBLISHED, calendar=six), JAKARTA)
    assert counting.due(at("2026-11-06 08:00"), 1) == at("2026-11-07 16:00")


def test_a_day_closes_with_its_last_hours() -> None:
    assert [str(closing_of(hours)) for hours in (DAILY, [], ["08:00-24:00"])] == ["16:00:00", "None", "23:59:59.999999"]
