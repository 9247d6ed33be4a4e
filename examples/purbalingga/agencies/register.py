"""An agency's own register in SQLite: what it decided under which key, what it did, and what it still owes.

The memory of an ask and the agency's own tables are written in one transaction, so a repeat of an ask after a crash
finds either both or neither. WAL with `synchronous=FULL`: what was committed survives a power cut.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

_SCHEMA = """
CREATE TABLE IF NOT EXISTS asks (       -- one row a key: the ask, and what was answered
    key TEXT PRIMARY KEY,
    digest TEXT NOT NULL,               -- of contract and input: the same key never comes with another wish
    body BLOB NOT NULL,                 -- the ask itself; empty in a tombstone whose ask never came
    state TEXT NOT NULL,                -- working | answered | undone
    answer BLOB,
    attempts INTEGER NOT NULL DEFAULT 1,
    decide_at REAL,                     -- when work that goes on will be decided
    traceparent TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS effects (    -- one row each time that this agency really did something
    id INTEGER PRIMARY KEY,
    ask_key TEXT NOT NULL,
    done_at REAL NOT NULL,
    undone_at REAL
) STRICT;
CREATE TABLE IF NOT EXISTS callbacks (  -- answers that the gateway has not yet taken
    ask_key TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    answer BLOB NOT NULL,
    traceparent TEXT NOT NULL,
    next_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'owed'  -- owed | taken | given_up
) STRICT;
CREATE TABLE IF NOT EXISTS nonces (     -- signatures that were used
    key_id TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until REAL NOT NULL,
    PRIMARY KEY (key_id, nonce)
) STRICT;
"""


class HeldAsk(Struct):
    """What is remembered of an ask."""

    key: str
    digest: str
    body: bytes
    state: str
    answer: bytes | None
    traceparent: str


class OwedCallback(Struct):
    """An answer that the gateway has not yet taken."""

    ask_key: str
    address: str
    answer: bytes
    traceparent: str
    attempts: int


class Register:
    """The database of one agency: one connection, one thread."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open or make the register; `schema` is the agency's own tables."""
        self.database = sqlite3.connect(path, isolation_level=None)
        self.database.row_factory = sqlite3.Row
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=FULL")
        self.database.executescript(_SCHEMA + schema)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Do everything inside at once, or nothing of it."""
        self.database.execute("BEGIN IMMEDIATE")
        try:
            yield self.database
        except BaseException:
            self.database.execute("ROLLBACK")
            raise
        self.database.execute("COMMIT")

    # --- asks ---------------------------------------------------------------------------------------------

    def held(self, key: str) -> HeldAsk | None:
        """Give what is remembered under a key."""
        row = self.database.execute(
            "SELECT key, digest, body, state, answer, traceparent FROM asks WHERE key = ?", (key,)
        ).fetchone()
        return HeldAsk(*row) if row else None

    def remember(self, ask: HeldAsk, *, decide_at: float | None = None) -> None:
        """Remember an ask and what came of it so far."""
        self.database.execute(
            "INSERT INTO asks (key, digest, body, state, answer, decide_at, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (ask.key, ask.digest, ask.body, ask.state, ask.answer, decide_at, ask.traceparent),
        )

    def count_attempt(self, key: str) -> None:
        """Count a repeat of an ask."""
        self.database.execute("UPDATE asks SET attempts = attempts + 1 WHERE key = ?", (key,))

    def answered(self, key: str, answer: bytes) -> None:
        """Remember the answer to work that went on."""
        self.database.execute("UPDATE asks SET state = 'answered', answer = ? WHERE key = ?", (answer, key))

    def bury(self, key: str) -> None:
        """Remember that an ask is undone, also one that has not come yet."""
        self.database.execute(
            "INSERT INTO asks (key, digest, body, state, attempts) VALUES (?, '', x'', 'undone', 0) "
            "ON CONFLICT (key) DO UPDATE SET state = 'undone'",
            (key,),
        )

    def undecided(self) -> list[tuple[str, float]]:
        """Give the keys of work that goes on, and when each is to be decided, soonest first."""
        rows = self.database.execute("SELECT key, decide_at FROM asks WHERE state = 'working' ORDER BY decide_at")
        return [(key, decide_at) for key, decide_at in rows]

    # --- effects ------------------------------------------------------------------------------------------

    def did(self, key: str, at: float) -> None:
        """Count something done under a key. Nothing stops a second row: a test reads here whether there is one."""
        self.database.execute("INSERT INTO effects (ask_key, done_at) VALUES (?, ?)", (key, at))

    def done_at(self, key: str) -> float | None:
        """Give when what still stands under a key was done."""
        row = self.database.execute(
            "SELECT min(done_at) FROM effects WHERE ask_key = ? AND undone_at IS NULL", (key,)
        ).fetchone()
        return float(row[0]) if row[0] is not None else None

    def took_back(self, key: str, at: float) -> None:
        """Remember that what was done under a key was taken back."""
        self.database.execute("UPDATE effects SET undone_at = ? WHERE ask_key = ? AND undone_at IS NULL", (at, key))

    # --- callbacks ----------------------------------------------------------------------------------------

    def owe(self, callback: OwedCallback, *, next_at: float) -> None:
        """Owe the gateway an answer."""
        self.database.execute(
            "INSERT INTO callbacks (ask_key, address, answer, traceparent, next_at) VALUES (?, ?, ?, ?, ?)",
            (callback.ask_key, callback.address, callback.answer, callback.traceparent, next_at),
        )

    def due_callbacks(self, now: float) -> list[OwedCallback]:
        """Give the callbacks whose next attempt is due."""
        rows = self.database.execute(
            "SELECT ask_key, address, answer, traceparent, attempts FROM callbacks "
            "WHERE state = 'owed' AND next_at <= ? ORDER BY next_at",
            (now,),
        )
        return [OwedCallback(*row) for row in rows]

    def next_callback_at(self) -> float | None:
        """Give when the next callback is due."""
        row = self.database.execute("SELECT min(next_at) FROM callbacks WHERE state = 'owed'").fetchone()
        return float(row[0]) if row[0] is not None else None

    def postpone(self, ask_key: str, *, next_at: float) -> None:
        """Try a callback again later."""
        self.database.execute(
            "UPDATE callbacks SET next_at = ?, attempts = attempts + 1 WHERE ask_key = ?", (next_at, ask_key)
        )

    def settle_callback(self, ask_key: str, state: str) -> None:
        """Stop a callback: it was `taken`, or `given_up`, or never needed (its ask is undone)."""
        self.database.execute(
            "UPDATE callbacks SET state = ?, attempts = attempts + 1 WHERE ask_key = ? AND state = 'owed'",
            (state, ask_key),
        )

    # --- signatures ---------------------------------------------------------------------------------------

    def take_nonce(self, key_id: str, nonce: str, *, now: float, until: float) -> bool:
        """Take a nonce, across restarts; False when it was used before."""
        self.database.execute("DELETE FROM nonces WHERE until < ?", (now,))
        taken = self.database.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (key_id, nonce, until))
        return taken.rowcount == 1

    # --- for tests and auditors ---------------------------------------------------------------------------

    def dump(self) -> dict[str, object]:
        """Say what this register holds, without a personal datum: states, effects and attempts by ask key."""
        asks = self.database.execute(
            "SELECT key, state, attempts, "
            "(SELECT count(*) FROM effects WHERE ask_key = key) AS effects, "
            "(SELECT count(*) FROM effects WHERE ask_key = key AND undone_at IS NULL) AS standing "
            "FROM asks ORDER BY key"
        ).fetchall()
        owed = self.database.execute("SELECT count(*) FROM callbacks WHERE state = 'owed'").fetchone()[0]
        return {
            "asks": {
                row["key"]: {name: row[name] for name in ("state", "attempts", "effects", "standing")} for row in asks
            },
            "effects": sum(row["effects"] for row in asks),
            "standing": sum(row["standing"] for row in asks),
            "callbacks_owed": owed,
        }
