"""Used signatures are remembered: across restarts, up to a bound, and no longer than they must be."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from workflows.agencies.nonces import FileNonces, MemoryNonces, NonceMemoryUnavailable, TooManyNonces

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(seconds=330)


async def test_a_nonce_is_new_once_per_key_in_memory() -> None:
    memory = MemoryNonces(lambda: NOW)
    assert await memory.first_seen("a/1", "n", until=UNTIL)
    assert not await memory.first_seen("a/1", "n", until=UNTIL)
    assert await memory.first_seen("b/1", "n", until=UNTIL)


async def test_a_full_memory_forgets_what_is_over_and_else_refuses() -> None:
    now = NOW
    memory = MemoryNonces(lambda: now, capacity=2)
    assert await memory.first_seen("a/1", "1", until=UNTIL)
    assert await memory.first_seen("a/1", "2", until=UNTIL)
    with pytest.raises(TooManyNonces):
        await memory.first_seen("a/1", "3", until=UNTIL)
    assert await memory.first_seen("b/1", "3", until=UNTIL)
    now = UNTIL
    assert await memory.first_seen("a/1", "3", until=now + timedelta(seconds=330))


async def test_a_restart_forgets_no_nonce(tmp_path: Path) -> None:
    path = tmp_path / "nonces.sqlite"
    for expected in (True, False):
        memory = FileNonces(path, lambda: NOW)
        assert await memory.first_seen("a/1", "n", until=UNTIL) is expected
        assert await memory.first_seen("b/1", "n", until=UNTIL) is expected
        await memory.close()
        await memory.close()


async def test_fifty_repeats_at_once_are_one_first_and_forty_nine_repeats(tmp_path: Path) -> None:
    memory = FileNonces(tmp_path / "nonces.sqlite", lambda: NOW)
    seen = await asyncio.gather(*(memory.first_seen("a/1", "n", until=UNTIL) for _ in range(50)))
    await memory.close()
    assert sum(seen) == 1


async def test_the_file_stays_small(tmp_path: Path) -> None:
    path = tmp_path / "nonces.sqlite"
    memory = FileNonces(path, lambda: UNTIL)
    for number in range(256):
        assert await memory.first_seen("a/1", str(number), until=UNTIL)
    await memory.close()
    connection = sqlite3.connect(path)
    assert connection.execute("select count(*) from nonce").fetchone() == (1,)
    connection.close()


async def test_one_agency_fills_the_file_or_locks_another_one_out(tmp_path: Path) -> None:
    now = NOW
    memory = FileNonces(tmp_path / "nonces.sqlite", lambda: now, capacity=200)
    for number in range(255):
        assert await memory.first_seen("a/1", str(number), until=UNTIL)
    with pytest.raises(TooManyNonces):
        await memory.first_seen("a/1", "255", until=UNTIL)
    assert await memory.first_seen("b/1", "0", until=UNTIL)
    now = UNTIL
    for number in range(254):
        assert await memory.first_seen("b/1", f"later {number}", until=UNTIL + timedelta(seconds=330))
    with pytest.raises(TooManyNonces):
        await memory.first_seen("b/1", "one more", until=UNTIL)
    assert await memory.first_seen("a/1", "256", until=UNTIL + timedelta(seconds=330))
    await memory.close()


async def test_a_file_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    memory = FileNonces(tmp_path / "no" / "folder" / "nonces.sqlite", lambda: NOW)
    with pytest.raises(NonceMemoryUnavailable):
        await memory.first_seen("a/1", "n", until=UNTIL)
    await memory.close()
