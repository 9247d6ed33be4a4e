"""Waiting for something that grows: no longer than told, not beyond the gateway's own end, and nothing left open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def unless(stopping: asyncio.Event, waiting: Coroutine[Any, Any, T], seconds: float) -> T | None:
    """Give what was waited for; None when the time is up, or `stopping` is set."""
    async with asyncio.TaskGroup() as group:
        stopped = group.create_task(stopping.wait())
        waited = group.create_task(waiting)
        await asyncio.wait({stopped, waited}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        waited.cancel()
    return None if waited.cancelled() else waited.result()


async def first(versions: AsyncIterator[int]) -> int | None:
    """Take one version, and let go of the rest at once: a watch that is left open would count as one."""
    try:
        return await anext(versions, None)
    finally:
        await _let_go(versions)


async def until(versions: AsyncIterator[int], holds: Callable[[], Awaitable[bool]]) -> None:
    """Come back once something holds, looked at again with each version: one watch sees all of a case's steps."""
    try:
        async for _ in versions:
            if await holds():
                return
    finally:
        await _let_go(versions)


async def _let_go(versions: AsyncIterator[int]) -> None:
    """End a watch."""
    if isinstance(versions, AsyncGenerator):
        await versions.aclose()
