"""Maintenance windows of an agency's system: read from a contract, and when one is open, whatever the zone does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from msgspec import Struct

from contracts.ids import Instant

ZoneOf = Callable[[str], tzinfo | None]
"""Gives a time zone by its name; None: there is none of that name here."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMES: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
_DAY: Final = timedelta(days=1)
_MOST_IN_A_ROW: Final = 14


class Window(Struct, frozen=True):
    """From a time of day to a later one, on a day of the week, on one date (`on`), or daily, in `zone`."""

    starts: time
    ends: time | None
    """None: midnight, at the end of the day."""
    zone: str
    weekday: int | None = None
    on: date | None = None

    def falls_on(self, day: date) -> bool:
        """Whether there is such a window on this day."""
        return (self.on is None or day == self.on) and (self.weekday is None or day.weekday() == self.weekday)

    def span(self, day: date, zone: tzinfo) -> tuple[Instant, Instant]:
        """Give from when to when it is open on a day: all of it, where clocks are set back meanwhile."""
        start = datetime.combine(day, self.starts, zone)
        end = datetime.combine(day, self.ends, zone) if self.ends else datetime.combine(day + _DAY, time(), zone)
        return start.astimezone(UTC), end.replace(fold=1).astimezone(UTC)


def read_window(text: str) -> Window:
    """Read `Sun 22:00-24:00 Asia/Jakarta`; `daily` or a date (`2026-12-24`) may stand for the day of the week.

    Raises:
        ValueError: it is none; the message says what is wrong.

    """
    words = text.split(" ")
    if len(words) != 3:  # noqa: PLR2004 - day, times, zone
        raise ValueError("is no maintenance window")
    day, times, zone = words
    found = _TIMES.fullmatch(times)
    if found is None:
        raise ValueError("has no times from 00:00 to 24:00")
    starts = time(int(found[1]), int(found[2]))
    ends = None if found[3] == "24:00" else time(int(found[4]), int(found[5]))
    if ends is not None and ends <= starts:
        raise ValueError("ends before it starts")
    if "/" not in zone:
        raise ValueError("has no time zone")
    if day in _DAYS:
        return Window(starts, ends, zone, weekday=_DAYS.index(day))
    if day == "daily":
        return Window(starts, ends, zone)
    if _DATE.fullmatch(day) is None:
        raise ValueError("is on no day")
    try:
        return Window(starts, ends, zone, on=date.fromisoformat(day))
    except ValueError as error:
        raise ValueError("is on no day of the calendar") from error


def closed_until(windows: Iterable[Window], now: Instant, zone_of: ZoneOf) -> Instant | None:
    """Give when the window that is open ends, and those that follow without a gap (None: none is open).

    A window in a zone that is not known here is never open.
    """
    known = [(window, zone) for window in windows if (zone := zone_of(window.zone)) is not None]
    until: Instant | None = None
    for _ in range(_MOST_IN_A_ROW):
        following = max(_ends(known, until or now), default=None)
        if following is None:
            break
        until = following
    return until


def _ends(windows: Iterable[tuple[Window, tzinfo]], moment: Instant) -> Iterator[Instant]:
    """Walk over the ends of the windows that are open at a moment."""
    for window, zone in windows:
        today = moment.astimezone(zone).date()
        for day in (today - _DAY, today, today + _DAY):
            if window.falls_on(day):
                start, end = window.span(day, zone)
                if start <= moment < end:
                    yield end
