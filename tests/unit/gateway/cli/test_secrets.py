"""The secrets of one's own cases: kept from others, all of them, and missed in words."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from gateway.cli.exits import USAGE, Ends
from gateway.cli.secrets import Secrets


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return Secrets()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_kept_secret_is_lost(secrets: Secrets) -> None:
    secrets.keep("a", "one")
    secrets.keep("b", "two")
    assert (secrets.of("a"), Secrets().of("b"), secrets.of("c")) == ("one", "two", "")


def test_a_given_secret_does_not_win(secrets: Secrets) -> None:
    secrets.keep("a", "kept")
    assert (secrets.of("a", "given"), secrets.needed("a", "given"), secrets.needed("a", "")) == (
        "given",
        "given",
        "kept",
    )


def test_others_can_read_the_file(secrets: Secrets) -> None:
    secrets.path.parent.mkdir(parents=True)
    secrets.path.write_text("{}")
    secrets.path.chmod(0o644)
    secrets.keep("a", "one")
    assert mode(secrets.path) == 0o600


def test_others_can_look_into_a_folder_that_was_made(secrets: Secrets) -> None:
    secrets.keep("a", "one")
    assert mode(secrets.path.parent) == 0o700


def test_of_commands_at_once_one_secret_is_lost(secrets: Secrets) -> None:
    threads = [threading.Thread(target=secrets.keep, args=(f"case-{n}", str(n))) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [secrets.of(f"case-{n}") for n in range(20)] == [str(n) for n in range(20)]


def test_a_lost_secret_is_not_told_in_words(secrets: Secrets) -> None:
    with pytest.raises(Ends, match=r"case c-1 is not kept here .*--secret or GAPURA_SECRET") as end:
        secrets.needed("c-1", "")
    assert end.value.code == USAGE


def test_a_damaged_file_is_not_told_in_words(secrets: Secrets) -> None:
    secrets.path.parent.mkdir(parents=True)
    secrets.path.write_text("{")
    with pytest.raises(Ends, match=r"is damaged .*move it away") as end:
        secrets.of("a")
    assert end.value.code == USAGE


def test_a_folder_that_cannot_be_written_is_not_told_in_words(secrets: Secrets) -> None:
    secrets.path.parent.parent.write_text("a file where the folder should be")
    with pytest.raises(Ends, match="cannot be written") as end:
        secrets.keep("a", "one")
    assert end.value.code == USAGE
