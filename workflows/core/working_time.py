"""Working days as a region's offices count them: in their zone, without their holidays, to the hour of closing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from msgspec import Struct

from contracts.calendar import PublishedCalendar
from contracts.ids import Instant

_MARGIN_YEARS: Final = 10
"""Years before and after those whose holidays are known: there only the week counts."""


class Stop(Struct, frozen=True):
    """A time in which a clock stood still. `received`: it goes on with an ask, whose day does not count."""

    begin: Instant
    end: Instant
    received: bool = False

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.end - self.begin


class WorkingTime(Struct, frozen=True):
    """A calendar, ready to count. `days` are its working days as ordinals, `closing` when each ends."""

    name: str
    zone: tzinfo
    days: tuple[int, ...]
    closing: Mapping[int, time]

    def due(self, start: Instant, count: int, stops: Iterable[Stop] = ()) -> Instant:
        """Give the closing hour of the last of `count` working days after the day of `start`.

        A day counts when the clock runs at its closing hour; the day on which an ask is received does not.

        Raises:
            OverflowError: beyond the days that are known.

        """
        if not count:
            return start
        first = low = bisect_right(self.days, self._day(start))
        at = first + count - 1
        for stop in stops:
            begin = max(self._closed(stop.begin), low)
            end = bisect_right(self.days, self._day(stop.end)) if stop.received else self._closed(stop.end)
            if begin <= at and end > begin:
                at += end - begin
            low = max(low, end)
        if at >= len(self.days):
            raise OverflowError
        return self._closing(self.days[at])

    def before(self, due: Instant, count: int) -> Instant:
        """Give the closing hour of the working day that is `count` before the day of `due`."""
        at = bisect_left(self.days, self._day(due)) - count
        return self._closing(self.days[max(at, 0)])

    def _day(self, moment: Instant) -> int:
        return moment.astimezone(self.zone).date().toordinal()

    def _closed(self, moment: Instant) -> int:
        """Give how many working days had closed before a moment."""
        day = self._day(moment)
        before = bisect_left(self.days, day)
        return before + (day in self.closing and self._closing(day) < moment)

    def _closing(self, day: int) -> Instant:
        at, closing = date.fromordinal(day), self.closing[day]
        if closing == time.max:  # midnight, at the end of the day
            return datetime.combine(at + timedelta(days=1), time(), self.zone).astimezone(UTC)
        return datetime.combine(at, closing, self.zone).astimezone(UTC)


def working_time(published: PublishedCalendar, zone: tzinfo) -> WorkingTime:
    """Make a calendar ready to count, in its zone."""
    calendar = published.calendar
    week = [closing_of(hours) for hours in calendar.week.days]
    free = {date.fromisoformat(day).toordinal() for day in published.free}
    extra = {date.fromisoformat(day).toordinal(): closing_of(hours) for day, hours in calendar.working.items()}
    first = date(published.first_year - _MARGIN_YEARS, 1, 1).toordinal()
    closing: dict[int, time] = {}
    for day in range(first, date(published.last_year + _MARGIN_YEARS, 12, 31).toordinal() + 1):
        ends = extra.get(day) or (None if day in free else week[(day - 1) % 7])
        if ends is not None:
            closing[day] = ends
    return WorkingTime(calendar.calendar, zone, tuple(closing), closing)


def closing_of(hours: list[str]) -> time | None:
    """Give when a day with these hours closes (None: it has none)."""
    if not hours:
        return None
    last = hours[-1].partition("-")[2]
    return time.max if last == "24:00" else time.fromisoformat(last)
