"""Work beside the caller: every task is held, and a failure is told, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

T = TypeVar("T")
_log = structlog.get_logger(__name__)


class Work:
    """A set of running tasks that can be waited for and cancelled."""

    def __init__(self) -> None:
        """Start with none."""
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the caller."""
        # A TaskGroup would let one case's failure cancel every other's; here each stands alone.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` to its end, whatever becomes of the caller: what was recorded is carried out too.

        What `work` raises is the caller's; it is told only when the caller has gone.
        """
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._done)
            raise

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("work_failed", exc_info=error)

    async def finish(self, *, within_s: float) -> None:
        """Wait for what is running, at most so long; cancel the rest and wait for it to be gone."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        remaining = list(self._tasks)
        for task in remaining:
            task.cancel()
        await asyncio.gather(*remaining, return_exceptions=True)
