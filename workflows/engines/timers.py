"""When time itself moves a case: rows in the journal, looked at when the earliest is due."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import structlog

from contracts.ids import CaseId, Instant
from workflows.ports import Clock, Journal, JournalUnavailable

_log = structlog.get_logger(__name__)

_LONGEST_SLEEP_S: Final = 15.0
"""A clock that is set, or a machine that sleeps, must not hide a timer for longer than this."""
_SHORTEST_SLEEP_S: Final = 0.005
_FRUITLESS_S: Final = 30.0


class Timers:
    """Wakes cases whose time has come."""

    def __init__(self, journal: Journal, clock: Clock, wake: Callable[[CaseId], Awaitable[bool]]) -> None:
        """Take the journal with the timers' rows, and `wake`, which says whether the case moved."""
        self._journal, self._clock, self._wake = journal, clock, wake
        self._next: Instant | None = None
        self._sooner = asyncio.Event()
        self._fruitless: dict[CaseId, Instant] = {}
        self._stopped = False

    def note(self, at: Instant | None) -> None:
        """Learn of a committed timer: look again when it is earlier than the one slept for."""
        if at is not None and (self._next is None or at < self._next):
            self._sooner.set()

    def stop(self) -> None:
        """Wake nothing any more."""
        self._stopped = True
        self._sooner.set()

    async def run(self) -> None:
        """Wake what is due, until stopped."""
        while not self._stopped:
            self._sooner.clear()
            try:
                await self._wake_due()
                self._next = await self._journal.next_wake()
            except JournalUnavailable as outage:
                _log.warning("timers_wait_for_the_journal", reason=str(outage))
                self._next = self._clock.now() + timedelta(seconds=outage.retry_after_s)
            if not self._stopped:
                await self._sleep()

    async def _wake_due(self) -> None:
        now = self._clock.now()
        for case in await self._journal.due(now):
            tried = self._fruitless.get(case)
            if tried is not None and (now - tried).total_seconds() < _FRUITLESS_S:
                continue
            if await self._moved(case):
                self._fruitless.pop(case, None)
            else:
                self._fruitless[case] = now

    async def _moved(self, case: CaseId) -> bool:
        try:
            return await self._wake(case)
        except Exception:  # noqa: BLE001 - one case that cannot be woken must not stop the time of all others
            _log.exception("case_not_woken", case=case)
            return False

    async def _sleep(self) -> None:
        wait_s = _LONGEST_SLEEP_S
        if self._next is not None:
            wait_s = min(wait_s, max(_SHORTEST_SLEEP_S, (self._next - self._clock.now()).total_seconds()))
            if self._fruitless:
                wait_s = max(wait_s, 1.0)
        async with asyncio.TaskGroup() as group:
            sooner = group.create_task(self._wait_sooner())
            slept = group.create_task(self._clock.sleep(wait_s))
            await asyncio.wait({sooner, slept}, return_when=asyncio.FIRST_COMPLETED)
            sooner.cancel()
            slept.cancel()

    async def _wait_sooner(self) -> None:
        await self._sooner.wait()
