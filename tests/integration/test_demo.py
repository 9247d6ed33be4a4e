"""`gapura demo --once` as a person starts it: every claim made, nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.eventually import eventually

CLAIMS = (
    r"All people here are invented",
    r"13 agencies: 8 processes with own registers, 5 with desks only\. All have signed .*: 5 services are offered",
    r"paid at a sandbox, where no money moves: http://127\.0\.0\.1:\d+/",
    r"ONE form, 10 answers\..*  case [0-9a-z-]+",
    r"✓ dukcapil +identity +match true, signed by the agency",
    r"✓ dpupr +place +number KKPR-[-.0-9]+, signed by the agency",
    r"↻ oss +business +attempt 1 not heard \(503: .*\), again in \d\.\d s",
    r"↻ oss +business +attempt 2 not heard",
    r"✓ oss +business +nib \d{13}, attempt 3, signed by the agency",
    r"- dpmptsp +permit +not needed",
    r"✓ bakeuda +regional_tax +npwpd P\.2\.\d{7}\.05, attested: its own API answered",
    r"… djp +taxpayer +with an officer  http://127\.0\.0\.1:\d+/petugas",
    r"✗ GATEWAY KILLED \(-9\) … back after \d+\.\d s, goes on",
    r"✓ djp +taxpayer +status active, attested: an officer answered",
    r"✓ bpjs +workers +(called back, )?number .*, signed by the agency",
    r"Issued after \d+ s and \d+ recorded events, none lost or doubled over the kill",
    r"Asked \d+ times, done once each, .*: dukcapil 1, dpupr 1, oss 1, bpjs 1, bakeuda 1, desk 1",
    r"One trace over 5 processes, one tree with times: each of the agencies' \d+ spans hangs under an attempt",
    r"JOINT OUTPUT of 7 parts, 4 signed by their agencies → VALID .*  One byte changed → ALTERED",
    r"with a document of its agency's own, attached as it came: NIB document, \d+ bytes",
    r"A second applicant: zoning refuses .* no later agency was asked",
    r"a closing record says so, and where to object: .+, within 21 working days",
    r"Is it still this address\? .*an officer of bakeuda says same; dpupr's system .* says different",
    r"dpupr is asked to correct it, does, and says same → nobody differs any more",
    r"djp revokes its signature → the service is gone from the catalogue",
    r"djp signs again → it is offered again",
    r"All of it was seen to be true, in \d+ s",
)


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """Where the demonstration makes its folder."""
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp"


Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def start(folders: Path) -> Iterator[Start]:
    """Start demonstrations, and see that each has ended."""
    environment = {**os.environ, "TMPDIR": str(folders), "GAPURA_PUBLIC_URL": "https://not-for-the-demo.example"}
    started: list[subprocess.Popen[bytes]] = []

    def begin(*arguments: str) -> subprocess.Popen[bytes]:
        with (folders.parent / "said").open("wb") as said:
            command = [sys.executable, "-m", "gateway.cli", "demo", *arguments]
            demo = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, env=environment
            )
            started.append(demo)
            return demo

    yield begin
    for demo in started:
        demo.terminate()
        demo.wait(60)


def text(folders: Path) -> str:
    return (folders.parent / "said").read_text(encoding="utf-8")


def left(folders: Path) -> list[str]:
    """Give the command lines of processes that belong to a demonstration in this folder."""
    found: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it ended while we looked
        if str(folders) in line:
            found.append(line)
    return found


@pytest.mark.timeout(240)
def test_a_claim_of_the_demonstration_is_not_seen_to_be_true(folders: Path, start: Start) -> None:
    demo = start()
    assert demo.wait(200) == 0, text(folders)
    said = text(folders)
    for claim in CLAIMS:
        assert re.search(claim, said), f"not said: {claim}\n{said}"
    assert "Open" not in said, "without a terminal it ends by itself"
    assert not left(folders)
    assert not list(folders.iterdir())


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("number", "moment"), [(signal.SIGTERM, "All people"), (signal.SIGINT, "attempt 1 not heard")])
def test_who_ends_the_demonstration_early_is_left_with_processes(
    number: signal.Signals, moment: str, folders: Path, start: Start
) -> None:
    demo = start("--once")
    eventually(lambda: moment in text(folders), within_s=60)
    if number is signal.SIGTERM:
        eventually(lambda: left(folders), within_s=60)
    demo.send_signal(number)
    assert demo.wait(60) == 130, text(folders)
    assert "Ended early; nothing is left running." in text(folders)
    assert not left(folders)
    assert not list(folders.iterdir())


def test_a_folder_that_is_in_use_is_written_into(folders: Path, start: Start) -> None:
    (folders / "mine.txt").write_text("mine")
    demo = start("--once", "--keep", str(folders))
    assert demo.wait(60) == 2
    assert "is not empty; name an empty folder" in text(folders)
    assert [path.name for path in folders.iterdir()] == ["mine.txt"]
