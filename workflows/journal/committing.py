"""Group commit: everything that arrives while a commit is under way goes into the next one.

One task owns the only connection that writes, and every checkpoint. A piece of work that fails by itself (a conflict)
fails alone; a store that fails (no space, an I/O error) fails the whole batch, and nothing of it was acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import Struct

from workflows.journal.connections import ThreadConnection, Work
from workflows.ports import JournalFull, JournalUnavailable

T = TypeVar("T")
logger = logging.getLogger(__name__)

BATCH_MAX = 512
CHECKPOINT_AFTER = 1_000
"""Pieces of work between two checkpoints: each writes some pages to the log, of 4 KiB."""
CHECKPOINT_AFTER_BATCHES = 100

_FSYNC_ERRORS = {"SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_TRUNCATE"}
_BROKEN = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}


class _Waiting(Struct, frozen=True):
    """One piece of work in the queue: its future, and what is to be done once it is durable."""

    work: Work[Any]
    future: asyncio.Future[Any]
    durable: Callable[[Any], None] | None


class Writer:
    """Runs pieces of work in batches, each batch in one transaction and one call on the connection's thread."""

    def __init__(
        self,
        connection: ThreadConnection,
        *,
        last: Work[None] = lambda _: None,
        rolled_back: Callable[[], None] = lambda: None,
        on_batch: Callable[[int], None] | None = None,
    ) -> None:
        """Take the writing connection.

        `last` is called on its thread at the end of each batch, before its commit: it writes what the pieces of work
        have left to be written together. `rolled_back` is called there after a rollback; `on_batch` is told how many
        pieces of work each commit held.
        """
        self._connection = connection
        self._last, self._rolled_back = last, rolled_back
        self._on_batch = on_batch
        self._waiting: list[_Waiting] = []
        self._truncations: list[asyncio.Future[bool]] = []
        self._wanted = asyncio.Event()
        self._closing = False
        self._broken = ""
        self._works_since = self._batches_since = 0

    @property
    def healthy(self) -> bool:
        """Whether it can still be trusted: not after a failed fsync, when nobody knows what is on the disk."""
        return not self._broken

    async def submit(self, work: Work[T], durable: Callable[[T], None] | None = None) -> T:
        """Run `work` in the next batch; give what it gave once that is durable.

        `durable` is called then, also if the caller was cancelled meanwhile: cancelling a caller undoes nothing.

        Raises:
            JournalUnavailable: nothing was recorded; `JournalFull` if for want of space.

        """
        self._refuse_if_unable()
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(work, future, durable))
        self._wanted.set()
        return await future

    async def truncate(self) -> bool:
        """Empty the write-ahead log, so that nothing overwritten is left in it; False: a reader was in the way."""
        self._refuse_if_unable()
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._truncations.append(future)
        self._wanted.set()
        return await future

    def close(self) -> None:
        """Take no more work; `run` ends when what was taken is done."""
        self._closing = True
        self._wanted.set()

    async def run(self) -> None:
        """Commit batches until closed and nothing waits: the one writer task."""
        try:
            while not (self._closing and not self._waiting):
                await self._wanted.wait()
                if len(self._waiting) <= BATCH_MAX and not self._closing:
                    self._wanted.clear()
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                if batch:
                    await self._commit(batch)
                await self._keep_log_short()
        finally:
            self._closing = True
            self._give_up(JournalUnavailable("the journal was closed: nothing was recorded"))

    def _refuse_if_broken(self) -> None:
        if self._broken:
            raise JournalUnavailable(f"the journal takes nothing more until it is restarted: {self._broken}")

    def _refuse_if_unable(self) -> None:
        self._refuse_if_broken()
        if self._closing:
            raise JournalUnavailable("the journal is closed: nothing was recorded")

    async def _commit(self, batch: list[_Waiting]) -> None:
        outcomes: list[Any]
        try:
            self._refuse_if_broken()
            outcomes = await self._connection.run(
                lambda raw: run_batch(raw, [waiting.work for waiting in batch], self._rolled_back, self._last)
            )
        except sqlite3.Error as error:
            outcomes = [self._outage(error)] * len(batch)
        except JournalUnavailable as error:
            outcomes = [error] * len(batch)
        except Exception as error:  # a bug in the journal itself: told to every caller, and the task goes on
            logger.exception("a batch failed")
            outcomes = [error] * len(batch)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            _settle(waiting, outcome)
        self._works_since += len(batch)
        self._batches_since += 1
        if self._on_batch:
            self._on_batch(len(batch))

    async def _keep_log_short(self) -> None:
        truncations, self._truncations = self._truncations, []
        enough = self._works_since >= CHECKPOINT_AFTER or self._batches_since >= CHECKPOINT_AFTER_BATCHES
        if not truncations and not enough:
            return
        mode = "TRUNCATE" if truncations else "PASSIVE"
        done = False
        try:
            done = await self._connection.run(lambda raw: checkpoint(raw, mode))
            self._works_since = self._batches_since = 0
        except sqlite3.Error as error:
            # What is in the log is durable all the same: only the log stays long, and the next batch tries again.
            logger.warning("the journal's log could not be moved into its database: %s", self._outage(error))
        for future in truncations:
            if not future.done():
                future.set_result(done)

    def _outage(self, error: sqlite3.Error) -> JournalUnavailable:
        name: str = getattr(error, "sqlite_errorname", "") or ""
        if name in _FSYNC_ERRORS or name in _BROKEN:
            self._broken = f"{error} ({name})"
            logger.critical("the journal cannot be trusted any more: %s", self._broken)
        return outage(error)

    def _give_up(self, error: Exception) -> None:
        for waiting in self._waiting:
            _settle(waiting, error)
        for future in self._truncations:
            if not future.done():
                future.set_result(False)
        self._waiting, self._truncations = [], []


