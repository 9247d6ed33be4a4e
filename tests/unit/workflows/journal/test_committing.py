from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from workflows.journal.committing import Writer, outage, run_batch
from workflows.journal.connections import open_writer
from workflows.ports import JournalFull, JournalUnavailable

Work = Callable[[sqlite3.Connection], int]


def add(value: int) -> Work:
    def work(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO a VALUES (?)", (value,))
        return value

    return work


def refuse(_: sqlite3.Connection) -> int:
    raise ValueError("before writing")


def add_then_refuse(connection: sqlite3.Connection) -> int:
    add(99)(connection)
    raise ValueError("after writing")


def failing(name: str) -> Work:
    def work(connection: sqlite3.Connection) -> int:
        add(98)(connection)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = name
        raise error

    return work


@pytest.fixture
def raw() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE TABLE a (x UNIQUE)")
    yield connection
    connection.close()


def rows(connection: sqlite3.Connection) -> list[int]:
    return [value for (value,) in connection.execute("SELECT x FROM a ORDER BY x")]


def test_work_that_fails_fails_alone_whenever_it_does(raw: sqlite3.Connection) -> None:
    rollbacks: list[str] = []
    works = [add(1), refuse, add(2), add_then_refuse, add(3), add_then_refuse]
    outcomes = run_batch(raw, works, lambda: rollbacks.append("rolled back"))
    assert [str(outcome) for outcome in outcomes] == ["1", "before writing", "2", "after writing", "3", "after writing"]
    assert rows(raw) == [1, 2, 3]
    assert len(rollbacks) == 2


@pytest.mark.parametrize("work", [failing("SQLITE_FULL"), add(1)], ids=["full", "bug"])
def test_a_store_that_fails_takes_the_whole_batch_back(raw: sqlite3.Connection, work: Work) -> None:
    rollbacks: list[str] = []
    with pytest.raises(sqlite3.Error):
        run_batch(raw, [add(1), work], lambda: rollbacks.append("rolled back"))
    assert rows(raw) == []
    assert rollbacks == ["rolled back"]
    assert not raw.in_transaction


def test_a_batch_that_is_interrupted_is_taken_back(raw: sqlite3.Connection) -> None:
    def interrupted(connection: sqlite3.Connection) -> int:
        add(5)(connection)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(raw, [add(1), interrupted], lambda: None)
    assert rows(raw) == []


@asynccontextmanager
async def writing(path: Path) -> AsyncGenerator[Writer, None]:
    connection = await open_writer(path / "j")
    await connection.run(lambda raw: raw.execute("CREATE TABLE a (x UNIQUE)"))
    writer = Writer(connection)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(writer.run())
        yield writer
        writer.close()
    await connection.close()


async def test_a_failed_fsync_is_the_end_of_trust(tmp_path: Path) -> None:
    async with writing(tmp_path) as writer:
        assert await writer.submit(add(1)) == 1
        later = asyncio.gather(
            writer.submit(failing("SQLITE_IOERR_FSYNC")), writer.submit(add(2)), return_exceptions=True
        )
        assert [type(outcome) for outcome in await later] == [JournalUnavailable] * 2
        assert not writer.healthy
        with pytest.raises(JournalUnavailable, match="until it is restarted"):
            await writer.submit(add(3))
        with pytest.raises(JournalUnavailable, match="until it is restarted"):
            await writer.truncate()


@pytest.mark.parametrize(("name", "kind"), [("SQLITE_FULL", JournalFull), ("SQLITE_IOERR_WRITE", JournalUnavailable)])
async def test_other_failures_are_got_over(tmp_path: Path, name: str, kind: type[Exception]) -> None:
    async with writing(tmp_path) as writer:
        with pytest.raises(kind):
            await writer.submit(failing(name))
        assert writer.healthy
        assert await writer.submit(add(1)) == 1


async def test_a_bug_in_one_batch_does_not_end_the_writer(tmp_path: Path) -> None:
    async with writing(tmp_path) as writer:
        with pytest.raises(ValueError, match="before writing"):
            await writer.submit(refuse)
        assert await writer.submit(add(1)) == 1


async def test_what_is_told_of_a_commit_is_told_though_its_caller_is_gone(tmp_path: Path) -> None:
    told: list[int] = []
    async with writing(tmp_path) as writer:
        async with asyncio.TaskGroup() as tasks:
            caller = tasks.create_task(writer.submit(add(1), told.append))
            await asyncio.sleep(0)
            caller.cancel()
        assert await writer.submit(add(2), told.append) == 2
    assert told == [1, 2]


async def test_a_closed_writer_refuses(tmp_path: Path) -> None:
    async with writing(tmp_path) as writer:
        writer.close()
        with pytest.raises(JournalUnavailable, match="closed"):
            await writer.submit(add(1))


def test_an_outage_names_the_stores_own_word() -> None:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorname = "SQLITE_BUSY"
    assert "SQLITE_BUSY: database is locked" in str(outage(error))
    assert "no code" in str(outage(sqlite3.OperationalError("x")))
