"""Where nonces are remembered: in memory for tests and one run, in a small file so that a restart forgets nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

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
        self._opened: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._taken = 0

    async def first_seen(self, key_id: str, nonce: str, *, until: Instant) -> bool:
        """Remember a nonce until a moment, durably; say whether it was new.

        Raises:
            NonceMemoryUnavailable: the file cannot be written.

        """
        # In a thread, since it waits for the disk. A caller that is cancelled meanwhile leaves the nonce used.
        return await asyncio.to_thread(self._take, key_id, nonce, until.timestamp())

    async def close(self) -> None:
        """Let go of the file."""
        await asyncio.to_thread(self._close)

    def _take(self, key_id: str, nonce: str, until: float) -> bool:
        with self._lock:
            try:
                connection = self._connection()
                cursor = connection.execute("insert or ignore into nonce values (?, ?, ?)", (key_id, nonce, until))
                self._taken += 1
                if self._taken % _FORGET_EVERY == 0:
                    connection.execute("delete from nonce where until <= ?", (self._clock().timestamp(),))
            except (sqlite3.Error, OSError) as error:
                reason = f"used signatures cannot be recorded in {self._path.name}: {error}"
                raise NonceMemoryUnavailable(reason) from error
            return cursor.rowcount == 1

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's files beside it take its mode
            # Autocommit: every statement is a transaction of its own. Threads take turns under the lock.
            self._opened = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._opened.executescript(_SCHEMA)
        return self._opened

    def _close(self) -> None:
        with self._lock:
            opened, self._opened = self._opened, None
            if opened is not None:
                opened.close()
