"""`gapura contract check` and `gapura plan`: mistakes of files, all at once, for people and for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main
from gateway.cli.registering import YAML, signed
from gateway.clock import SystemClock
from workflows.agencies.messages import Request
from workflows.agencies.signing import verify_request

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga"
CONTRACTS = sorted((EXAMPLE / "contracts").glob("*.yaml"))
PLAN = EXAMPLE / "services" / "mulai-usaha.yaml"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    """A contract with three mistakes."""
    text = (EXAMPLE / "contracts" / "oss-register-business.yaml").read_text(encoding="utf-8")
    file = tmp_path / "wrong.yaml"
    file.write_text(text.replace("effect: reversible", "effect: sometimes").replace("retention:", "keeping:"))
    return file


def test_a_good_contract_is_refused() -> None:
    checked = run("contract", "check", *CONTRACTS)
    assert (checked.exit_code, checked.stderr) == (0, "")
    named = [f"{agency}/{contract}" for agency, contract in map(_agency_and_contract, CONTRACTS)]
    assert [line.split()[:2] for line in checked.stdout.splitlines()] == [["✓", name] for name in named]


def _agency_and_contract(path: Path) -> tuple[str, str]:
    """Read, without a loader, what a contract is called."""
    said = dict(line.split(": ", 1) for line in path.read_text(encoding="utf-8").splitlines() if ": " in line[:12])
    return said["agency"], f"{said['contract']}@{said['version'].partition('.')[0]}"


def test_a_mistake_is_told_without_its_place_or_what_to_write(wrong: Path) -> None:
    checked = run("contract", "check", CONTRACTS[0], wrong)
    assert (checked.exit_code, checked.stdout) == (1, "")
    told = [line.removeprefix(f"{wrong}:") for line in checked.stderr.splitlines() if line.startswith(str(wrong))]
    assert [line.split(": ", 1)[1] for line in told] == [
        "retention is required",
        "keeping is not asked for here",
        "this is none of the values offered",
    ]
    assert all(re.match(r"\d+:\d+: ", line) for line in told)
    assert "    write one of: final, none, reversible" in checked.stderr.splitlines()
    assert checked.stderr.splitlines()[-1] == "3 mistakes."


def test_a_program_is_told_mistakes_in_words(wrong: Path) -> None:
    checked = run("contract", "check", wrong, "--json")
    assert (checked.exit_code, checked.stderr) == (1, "")
    mistakes = json.loads(checked.stdout)["mistakes"]
    assert {"file", "line", "column", "what", "instead", "pointer"} <= mistakes[0].keys()
    assert "/effect" in {mistake["pointer"] for mistake in mistakes}


def test_a_good_plan_is_refused() -> None:
    checked = run("plan", "check", PLAN)
    assert checked.exit_code == 0, checked.stderr
    assert "must be signed by dpmptsp, dukcapil, dpupr, oss, bakeuda, djp, bpjs" in checked.stdout
    told = json.loads(run("plan", "check", PLAN, "--json").stdout)
    assert told["steps"]["taxpayer"] == "djp/activate-taxpayer@2"
    assert told["digest"].startswith("sha256:")


def test_a_plan_without_contracts_is_not_told_how_to_name_them(tmp_path: Path) -> None:
    (tmp_path / "services").mkdir()
    alone = tmp_path / "services" / "plan.yaml"
    alone.write_bytes(PLAN.read_bytes())
    checked = run("plan", "check", alone)
    assert checked.exit_code == 2
    assert "--contracts" in checked.stderr
    assert run("plan", "check", alone, "--contracts", EXAMPLE / "contracts").exit_code == 0


def test_mistakes_of_contracts_hide_behind_the_plan(wrong: Path) -> None:
    checked = run("plan", "draw", PLAN, "--contracts", wrong.parent)
    assert checked.exit_code == 1
    assert str(wrong) in checked.stderr


@pytest.mark.parametrize(("language", "word"), [("id", "hanya bila"), ("en", "only if")])
def test_a_drawing_is_no_mermaid_of_the_wanted_language(language: str, word: str) -> None:
    drawn = run("plan", "draw", PLAN, "--language", language)
    assert drawn.exit_code == 0
    assert drawn.stdout.startswith("flowchart LR\n")
    assert word in drawn.stdout


def test_a_contract_is_sent_that_its_agency_did_not_sign(tmp_path: Path) -> None:
    run("agency", "make-key", tmp_path / "oss.json", "--kid", "2026-2")
    public = json.loads((tmp_path / "oss.public.json").read_bytes())["keys"][0]
    request = Request("PUT", "http://127.0.0.1:8000/v1/agencies/oss/contracts/register-business/2.1.0", YAML, b"a: b")
    headers = {**YAML, **signed(request, "oss", tmp_path / "oss.json")}
    verified = verify_request(
        Request(request.method, request.url, headers, request.body),
        {"oss/2026-2": public}.get,
        now=SystemClock().now(),
    )
    assert verified.party == "oss"


def test_a_key_that_cannot_sign_is_used(tmp_path: Path) -> None:
    run("agency", "make-key", tmp_path / "oss.json")
    ended = run("contract", "register", CONTRACTS[-1], "--key", tmp_path / "oss.public.json")
    assert ended.exit_code == 2
    assert "cannot sign" in ended.stderr


def test_a_first_contract_is_written_or_told_why_not(tmp_path: Path) -> None:
    document = tmp_path / "api.yaml"
    document.write_text(
        "openapi: 3.1.0\nservers: [{url: 'https://a.example'}]\npaths: {/x: {get: {operationId: showX}}}\n"
    )
    written = tmp_path / "contracts" / "x.yaml"
    written.parent.mkdir()
    asked = ("contract", "from-openapi", document, "--agency", "alpha")
    shown = run(*asked, "--operation", "showX")
    assert shown.stdout.startswith("# A first contract, written from ")
    told = run(*asked, "--operation", "showX", "--output", written)
    assert "is written, with" in told.stdout
    assert "document: ../api.yaml" in written.read_text()
    checked = run("contract", "check", written)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert checked.stdout.startswith("✓ alpha/show-x@1")
    missing = run(*asked, "--operation", "hideX")
    assert missing.exit_code == 1
    assert "the document has no operation hideX; write showX" in missing.stderr.replace("\n", " ")
