"""Connections to SQLite that are told a whole piece of work in one call on their own thread.

aiosqlite hands each statement to its thread and back, which costs more than the statement. It has no public "run this
function there", but takes a subclass of `sqlite3.Connection`: this one reads one text as "call what follows".
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from workflows.ports import JournalUnavailable

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

_CALL = "-- call the parameter"
_BUSY_S = 5

_WRITER = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL loses acknowledged commits in a power cut
    "PRAGMA fullfsync = ON",  # only macOS knows the difference: there, fsync alone does not reach the disk
    "PRAGMA wal_autocheckpoint = 0",  # the writer task does every checkpoint, after it has answered
    "PRAGMA secure_delete = ON",  # a destroyed key leaves no copy behind in a free page
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)
_READER = (
    "PRAGMA query_only = ON",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
)


class _Answer(sqlite3.Cursor):
    """What a piece of work gave, as the one row that aiosqlite carries back."""

    given: object = None

    def fetchall(self) -> list[object]:
        """Give the one "row"."""
        return [self.given]


class _CallingConnection(sqlite3.Connection):
    """A connection whose `execute` can also call a function with the connection."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:  # noqa: ANN401 - sqlite3's, or one function
        """Execute a statement, or call the function that is the only parameter of `_CALL`."""
        if sql != _CALL:
            return super().execute(sql, parameters)
        answer = _Answer(self)
        answer.given = parameters[0](self)
        return answer


class ThreadConnection:
    """One connection and its thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Take an open connection; see `open_writer` and `open_reader`."""
        self._connection = connection
        self._closed = False

    async def run(self, work: Work[T]) -> T:
        """Call `work` with the connection on its thread. A caller that is cancelled does not stop it.

        Raises:
            JournalUnavailable: the connection is closed.

        """
        if self._closed:
            raise JournalUnavailable("the journal is closed")
        given = await self._connection.execute_fetchall(_CALL, (work,))
        return given[0]  # type: ignore[index,no-any-return]  # the list that `_Answer.fetchall` gave

    async def close(self) -> None:
        """Close the connection and end its thread."""
        self._closed = True
        await self._connection.close()


async def open_writer(path: Path) -> ThreadConnection:
    """Open the one connection that writes; it makes the file (mode 0600) where there is none."""
    return await _open(path, _WRITER)


async def open_reader(path: Path) -> ThreadConnection:
    """Open a connection that can only read."""
    return await _open(path, _READER)


async def _open(path: Path, pragmas: tuple[str, ...]) -> ThreadConnection:
    opened = await aiosqlite.connect(
        path, factory=_CallingConnection, isolation_level=None, timeout=_BUSY_S, cached_statements=256
    )
    connection = ThreadConnection(opened)
    try:
        await connection.run(lambda raw: _set_up(raw, pragmas))
    except BaseException:
        await connection.close()
        raise
    return connection


def _set_up(connection: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        connection.execute(pragma).fetchall()
