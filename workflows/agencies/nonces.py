"""Where nonces are remembered: in memory for tests and one run, in a small file so that a restart forgets nothing."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from contracts.ids import Instant
from workflows.ports import Outage

MOST_OF_A_KEY = 100_000
"""Nonces of one key that are remembered at once: 300 messages a second for as long as a signature lives."""


class NonceMemoryUnavailable(Outage):
    """The memory of used signatures cannot take more at the moment: nothing was accepted."""


class TooManyNonces(Outage):
    """One key signs more messages than are remembered of it: rather than forget one, nothing of it is accepted."""

    retry_after_s = 60

    def __init__(self, key_id: str) -> None:
        """Take whose they are."""
        super().__init__(f"{key_id} has signed too many messages within minutes. Send them more slowly.")


class MemoryNonces:
    """Remembers in memory, at most `capacity` of a key at a time."""

    def __init__(self, clock: Callable[[], Instant], capacity: int = MOST_OF_A_KEY) -> None:
        """Take the present moment's source and the bound."""
        self._clock = clock
        self._capacity = capacity
        self._until: dict[str, dict[str, Instant]] = {}

    async def first_seen(self, key_id: str, nonce: str, *, until: Instant) -> bool:
        """Remember a nonce until a moment; say whether it was new.

        Raises:
            TooManyNonces: this key has as many as are remembered, and none of them may be forgotten yet.

        """
        kept = self._until.setdefault(key_id, {})
        if nonce in kept:
            return False
        if len(kept) >= self._capacity:
            now = self._clock()
            kept = self._until[key_id] = {known: until for known, until in kept.items() if until > now}
        if len(kept) >= self._capacity:
            raise TooManyNonces(key_id)
        kept[nonce] = until
        return True


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
    """Remembers in a small SQLite file, durably before the message is believed; opened on first use.

    What is over is forgotten, and a key's nonces are counted, every 256 messages: it may have so many above `capacity`.
    """

    def __init__(self, path: Path, clock: Callable[[], Instant], capacity: int = MOST_OF_A_KEY) -> None:
        """Take the file (made when missing), the present moment's source and how many of a key are remembered."""
        self._path = path
        self._clock = clock
        self._capacity = capacity
        self._crowded: set[str] = set()
        self._opened: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._taken = 0

    async def first_seen(self, key_id: str, nonce: str, *, until: Instant) -> bool:
        """Remember a nonce until a moment, durably; say whether it was new.

        Raises:
            NonceMemoryUnavailable: the file cannot be written.
            TooManyNonces: this key has as many as are remembered.

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
                self._taken += 1
                if self._taken % _FORGET_EVERY == 0:
                    self._look_after(connection)
                if key_id in self._crowded:
                    raise TooManyNonces(key_id)
                cursor = connection.execute("insert or ignore into nonce values (?, ?, ?)", (key_id, nonce, until))
            except (sqlite3.Error, OSError) as error:
                reason = f"used signatures cannot be recorded in {self._path.name}: {error}"
                raise NonceMemoryUnavailable(reason) from error
            return cursor.rowcount == 1

    def _look_after(self, connection: sqlite3.Connection) -> None:
        connection.execute("delete from nonce where until <= ?", (self._clock().timestamp(),))
        crowded = "select key_id from nonce group by key_id having count(*) >= ?"
        self._crowded = {key_id for (key_id,) in connection.execute(crowded, (self._capacity,))}

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
