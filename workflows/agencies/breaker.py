"""Whether an agency is called at all while nobody is heard there: closed, open, half-open. Pure, over a given `now`.

It opens after five failures within 30 s (a call that is heard makes up for one). While it is open, nothing is let in.
Then it is half-open: exactly one call is let in, whichever is next; what comes of it closes or opens it again.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

FAILURES: Final = 5
WITHIN_S: Final = 30.0
FIRST_PAUSE_S: Final = 10.0
LONGEST_PAUSE_S: Final = 60.0

Standing = Literal["closed", "open", "half_open"]


class Breaker(Struct, frozen=True, kw_only=True):
    """One agency's. Moments are seconds of a clock that never goes back; calls are counted upwards."""

    failures: tuple[float, ...] = ()
    open_until: float | None = None
    """None: closed."""
    pause_s: float = 0.0
    probe: int | None = None
    """The one call that was let in to see."""
    since: int = 0
    """The first call that counts: earlier ones tell of a time that is over."""

    def standing(self, now: float) -> Standing:
        """Say how it stands."""
        if self.open_until is None:
            return "closed"
        return "open" if now < self.open_until else "half_open"

    def lets_in(self, now: float) -> bool:
        """Whether a call may be made now."""
        return self.open_until is None or (now >= self.open_until and self.probe is None)

    def entered(self, call: int) -> Breaker:
        """A call was let in: on a breaker that is half-open it is the probe."""
        return self if self.open_until is None else replace(self, probe=call)

    def heard(self, call: int) -> Breaker:
        """Somebody answered, whatever it was."""
        if self.open_until is not None:
            # Let in before it opened: only the probe tells how it is now.
            return Breaker(since=call) if call == self.probe else self
        return replace(self, failures=self.failures[1:]) if call >= self.since and self.failures else self

    def unheard(self, call: int, now: float) -> Breaker:
        """Nobody was heard."""
        if self.open_until is not None:
            return _opened(self, now) if call == self.probe else self
        if call < self.since:
            return self
        failures = (*(moment for moment in self.failures if moment > now - WITHIN_S), now)
        changed = replace(self, failures=failures)
        return _opened(changed, now) if len(failures) >= FAILURES else changed

    def abandoned(self, call: int) -> Breaker:
        """Nothing was learned from this call: if it was the probe, the next one is."""
        return replace(self, probe=None) if call == self.probe else self


def _opened(breaker: Breaker, now: float) -> Breaker:
    pause_s = min(breaker.pause_s * 2, LONGEST_PAUSE_S) or FIRST_PAUSE_S
    return Breaker(open_until=now + pause_s, pause_s=pause_s)
