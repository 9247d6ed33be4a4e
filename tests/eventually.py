"""Waiting for what another process does: the one place where tests sleep."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE_S = 0.02


def eventually(probe: Callable[[], T], *, within_s: float = 10) -> T:
    """Call `probe` until it returns something true, and return that; fail when it never does."""
    deadline = time.monotonic() + within_s
    while not (seen := probe()):
        assert time.monotonic() < deadline, f"{probe} stayed {seen!r} for {within_s} s"
        time.sleep(PAUSE_S)
    return seen


async def eventually_async(probe: Callable[[], Awaitable[T]], *, within_s: float = 10) -> T:
    """Await `probe` until it returns something true, and return that; fail when it never does."""
    deadline = time.monotonic() + within_s
    while not (seen := await probe()):
        assert time.monotonic() < deadline, f"{probe} stayed {seen!r} for {within_s} s"
        await asyncio.sleep(PAUSE_S)
    return seen
