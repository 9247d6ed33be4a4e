"""Working days as a region's offices count them: in their zone, without their holidays, to the hour of closing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
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
    """A calendar, ready to count. `days` are its working days as ordinals, `closing` when each ends.

    `hours` are the hours of each working day, in order; midnight at the end of a day is the latest time that there is.
    """

    name: str
    zone: tzinfo
    days: tuple[int, ...]
    closing: Mapping[int, time]
    hours: Mapping[int, tuple[tuple[time, time], ...]]

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

    def opened(self, begin: Instant) -> Iterator[tuple[Instant, Instant]]:
        """Walk over the times in which the offices are open, from a moment on, as far as their days are known."""
        for day in self.days[bisect_left(self.days, self._day(begin)) :]:
            for opens, closes in self.hours[day]:
                end = self._moment(day, closes)
                if end > begin:
                    yield max(begin, self._moment(day, opens)), end

    def _day(self, moment: Instant) -> int:
        return moment.astimezone(self.zone).date().toordinal()

    def _closed(self, moment: Instant) -> int:
        """Give how many working days had closed before a moment."""
        day = self._day(moment)
        before = bisect_left(self.days, day)
        return before + (day in self.closing and self._closing(day) < moment)

    def _closing(self, day: int) -> Instant:
        return self._moment(day, self.closing[day])

    def _moment(self, day: int, of_day: time) -> Instant:
        at = date.fromordinal(day)
        if of_day == time.max:  # midnight, at the end of the day
            return datetime.combine(at + timedelta(days=1), time(), self.zone).astimezone(UTC)
        return datetime.combine(at, of_day, self.zone).astimezone(UTC)


def working_time(published: PublishedCalendar, zone: tzinfo) -> WorkingTime:
    """Make a calendar ready to count, in its zone."""
    calendar = published.calendar
    week = [_read(hours) for hours in calendar.week.days]
    free = {date.fromisoformat(day).toordinal() for day in published.free}
    extra = {date.fromisoformat(day).toordinal(): _read(hours) for day, hours in calendar.working.items()}
    first = date(published.first_year - _MARGIN_YEARS, 1, 1).toordinal()
    known: dict[int, tuple[tuple[time, time], ...]] = {}
    for day in range(first, date(published.last_year + _MARGIN_YEARS, 12, 31).toordinal() + 1):
        hours = extra.get(day) or (() if day in free else week[(day - 1) % 7])
        if hours:
            known[day] = hours
    closing = {day: hours[-1][1] for day, hours in known.items()}
    return WorkingTime(calendar.calendar, zone, tuple(known), closing, known)


def closing_of(hours: list[str]) -> time | None:
    """Give when a day with these hours closes (None: it has none)."""
    read = _read(hours)
    return read[-1][1] if read else None


def _read(hours: Iterable[str]) -> tuple[tuple[time, time], ...]:
    return tuple(
        (time.fromisoformat(opens), _end(closes)) for opens, _, closes in (text.partition("-") for text in hours)
    )


def _end(closes: str) -> time:
    return time.max if closes == "24:00" else time.fromisoformat(closes)
