"""`gapura agreement`: proposed, signed and checked without a gateway."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import main

TOWN = Path(__file__).parents[4] / "examples" / "purbalingga"
PLAN, CONTRACTS, TERMS = TOWN / "services" / "mulai-usaha.yaml", TOWN / "contracts", TOWN / "terms.yaml"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    return result.exit_code, result.output


@pytest.fixture
def proposed(tmp_path: Path) -> Path:
    """An agreement about a plan that lies elsewhere than its contracts."""
    plan = tmp_path / "plan.yaml"
    plan.write_bytes(PLAN.read_bytes())
    code, said = run("agreement", "propose", plan, "--terms", TERMS, "--contracts", CONTRACTS, "--out", tmp_path)
    assert code == 0, said
    return tmp_path / "mulai-usaha-1.0.0.agreement.json"


def test_an_agreement_is_written_for_machines_and_for_people(proposed: Path) -> None:
    assert json.loads(proposed.read_bytes())["agencies"][0] == "dpmptsp"
    assert proposed.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")


def test_it_is_in_force_only_with_every_agencys_word(proposed: Path, tmp_path: Path) -> None:
    agencies: list[str] = json.loads(proposed.read_bytes())["agencies"]
    keys: dict[str, object] = {}
    for agency in agencies:
        run("agency", "make-key", tmp_path / f"{agency}.json")
        keys[agency] = json.loads((tmp_path / f"{agency}.public.json").read_bytes())
        assert run("agreement", "sign", proposed, "--agency", agency, "--key", tmp_path / f"{agency}.json")[0] == 0
    trust: dict[str, object] = {"keys": [], "issuer": "https://gapura.example", "agencies": keys}
    (tmp_path / "trust.json").write_text(json.dumps(trust))
    words = sorted(tmp_path.glob("*.jws"))
    assert run("agreement", "check", proposed, *words, "--keys", tmp_path / "trust.json")[0] == 0
    code, said = run("agreement", "check", proposed, *words[1:], "--keys", tmp_path / "trust.json")
    assert code == 1
    assert "has not accepted" in said


def test_a_stranger_cannot_sign(proposed: Path, tmp_path: Path) -> None:
    run("agency", "make-key", tmp_path / "kpk.json")
    code, said = run("agreement", "sign", proposed, "--agency", "kpk", "--key", tmp_path / "kpk.json")
    assert code == 1
    assert "is no party of this agreement" in said
