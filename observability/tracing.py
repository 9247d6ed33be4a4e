"""Where spans belong: one for a case, one for each attempt, each with an id that follows from its name.

Since the ids follow from names, the `traceparent` that an attempt carries to an agency names a span that is made only
later, from the events that recorded the attempt. Nothing is remembered between the two but the choice of the trace.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import OrderedDict
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

SHARED_FOR: Final = timedelta(minutes=10)
"""Attempts that begin so soon share the submission's trace: a case lasts weeks, and back ends drop long traces."""

Kind = Literal["internal", "client", "server"]
"""A span's kind: work of our own, a call that we make, a call that we answer."""

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")
_SPAN_BITS: Final = 2**64 - 1
_ATTEMPTS_REMEMBERED: Final = 100_000


class Trace(Struct, frozen=True):
    """Where a case's spans belong: its trace, its own span, and the submission's span (0: none)."""

    trace_id: int
    case_span: int
    submission: int


@lru_cache(maxsize=8192)
def case_trace(case: str, traceparent: str) -> Trace:
    """Give the trace of a case: the submission's where it has one, else one that follows from the case's name."""
    found = _TRACEPARENT.fullmatch(traceparent)
    trace_id = int(found[1], 16) if found else 0
    case_span = _number(8, "case", case)
    if found is None or not trace_id:
        return Trace(_number(16, "trace", case), case_span, 0)
    return Trace(trace_id, case_span, int(found[2], 16))


def _number(size: int, *names: str) -> int:
    """Give a number of `size` bytes that follows from names, and is not 0."""
    digest = hashlib.sha256("\0".join(("gapura.span.1", *names)).encode()).digest()
    return int.from_bytes(digest[:size], "big") or 1


class Identity(Struct, frozen=True):
    """A span's place: its trace, its id, its parent (0: a trace of its own, linked to the case's)."""

    trace_id: int
    span_id: int
    parent: int

    @property
    def traceparent(self) -> str:
        """What a call made inside this span carries."""
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-01"


def attempt_identity(case: str, key: str, attempt: int, trace: Trace, *, shared: bool) -> Identity:
    """Give the place of an attempt's span; `shared`: in the submission's trace."""
    span_id = _number(8, "attempt", case, key, str(attempt))
    if shared:
        return Identity(trace.trace_id, span_id, trace.case_span)
    return Identity(_number(16, "attempt", case, key, str(attempt)), span_id, 0)


class Identities:
    """Gives attempts their place. A choice of trace that an attempt was sent with is kept until its span is made."""

    def __init__(self, remembered: int = _ATTEMPTS_REMEMBERED) -> None:
        """Remember at most so many attempts that are under way."""
        self._sent: OrderedDict[tuple[str, int], bool] = OrderedDict()
        self._remembered = remembered

    def send(
        self, case: str, key: str, attempt: int, traceparent: str, *, opened_at: datetime, now: datetime
    ) -> Identity:
        """Choose the place of an attempt that leaves now."""
        shared = now - opened_at < SHARED_FOR
        self._sent[key, attempt] = shared
        if len(self._sent) > self._remembered:
            self._sent.popitem(last=False)
        return attempt_identity(case, key, attempt, case_trace(case, traceparent), shared=shared)

    def settle(
        self, case: str, key: str, attempt: int, trace: Trace, *, opened_at: datetime, began: datetime
    ) -> Identity:
        """Give the place of an attempt that ended: as it was sent, else by when it began."""
        shared = self._sent.pop((key, attempt), None)
        if shared is None:
            shared = began - opened_at < SHARED_FOR
        return attempt_identity(case, key, attempt, trace, shared=shared)


def request_identity(traceparent: str | None) -> Identity:
    """Give the place of a request's span: inside the caller's trace where it named one, else a new trace."""
    found = _TRACEPARENT.fullmatch(traceparent.strip()) if traceparent else None
    # Not secret, so not from the system: a call of that costs as much as a small route.
    chosen = random.getrandbits(192)
    span_id = chosen & _SPAN_BITS or 1
    if found is None or not int(found[1], 16) or not int(found[2], 16):
        return Identity(chosen >> 64 or 1, span_id, 0)
    return Identity(int(found[1], 16), span_id, int(found[2], 16))
