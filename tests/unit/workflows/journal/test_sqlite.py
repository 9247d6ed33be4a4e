"""What only a journal in a file can do, or suffer. What every journal does stands in tests/conformance."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.events import CaseEvent
from contracts.views import CaseLine
from tests.conformance.journals import NIK, after, asked, claim, contributed, line, opened, opening_of, sqlite
from tests.eventually import eventually
from workflows.journal.sqlite import SqliteJournal
from workflows.journal.vault import FileVault
from workflows.ports import (
    REGISTER,
    Append,
    CaseFilter,
    Journal,
    JournalDamaged,
    JournalFull,
    JournalLocked,
    JournalUnavailable,
    JournalUnusable,
    Recorded,
)

KILLS = 5 * int(os.environ.get("GAPURA_TEST_SCALE", "1"))
WRITER = """
import asyncio, sys
from pathlib import Path
from tests.conformance.journals import asked, opening_of, sqlite
from workflows.ports import Append

async def write(journal, case):
    version = len(await journal.read(case))
    while True:
        append = opening_of(case) if version == 0 else Append(stream=case, expected_version=version, events=[asked()])
        version = await journal.append(append)
        print(case, version, flush=True)

async def main():
    async with sqlite(Path(sys.argv[1]))() as journal, asyncio.TaskGroup() as tasks:
        for number in range(8):
            tasks.create_task(write(journal, f"C{number}"))

