"""`python -m examples.france`: from the form to the output, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from tests.integration.france_stage import write_by_hand
from tests.tidy import tree

SAMPLE: dict[str, Any] = {
    "title": "The token may not read one endpoint, and another fails once",
    "form": {
        "siren": "100000009",
        "siret": "10000000900017",
        "building": True,
        "craft": False,
        "buyer": {"siret": "13002526500013", "name": "Acheteur"},
        "tender": {"number": "2026-LOT-01", "subject": "Menuiserie"},
    },
    "faults": ["403:1:successions", "502:1:infogreffe"],
    "expect": {"state": "issued", "steps": {}},
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GAPURA_")}
    command = [sys.executable, "-m", "examples.france", *arguments]
    return subprocess.run(
        command, cwd=tree.ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_without_the_recorded_answers_the_example_fails_or_says_nothing() -> None:
    ended = run()
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "The recorded answers are not here. GAPURA_RECORDED_ANSWERS names their folder" in ended.stdout


def test_the_example_does_not_end_as_its_sample_says(tmp_path: Path) -> None:
    sample = tmp_path / "sample.yaml"
    sample.write_bytes(msgspec.yaml.encode(SAMPLE))
    ended = run("--data", str(write_by_hand(tmp_path)), "--sample", str(sample))
    assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout
    said = ended.stdout.splitlines()
    assert said[-1] == "The case is issued."
    assert said[-2] == "10 reads (200: 8, 403: 1, 502: 1), each for 13002526500013, tender-eligibility, 2026-LOT-01."
    assert any(line.endswith("A person looks, and leaves it out.") for line in said)
    assert any(line.startswith("  infogreffe register      contributed") and "attempt 2" in line for line in said)
