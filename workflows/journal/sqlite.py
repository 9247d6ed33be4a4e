"""SqliteJournal: the journal in one SQLite file, durable before it answers, sealed from the first row."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from contracts.ids import CaseId, Instant
from workflows.journal import reading, recording
from workflows.journal.codec import encode
from workflows.journal.committing import Writer, outage
from workflows.journal.connections import T, ThreadConnection, Work, open_reader, open_writer
from workflows.journal.encryption import claim_id, derive_salt
from workflows.journal.keys import KeyRing
from workflows.journal.locking import FileLock
from workflows.journal.migrating import load_migrations, migrate
from workflows.journal.queries import QUERIES
from workflows.journal.randomness import Randomness
from workflows.journal.rows import Rows
from workflows.journal.watching import Watchers
from workflows.loading.hashing import content_digest
from workflows.ports import (
    REGISTER,
    Append,
    CaseFilter,
    CasePage,
    Claim,
    JournalDamaged,
    JournalUnusable,
    Recorded,
    Vault,
)
from workflows.waiting import DueCursor, WaitedPage

_SALTING_KEPT: Final = 4_096
"""Keys kept for salts: each ask of a case needs one."""
_VERSIONS_KEPT: Final = 4_096
_INDEXES_AT_ONCE: Final = 64
"""Numbers of a counter that are taken in one commit: every sealing needs one, and must not wait for the disk."""

OnCommit = Callable[[Sequence[Recorded]], None]


class SqliteJournal:
    """One process, one file. Opened with `async with SqliteJournal.open(path, vault) as journal`."""

    def __init__(
        self,
        writer: Writer,
        readers: tuple[ThreadConnection, ThreadConnection],
        recorder: recording.Recorder,
        secrets: tuple[KeyRing, bytes],
        on_commit: OnCommit | None,
    ) -> None:
        """Take the open parts; `open` makes them."""
        self._writer = writer
        self._reader, self._scanner = readers
        self._recorder = recorder
        self._ring, self._register_key = secrets
        self._on_commit = on_commit
        self._watchers = Watchers()
        self._salting: OrderedDict[str, bytes] = OrderedDict()
        self._versions: OrderedDict[str, int] = OrderedDict()
        self._indexes: defaultdict[str, _Indexes] = defaultdict(_Indexes)
        self._erasures = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        path: Path,
        vault: Vault,
        *,
        on_commit: OnCommit | None = None,
        on_batch: Callable[[int], None] | None = None,
    ) -> AsyncGenerator[SqliteJournal, None]:
        """Open the journal at `path`, made where there is none, and close it at the end.

        `on_commit` is given what each append recorded once it is durable (the observer); `on_batch` is told how
        many appends each commit held.

        Raises:
            JournalLocked: another process has it.
            JournalUnusable: another master key, a newer version of Gapura, or no journal at all.

        """
        lock = _prepare(path)
        try:
            connections = await _connect(path, vault)
            recorder = recording.Recorder(connections[3])
            writer = Writer(connections[0], last=recorder.write, rolled_back=recorder.forget, on_batch=on_batch)
            journal = cls(writer, connections[1:3], recorder, connections[3:], on_commit)
            try:
                failure: Exception | None = None
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(writer.run(), name="journal writer")
                    try:
                        yield journal
                    except Exception as error:  # noqa: BLE001 - raised again below, outside the group that would wrap it
                        failure = error
                    finally:
                        await journal.close()
                if failure is not None:
                    raise failure
            finally:
                # The readers first: the last connection to leave moves the log, and only the writer may.
                for connection in (connections[1], connections[2], connections[0]):
                    await connection.close()
        finally:
            lock.release()

    @property
    def healthy(self) -> bool:
        """Whether it can still be trusted to record; False after a failed fsync: the process must be restarted."""
        return self._writer.healthy

    @property
    def watchers(self) -> int:
        """How many watches are open."""
        return len(self._watchers)

    async def append(self, append: Append) -> int:
        """Record the events; give the stream's new version once they are durable (see `Journal.append`).

        A caller that is cancelled while it waits does not stop it: what was under way is recorded.
        """
        if append.claim is not None and not append.events:
            raise ValueError("a claim is made with the events that it stands for: this append has none")
        encoded = [encode(event) for event in append.events]
        claim = append.claim
        name = claim_id(self._register_key, claim.scope, claim.key) if claim else b""
        await self._writer.submit(
            lambda connection: self._recorder.record(connection, append, encoded, name), self._tell
        )
        return append.expected_version + len(encoded)

    def _tell(self, recorded: list[Recorded]) -> None:
        if recorded:
            stream, version = recorded[-1].stream, recorded[-1].version
            # Nobody else writes: what was committed last is the version, and no watcher needs to read it.
            self._versions[stream] = version
            self._versions.move_to_end(stream)
            if len(self._versions) > _VERSIONS_KEPT:
                self._versions.popitem(last=False)
            self._watchers.notify(stream, version)
            if self._on_commit:
                self._on_commit(recorded)

    async def read(self, stream: str, *, after: int = 0) -> list[Recorded]:
        """Give the stream's events with a version above `after`, in order.

        Raises:
            Erased: the stream's key was destroyed.
            JournalDamaged: what is stored is not what was recorded.

        """
        return await _read(self._reader, lambda raw: reading.read_stream(raw, self._ring, stream, after))

    async def read_all(self, *, after: int = 0, limit: int = 1000) -> list[Recorded]:
        """Give committed events of all streams but the erased ones with a sequence above `after`, in order."""
        return await _read(self._scanner, lambda raw: reading.read_all(raw, self._ring, after, limit))

    def watch(self, stream: str) -> AsyncGenerator[int, None]:
        """Yield the stream's version whenever it has grown, at once for the current one; latest wins."""
        return self._watchers.watch(stream, self._version)

    async def _version(self, stream: str) -> int:
        known = self._versions.get(stream)
        if known is not None:
            return known
        return await _read(self._reader, lambda raw: reading.stream_version(raw, stream))

    async def claimed(self, scope: str, key: str) -> Claim | None:
        """Give the claim made under this Idempotency-Key, if any."""
        name = claim_id(self._register_key, scope, key)
        return await _read(self._reader, lambda raw: reading.find_claim(raw, self._ring, scope, key, name))

    async def keep_sign(self, at: Instant) -> None:
        """Keep a sign of life, in the same commit as whatever else is recorded meanwhile."""
        await self._writer.submit(lambda raw: recording.keep_sign(raw, at))

    async def last_sign(self) -> Instant | None:
        """Give the sign of life that was kept last, if any was."""
        return await _read(self._reader, reading.last_sign)

    async def purge(self, before: Instant) -> int:
        """Forget claims made before this moment; give how many."""
        return await self._writer.submit(lambda raw: recording.purge_claims(raw, before))

    async def due(self, now: Instant, *, limit: int = 1000) -> list[CaseId]:
        """Give cases whose `wake_at` is not after `now`, longest overdue first."""
        return await _read(self._reader, lambda raw: reading.due(raw, now, limit))

    async def next_wake(self) -> Instant | None:
        """Give the earliest `wake_at` of all cases."""
        return await _read(self._reader, reading.next_wake)

    async def owing(self) -> list[CaseId]:
        """Give every case that owes effects, oldest first."""
        return await _read(self._scanner, reading.owing)

    async def list_cases(self, wanted: CaseFilter) -> CasePage:
        """List cases, newest first."""
        return await _read(self._scanner, lambda raw: reading.list_cases(raw, self._ring, wanted))

    async def waited(self, *, after: DueCursor | None = None, limit: int = 100) -> WaitedPage:
        """List the cases whose line waits for somebody, the earliest due first, from behind a place in that order."""
        return await _read(self._scanner, lambda raw: reading.waited(raw, self._ring, after, limit))

    async def weigh_drafts(self) -> tuple[int, int]:
        """Give how many drafts are kept, and the bytes of all their documents."""
        return await _read(self._scanner, reading.weigh_drafts)

    async def take_index(self, name: str) -> int:
        """Give a number that this counter never gave before, from 0."""
        indexes = self._indexes[name]
        async with indexes.turn:
            if indexes.next == indexes.end:
                first = await self._writer.submit(lambda raw: recording.take_indexes(raw, name, _INDEXES_AT_ONCE))
                indexes.next, indexes.end = first, first + _INDEXES_AT_ONCE
            indexes.next += 1
            return indexes.next - 1

    async def salt(self, stream: str, key: str) -> bytes:
        """Give 16 secret bytes, always the same for this stream and key.

        Raises:
            Erased: the stream's key was destroyed, or there never was one.

        """
        secret = self._salting.get(stream)
        if secret is None and stream in self._versions:
            secret = self._recorder.known_key(stream)
        if secret is None:
            erasures = self._erasures
            secret = await _read(self._reader, lambda raw: reading.stream_key(raw, self._ring, stream))
            if erasures == self._erasures:  # else it may be the key that was destroyed meanwhile
                self._salting[stream] = secret
            while len(self._salting) > _SALTING_KEPT:
                self._salting.popitem(last=False)
        return derive_salt(secret, key)

    async def keep_document(self, stream: str, content: bytes) -> str:
        """Keep a document in a stream; give its digest once it is durable.

        Raises:
            Erased: the stream's key was destroyed, or there never was one.

        """
        digest = content_digest(content)
        await self._writer.submit(lambda raw: self._recorder.keep_document(raw, stream, digest, content))
        return digest

    async def document(self, stream: str, digest: str) -> bytes | None:
        """Give a document of a stream by its digest, if it has it.

        Raises:
            Erased: the stream's key was destroyed.
            JournalDamaged: what is stored is not what was kept.

        """
        return await _read(self._scanner, lambda raw: reading.find_document(raw, self._ring, stream, digest))

    async def erase(self, stream: str) -> None:
        """Destroy the stream's key: its events stay, and nobody can read them. Timers, debts and claims end."""
        await self._writer.submit(lambda raw: self._recorder.erase(raw, stream))
        self._erasures += 1
        self._salting.clear()
        self._ring.forget()
        await self._writer.truncate()

    async def close(self) -> None:
        """End every watch and take no more appends; leaving `open` finishes what is under way and lets go."""
        self._watchers.close()
        self._writer.close()


