"""`gapura plan draw` and `gapura plan diff`: pictures as they are, and sentences under headings."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from click.testing import CliRunner, Result

from gateway.cli.main import main

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga"
PLAN = EXAMPLE / "services" / "mulai-usaha.yaml"
CONTRACTS = EXAMPLE / "contracts"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def newer(tmp_path: Path, old: str = "within: 3 working days", new: str = "within: 2 working days") -> Path:
    text = PLAN.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "newer.yaml"
    file.write_text(text.replace(old, new, 1).replace("version: 1.", "version: 2.", 1), encoding="utf-8")
    return file


def test_a_picture_is_one_document_that_a_browser_reads() -> None:
    drawn = run("plan", "draw", PLAN, "--svg", "--language", "en")
    assert (drawn.exit_code, drawn.stderr) == (0, "")
    assert ET.fromstring(drawn.stdout).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # our own


def test_without_svg_it_is_mermaid() -> None:
    assert run("plan", "draw", PLAN).stdout.startswith("flowchart LR\n")


def test_what_differs_is_said_under_headings_with_what_it_means(tmp_path: Path) -> None:
    said = run("plan", "diff", PLAN, newer(tmp_path), "--contracts", CONTRACTS)
    assert said.exit_code == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[2:4] == [
        "The service",
        "  The time that applicants are promised was 3 working days, and is 2 working days.",
    ]
    assert "Open cases stay on the version that they began under: no difference breaks one." in lines
    assert any(line.startswith("A new agreement is needed: ") and "dpmptsp" in line for line in lines)


def test_plans_that_are_alike_are_said_to_be() -> None:
    said = run("plan", "diff", PLAN, PLAN)
    assert "Nothing differs." in said.stdout
    assert "No new agreement is needed" in said.stdout


def test_programs_get_every_difference_with_what_it_is_about(tmp_path: Path) -> None:
    found = json.loads(run("plan", "diff", PLAN, newer(tmp_path), "--contracts", CONTRACTS, "--json").stdout)
    assert found["new_agreement"] is True
    assert [each["about"] for each in found["differences"]] == ["service"]
    assert found["open_cases"].startswith("stay")
