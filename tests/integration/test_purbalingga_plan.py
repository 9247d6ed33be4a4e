"""The example's contracts and plan: they load, and say what their agencies really do."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from contracts.contract import Contract, WireConnection
from examples.purbalingga.agencies.bpjs import Bpjs
from examples.purbalingga.agencies.dpupr import Dpupr
from examples.purbalingga.agencies.dukcapil import Dukcapil
from examples.purbalingga.agencies.oss import Oss
from examples.purbalingga.agencies.procedure import Agency
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published

EXAMPLE = Path(__file__).parents[2] / "examples" / "purbalingga"
CONTRACTS = load_contracts(EXAMPLE / "contracts")
PLAN = load_published(EXAMPLE / "services" / "mulai-usaha.yaml", CONTRACTS)
OFFICES = (Dukcapil(), Dpupr(), Oss(), Bpjs())


def test_the_plan_does_not_ask_every_agency_that_is_introduced() -> None:
    introduced = yaml.safe_load((EXAMPLE / "agencies.yaml").read_text())
    assert set(PLAN.agencies) == set(introduced["agencies"])
    assert PLAN.plan.lead == introduced["lead"]


def test_a_way_of_connecting_is_introduced_otherwise_than_its_contract_says() -> None:
    introduced = yaml.safe_load((EXAMPLE / "agencies.yaml").read_text())["agencies"]
    said = {contract.agency: contract.connection for contract in CONTRACTS.values()}
    by_wire = {agency for agency, connection in said.items() if isinstance(connection, WireConnection)}
    assert by_wire == {agency for agency, about in introduced.items() if about["connection"] == "wire"}
    assert by_wire == {office.name for office in OFFICES}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_an_example_does_not_fit_its_contract(contract: Contract) -> None:
    given, comes = jsonschema_rs.validator_for(contract.input), jsonschema_rs.validator_for(contract.output)
    for example in contract.examples:
        given.validate(example.input)
        if example.output is not None:
            comes.validate(example.output)
        else:
            assert example.refusal in contract.refusals


@pytest.mark.parametrize("office", OFFICES, ids=lambda office: office.name)
def test_an_office_undoes_for_another_time_than_its_contract_promises(office: Agency[Any]) -> None:
    undo = CONTRACTS[office.contract].undo
    assert (undo.within if undo else None) == (f"{office.undo_within_days} days" if office.undo_within_days else None)


def test_the_form_offers_what_is_no_village_or_activity() -> None:
    offered = PLAN.plan.form["$defs"]
    villages = [choice["const"] for choice in offered["village"]["oneOf"]]
    activities = [choice["const"] for choice in offered["kbli"]["oneOf"]]
    assert len(set(villages)) == len(villages)
    assert len(set(activities)) == len(activities)
    assert all(len(code) == len("33.03.05.1011") and code.startswith("33.03.") for code in villages)
    assert all(len(code) == len("56103") for code in activities)


def test_an_agency_needs_the_gateways_code() -> None:
    """An agency's system could move to the agency's own machine as it is."""
    ours = {"gateway", "workflows", "contracts", "observability"}
    for path in sorted(EXAMPLE.rglob("*.py")):
        imported = {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert not imported & ours, path
