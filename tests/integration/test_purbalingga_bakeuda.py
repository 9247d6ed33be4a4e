"""The revenue office of the example, as its vendor made it, called by somebody who knows nothing of a gateway."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import date
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from examples.purbalingga.agencies.bakeuda import Register, Server, Settings, own_key
from examples.purbalingga.start import REPOSITORY
from workflows.loading.api_files import read_api

EXAMPLE = REPOSITORY / "examples" / "purbalingga"
KEY = "kunci"
SENT = {
    "no_agenda": "case-1/regional_tax/ask/1",
    "nik": "3303061201920000",
    "nama_wp": "Agus Hermawan",
    "nama_usaha": "Rumah Makan Hermawan",
    "kode_usaha": "56101",
    "nib": "9120000000010",
    "tgl_nib": "24-11-2026",
    "alamat": "Jl. Contoh 20 RT 03 RW 04",
    "kode_desa": "3303061013",
}


class Office(NamedTuple):
    """The office under way."""

    port: int

    def call(self, method: str, path: str, body: str = "", key: str = KEY) -> tuple[int, dict[str, Any]]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            headers = {"X-Api-Key": key, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def send(self, key: str = KEY, **changes: str) -> tuple[int, dict[str, Any]]:
        return self.call("POST", "/wp/daftar", urlencode(SENT | changes), key)

    def held(self) -> dict[str, Any]:
        register = self.call("GET", "/register")[1]
        found: dict[str, Any] = register["asks"]
        return found


@contextmanager
def serving(folder: Path, *, fail_first: int = 0, lose_answer_once: bool = False) -> Generator[Office]:
    register = Register(folder)
    server = Server(("127.0.0.1", 0), Settings(register, KEY, fail_first, 0, lose_answer_once))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Office(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        register.close()


def test_what_is_sent_twice_is_entered_once(tmp_path: Path) -> None:
    """Were it so, the binding could say something better than `repeat: never`."""
    with serving(tmp_path) as office:
        first, second = office.send(), office.send()
        assert [status for status, _ in (first, second)] == [200, 200]
        assert first[1].keys() == {"status", "npwpd", "tgl"}
        assert (first[1]["npwpd"], second[1]["npwpd"]) == ("P.2.0000001.06", "P.2.0000002.06")
        entered = {"state": "answered", "attempts": 2, "effects": 2, "standing": 2}
        assert office.held() == {SENT["no_agenda"]: entered}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nib": " "}, "01"),
        ({"tgl_nib": "2026-11-24"}, "02"),
        ({"tgl_nib": "4-11-2026"}, "02"),
        ({"tgl_nib": "31-02-2026"}, "02"),
        ({"nik": "3303090304790000"}, "11"),
        ({"alamat": "Jl. Contoh 20 " * 5}, "12"),
    ],
)
def test_a_no_is_said_otherwise_than_with_a_200_or_something_is_entered(
    changes: dict[str, str], code: str, tmp_path: Path
) -> None:
    with serving(tmp_path) as office:
        status, body = office.send(**changes)
        assert (status, body["status"], body["kode"]) == (200, "GAGAL", code)
        assert body["pesan"]
        assert office.held()[SENT["no_agenda"]]["effects"] == 0
        document = read_api(EXAMPLE / "contracts" / "apis" / "bakeuda.yaml")
        assert f"{code} " in document["paths"]["/wp/daftar"]["post"]["responses"]["200"]["description"]


def test_a_caller_without_the_key_or_of_something_else_is_heard(tmp_path: Path) -> None:
    with serving(tmp_path) as office:
        assert office.send(key="salah")[0] == 401
        assert office.call("POST", "/wp/hapus")[0] == 404
        assert office.call("GET", "/wp/daftar")[0] == 404
        assert office.call("GET", "/")[0] == 200
        assert office.held() == {}


def test_its_faults_are_others_than_it_is_told(tmp_path: Path) -> None:
    with serving(tmp_path, fail_first=1, lose_answer_once=True) as office:
        assert office.send()[0] == 503
        assert office.held() == {}
        with pytest.raises(RemoteDisconnected):
            office.send()
        assert office.held()[SENT["no_agenda"]]["effects"] == 1
        assert office.send()[0] == 200


def test_a_number_that_was_struck_off_stands_or_is_given_again(tmp_path: Path) -> None:
    with closing(Register(tmp_path)) as register:
        day = date(2026, 12, 31)
        npwpd = register.take(SENT, day)["npwpd"]
        assert register.strike(npwpd)
        assert not register.strike(npwpd)
        assert register.take(SENT, day) == {"status": "OK", "npwpd": "P.2.0000002.06", "tgl": "31-12-2026"}
        assert [(entry.npwpd, entry.struck) for entry in register.find(SENT["no_agenda"])] == [
            (npwpd, True),
            ("P.2.0000002.06", False),
        ]
        assert register.dump()["standing"] == 1


def test_an_entry_whose_note_fails_is_half_there(tmp_path: Path) -> None:
    with closing(Register(tmp_path)) as register, closing(sqlite3.connect(tmp_path / "register.sqlite")) as other:
        other.execute("DROP TABLE agenda")
        with pytest.raises(sqlite3.OperationalError):
            register.take(SENT, date(2026, 12, 31))
        assert register.find(SENT["no_agenda"]) == []


def test_its_key_changes_at_a_restart_or_is_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "api-key.txt"
    assert own_key(path) == own_key(path) != ""
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_screen_strikes_off_what_does_not_stand(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "examples.purbalingga.agencies.bakeuda", "--data", str(tmp_path)]
    struck = subprocess.run(
        [*command, "--strike", "P.2.1"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert (struck.returncode, struck.stderr) == (1, "P.2.1 is no entry that stands.\n")
