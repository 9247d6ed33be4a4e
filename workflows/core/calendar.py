"""When a duration is over. Working days are Monday to Friday until calendars of a region are declared."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final

from contracts.ids import Instant
from contracts.units import elapsed

_SATURDAY: Final = 5
_WORKING_DAYS_A_WEEK: Final = 5
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
"""What lies beyond the last day that a date can name."""


def after(start: Instant, duration: str, *, later: timedelta = timedelta()) -> Instant:
    """Give the moment at which `duration` (see `contracts.units.Duration`), counted from `start`, is over.

    Months and years keep the day of the month, or take the month's last; a working day ends at the same time of
    day on the next weekday. `later` is added to it: time in which the clock stood still.
    """
    try:
        return moved(_end(start, duration), later)
    except OverflowError:
        return _NEVER


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
    if unit.startswith(("month", "year")):
        return _after_months(start, count * (12 if unit.startswith("year") else 1))
    return start + elapsed(duration)


def _after_working_days(start: Instant, count: int) -> Instant:
    day = start
    while count % _WORKING_DAYS_A_WEEK or (count and day.weekday() >= _SATURDAY):
        day += timedelta(days=1)
        count -= day.weekday() < _SATURDAY
    return day + timedelta(weeks=count // _WORKING_DAYS_A_WEEK)


def _after_months(start: Instant, months: int) -> Instant:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    if year > MAXYEAR:
        raise OverflowError
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))
