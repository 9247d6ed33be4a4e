"""What an agency remembers: the port, and a store that lives as long as its process."""

from __future__ import annotations

import copy
import sqlite3
import threading
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Literal, Protocol

from msgspec import Struct, structs

State = Literal["working", "answered", "undone"]

NESTED = "a transaction is open in this thread: return what comes of it, rather than call the agency from inside"


class Held(Struct, frozen=True, kw_only=True):
    """What is remembered under a key.

    `digest` names contract and input: the same key never comes with another wish. `answer` is the first answer as JSON;
    `done_at` is when a contribution was made that still stands, and `due_at` when work that was put off is to be done
    (both in seconds since 1970).
    """

    key: str
    state: State
    digest: str = ""
    message: bytes = b""
    answer: bytes = b""
    ticket: str = ""
    traceparent: str = ""
    attempts: int = 1
    done_at: float | None = None
    due_at: float | None = None


class Owed(Struct, frozen=True, kw_only=True):
    """An answer that the gateway has not yet taken: where it goes, and when it is sent next (seconds since 1970)."""

    key: str
    address: str
    body: bytes
    traceparent: str
    next_at: float
    attempts: int = 0


class Transaction(Protocol):
    """All that is written in one is there at once, or not at all."""

    @property
    def database(self) -> sqlite3.Connection:
        """The database of the store, for the agency's own tables. Raises RuntimeError: this store has none."""
        ...

    def held(self, key: str) -> Held | None:
        """Give what is remembered under a key."""
        ...

    def hold(self, held: Held) -> None:
        """Remember, in place of what was remembered under this key."""
        ...

    def due(self, now: float) -> list[str]:
        """Give the keys of work that is to be done now, soonest first."""
        ...

    def owe(self, owed: Owed) -> None:
        """Owe an answer, in place of one that is owed under this key."""
        ...

    def settle(self, key: str) -> None:
        """Owe nothing under this key any more."""
        ...

    def owed(self, now: float) -> list[Owed]:
        """Give the answers whose next attempt is due, soonest first."""
        ...

    def next_at(self) -> float | None:
        """Give when something is due next, work or an answer; None: nothing is."""
        ...

    def take_nonce(self, key_id: str, nonce: str, *, now: float, until: float) -> bool:
        """Remember a nonce until a moment; False when it was there already."""
        ...


class Store(Protocol):
    """Where an agency remembers. Transactions follow one another, whatever threads and processes they are from."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: kept when its block ends, undone when that raises.

        Raises:
            RuntimeError: this thread has one open.

        """
        ...


class _Tables(Struct):
    held: dict[str, Held]
    owed: dict[str, Owed]
    nonces: dict[tuple[str, str], float]


class MemoryStore:
    """Remembers until the process ends: for tests."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._tables = _Tables({}, {}, {})
        self._lock, self._is_open = threading.RLock(), False

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """Open a transaction. Raises RuntimeError: this thread has one open."""
        with self._lock:
            if self._is_open:
                raise RuntimeError(NESTED)
            kept = structs.replace(
                self._tables,
                held=copy.copy(self._tables.held),
                owed=copy.copy(self._tables.owed),
                nonces=copy.copy(self._tables.nonces),
            )
            self._is_open = True
            try:
                yield _InMemory(kept)
            finally:
                self._is_open = False
            self._tables = kept


class _InMemory:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    @property
    def database(self) -> sqlite3.Connection:
        message = "a MemoryStore has no database: use SqliteStore(':memory:'), or tables of your own"
        raise RuntimeError(message)

    def held(self, key: str) -> Held | None:
        return self._tables.held.get(key)

    def hold(self, held: Held) -> None:
        self._tables.held[held.key] = held

    def due(self, now: float) -> list[str]:
        return [key for due_at, key in self._due() if due_at <= now]

    def owe(self, owed: Owed) -> None:
        self._tables.owed[owed.key] = owed

    def settle(self, key: str) -> None:
        self._tables.owed.pop(key, None)

    def owed(self, now: float) -> list[Owed]:
        return sorted(
            (owed for owed in self._tables.owed.values() if owed.next_at <= now), key=lambda owed: owed.next_at
        )

    def next_at(self) -> float | None:
        moments = [due_at for due_at, _ in self._due()] + [owed.next_at for owed in self._tables.owed.values()]
        return min(moments, default=None)

    def take_nonce(self, key_id: str, nonce: str, *, now: float, until: float) -> bool:
        nonces = {key: end for key, end in self._tables.nonces.items() if end >= now}
        new = (key_id, nonce) not in nonces
        self._tables.nonces = {(key_id, nonce): until, **nonces}
        return new

    def _due(self) -> list[tuple[float, str]]:
        working = (held for held in self._tables.held.values() if held.state == "working")
        return sorted((held.due_at, held.key) for held in working if held.due_at is not None)
