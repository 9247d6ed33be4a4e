"""The store for most agencies: one SQLite file for threads and processes, with the agency's own tables in it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gapura_agency.stores import NESTED, Held, Owed, Transaction

_TABLES = """
CREATE TABLE IF NOT EXISTS gapura_held (    -- one row a key: what was asked, and what was answered first
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,                    -- working | answered | undone
    digest TEXT NOT NULL,
    message BLOB NOT NULL,
    answer BLOB NOT NULL,
    ticket TEXT NOT NULL,
    traceparent TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    done_at REAL,
    due_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS gapura_due ON gapura_held (due_at) WHERE state = 'working' AND due_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS gapura_owed (    -- answers that the gateway has not yet taken
    key TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    body BLOB NOT NULL,
    traceparent TEXT NOT NULL,
    next_at REAL NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS gapura_nonces (  -- signatures that were used
    key_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (key_id, nonce)
) STRICT;
"""
_BUSY_S = 30.0


class SqliteStore:
    """Remembers in a file. WAL with `synchronous=FULL`: what was kept survives a power cut."""

    def __init__(self, path: str | Path, *, tables: str = "") -> None:
        """Open or make the file; `tables` are the agency's own, as SQL that may run at every start."""
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_S)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_TABLES + tables)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Open a transaction; `database` in it is the connection, inside of the transaction.

        Raises:
            RuntimeError: this thread has one open.

        """
        with self._lock:
            if self._database.in_transaction:
                raise RuntimeError(NESTED)
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield _InSqlite(self._database)
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


class _InSqlite:
    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database

    def held(self, key: str) -> Held | None:
        row = self.database.execute("SELECT * FROM gapura_held WHERE key = ?", (key,)).fetchone()
        return msgspec.convert(dict(row), Held) if row else None

    def hold(self, held: Held) -> None:
        self.database.execute(
            "INSERT OR REPLACE INTO gapura_held VALUES "
            "(:key, :state, :digest, :message, :answer, :ticket, :traceparent, :attempts, :done_at, :due_at)",
            msgspec.structs.asdict(held),
        )

    def due(self, now: float) -> list[str]:
        rows = self.database.execute(
            "SELECT key FROM gapura_held WHERE state = 'working' AND due_at <= ? ORDER BY due_at, key", (now,)
        )
        return [key for (key,) in rows]

    def owe(self, owed: Owed) -> None:
        self.database.execute(
            "INSERT OR REPLACE INTO gapura_owed VALUES (:key, :address, :body, :traceparent, :next_at, :attempts)",
            msgspec.structs.asdict(owed),
        )

    def settle(self, key: str) -> None:
        self.database.execute("DELETE FROM gapura_owed WHERE key = ?", (key,))

    def owed(self, now: float) -> list[Owed]:
        rows = self.database.execute("SELECT * FROM gapura_owed WHERE next_at <= ? ORDER BY next_at", (now,))
        return [msgspec.convert(dict(row), Owed) for row in rows]

    def next_at(self) -> float | None:
        row = self.database.execute(
            "SELECT min(moment) FROM (SELECT min(due_at) AS moment FROM gapura_held "
            "WHERE state = 'working' AND due_at IS NOT NULL UNION ALL SELECT min(next_at) FROM gapura_owed)"
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def take_nonce(self, key_id: str, nonce: str, *, now: float, until: float) -> bool:
        self.database.execute("DELETE FROM gapura_nonces WHERE until < ?", (now,))
        taken = self.database.execute("INSERT OR IGNORE INTO gapura_nonces VALUES (?, ?, ?)", (key_id, nonce, until))
        return taken.rowcount == 1
