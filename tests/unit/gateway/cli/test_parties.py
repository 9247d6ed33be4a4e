"""`gapura agency make-key`: a key that signs, kept from others."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from gateway.cli.main import main
from workflows.loading.agreements import sign, verify


def make(file: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["agency", "make-key", str(file), "--kid", "2026-2"], catch_exceptions=False)
    return result.exit_code, result.output


def test_what_the_private_key_signs_the_public_one_verifies(tmp_path: Path) -> None:
    assert make(tmp_path / "keys" / "djp.json")[0] == 0
    private = json.loads((tmp_path / "keys" / "djp.json").read_text())
    public = json.loads((tmp_path / "keys" / "djp.public.json").read_text())
    verify(sign("sha256:00", "djp", "accept", private, now=datetime.now(UTC)), public)
    assert "d" not in public["keys"][0]


def test_nobody_else_can_read_the_private_key(tmp_path: Path) -> None:
    make(tmp_path / "djp.json")
    assert stat.S_IMODE((tmp_path / "djp.json").stat().st_mode) == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    make(tmp_path / "djp.json")
    kept = (tmp_path / "djp.json").read_bytes()
    code, said = make(tmp_path / "djp.json")
    assert code == 1
    assert "Name another file" in said
    assert (tmp_path / "djp.json").read_bytes() == kept
