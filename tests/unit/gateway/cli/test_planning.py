"""`gapura plan draw` and `gapura plan diff`: pictures as they are, and sentences under headings."""

from __future__ import annotations

import json
import re
import shutil
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


def test_a_plan_is_tried_and_told_as_a_story() -> None:
    tried = run("plan", "try", PLAN)
    assert (tried.exit_code, tried.stderr) == (0, "")
    lines = tried.stdout.splitlines()
    assert lines[0].startswith("mulai-usaha 1.")
    assert any(line.split()[1:] == ["applicant", "gets", "the", "joint", "output"] for line in lines)
    assert lines[-1] == "✓ Every road comes to an end."
    assert tried.stdout.count("→ issued") == 1
    assert run("plan", "try", PLAN, "--all").stdout.count("→ issued") > 1


def stranding(tmp_path: Path) -> Path:
    """The business register takes more digits than the form gives: each part is right by itself."""
    folder = tmp_path / "contracts"
    shutil.copytree(CONTRACTS, folder)
    shutil.copytree(EXAMPLE / "calendars", tmp_path / "calendars")
    file = folder / "oss-register-business.yaml"
    text = file.read_text(encoding="utf-8")
    before = "kbli: {type: string, pattern: "
    assert before in text
    line = next(line for line in text.splitlines() if before in line)
    changed = re.sub(r"pattern: .*?\$['\"]?", "pattern: '^[0-9]{6}$'", line)
    file.write_text(re.sub(r"(?m)^( *)kbli: \"(\d{5})\"", r'\1kbli: "\g<2>0"', text.replace(line, changed)))
    return folder


def test_a_plan_that_strands_ends_with_one_and_the_road_that_leads_there(tmp_path: Path) -> None:
    folder = stranding(tmp_path)
    sample = EXAMPLE / "samples" / "mulai-usaha" / "01-stall.yaml"
    tried = run("plan", "try", PLAN, "--contracts", folder, "--form", sample)
    assert tried.exit_code == 1, tried.stdout + tried.stderr
    assert "A case strands: the case is open, and nothing more happens: business is exhausted (plan)" in tried.stdout
    assert re.search(r"\d+ of \d+ roads come to no end\.", tried.stderr)
    found = json.loads(run("plan", "try", PLAN, "--contracts", folder, "--form", sample, "--json").stdout)
    assert found["stranded"][0]["lines"]


def test_a_form_that_the_plan_does_not_take_is_told_with_every_mistake(tmp_path: Path) -> None:
    form = tmp_path / "form.yaml"
    form.write_text("nik: '1'\n", encoding="utf-8")
    tried = run("plan", "try", PLAN, "--form", form)
    assert tried.exit_code == 1
    assert "/nik" in tried.stderr
    form.write_text("- a\n", encoding="utf-8")
    assert run("plan", "try", PLAN, "--form", form).exit_code == 2
    form.write_text("a: [\n", encoding="utf-8")
    assert run("plan", "try", PLAN, "--form", form).exit_code == 2
