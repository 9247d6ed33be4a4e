"""The page about contracts, plans and expressions is true: its files load, its expressions give what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import pytest

from contracts.declared import Derived
from contracts.plan import Fact, Step
from workflows.core.expressions import compile_value
from workflows.loading.contracts import parse_contract
from workflows.loading.plans import parse_published
from workflows.loading.yaml import parse_document

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "plans.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
FORM = json.loads(re.findall(r"With `form` = `(.*)`:", PAGE)[0])
ROWS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|$", PAGE, re.MULTILINE)


def test_the_contract_and_the_plan_load_together() -> None:
    contract, plan, *_ = BLOCKS
    known = parse_contract(contract.encode(), "contract")
    assert parse_published(plan.encode(), "plan", {known.name: known}).plan.service == "open-a-stall"


def test_the_step_with_items_is_a_step() -> None:
    (step,) = msgspec.convert(parse_document(BLOCKS[2].encode(), "step").value, type=dict[str, Step]).values()
    assert (step.each, step.as_, step.key) == ("form.outlets", "outlet", "outlet.id")


def test_the_facts_and_the_step_of_another_service_are_read_as_they_stand() -> None:
    facts, step = (parse_document(block.encode(), "block").value for block in BLOCKS[3:])
    assert msgspec.convert(facts, type=dict[str, dict[str, Fact]])["facts"]["business_address"].every == "90 days"
    (within,) = msgspec.convert(step, type=dict[str, Step]).values()
    assert within.kind == "service"


@pytest.mark.parametrize(("source", "value"), ROWS)
def test_every_expression_gives_what_the_page_says(source: str, value: str) -> None:
    assert json.dumps(compile_value(Derived(cel=source)).evaluate({"form": FORM})) == value


def test_the_page_has_examples_to_check() -> None:
    assert len(ROWS) == 7
