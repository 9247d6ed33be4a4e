"""When an unheard attempt is repeated: backoff with a jitter that is the same for the same key and attempt."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b

from contracts.contract import Attempts
from contracts.ids import Instant
from contracts.units import elapsed, seconds
from workflows.core.calendar import after

_LONGEST_EXPONENT = 64
_JITTER = 0.2
_MOST_DOUBLINGS = 16
_LONGEST_QUIET = timedelta(days=1)


def again_at(now: Instant, attempts: Attempts, key: str, attempt: int, retry_after_s: float | None) -> Instant:
    """Give the moment of the next attempt after `attempt` (from 1) was not heard.

    The wait grows by `factor` up to `longest_wait`, moved by up to 20 % either way, and is never shorter than what
    the agency asked for (`Retry-After`).
    """
    growth = attempts.factor ** min(attempt - 1, _LONGEST_EXPONENT)
    wait_s = min(seconds(attempts.first_wait) * growth, seconds(attempts.longest_wait)) * _jitter(key, attempt)
    return now + timedelta(seconds=max(wait_s, retry_after_s or 0.0))


def give_up_at(now: Instant, attempts: Attempts) -> Instant:
    """Give the moment after which an unheard ask is not repeated by itself any more."""
    return after(now, attempts.give_up_after)


def look_again_at(now: Instant, attempts: Attempts, times: int) -> Instant:
    """Give the moment to look after what an agency accepted and does not answer, seen after `times` (from 0) before.

    The wait begins with `longest_wait` and doubles, up to a day.
    """
    return now + min(elapsed(attempts.longest_wait) * (1 << min(times, _MOST_DOUBLINGS)), _LONGEST_QUIET)


def _jitter(key: str, attempt: int) -> float:
    drawn = int.from_bytes(blake2b(f"{key}#{attempt}".encode(), digest_size=4).digest(), "big") / 0xFFFFFFFF
    return 1 - _JITTER + 2 * _JITTER * drawn
