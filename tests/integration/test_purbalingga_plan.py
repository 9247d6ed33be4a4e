"""The example's contracts and plan: they load, and say what their agencies really do."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from contracts.contract import Contract, PullConnection, WireConnection
from contracts.plan import PublishedPlan
from examples.purbalingga.agencies.duties import Duty
from examples.purbalingga.start import BY_FETCHING, BY_WIRE
from gapura_agency.contracts import read_contracts
from tests.integration.purbalingga_stage import OFFICES, wishes
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published

EXAMPLE = Path(__file__).parents[2] / "examples" / "purbalingga"
CONTRACTS = load_contracts(EXAMPLE / "contracts")
PLANS = {path.stem: load_published(path, CONTRACTS) for path in sorted((EXAMPLE / "services").glob("*.yaml"))}
INTRODUCED = yaml.safe_load((EXAMPLE / "agencies.yaml").read_text())["agencies"]
OURS = (WireConnection, PullConnection)
"""Systems that know the wire protocol: called, or calling."""
DUTIES = [duty for office in OFFICES for duty in office.duties]


def test_an_agency_is_introduced_that_no_plan_asks_or_a_contract_is_asked_for_by_none() -> None:
    assert {agency for plan in PLANS.values() for agency in plan.agencies} == set(INTRODUCED)
    assert {contract.name for plan in PLANS.values() for contract in plan.contracts.values()} == set(CONTRACTS)


def test_a_way_of_connecting_is_introduced_otherwise_than_its_contracts_say() -> None:
    """An agency with a system may have a desk beside it; one without has nothing else."""
    by_wire = {contract.agency for contract in CONTRACTS.values() if isinstance(contract.connection, OURS)}
    assert by_wire == {agency for agency, about in INTRODUCED.items() if about["connection"] in {"wire", "pull"}}
    assert by_wire == {office.name for office in OFFICES} == set(BY_WIRE)
    fetching = {contract.agency for contract in CONTRACTS.values() if isinstance(contract.connection, PullConnection)}
    introduced = {name for name, about in INTRODUCED.items() if about["connection"] == "pull"}
    assert fetching == introduced == set(BY_FETCHING)


def test_a_contract_is_no_duty_of_its_agencys_system_or_a_duty_has_no_contract() -> None:
    by_wire = {name for name, contract in CONTRACTS.items() if isinstance(contract.connection, OURS)}
    assert {duty.contract for duty in DUTIES} == by_wire
    assert {wish.contract for wish in wishes(0).values()} == by_wire, "one is granted by no test"
    assert all(duty.contract.startswith(f"{office.name}/") for office in OFFICES for duty in office.duties)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.name)
def test_an_example_does_not_fit_its_contract(contract: Contract) -> None:
    given, comes = jsonschema_rs.validator_for(contract.input), jsonschema_rs.validator_for(contract.output)
    for example in contract.examples:
        given.validate(example.input)
        if example.output is not None:
            comes.validate(example.output)
        else:
            assert example.refusal in contract.refusals


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_two_steps_of_a_plan_are_called_the_same(plan: PublishedPlan) -> None:
    titles = [plan.title_of(step) for step in plan.plan.steps]
    assert len({title.id for title in titles}) == len({title.en for title in titles}) == len(titles)


@pytest.mark.parametrize("duty", DUTIES, ids=lambda duty: duty.contract)
def test_an_office_undoes_for_another_time_than_its_contract_promises(duty: Duty[Any]) -> None:
    undo, name = CONTRACTS[duty.contract].undo, duty.contract
    seconds = read_contracts(name.partition("/")[0], EXAMPLE / "contracts")[name].undo_within_s
    assert (undo.within if undo else None) == (f"{seconds / 86_400:.0f} days" if seconds else None)


def test_a_form_offers_a_village_that_there_is_not_or_names_one_otherwise_than_another_form() -> None:
    offered = {name: plan.plan.form["$defs"].get("village", {}).get("oneOf", []) for name, plan in PLANS.items()}
    named = {choice["const"]: choice["title"] for choice in offered["mulai-usaha"]}
    assert all(named[choice["const"]] == choice["title"] for choice in offered["pindah-domisili"])


def test_the_form_offers_what_is_no_village_or_activity() -> None:
    offered = PLANS["mulai-usaha"].plan.form["$defs"]
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