class _Indexes:
    """Numbers of a counter that were taken and not given yet."""

    def __init__(self) -> None:
        self.next = self.end = 0
        self.turn = asyncio.Lock()


async def _read(connection: ThreadConnection, work: Work[T]) -> T:
    try:
        return await connection.run(work)
    except sqlite3.Error as error:
        raise outage(error) from error


def _prepare(path: Path) -> FileLock:
    """Make the folder and an empty file that only we may read, and lock it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    return lock


async def _connect(
    path: Path, vault: Vault
) -> tuple[ThreadConnection, ThreadConnection, ThreadConnection, KeyRing, bytes]:
    ring = KeyRing(vault)
    opened: list[ThreadConnection] = []
    try:
        opened.append(await open_writer(path))
        register_key = await opened[0].run(lambda raw: _make_ready(raw, ring, path))
        opened.append(await open_reader(path))
        opened.append(await open_reader(path))
    except BaseException as error:
        for connection in reversed(opened):
            await connection.close()
        if isinstance(error, sqlite3.Error):
            raise _unusable(path, error) from error
        raise
    return opened[0], opened[1], opened[2], ring, register_key


def _make_ready(connection: sqlite3.Connection, ring: KeyRing, path: Path) -> bytes:
    """Migrate, and give the register's key: whoever can unwrap it has the right master key."""
    migrate(connection, load_migrations())
    row = connection.execute(QUERIES.find_stream, {"stream": REGISTER}).fetchone()
    if row is None:
        rows = Rows()
        begun = recording.add_stream(rows, Randomness(), ring, REGISTER, 1)
        rows.write(connection)
        return begun.key
    try:
        return ring.stream_key(REGISTER, row[2])
    except JournalDamaged as error:
        raise JournalUnusable(
            f"{path} was made under another master key: put back the key file that belongs to it (they are backed up "
            "apart from each other), or name another data folder (GAPURA_DATA)"
        ) from error


def _unusable(path: Path, error: sqlite3.Error) -> Exception:
    if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
        return JournalUnusable(f"{path} is no SQLite database: name another file, or restore a backup")
    return outage(error)
