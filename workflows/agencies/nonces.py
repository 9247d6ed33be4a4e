"""Where nonces are remembered: in memory for tests and one run, in a small file so that a restart forgets nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import aiosqlite

from contracts.ids import Instant
from workflows.ports import Outage


class NonceMemoryUnavailable(Outage):
    """The memory of used signatures cannot take more at the moment: nothing was accepted."""


class MemoryNonces:
    """Remembers in memory, at most `capacity` at a time: when full it accepts nothing, rather than forget."""

    def __init__(self, clock: Callable[[], Instant], capacity: int = 100_000) -> None:
        """Take the present moment's source and the bound."""
        self._clock = clock
        self._capacity = capacity
        self._until: OrderedDict[tuple[str, str], Instant] = OrderedDict()

    async def first_seen(self, key_id: str, nonce: str, *, until: Instant) -> bool:
        """Remember a nonce until a moment; say whether it was new.

        Raises:
            NonceMemoryUnavailable: full of nonces that may not be forgotten yet.

        """
        key = (key_id, nonce)
        if key in self._until:
            return False
        if len(self._until) >= self._capacity:
            self._forget()
        self._until[key] = until
        return True

    def _forget(self) -> None:
        now = self._clock()
        self._until = OrderedDict((key, until) for key, until in self._until.items() if until > now)
        if len(self._until) >= self._capacity:
            raise NonceMemoryUnavailable


_SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists nonce (
  key_id text, nonce text, until real not null, primary key (key_id, nonce)
) without rowid;
create index if not exists nonce_until on nonce (until);
"""
_FORGET_EVERY = 256


class FileNonces:
    """Remembers in a small SQLite file, durably before the message is believed; opened on first use."""

    def __init__(self, path: Path, clock: Callable[[], Instant]) -> None:
        """Take the file (made when missing) and the present moment's source."""
        self._path = path
        self._clock = clock
        self._opened: aiosqlite.Connection | None = None
        self._opening = asyncio.Lock()
        self._taken = 0

    async def first_seen(self, key_id: str, nonce: str, *, until: Instant) -> bool:
        """Remember a nonce until a moment, durably; say whether it was new.

        Raises:
            NonceMemoryUnavailable: the file cannot be written.

        """
        try:
            connection = await self._connection()
            # One statement, committed by itself: a cancelled caller cannot leave a transaction open.
            cursor = await connection.execute(
                "insert or ignore into nonce values (?, ?, ?)", (key_id, nonce, until.timestamp())
            )
            new = cursor.rowcount == 1
            await cursor.close()
            await self._forget_sometimes(connection)
        except sqlite3.Error as error:
            raise NonceMemoryUnavailable(f"used signatures cannot be recorded in {self._path.name}: {error}") from error
        return new

    async def close(self) -> None:
        """Let go of the file."""
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _connection(self) -> aiosqlite.Connection:
        async with self._opening:
            if self._opened is None:
                connection = await aiosqlite.connect(self._path, isolation_level=None)
                self._opened = connection
                await (await connection.executescript(_SCHEMA)).close()
            return self._opened

    async def _forget_sometimes(self, connection: aiosqlite.Connection) -> None:
        self._taken += 1
        if self._taken % _FORGET_EVERY == 0:
            cursor = await connection.execute("delete from nonce where until <= ?", (self._clock().timestamp(),))
            await cursor.close()
