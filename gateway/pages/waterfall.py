"""The waterfall: every attempt of a case as a bar in time, computed from the journal. Pure geometry, no drawing.

Positions are percentages of the width, so the picture is as wide as its page and needs no script. The scale is linear
while a case is short; over longer times it is compressed (each stretch between two moments counts by the logarithm of
its length), since an officer's afternoon would leave nothing to see of calls that take milliseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from math import log2
from typing import Literal

from msgspec import Struct

from contracts.views import AttemptView
from gateway.pages.formats import span
from gateway.pages.words import RESULT_WORDS, Tone

Scale = Literal["linear", "compressed"]
LINEAR_UP_TO = timedelta(minutes=2)
_FINEST_S = 0.02
_TICK_GAP = 14.0
"""Percent of the width that a tick's label needs."""
_NICE_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400)


class Bar(Struct, frozen=True, kw_only=True):
    """One attempt: where it starts and how wide it is, in percent, and what came of it."""

    x: float
    width: float
    attempt: int
    result: str
    tone: Tone
    running: bool
    attempt_view: AttemptView


class Row(Struct, frozen=True, kw_only=True):
    """The attempts of one step's round, for its ask or its undo, and the stretch from the first to the last of them."""

    step: str
    item: str
    round: int
    verb: str
    x: float
    width: float
    total: timedelta
    bars: tuple[Bar, ...]


class Tick(Struct, frozen=True):
    """A mark on the time axis: its place in percent and the time since the start, in words."""

    x: float
    label: str


class Waterfall(Struct, frozen=True, kw_only=True):
    """The whole picture. `start` is where its axis begins."""

    start: datetime
    total: timedelta
    scale: Scale
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]


def draw_waterfall(
    attempts: Sequence[AttemptView], now: datetime, language: str, scale: Scale | None = None
) -> Waterfall | None:
    """Lay out the attempts; one that has not ended reaches to `now`. None when nothing was attempted."""
    if not attempts:
        return None
    start = min(item.started_at for item in attempts)
    end = max([item.ended_at or now for item in attempts] + [start + timedelta(milliseconds=1)])
    chosen: Scale = scale or ("linear" if end - start <= LINEAR_UP_TO else "compressed")
    axis = _Axis(attempts, start, end, now, chosen)
    rows = tuple(_row(axis, group) for group in _grouped(attempts))
    return Waterfall(start=start, total=end - start, scale=chosen, rows=rows, ticks=tuple(axis.ticks(language)))


class _Axis:
    """Maps moments to percentages: straight, or by the weights of the stretches between all moments."""

    def __init__(
        self, attempts: Sequence[AttemptView], start: datetime, end: datetime, now: datetime, scale: Scale
    ) -> None:
        self._now = now
        moments = {start, end}
        if scale == "compressed":
            moments |= {moment for item in attempts for moment in (item.started_at, item.ended_at or now)}
        self._start = start
        self._edges = [(moment - start).total_seconds() for moment in sorted(moments)]
        self._places = [0.0]
        for earlier, later in pairwise(self._edges):
            gap = later - earlier
            self._places.append(self._places[-1] + (log2(1 + gap / _FINEST_S) if scale == "compressed" else gap))
        self._linear = scale == "linear"

    def at(self, moment: datetime) -> float:
        """Give the place of a moment, in percent of the width."""
        return self._at_second((moment - self._start).total_seconds())

    def ended(self, attempt: AttemptView) -> datetime:
        """Give when an attempt ended; one still running ends now."""
        return max(attempt.started_at, attempt.ended_at or self._now)

    def ticks(self, language: str) -> list[Tick]:
        """Give the marks: round times on a straight axis, the moments themselves on a compressed one."""
        total = self._edges[-1]
        if self._linear:
            step = next((nice for nice in _NICE_S if nice * 5 >= total), _NICE_S[-1])
            wanted = [number * step for number in range(int(total / step) + 1)]
        else:
            wanted = self._edges
        ticks: list[Tick] = []
        for second in wanted:
            place = self._at_second(second)
            if not ticks or place - ticks[-1].x >= _TICK_GAP:
                ticks.append(Tick(round(place, 3), span(timedelta(seconds=second), language) if second else "0"))
        return ticks

    def _at_second(self, second: float) -> float:
        last = len(self._edges) - 1
        index = min(max(bisect_right(self._edges, second) - 1, 0), last - 1)
        left, right = self._edges[index], self._edges[index + 1]
        share = (second - left) / (right - left) if right > left else 0.0
        place = self._places[index] + share * (self._places[index + 1] - self._places[index])
        return 100 * min(1.0, max(0.0, place / self._places[-1]))


def _grouped(attempts: Sequence[AttemptView]) -> list[list[AttemptView]]:
    """Put the attempts of one wish together, in the order in which the wishes began."""
    groups: dict[tuple[str, str, int, str], list[AttemptView]] = {}
    for item in sorted(attempts, key=lambda item: (item.started_at, item.attempt)):
        groups.setdefault((item.step, item.item, item.round, item.verb), []).append(item)
    return list(groups.values())


def _row(axis: _Axis, group: list[AttemptView]) -> Row:
    first, last = group[0], max(axis.ended(item) for item in group)
    x = axis.at(first.started_at)
    return Row(
        step=first.step,
        item=first.item,
        round=first.round,
        verb=first.verb,
        x=round(x, 3),
        width=round(axis.at(last) - x, 3),
        total=last - first.started_at,
        bars=tuple(_bar(axis, item) for item in group),
    )


def _bar(axis: _Axis, item: AttemptView) -> Bar:
    x = axis.at(item.started_at)
    return Bar(
        x=round(x, 3),
        width=round(max(0.0, axis.at(axis.ended(item)) - x), 3),
        attempt=item.attempt,
        result=item.result,
        tone=RESULT_WORDS[item.result].tone if item.result in RESULT_WORDS else "quiet",
        running=item.ended_at is None,
        attempt_view=item,
    )
