"""Files that commands are given: what is wrong with one is said with its name."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from contracts.trust import TrustFile
from gateway.cli.exits import USAGE, Ends
from gateway.cli.files import may_write, read_as, read_file, read_object, read_text, write_file


def test_yaml_or_json_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text('nik: "33"\nwho: {name: Siti}')
    assert read_object(file) == {"nik": "33", "who": {"name": "Siti"}}
    file.write_text('{"nik": "33"}')
    assert read_object(file) == {"nik": "33"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: [1", "neither YAML nor JSON"),
        (b"\xff\xfe\x00", "neither YAML nor JSON"),
        (b"- a\n- b", "must be an object"),
        (b"", "must be an object"),
        (b"[" * 5000, "neither YAML nor JSON"),
        (b"day: 2026-99-99", "neither YAML nor JSON"),
    ],
)
def test_what_is_no_object_is_not_told_with_the_name_of_the_file(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_bytes(content)
    with pytest.raises(Ends, match=rf"wrong\.yaml.*{said}") as end:
        read_object(file)
    assert end.value.code == USAGE


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"keys": 3}', b'{"\xff": 1}', b"%PDF-1.7"])
def test_another_kind_of_json_is_taken(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "wrong.json"
    file.write_bytes(content)
    with pytest.raises(Ends, match=r"wrong\.json is no trust file: ") as end:
        read_as(file, TrustFile, "trust file")
    assert end.value.code == USAGE


def test_a_file_that_is_gone_shows_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(Ends, match="gone cannot be read: No such file") as end:
        read_file(tmp_path / "gone")
    assert end.value.code == USAGE


def test_what_is_around_a_token_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a.jws").write_text("  abc.def\n")
    assert read_text(tmp_path / "a.jws") == "abc.def"


def test_a_folder_is_not_made_for_a_file(tmp_path: Path) -> None:
    write_file(tmp_path / "a" / "b" / "c", b"x")
    assert read_file(tmp_path / "a" / "b" / "c") == b"x"


def test_what_cannot_be_written_shows_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(Ends, match="cannot be written") as end:
        write_file(tmp_path / "a" / "b", b"x")
    assert end.value.code == USAGE


def test_a_file_that_is_there_is_written_over_without_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.pdf"
    may_write(file, force=False)
    file.write_bytes(b"mine")
    may_write(file, force=True)
    monkeypatch.setattr("sys.stdin", StringIO("y\n"))
    with pytest.raises(Ends, match=r"stays as it is") as end:
        may_write(file, force=False)
    assert end.value.code == USAGE
