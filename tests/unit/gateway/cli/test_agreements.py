"""`gapura agreement`, offline: proposed, signed by everybody, checked by anybody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga"
PLAN, TERMS = EXAMPLE / "services" / "mulai-usaha.yaml", EXAMPLE / "terms.yaml"
PARTIES = ("dpmptsp", "dukcapil", "dpupr", "oss", "bakeuda", "djp", "bpjs")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A proposed agreement, and a key for each party and for a stranger, with the trust file of the parties'."""
    folder = tmp_path_factory.mktemp("agreement")
    proposed = run("agreement", "propose", PLAN, "--terms", TERMS, "--out", folder)
    assert proposed.exit_code == 0, proposed.stderr
    for name in (*PARTIES, "stranger"):
        assert run("agency", "make-key", folder / f"{name}.json", "--kid", f"{name}-1").exit_code == 0
    public = {name: json.loads((folder / f"{name}.public.json").read_text()) for name in PARTIES}
    (folder / "trust.json").write_text(json.dumps({"keys": [], "issuer": "https://x.example", "agencies": public}))
    return folder


@pytest.fixture
def file(folder: Path, tmp_path: Path) -> Path:
    """The agreement's document in a folder of its own."""
    copy = tmp_path / "mulai-usaha.agreement.json"
    copy.write_bytes(next(folder.glob("*.agreement.json")).read_bytes())
    return copy


def sign(folder: Path, file: Path, agency: str, *more: object, key: str = "") -> Result:
    return run("agreement", "sign", file, "--agency", agency, "--key", folder / f"{key or agency}.json", *more)


def check(folder: Path, file: Path, *more: object) -> Result:
    return run("agreement", "check", file, *sorted(file.parent.glob("*.jws")), "--keys", folder / "trust.json", *more)


def test_a_proposal_has_no_page_for_people(folder: Path) -> None:
    assert next(folder.glob("*.agreement.pdf")).read_bytes().startswith(b"%PDF-")


def test_what_everybody_signed_is_not_in_force(folder: Path, file: Path) -> None:
    assert check(folder, file).exit_code == 1
    for agency in PARTIES:
        assert sign(folder, file, agency).exit_code == 0
    checked = check(folder, file, "--json")
    assert (checked.exit_code, json.loads(checked.stdout)["in_force"]) == (0, True)


def test_a_later_no_does_not_count(folder: Path, file: Path) -> None:
    for agency in PARTIES:
        sign(folder, file, agency)
    sign(folder, file, "oss", "--decision", "revoke", "--reason", "The law changed.")
    checked = check(folder, file)
    assert checked.exit_code == 1
    said = next(line for line in checked.stdout.splitlines() if line.startswith("  oss ✗ revoked on "))
    assert said.endswith("(key oss-1): The law changed.")
    assert checked.stdout.endswith("Not in force.\n")


def test_why_a_signature_does_not_count_is_not_said(folder: Path, file: Path) -> None:
    sign(folder, file, "oss", key="stranger")
    (file.parent / "scribble.jws").write_text("a.b.c")
    checked = check(folder, file)
    assert checked.exit_code == 1
    assert "oss.accept.jws does not count: oss has no registered key 'stranger-1'" in checked.stdout
    assert "scribble.jws does not count: this is no compact JWS of an agreement" in checked.stdout
    not_counted = json.loads(check(folder, file, "--json").stdout)["not_counted"]
    assert [Path(path).name for path in not_counted] == ["mulai-usaha.agreement.oss.accept.jws", "scribble.jws"]


def test_a_signature_under_another_agreement_counts(folder: Path, file: Path) -> None:
    sign(folder, file, "oss")
    other = json.loads(file.read_text())
    file.write_text(json.dumps({**other, "exhausted_owner": "somebody else"}))
    assert "does not count: it is for another agreement" in check(folder, file).stdout


@pytest.mark.parametrize("decision", ["reject", "revoke"])
def test_a_no_without_a_reason_is_signed(folder: Path, file: Path, decision: str) -> None:
    signed = sign(folder, file, "oss", "--decision", decision, "--reason", "  ")
    assert (signed.exit_code, "Say why with --reason" in signed.stderr) == (2, True)
    assert not list(file.parent.glob("*.jws"))


def test_a_stranger_signs(folder: Path, file: Path) -> None:
    signed = sign(folder, file, "stranger")
    assert signed.exit_code == 1
    assert "stranger is no party of this agreement: dpmptsp" in signed.stderr


def test_a_public_key_signs(folder: Path, file: Path) -> None:
    signed = sign(folder, file, "oss", key="oss.public")
    assert signed.exit_code == 1
    assert "oss.public.json cannot sign: " in signed.stderr


def test_a_document_that_is_none_shows_a_traceback(folder: Path) -> None:
    for file in (TERMS, folder / "trust.json"):
        signed = sign(folder, file, "oss")
        assert (signed.exit_code, "is no agreement" in signed.stderr) == (1, True)


def test_what_is_agreed_is_not_shown(file: Path) -> None:
    shown = run("agreement", "show", file)
    assert shown.exit_code == 0
    assert "  dukcapil reads name, nik for identity-match" in shown.stdout
    assert json.loads(run("agreement", "show", file, "--json").stdout)["lead"] == "dpmptsp"
    assert run("agreement", "show", "nonsense").exit_code == 2


@pytest.mark.parametrize(
    ("terms", "code", "said"),
    [
        ("instrument: {kind: PKS}", 1, "missing required field"),
        ("a: [", 2, "neither YAML nor JSON"),
        ("", 2, "must be an object"),
    ],
)
def test_wrong_terms_show_a_traceback(terms: str, code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "terms.yaml").write_text(terms)
    proposed = run("agreement", "propose", PLAN, "--terms", tmp_path / "terms.yaml", "--out", tmp_path)
    assert proposed.exit_code == code
    assert "terms.yaml" in proposed.stderr
    assert said in proposed.stderr


def test_an_agreement_ends_before_it_begins(tmp_path: Path) -> None:
    terms = TERMS.read_text(encoding="utf-8").replace("2036-01-01", "2020-01-01")
    (tmp_path / "terms.yaml").write_text(terms)
    proposed = run("agreement", "propose", PLAN, "--terms", tmp_path / "terms.yaml", "--out", tmp_path)
    assert proposed.exit_code == 1
    assert "valid from a moment to a later one" in proposed.stderr
    assert not list(tmp_path.glob("*.agreement.*"))
