"""`gapura output`: what a stranger reads about a joint output."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.main import main

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "joint-output"
EXAMPLE, TRUST = PAGE / "example.vc.jwt", PAGE / "trust.json"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    return result.exit_code, result.output


def test_a_valid_output_is_told_part_by_part() -> None:
    code, said = run("output", "verify", EXAMPLE, "--keys", TRUST)
    assert code == 0
    assert [line.split(maxsplit=3) for line in said.splitlines()[4:]] == [
        ["oss", "business", "contributed", "signed by the agency, key oss/oss-2026"],
        ["djp", "taxpayer", "contributed", "on the gateway's word"],
        ["bpjs", "workers", "refused"],
        ["dpmptsp", "permit", "skipped"],
    ]


def test_an_altered_output_ends_with_1(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="ascii").strip()
    altered = tmp_path / "altered.jwt"
    altered.write_text(text[:-1] + ("A" if text[-1] != "A" else "Q"), encoding="ascii")
    code, said = run("output", "verify", altered, "--keys", TRUST)
    assert (code, said.split(maxsplit=1)[0]) == (1, "ALTERED")


@pytest.mark.parametrize("name", ["output", "output.docx"])
def test_an_unknown_kind_of_file_is_told_before_anybody_is_asked(name: str, tmp_path: Path) -> None:
    code, said = run("output", "get", "abcd", tmp_path / name, "--secret", "gpc_x")
    assert code == 2
    assert ".pdf, .jwt, .json" in said
