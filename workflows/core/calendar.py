"""When a duration is over. Without a calendar, working days are Monday to Friday, and working hours all of theirs."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Final

from contracts.ids import Instant
from contracts.units import elapsed
from workflows.core.working_hours import hours_over
from workflows.core.working_time import Stop, WorkingTime

_SATURDAY: Final = 5
_WORKING_DAYS_A_WEEK: Final = 5
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""What lies beyond the last day that a date can name."""


def after(start: Instant, duration: str, calendar: WorkingTime | None = None, *, stops: Sequence[Stop] = ()) -> Instant:
    """Give the moment at which `duration` (see `contracts.units.Duration`), counted from `start`, is over.

    Months and years keep the day of the month, or take the month's last. Working days end as the calendar says; without
    one, at the same time of day on a weekday. Working hours pass while offices are open; without a calendar, on all
    weekdays. In `stops`, in order and apart, the clock stood still, but for those that began when it was over.
    """
    try:
        if calendar is not None and "working" in duration:
            count = int(duration.partition(" ")[0])
            return (
                hours_over(calendar, start, count, stops) if in_hours(duration) else calendar.due(start, count, stops)
            )
        return _stopped(_end(start, duration), stops)
    except OverflowError:
        return _NEVER


def _stopped(due: Instant, stops: Sequence[Stop]) -> Instant:
    for stop in stops:
        due += stop.length if stop.begin <= due else timedelta()
    return due


def in_hours(duration: str) -> bool:
    """Whether a duration is counted in the hours in which offices are open."""
    return "working hour" in duration


def before(due: Instant, working_days: int, calendar: WorkingTime | None = None) -> Instant:
    """Give the closing hour of the working day so many before that of `due`; without a calendar, so many days."""
    return due - timedelta(days=working_days) if calendar is None else calendar.before(due, working_days)


def moved(moment: Instant, later: timedelta) -> Instant:
    """Give a moment so much later."""
    try:
        return moment + later
    except OverflowError:
        return _NEVER


def _end(start: Instant, duration: str) -> Instant:
    amount, _, unit = duration.partition(" ")
    count = int(amount)
    if unit.startswith("working day"):
        return _after_working_days(start, count)
    if unit.startswith("working hour"):
        return _after_weekday_hours(start, count)
    if unit.startswith(("month", "year")):
        return _after_months(start, count * (12 if unit.startswith("year") else 1))
    return start + elapsed(duration)


def _after_working_days(start: Instant, count: int) -> Instant:
    day = start
    while count % _WORKING_DAYS_A_WEEK or (count and day.weekday() >= _SATURDAY):
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day + timedelta(weeks=count // _WORKING_DAYS_A_WEEK)


def _after_weekday_hours(start: Instant, count: int) -> Instant:
    if not count:
        return start
    days, hours = divmod(count, 24)
    if start.weekday() >= _SATURDAY:
        start = datetime.combine(start.date(), time(), start.tzinfo) + timedelta(days=7 - start.weekday())
    due = _after_working_days(start, days) + timedelta(hours=hours)
    return due + timedelta(days=2) if due.weekday() == _SATURDAY and due.time() > time() else due


def _after_months(start: Instant, months: int) -> Instant:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > MAXYEAR:
        raise OverflowError
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
