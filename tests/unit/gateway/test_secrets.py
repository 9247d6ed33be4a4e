"""Secrets that contracts name: where they are looked for, and what is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.secrets import KeptSecrets
from gateway.settings import load_settings
from workflows.agencies.authorization import SecretMissing

NAME = "CIVIL__KEY"


def test_the_environment_wins_over_the_folder(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("from file\n")
    assert KeptSecrets({}, tmp_path).get(NAME) == "from file"
    assert KeptSecrets({f"GAPURA_SECRET_{NAME}": "from environment"}, tmp_path).get(NAME) == "from environment"


def test_a_secret_that_was_replaced_needs_no_restart(tmp_path: Path) -> None:
    kept = KeptSecrets({}, tmp_path)
    for value in ("old", "new"):
        (tmp_path / NAME).write_text(value)
        assert kept.get(NAME) == value


@pytest.mark.parametrize(
    "name", ["../master", "civil", "", "A/B", f"{NAME}\n", "GONE", "FOLDER", "BINARY", "EMPTY", "A_LINE"]
)
def test_what_is_no_secret_is_missing(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (tmp_path / "master").write_text("x")
    (folder / "FOLDER").mkdir()
    (folder / "BINARY").write_bytes(b"\xff\xfe")
    (folder / "EMPTY").write_text("")
    (folder / "A_LINE").write_text("\n")
    with pytest.raises(SecretMissing):
        KeptSecrets({}, folder).get(name)


def test_a_secret_in_the_environment_is_taken_for_no_setting(tmp_path: Path) -> None:
    settings = load_settings({"GAPURA_SECRET_S_FOLDER": "x", "GAPURA_SECRETS_FOLDER": str(tmp_path)})
    assert settings.secrets_folder == tmp_path
