"""What the page of the joint output shows is real: its example verifies, by the product and by its own script."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from contracts.trust import TrustFile
from tests.docs.console import commands
from workflows.outputs.jws import decode_base64url
from workflows.outputs.verify import verify

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
PAGE = (FOLDER / "joint-output.md").read_text(encoding="utf-8")
EXAMPLE = FOLDER / "joint-output" / "example.vc.jwt"
TRUST = FOLDER / "joint-output" / "trust.json"
CREDENTIAL = EXAMPLE.read_text(encoding="ascii").strip()


def run_script(credential: Path) -> subprocess.CompletedProcess[str]:
    if shutil.which("openssl") is None:
        pytest.skip("the script verifies with OpenSSL's program, which is not installed: `make system`")
    script = FOLDER / "joint-output" / "verify_without_us.py"
    command = [sys.executable, str(script), str(TRUST), str(credential)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def fits(shown: object, real: object) -> bool:
    """Whether a value on the page is the real one; a text that ends in … is the beginning of it."""
    if isinstance(shown, dict) and isinstance(real, dict):
        page, true = cast("dict[str, object]", shown), cast("dict[str, object]", real)
        return page.keys() == true.keys() and all(fits(page[name], true[name]) for name in page)
    if isinstance(shown, list) and isinstance(real, list):
        pairs = zip(cast("list[object]", shown), cast("list[object]", real), strict=True)
        return all(fits(one, other) for one, other in pairs)
    if isinstance(shown, str) and isinstance(real, str) and shown.endswith("…"):
        return real.startswith(shown.removesuffix("…"))
    return shown == real


def opened(jws: str) -> list[Any]:
    return [json.loads(decode_base64url(segment)) for segment in jws.split(".")[:2]]


def test_every_json_block_of_the_page_is_the_examples() -> None:
    header, claims = opened(CREDENTIAL)
    signed_part: str = claims["credentialSubject"]["parts"][0]["evidence"]["part"]
    real = [header, claims, *opened(signed_part.split("~", maxsplit=1)[0]), json.loads(TRUST.read_text("utf-8"))]
    shown = [json.loads(block) for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL)]
    assert [fits(one, other) for one, other in zip(shown, real, strict=True)] == [True] * 5


def test_the_example_is_valid() -> None:
    trust = msgspec.json.decode(TRUST.read_bytes(), type=TrustFile)
    verdict = verify(CREDENTIAL, trust, now=datetime(2026, 11, 25, tzinfo=UTC))
    assert verdict.word == "valid"
    assert verdict.parts[0].checked


def test_the_script_says_what_the_page_shows_and_uses_nothing_of_ours() -> None:
    said = run_script(EXAMPLE)
    assert said.stdout.splitlines() == commands(PAGE)[-1].shown
    script = (FOLDER / "joint-output" / "verify_without_us.py").read_text(encoding="utf-8")
    imported = re.findall(r"^(?:import|from) (\w+)", script, re.MULTILINE)
    assert set(imported) <= sys.stdlib_module_names
    assert len(script.splitlines()) < 100


@pytest.mark.parametrize("position", [60, 400, 2500, -40])
def test_the_script_finds_what_was_altered(tmp_path: Path, position: int) -> None:
    character = "A" if CREDENTIAL[position] != "A" else "B"
    at = position % len(CREDENTIAL)
    altered = tmp_path / "altered.vc.jwt"
    altered.write_text(CREDENTIAL[:at] + character + CREDENTIAL[at + 1 :])
    said = run_script(altered)
    assert said.returncode != 0
    assert "VALID" not in said.stdout
