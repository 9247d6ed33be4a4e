"""The schemas that editors are given are those that the loader holds files to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema_rs import Draft202012Validator, meta

from contracts.contract import Contract
from contracts.plan import Plan
from tests.declared import CONTRACTS, PLAN
from workflows.loading import schemas


@pytest.mark.parametrize("name", schemas.NAMES)
def test_the_committed_schema_is_the_one_of_the_types(name: str) -> None:
    committed = (schemas.FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == schemas.rendered(name), "run `make schemas` and read what changed"


@pytest.mark.parametrize("name", schemas.NAMES)
def test_a_schema_is_valid_and_says_what_it_is_of(name: str) -> None:
    schema = json.loads(schemas.rendered(name))
    assert meta.is_valid(schema)
    assert schema["title"] == name.capitalize()
    assert len(schema["description"]) > 20


def test_no_schema_is_committed_that_is_not_made() -> None:
    assert {path.name for path in schemas.FOLDER.glob("*.schema.json")} == {
        f"{name}.schema.json" for name in schemas.NAMES
    }


def test_what_is_right_is_right_for_an_editor() -> None:
    contract, plan = (Draft202012Validator(schemas.schema_of(kind)) for kind in (Contract, Plan))
    assert all(contract.is_valid(declared) for declared in CONTRACTS)
    assert plan.is_valid(PLAN)
    assert not plan.is_valid({**PLAN, "speed": 1})


def test_making_them_writes_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schemas, "FOLDER", tmp_path / "schemas")
    assert schemas.main() == 0
    assert capsys.readouterr().out.count("written") == len(schemas.NAMES)
    assert schemas.main() == 0
    assert capsys.readouterr().out == ""
