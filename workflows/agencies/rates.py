"""How often an agency is called: the rate that its system bears, and the budget of repeats. Over a given `now`."""

from __future__ import annotations

from collections import deque
from typing import Final

_SLICES: Final = 64
_TICK_S: Final = 0.001
"""What is full now is not free now, whatever is lost by rounding."""
_PERIODS_S: Final = {"s": 1.0, "min": 60.0, "h": 3600.0}

BUDGET_S: Final = 60.0
FREE_REPEATS: Final = 10
SHARE: Final = 0.2


class Lately:
    """Counts what happened within the last `length_s` seconds, in so few slices that memory stays small.

    The slice at the far end may be partly past: `most` counts it, `least` does not.
    """

    def __init__(self, length_s: float) -> None:
        """Start with nothing."""
        self._slice_s = length_s / _SLICES
        self._slices: deque[list[int]] = deque()
        self._count = 0

    def note(self, now: float) -> None:
        """Count one."""
        index = int(now // self._slice_s)
        if self._slices and self._slices[-1][0] >= index:
            self._slices[-1][1] += 1
        else:
            self._slices.append([index, 1])
        self._count += 1

    def most(self, now: float) -> int:
        """Give how many there were, at most."""
        oldest = int(now // self._slice_s) - _SLICES
        while self._slices and self._slices[0][0] < oldest:
            self._count -= self._slices.popleft()[1]
        return self._count

    def least(self, now: float) -> int:
        """Give how many there were, at least."""
        count, far_end = self.most(now), int(now // self._slice_s) - _SLICES
        return count - self._slices[0][1] if self._slices and self._slices[0][0] == far_end else count

    def fewer_at(self, now: float) -> float:
        """Give the moment at which the oldest are forgotten."""
        return (self._slices[0][0] + _SLICES + 1) * self._slice_s if self._slices else now


def read_rate(rate: str) -> tuple[int, float]:
    """Give the number and the seconds of `50/s`, `100/min`, `1000/h`."""
    number, _, period = rate.partition("/")
    return int(number), _PERIODS_S[period]


class Rates:
    """One agency's calls: those of the last second, minute or hour where a contract limits them, and its repeats."""

    def __init__(self) -> None:
        """Start with none."""
        self._limited: dict[float, Lately] = {}
        self._calls, self._repeats = Lately(BUDGET_S), Lately(BUDGET_S)

    def note(self, now: float, *, repeat: bool) -> None:
        """Count a call that is made now."""
        self._calls.note(now)
        if repeat:
            self._repeats.note(now)
        for lately in self._limited.values():
            lately.note(now)

    def room_at(self, rate: str | None, now: float) -> float:
        """Give the moment from which the rate has room for a call: `now`, or later."""
        if rate is None:
            return now
        most, length_s = read_rate(rate)
        lately = self._limited.setdefault(length_s, Lately(length_s))
        return now if lately.most(now) < most else max(lately.fewer_at(now), now + _TICK_S)

    def may_repeat_at(self, now: float) -> float:
        """Give the moment from which a repeat is within the budget.

        The first ten of a minute are free; beyond, repeats are at most a fifth of all calls.
        """
        repeats, calls = self._repeats.most(now), self._calls.least(now)
        within = repeats < FREE_REPEATS or repeats + 1 <= SHARE * (calls + 1)
        return now if within else max(self._repeats.fewer_at(now), now + _TICK_S)
