"""Working hours as a region's offices keep them: to the minute, and only while they are open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from contracts.ids import Instant
from workflows.core.working_time import Stop, WorkingTime


def hours_over(calendar: WorkingTime, start: Instant, count: int, stops: Sequence[Stop] = ()) -> Instant:
    """Give the moment at which the offices have been open for `count` hours since `start`; in `stops` none passes.

    What is over with a closing hour is over then, not when the offices open again.

    Raises:
        OverflowError: beyond the days that are known.

    """
    left = timedelta(hours=count)
    if not left:
        return start
    for begin, end in calendar.opened(start):
        for since, until in _without(begin, end, stops):
            if until - since >= left:
                return since + left
            left -= until - since
    raise OverflowError


def open_between(calendar: WorkingTime, begin: Instant, end: Instant) -> timedelta:
    """Give for how long the offices are open between two moments."""
    total = timedelta()
    for since, until in calendar.opened(begin):
        if since >= end:
            break
        total += min(until, end) - since
    return total


def _without(begin: Instant, end: Instant, stops: Sequence[Stop]) -> Iterator[tuple[Instant, Instant]]:
    """Walk over what is left of a time without the stops, which are in order and apart."""
    for stop in stops:
        if stop.end > begin and stop.begin < end:
            if stop.begin > begin:
                yield begin, stop.begin
            begin = max(begin, stop.end)
    if begin < end:
        yield begin, end
