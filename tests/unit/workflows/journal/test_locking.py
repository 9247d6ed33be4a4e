from __future__ import annotations

import os
from pathlib import Path

import pytest

from workflows.journal.locking import FileLock
from workflows.ports import JournalLocked


def test_the_second_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite.lock"
    first = FileLock(path)
    with pytest.raises(JournalLocked, match=rf"journal\.sqlite is in use by process {os.getpid()} on .*GAPURA_DATA"):
        FileLock(path)
    first.release()
    FileLock(path).release()


def test_a_long_old_holder_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite.lock"
    path.write_text("process 1234567890 on a-machine-with-a-long-name.example\n" * 5)
    lock = FileLock(path)
    assert path.read_text().startswith(f"process {os.getpid()} on ")
    assert path.read_text().count("\n") == 1
    lock.release()
