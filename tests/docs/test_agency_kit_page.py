"""The first page of the agency kit: what it shows is run, as a developer would who has never met us."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import gapura_agency
from gapura_agency import Agency
from gapura_agency.testing import StandIn, check
from tests.tidy import tree

PAGE = (tree.ROOT / "sdk" / "python" / "README.md").read_text(encoding="utf-8")
CONTRACT: dict[str, Any] = {
    "agency": "oss",
    "contract": "register-business",
    "version": "2.0.0",
    "effect": "reversible",
    "undo": {"by": "system", "within": "30 days"},
    "lookup": True,
    "refusals": {"already_registered": {}},
    "input": {"type": "object", "properties": {"nik": {"type": "string"}, "kbli": {"type": "string"}}},
    "output": {"type": "object", "required": ["nib"], "properties": {"nib": {"pattern": "^912[0-9]{10}$"}}},
    "examples": [{"title": "a stall", "input": {"nik": "1", "kbli": "56103"}, "output": {"nib": "9120000000001"}}],
}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Agency:
    """Give the agency of the page's first program, run in an empty folder with a contract."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "register-business.yaml").write_text(yaml.safe_dump(CONTRACT))
    (first, *_) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    program: dict[str, Any] = {"__name__": "office"}
    exec(compile(first, "office.py", "exec"), program)  # noqa: S102 - the page's own program
    agency: Agency = program["agency"]
    return agency


def test_the_first_program_of_the_page_keeps_the_protocol(office: Agency) -> None:
    gateway = StandIn()
    office.gateway = gateway
    check(office, gateway)


def test_the_first_program_registers_once_and_refuses_the_second(office: Agency) -> None:
    gateway = StandIn()
    office.gateway = gateway
    name, values = "oss/register-business@2", {"nik": "3303055203900000", "kbli": "56103"}
    first = gateway.ask(office, name, values)
    assert first.output == {"nib": "9120000000001"}
    assert gateway.ask(office, name, values).code == "already_registered"
    gateway.undo(office, name, first.key)
    assert gateway.ask(office, name, values).outcome == "contributed"


def test_the_page_names_only_what_the_kit_has(office: Agency) -> None:
    for names in re.findall(r"from gapura_agency import ([\w, ]+)", PAGE):
        assert set(names.split(", ")) <= set(gapura_agency.__all__)
    for method in set(re.findall(r"agency\.(\w+)\(", PAGE)):
        assert callable(getattr(office, method)), method
    for method in set(re.findall(r"gateway\.(\w+)\(", PAGE)):
        assert callable(getattr(StandIn(), method)), method