def outage(error: sqlite3.Error) -> JournalUnavailable:
    """Say what a failing store means for a caller."""
    name: str = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL":
        return JournalFull(
            "the disk that holds the journal is full: nothing was recorded. Make space; no restart is needed"
        )
    return JournalUnavailable(f"the journal's store failed ({name or 'no code'}: {error}): nothing was acknowledged")


def run_batch(
    connection: sqlite3.Connection,
    works: Sequence[Work[Any]],
    rolled_back: Callable[[], None],
    last: Work[None] = lambda _: None,
) -> list[Any]:
    """Run every piece of work in one transaction; give each one's result, or the exception that only it met.

    Work that fails before it has written anything (a conflict) needs no savepoint; on the rare one that fails later the
    batch is rolled back and run again without it. `last` is called before the commit, `rolled_back` after every
    rollback.
    """
    failed: dict[int, Exception] = {}
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = _run_but(connection, works, failed)
            if outcomes is not None:
                last(connection)
                connection.execute("COMMIT")
                return outcomes
        except BaseException:
            _roll_back(connection, rolled_back)
            raise
        _roll_back(connection, rolled_back)


def _run_but(
    connection: sqlite3.Connection, works: Sequence[Work[Any]], failed: dict[int, Exception]
) -> list[Any] | None:
    """Run the works but those that failed; None: one more failed after it had written, and is among them now."""
    outcomes: list[Any] = []
    for index, work in enumerate(works):
        if index in failed:
            outcomes.append(failed[index])
            continue
        before = connection.total_changes
        try:
            outcomes.append(work(connection))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - given to the one whose work it was
            if connection.total_changes != before:
                failed[index] = error
                return None
            outcomes.append(error)
    return outcomes


def _roll_back(connection: sqlite3.Connection, rolled_back: Callable[[], None]) -> None:
    rolled_back()
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def checkpoint(connection: sqlite3.Connection, mode: str) -> bool:
    """Move the write-ahead log into the database (`PASSIVE`), or empty it too (`TRUNCATE`); False: not all of it."""
    busy, logged, moved = connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
    return bool(busy == 0 and logged == moved)


def _settle(waiting: _Waiting, outcome: Any) -> None:  # noqa: ANN401 - any work gives anything
    if isinstance(outcome, Exception):
        if not waiting.future.done():
            waiting.future.set_exception(outcome)
        return
    # Whoever wrote goes on first, so that those who are woken by the commit find the case as it now stands.
    if not waiting.future.done():
        waiting.future.set_result(outcome)
    if waiting.durable:
        try:
            waiting.durable(outcome)
        except Exception:
            # It is durable: what somebody does on hearing of it can change nothing, nor stop the writer.
            logger.exception("telling of a commit failed")
