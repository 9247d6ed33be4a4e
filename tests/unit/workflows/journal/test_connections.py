from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from workflows.journal.connections import ThreadConnection, open_reader, open_writer
from workflows.ports import JournalUnavailable


async def pragma(connection: ThreadConnection, name: str) -> object:
    value: object = await connection.run(lambda raw: raw.execute(f"PRAGMA {name}").fetchone()[0])
    return value


async def test_the_writer_keeps_what_it_acknowledges_through_a_power_cut(tmp_path: Path) -> None:
    writer = await open_writer(tmp_path / "j")
    full = 2
    assert await pragma(writer, "journal_mode") == "wal"
    assert await pragma(writer, "synchronous") == full
    assert await pragma(writer, "wal_autocheckpoint") == 0
    assert await pragma(writer, "secure_delete") == 1
    await writer.close()


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    writer, reader = await open_writer(tmp_path / "j"), await open_reader(tmp_path / "j")
    await writer.run(lambda raw: raw.execute("CREATE TABLE a (x)"))
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await reader.run(lambda raw: raw.execute("INSERT INTO a VALUES (1)"))
    assert await reader.run(lambda raw: raw.execute("SELECT count(*) FROM a").fetchone()) == (0,)
    await reader.close()
    await writer.close()


async def test_work_runs_on_one_thread_of_its_own(tmp_path: Path) -> None:
    writer = await open_writer(tmp_path / "j")
    threads = {await writer.run(lambda _: threading.get_ident()) for _ in range(3)}
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    await writer.close()


async def test_a_closed_connection_says_so(tmp_path: Path) -> None:
    writer = await open_writer(tmp_path / "j")
    await writer.close()
    with pytest.raises(JournalUnavailable, match="closed"):
        await writer.run(lambda raw: raw.total_changes)
