"""How agencies stand now is laid over what was recorded, and over nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts import commands as cm
from contracts import events as ev
from contracts.contract import Contract
from contracts.ids import StepName
from contracts.views import HeldBackView
from gateway.standing import as_of_now, lines_as_of_now
from tests.gateways import CONTRACTS
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import Playbook, opens
from workflows.loading.hashing import contract_digest
from workflows.projections.case_view import case_view
from workflows.projections.directory import Directory

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
MAINTENANCE = HeldBackView(because="maintenance", until=NOW)


def play() -> Playbook:
    return Playbook(plan(a=part("form.x"), b=part("form.y"))) >> opens() << ...


def held_back(of: Playbook) -> list[HeldBackView | None]:
    view = as_of_now(case_view(of.state), of.state, lambda _: MAINTENANCE)
    return [step.held_back for step in view.steps]


def test_a_step_that_has_left_is_not_said_to_be_held_back_whatever_its_agency_does_now() -> None:
    assert held_back(play()) == [None, None]


def test_what_is_held_back_says_why_it_is_now() -> None:
    holding = cm.HoldBack(step=StepName("a"), round=1, verb="ask", attempt=1, because="unreachable")
    held = play() >> holding << ...
    assert held_back(held) == [MAINTENANCE, None]
    (alone, _) = case_view(held.state).steps
    assert alone.held_back == HeldBackView(because="unreachable")
    assert alone.promised_by is None


def test_what_may_go_any_moment_waits_only_for_others() -> None:
    holding = cm.HoldBack(step=StepName("a"), round=1, verb="ask", attempt=1, because="unreachable")
    held = play() >> holding << ...
    (step, _) = as_of_now(case_view(held.state), held.state, lambda _: None).steps
    assert step.held_back == HeldBackView(because="queue")


def test_the_directory_says_of_each_contract_how_it_stands() -> None:
    directory = Directory()
    for contract in (CONTRACTS["alpha"], CONTRACTS["beta"]):
        registered = ev.AgencyRegistered(at=NOW, agency=contract.agency, title="X", keys={"keys": []})
        directory.apply(registered)
        digest = contract_digest(contract)
        directory.apply(ev.ContractRegistered(at=NOW, contract=contract, digest=digest, source="", actor="test"))

    def standing(contract: Contract) -> HeldBackView | None:
        return MAINTENANCE if contract.agency == "alpha" else None

    lines = lines_as_of_now(directory, standing)
    assert [each.held_back for line in lines for each in line.contracts] == [MAINTENANCE, None]
