"""Times in which an agency's silence says nothing: the gateway was away, or the agency's system in its maintenance.

What the law counts stands still in them. A window of maintenance counts from when it was registered on, never for a
time before: nobody stops a clock backwards. That an agency's system cannot be reached stops nothing by itself: it has
the ask, and tells us, not we it (docs/adr/0015-what-the-law-counts.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, tzinfo
from typing import Final

from msgspec import Struct

from contracts.ids import Instant
from workflows.core.maintenance import Window
from workflows.core.working_time import Stop

_DAY: Final = timedelta(days=1)


class Maintenance(Struct, frozen=True):
    """The windows of an agency's system, each with its zone, as they were registered for a time."""

    since: Instant
    until: Instant | None
    windows: tuple[tuple[Window, tzinfo], ...]


def closed(known: tuple[Maintenance, ...], begin: Instant, end: Instant) -> Iterator[Stop]:
    """Walk over the maintenance that begins between two moments, each to its own end; what overlaps is given each."""
    for version in known:
        first = max(begin, version.since)
        last = end if version.until is None else min(end, version.until)
        for window, zone in version.windows if first < last else ():
            for stop in _falls(window, zone, first, last):
                yield stop if version.until is None else Stop(stop.begin, min(stop.end, version.until))


def _falls(window: Window, zone: tzinfo, begin: Instant, end: Instant) -> Iterator[Stop]:
    day, last = begin.astimezone(zone).date() - _DAY, end.astimezone(zone).date()
    if window.on is not None:
        day, last = max(day, window.on), min(last, window.on)
    while day <= last:
        if window.falls_on(day):
            opens, closes = window.span(day, zone)
            if opens < end and closes > begin:
                yield Stop(max(opens, begin), closes)
        day += _DAY
