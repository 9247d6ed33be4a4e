"""`gapura serve` and `gapura doctor`: why a gateway does not start is said in words, all at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import main


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "DATA", "HOST", "PORT", "PUBLIC_URL", "IDENTITY", "LOG_LEVEL"):
        monkeypatch.delenv(f"GAPURA_{name}", raising=False)


def serve(*arguments: object) -> tuple[int, str]:
    ended = CliRunner().invoke(main, ["serve", *map(str, arguments)])
    return ended.exit_code, ended.stderr


def test_a_mistake_of_the_settings_is_told_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPURA_CONFIG", "no-such.toml")
    monkeypatch.setenv("GAPURA_HOTS", "x")
    monkeypatch.setenv("GAPURA_PUBLIC_URL", "nonsense")
    code, said = serve("--port", 70000)
    assert code == 2
    lines = said.splitlines()
    assert lines[0] == "The settings have mistakes:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        "GAPURA_CONFIG=no-such.toml",
        "GAPURA_HOTS",
        "--port",
        "GAPURA_PUBLIC_URL",
    ]


def test_the_clients_variables_are_taken_for_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "TOKEN", "SECRET", "KEYS"):
        monkeypatch.setenv(f"GAPURA_{name}", "http://127.0.0.1:1")
    looked = CliRunner().invoke(main, ["doctor", "--json"])
    settings = [finding["word"] for finding in json.loads(looked.stdout) if finding["about"] == "settings"]
    assert settings == ["good"]


def test_a_taken_port_shows_a_traceback(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = serve("--port", port, "--data", tmp_path / "data")
    assert code == 1
    assert said == f"127.0.0.1:{port} cannot be listened on: Address already in use. Choose another port.\n"


def a_file(data: Path) -> None:
    data.write_text("")


def a_foreign_journal(data: Path) -> None:
    data.mkdir()
    (data / "journal.sqlite").write_text("no database")


def an_open_key(data: Path) -> None:
    data.mkdir()
    (data / "master.key").write_text("x")
    (data / "master.key").chmod(0o644)


def broken_keys(data: Path) -> None:
    data.mkdir()
    (data / "signing-keys.json").write_text("x")
    (data / "signing-keys.json").chmod(0o600)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (a_file, "data cannot be used: File exists. Set --data or GAPURA_DATA"),
        (a_foreign_journal, "is no SQLite database"),
        (an_open_key, "chmod 600"),
        (broken_keys, "holds no JWK Set"),
    ],
)
def test_a_data_folder_that_cannot_be_used_shows_a_traceback(
    make: Callable[[Path], None], said: str, tmp_path: Path
) -> None:
    make(tmp_path / "data")
    code, told = serve("--port", 0, "--data", tmp_path / "data")
    assert code == 1
    assert said in told
    assert "Traceback" not in told


def test_a_sick_machine_is_called_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAPURA_PORT", "abc")
    looked = CliRunner().invoke(main, ["doctor"])
    assert looked.exit_code == 1
    assert any(line.startswith("✗ settings: GAPURA_PORT") for line in looked.stdout.splitlines())