asyncio.run(main())
"""


def start_writer(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[4]
    )


def run_writer(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WRITER, str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[4],
        check=False,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_no_acknowledged_append_is_lost_when_the_writer_is_killed(tmp_path: Path) -> None:
    acknowledged: dict[str, int] = {}
    for kill in range(KILLS):
        writer = start_writer(tmp_path)
        assert writer.stdout is not None
        for _ in range(40 + 25 * kill):
            case, told = writer.stdout.readline().split()
            acknowledged[case] = int(told)
        writer.send_signal(signal.SIGKILL)
        # A line may be cut by the kill: what is whole was acknowledged.
        for case, told in (text.split() for text in writer.stdout.read().splitlines()[:-1]):
            acknowledged[case] = int(told)
        writer.wait()
        writer.stdout.close()
        async with sqlite(tmp_path)() as journal:
            kept = {case: await journal.read(case) for case in acknowledged}
            for case, version in acknowledged.items():
                assert len(kept[case]) >= version, f"{case} was acknowledged at {version}"
                assert [each.version for each in kept[case]] == list(range(1, len(kept[case]) + 1))
            everything = await journal.read_all(limit=100_000)
            assert [each.sequence for each in everything] == list(range(1, len(everything) + 1))


async def test_a_second_process_is_told_who_has_the_journal(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
        second = await asyncio.to_thread(run_writer, tmp_path)
        assert second.returncode != 0
        assert f"journal.sqlite is in use by process {os.getpid()} on " in second.stderr
        with pytest.raises(JournalLocked, match="Stop that one"):
            async with sqlite(tmp_path)():
                pass
        assert await journal.append(Append(stream="A", expected_version=1, events=[asked()])) == 2


async def test_a_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    writer = start_writer(tmp_path)
    assert writer.stdout is not None
    assert writer.stdout.readline()
    writer.kill()
    writer.wait()
    writer.stdout.close()
    async with sqlite(tmp_path)() as journal:
        assert await journal.read_all()


async def test_no_personal_datum_stands_in_the_clear_in_any_file(tmp_path: Path) -> None:
    canaries = [NIK, "Siti Canary", "failure-canary", "sealed-canary", "key-canary", "body-canary", "token-canary"]
    words = CaseLine(
        case=line("A").case,
        service="mulai-usaha",
        state="open",
        marks=[],
        opened_at=after(0),
        updated_at=after(0),
        version=1,
        last_error="failure-canary",
    )
    made = claim("A", key="key-canary", body="body-canary")
    async with sqlite(tmp_path)() as journal:
        event = opened("A")
        event.form["name"] = "Siti Canary"
        await journal.append(Append(stream="A", expected_version=0, events=[event], line=words, claim=made))
        await journal.append(Append(stream="A", expected_version=1, events=[asked(), contributed()], line=words))
        assert (await journal.list_cases(CaseFilter())).cases == [words]
        while_open = contents(tmp_path)
    closed = contents(tmp_path)
    assert {"journal.sqlite", "journal.sqlite-wal"} <= set(while_open)
    for files in (while_open, closed):
        for name, content in files.items():
            for canary in canaries:
                assert canary.encode() not in content, f"{canary} in {name}"


async def test_erasing_leaves_the_wrapped_key_in_no_file(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
        await journal.append(opening_of("B"))
        (wrapped,) = query(tmp_path, "SELECT key FROM streams WHERE stream = 'A'")
        assert is_in_a_file(tmp_path, wrapped)
        await journal.erase("A")
        assert not is_in_a_file(tmp_path, wrapped)
        assert [each.stream for each in await journal.read_all()] == ["B"]


def is_in_a_file(folder: Path, content: bytes) -> bool:
    return any(content in each for each in contents(folder).values())


def query(folder: Path, sql: str) -> tuple[bytes, ...]:
    connection = sqlite3.connect(folder / "journal.sqlite")
    try:
        row: tuple[bytes, ...] = connection.execute(sql).fetchone()
        connection.commit()
        return row
    finally:
        connection.close()


ALTERATIONS = {
    "a changed ciphertext": "UPDATE events SET ciphertext = zeroblob(length(ciphertext)) WHERE version = 2",
    "a changed header": "UPDATE events SET header = replace(header, 'StepAsked', 'StepKept!') WHERE version = 2",
    "a removed event": "DELETE FROM events WHERE version = 2",
    "a cut end": "DELETE FROM events WHERE version = 3",
    "swapped events": "UPDATE events SET version = 5 - version WHERE version IN (2, 3)",
    "an event of another case": (
        "UPDATE events SET ciphertext = (SELECT ciphertext FROM events WHERE stream = 3 AND version = 2), "
        "nonce = (SELECT nonce FROM events WHERE stream = 3 AND version = 2) WHERE stream = 2 AND version = 2"
    ),
    "another case's key": "UPDATE streams SET key = (SELECT key FROM streams WHERE stream = 'B') WHERE stream = 'A'",
    "another step's key": (
        "UPDATE step_keys SET wrapped = (SELECT wrapped FROM step_keys WHERE stream = 2 AND step = '') WHERE stream = 2"
    ),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
async def test_what_was_altered_behind_our_back_is_not_read_as_true(tmp_path: Path, alteration: str) -> None:
    async with sqlite(tmp_path)() as journal:
        for case in ("A", "B"):
            events: list[CaseEvent] = [opened(case), asked(), contributed()]
            await journal.append(Append(stream=case, expected_version=0, events=events))
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    if alteration == "swapped events":
        connection.execute("UPDATE events SET version = -version WHERE version = 3")
        connection.execute("UPDATE events SET version = 3 WHERE version = 2")
        connection.execute("UPDATE events SET version = 2 WHERE version = -3")
    else:
        assert connection.execute(ALTERATIONS[alteration]).rowcount >= 1
    connection.commit()
    connection.close()
    async with sqlite(tmp_path)() as journal:
        with pytest.raises(JournalDamaged, match="A"):
            await journal.read("A")


async def test_another_master_key_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
    (tmp_path / "master.key").unlink()
    with pytest.raises(JournalUnusable, match="another master key: put back the key file"):
        async with sqlite(tmp_path)():
            pass


async def test_a_newer_journal_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        await journal.append(opening_of("A"))
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    connection.execute("INSERT INTO migrations (number, name) VALUES (9999, 'from_the_future')")
    connection.commit()
    connection.close()
    with pytest.raises(JournalUnusable, match="migration 9999, and this version of Gapura knows"):
        async with sqlite(tmp_path)():
            pass


@pytest.mark.parametrize(
    ("content", "told"), [(b"this is a text, no database, however long it may be. " * 50, "is no SQLite database")]
)
async def test_a_file_that_is_no_journal_is_refused_and_kept(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "journal.sqlite").write_bytes(content)
    with pytest.raises(JournalUnusable, match=told):
        async with sqlite(tmp_path)():
            pass
    assert (tmp_path / "journal.sqlite").read_bytes() == content


async def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "journal.sqlite")
    connection.execute("CREATE TABLE theirs (x)")
    connection.commit()
    connection.close()
    with pytest.raises(JournalUnusable, match="no journal of Gapura"):
        async with sqlite(tmp_path)():
            pass


async def test_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with sqlite(folder)() as journal:
        await journal.append(opening_of("A"))
        for path in (folder, *folder.iterdir()):
            assert path.stat().st_mode & 0o077 == 0, path.name


async def test_appends_that_wait_share_commits(tmp_path: Path) -> None:
    batches: list[int] = []
    committed: list[Recorded] = []
    opening = SqliteJournal.open(
        tmp_path / "j", FileVault.open(tmp_path / "k"), on_commit=committed.extend, on_batch=batches.append
    )
    async with opening as journal:
        await asyncio.gather(*(journal.append(opening_of(f"C{number}")) for number in range(200)))
        assert sum(batches) == 200
        assert len(batches) < 20
        assert committed == await journal.read_all()


async def test_what_a_listener_does_wrong_does_not_stop_the_journal(tmp_path: Path) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("a listener's bug")

    async with SqliteJournal.open(tmp_path / "j", FileVault.open(tmp_path / "k"), on_commit=broken) as journal:
        assert await journal.append(opening_of("A")) == 1
        assert await journal.append(opening_of("B")) == 1


async def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    async with SqliteJournal.open(tmp_path / "j", FileVault.open(tmp_path / "k")) as journal:
        await journal.append(opening_of("A"))
    for call in (journal.append(opening_of("B")), journal.read("A"), journal.take_index("x")):
        with pytest.raises(JournalUnavailable, match="closed"):
            await call


async def test_appends_under_way_at_closing_are_recorded_or_refused_never_lost(tmp_path: Path) -> None:
    async with SqliteJournal.open(tmp_path / "j", FileVault.open(tmp_path / "k")) as journal:
        outcomes = asyncio.gather(
            *(journal.append(opening_of(f"C{number}")) for number in range(30)), return_exceptions=True
        )
        await asyncio.sleep(0)
    acknowledged = [outcome for outcome in await outcomes if outcome == 1]
    async with SqliteJournal.open(tmp_path / "j", FileVault.open(tmp_path / "k")) as journal:
        assert len(await journal.read_all()) == len(acknowledged) == 30


async def test_the_log_is_moved_into_the_database_and_stays_short(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        for round_number in range(12):
            await asyncio.gather(*(journal.append(opening_of(f"C{round_number}-{number}")) for number in range(250)))
        assert (tmp_path / "journal.sqlite").stat().st_size > 1_000_000
        assert (tmp_path / "journal.sqlite-wal").stat().st_size < 20_000_000


async def test_watches_of_vanished_readers_are_gone(tmp_path: Path) -> None:
    async with SqliteJournal.open(tmp_path / "j", FileVault.open(tmp_path / "k")) as journal:
        barrier = asyncio.Barrier(51)

        async def follow() -> None:
            async for version in journal.watch("A"):
                assert version == 0
                await barrier.wait()

        async with asyncio.TaskGroup() as tasks:
            followers = [tasks.create_task(follow()) for _ in range(50)]
            await barrier.wait()
            assert journal.watchers == 50
            for follower in followers:
                follower.cancel()
        assert journal.watchers == 0


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk of 2 MiB."""
    mount = shutil.which("mount")
    folder = tmp_path / "tiny"
    folder.mkdir()
    if os.geteuid() != 0 or mount is None or sys.platform != "linux":
        pytest.skip("mounting a tiny disk needs root on Linux")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield folder
    finally:
        eventually(lambda: subprocess.run(["umount", str(folder)], check=False).returncode == 0)


async def append_until_full(journal: Journal) -> int:
    for number in itertools.count():
        try:
            await journal.append(opening_of(f"C{number}"))
        except JournalFull:
            return number
    raise AssertionError


async def test_a_full_disk_loses_nothing_and_is_got_over_without_a_restart(tiny_disk: Path) -> None:
    async with sqlite(tiny_disk)() as journal:
        acknowledged = await append_until_full(journal)
        assert acknowledged > 10
        assert journal.healthy
        assert len(await journal.read("C0")) == 1
        with pytest.raises(JournalFull, match="Make space"):
            await journal.append(
                Append(stream="C1", expected_version=1, events=[asked(f"step{n}") for n in range(400)])
            )
        await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,size=8m", str(tiny_disk)], check=True)
        assert await journal.append(Append(stream="C1", expected_version=1, events=[asked()])) == 2
    async with sqlite(tiny_disk)() as journal:
        assert len(await journal.read_all(limit=100_000)) == acknowledged + 1


async def test_the_register_is_readable_from_the_first_start(tmp_path: Path) -> None:
    async with sqlite(tmp_path)() as journal:
        assert await journal.read(REGISTER) == []
