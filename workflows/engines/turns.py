"""Turns: whoever moves a case waits for those who came before."""

from __future__ import annotations

import asyncio

from contracts.ids import CaseId


class Turn:
    """One case's turn: a lock that leaves the table when nobody waits for it."""

    __slots__ = ("_case", "_lock", "_table", "_waiting")

    def __init__(self, case: CaseId, table: dict[CaseId, Turn]) -> None:
        """Take the case, and the table in which it stands while anybody waits for it."""
        self._case, self._table = case, table
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def __aenter__(self) -> None:
        """Wait for it."""
        self._waiting += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Give it to whoever is next."""
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._table.pop(self._case, None)
