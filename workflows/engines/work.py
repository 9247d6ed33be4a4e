"""Work beside the caller: every task is held, and a failure is told, never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

_log = structlog.get_logger(__name__)


class Work:
    """A set of running tasks that can be waited for and cancelled."""

    def __init__(self) -> None:
        """Start with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the caller."""
        # A TaskGroup would let one case's failure cancel every other's; here each stands alone.
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
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
