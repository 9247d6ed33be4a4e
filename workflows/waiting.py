"""What is waited for, as journals list it: the cases whose clocks run, the earliest due first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from msgspec import Struct

from contracts.ids import Instant
from contracts.views import CaseLine

DueCursor: TypeAlias = tuple[int, int]
"""Where a case stands in that order: when it is due in microseconds since 1970, and its number."""
STANDS: Final = 2**62
"""The place of cases whose clocks all stand still: after those of which one runs."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Waited(Struct, frozen=True):
    """A case in which somebody is waited for, and where it stands in the order."""

    line: CaseLine
    at: DueCursor


class WaitedPage(Struct, frozen=True):
    """Cases in which somebody is waited for; whether more follow."""

    cases: list[Waited]
    more: bool


def due_place(line: CaseLine) -> int | None:
    """Give when the earliest clock of a case is due, in microseconds since 1970 (None: nobody is waited for)."""
    if not line.waits:
        return None
    return min((place_of(each.due_at) for each in line.waits if each.due_at is not None), default=STANDS)


def place_of(moment: Instant) -> int:
    """Give a moment in whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND
