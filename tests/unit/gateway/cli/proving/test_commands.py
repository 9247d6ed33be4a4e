"""`gapura contract stand-in` and `verify`: what they say where they cannot begin, and how they tell what they found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.exits import NOT_SO, UNREACHABLE, USAGE
from gateway.cli.main import main

EXAMPLE = Path(__file__).parents[5] / "examples" / "purbalingga"
OSS = EXAMPLE / "contracts" / "oss-register-business.yaml"
DESK = EXAMPLE / "contracts" / "djp-activate-taxpayer.yaml"
NOBODY = "http://127.0.0.1:9"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_system_that_is_not_there_is_told_in_many_words() -> None:
    told = run("contract", "verify", OSS, "--url", NOBODY)
    assert (told.exit_code, told.stdout) == (UNREACHABLE, "")
    assert (
        told.stderr == f"Nothing answers at {NOBODY} (Connection refused). Start the system, or say where with --url.\n"
    )


def test_keys_that_cannot_be_had_are_not_named(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('{"keys": [{"kty": "RSA"}]}')
    told = run("contract", "verify", OSS, "--url", NOBODY, "--agency-keys", keys)
    assert told.exit_code == UNREACHABLE
    assert "keys.json has no P-256 key with a kid" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((DESK,), "djp/activate-taxpayer@2 cannot be verified: its connection is desk"),
        ((OSS, "--only", "nothing-such"), "There is no row nothing-such; there are example-1, example-2, "),
        ((OSS, "--url", "oss.example"), "is no address; write http://127.0.0.1:7103"),
        ((OSS, "--url", "http://[1"), "is no address"),
        ((OSS, "--listen", "8000"), "is no place to listen"),
        ((OSS, "--wait", "soon"), "is no duration"),
        ((OSS, "--key", OSS), "cannot sign"),
    ],
)
def test_what_cannot_be_verified_is_asked(arguments: tuple[object, ...], words: str) -> None:
    told = run("contract", "verify", *arguments)
    assert told.exit_code == USAGE
    assert words in " ".join(told.stderr.replace("│", "").split())


@pytest.mark.parametrize("command", ["verify", "stand-in"])
def test_a_contract_with_mistakes_is_used(command: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(OSS.read_text("utf-8").replace("effect: reversible", "effect: sometimes"))
    told = run("contract", command, wrong, "--json")
    assert told.exit_code == NOT_SO
    assert json.loads(told.stdout)["mistakes"]


def test_a_wish_that_cannot_be_granted_is_served() -> None:
    told = run("contract", "stand-in", OSS, "--always", "refuse=nobody")
    assert told.exit_code == USAGE
    assert told.stderr.startswith("--always: refuse=nobody is none of the contract's refusals")
    assert "late-callback=5 s: answers `accepted`, and calls back this much later" in told.stderr


def test_a_place_that_is_taken_ends_in_a_traceback() -> None:
    told = run("contract", "stand-in", OSS, "--host", "203.0.113.1", "--port", "7103")
    assert told.exit_code == USAGE
    assert told.stderr.startswith("203.0.113.1:7103 cannot be listened on")
