"""Rows of one batch, written together: a statement for many rows is one call.

Each call into SQLite gives the interpreter away and must get it back from a loop that is busy, which costs several
times what SQLite does for a row. So a batch writes all rows of a table at once, and each stream's row once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, TypeAlias

from workflows.journal.queries import QUERIES
from workflows.ports import Claim

Row: TypeAlias = tuple[object, ...]
Columns: TypeAlias = dict[str, object]

STREAM_COLUMNS: Final[tuple[str, ...]] = (
    "stream",
    "version",
    "key",
    "wake_at",
    "owes",
    "service",
    "state",
    "marks",
    "line",
    "last_error",
    "due_at",
)
_EMPTY: Final[Columns] = {**dict.fromkeys(STREAM_COLUMNS), "version": 0, "owes": 0}
_MOST_AT_ONCE: Final = 64
"""Rows of one statement. They go by powers of two, so that few statements are compiled, and each once."""


class Rows:
    """What a batch will write: taken row by row, written by `write`."""

    def __init__(self) -> None:
        """Start with none."""
        self._new: dict[int, Columns] = {}
        self._moved: dict[int, Columns] = {}
        self._step_keys: list[Row] = []
        self._events: list[Row] = []
        self._claims: list[Row] = []
        self._claimed: dict[bytes, Claim] = {}

    def add_stream(self, number: int, name: str, key: bytes) -> None:
        """Begin a stream."""
        self._new[number] = {**_EMPTY, "stream": name, "key": key}

    def move_stream(self, number: int, changes: Columns) -> None:
        """Change columns of a stream's row."""
        added = self._new.get(number)
        if added is not None:
            added |= changes
        elif number in self._moved:
            self._moved[number] |= changes
        else:
            self._moved[number] = changes

    def add_step_key(self, number: int, step: str, wrapped: bytes, commitment: bytes) -> None:
        """Add a step's key."""
        self._step_keys.append((number, step, wrapped, commitment))

    def add_events(self, rows: Sequence[Row]) -> None:
        """Add events."""
        self._events += rows

    def add_claim(self, name: bytes, claim: Claim, row: Row) -> None:
        """Add a claim under its keyed name."""
        self._claims.append(row)
        self._claimed[name] = claim

    def claimed(self, name: bytes) -> Claim | None:
        """Give a claim that waits to be written under this name."""
        return self._claimed.get(name)

    def clear(self) -> None:
        """Let go of everything that waits."""
        for kept in (self._new, self._moved, self._step_keys, self._events, self._claims, self._claimed):
            kept.clear()

    def write(self, connection: sqlite3.Connection) -> None:
        """Write everything that waits."""
        new = [(number, *columns.values()) for number, columns in self._new.items()]
        _write(connection, QUERIES.add_streams, new)
        _write(connection, QUERIES.add_step_keys, self._step_keys)
        _write(connection, QUERIES.add_events, self._events)
        _write(connection, QUERIES.add_claims, self._claims)
        alike: dict[tuple[str, ...], list[Row]] = {}
        for number, changes in self._moved.items():
            names = tuple(sorted(changes))
            alike.setdefault(names, []).append((number, *(changes[name] for name in names)))
        for names, rows in alike.items():
            _write(connection, _moving(names), rows)
        self.clear()


@lru_cache(maxsize=256)
def _moving(names: tuple[str, ...]) -> str:
    """Give the statement that changes these columns, and no other: one that stays costs its index nothing."""
    changes = ", ".join(f"{name} = new.column{place}" for place, name in enumerate(names, 2))
    return QUERIES.move_streams.replace("{changes}", changes)


def _write(connection: sqlite3.Connection, query: str, rows: Sequence[Row]) -> None:
    for some in _powers(rows):
        connection.execute(_of(query, len(some), len(some[0])), tuple(chain.from_iterable(some)))


def _powers(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Cut rows into pieces whose sizes are powers of two."""
    at = 0
    while at < len(rows):
        size = min(_MOST_AT_ONCE, 1 << ((len(rows) - at).bit_length() - 1))
        yield rows[at : at + size]
        at += size


@lru_cache(maxsize=512)
def _of(query: str, rows: int, columns: int) -> str:
    """Give a statement for so many rows."""
    row = f"({', '.join('?' * columns)})"
    return query.replace("{rows}", ", ".join([row] * rows))
