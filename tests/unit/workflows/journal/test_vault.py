from __future__ import annotations

import os
from pathlib import Path

import pytest

from workflows.journal.vault import FileVault, VaultUnusable

STREAM_KEY = bytes(range(32))


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "master.key"
    wrapped = FileVault.open(path).wrap(STREAM_KEY)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]
    assert FileVault.open(path).unwrap(wrapped) == STREAM_KEY


def test_a_wrapped_key_shows_nothing_and_differs_each_time(tmp_path: Path) -> None:
    vault = FileVault.open(tmp_path / "master.key")
    first, second = vault.wrap(STREAM_KEY), vault.wrap(STREAM_KEY)
    assert first != second
    assert STREAM_KEY not in first


@pytest.mark.parametrize("altered", [b"", b"short", bytes(60)])
def test_what_another_key_wrapped_is_refused(tmp_path: Path, altered: bytes) -> None:
    with pytest.raises(ValueError, match="another master key, or altered"):
        FileVault.open(tmp_path / "master.key").unwrap(altered)
    with pytest.raises(ValueError, match="another master key, or altered"):
        FileVault.open(tmp_path / "b.key").unwrap(FileVault.open(tmp_path / "a.key").wrap(STREAM_KEY))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    FileVault.open(path)
    path.chmod(mode)
    with pytest.raises(VaultUnusable, match=rf"mode 0{mode:03o}\).*chmod 600"):
        FileVault.open(path)


@pytest.mark.parametrize("content", ["", "hello", "gapura-master-key-1 AAAA", "gapura-master-key-2 " + "A" * 43 + "="])
def test_a_file_that_holds_no_key_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(VaultUnusable, match="holds no master key"):
        FileVault.open(path)
    assert path.read_text() == content


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    with pytest.raises(VaultUnusable, match="cannot be read"):
        FileVault.open(path)


def test_where_none_may_be_made_a_missing_key_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VaultUnusable, match="put back the one that the journal was made with"):
        FileVault.open(tmp_path / "master.key", may_create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "master.key").symlink_to(os.devnull)
    with pytest.raises(VaultUnusable, match="is no regular file"):
        FileVault.open(tmp_path / "master.key")
