"""Over real HTTP: the server of the standard library, with callbacks and keys on their real ways."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from gapura_agency import Agency, Gateway, MemoryStore, SigningKey, listening
from gapura_agency.contracts import read_contracts
from gapura_agency.testing import StandIn
from tests.eventually import eventually
from tests.unit.sdk.python.gapura_agency.small_office import CARD, CONTRACTS, TRADER, written


def test_an_agency_is_asked_and_calls_back_over_http(tmp_path: Path) -> None:
    folder = written(tmp_path / "c") / "card.yaml"
    stand_in = StandIn(contracts=read_contracts("oss", folder))
    with stand_in.listening() as address:
        agency = Agency(key=SigningKey.new("oss"), gateway=Gateway(address), contracts=folder, store=MemoryStore())
        agency.contract(CARD, later=0)(lambda ask: {"nib": f"9120000000{len(ask.input):03d}"})
        with listening(agency) as url:
            assert stand_in.ask(url, CARD, TRADER, key="k/s/ask/1").outcome == "accepted"
            eventually(lambda: "k/s/ask/1" in stand_in.callbacks)
            assert stand_in.ask(url, CARD, TRADER, key="k/s/ask/1").output == {"nib": "9120000000002"}
            assert stand_in.undo(url, CARD, "k/s/ask/1").outcome == "undone"
    assert stand_in.refused == []
    assert CONTRACTS


OFFICE = """
import sys
from gapura_agency import Agency, MemoryStore, SigningKey, serve
from gapura_agency.testing import StandIn

agency = Agency(key=SigningKey.new("oss"), gateway=StandIn(), contracts=sys.argv[1], store=MemoryStore())
if "whole" in sys.argv:
    agency.contract("oss/print-card@1")(lambda ask: {"nib": "9120000000001"})
serve(agency, port=int(sys.argv[2]))
"""


def started(folder: Path, *more: str, port: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OFFICE, str(folder / "card.yaml"), str(port), *more]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_a_program_serves_until_it_is_told_to_end(tmp_path: Path) -> None:
    with started(written(tmp_path / "c"), "whole") as program:
        assert program.stderr is not None
        assert "oss answers at http://127.0.0.1:" in program.stderr.readline()
        program.terminate()
        assert program.wait(timeout=10) == 0


def test_a_program_ends_at_once_where_a_function_is_missing(tmp_path: Path) -> None:
    with started(written(tmp_path / "c")) as program:
        _, said = program.communicate(timeout=10)
    assert program.returncode == 1
    assert "oss/print-card@1 has no function: write @agency.contract" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_said_in_words(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(written(tmp_path / "c"), "whole", port=port) as program:
            _, said = program.communicate(timeout=10)
    assert program.returncode == 1
    assert f"127.0.0.1:{port} cannot be listened on" in said
    assert "Traceback" not in said


def test_a_body_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    folder = written(tmp_path / "c") / "card.yaml"
    agency = Agency(key=SigningKey.new("oss"), gateway=StandIn(), contracts=folder, store=MemoryStore())
    agency.contract(CARD)(lambda _: {"nib": "9120000000001"})
    with listening(agency) as url:
        for length, status in (("999999999", 413), ("many", 400)):
            call = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
            call.putrequest("POST", "/asks")
            call.putheader("Content-Length", length)
            call.endheaders()
            assert call.getresponse().status == status
            call.close()
