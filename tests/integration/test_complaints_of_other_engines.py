"""What people who run other engines complain of most, each under the name of the complaint.

`SHOWN` names for each the test that would fail. Those that can be are played through the API, in one bad week of a
service (`test_complaints_by_api.py`) and in the weeks of a building approval; some are played here once more, with the
engine on a journal, where more can go wrong at once.
"""

from __future__ import annotations

import ast
from datetime import timedelta

import pytest
from msgspec import structs

from contracts import events as ev
from contracts.contract import WireConnection
from contracts.ids import Instant
from tests.tidy import tree
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.engines.stage import CASE, key, staged
from workflows.core.compiled import CompiledPlan
from workflows.projections.case_view import case_line, case_view

pytestmark = pytest.mark.looptime

WEEK = "tests/integration/test_complaints_by_api.py"
SHOWN = {
    "stuck after a lost callback": f"{WEEK}::test_a_case_is_stuck_after_a_lost_callback",
    "duplicate execution by two runners": f"{WEEK}::test_two_runners_execute_in_duplicate",
    "a changed definition breaking running cases": f"{WEEK}::test_a_changed_definition_breaks_running_cases",
    "retry that never ends": f"{WEEK}::test_a_retry_never_ends",
    "no resume at the failed step": f"{WEEK}::test_there_is_no_bulk_repair_and_no_resume_at_the_failed_step",
    "no bulk repair": f"{WEEK}::test_there_is_no_bulk_repair_and_no_resume_at_the_failed_step",
    "compensation missing under parallel failure": "tests/integration/test_complaints_of_other_engines.py"
    "::test_compensation_is_missing_under_parallel_failure",
    "a retrying case shown as merely running": f"{WEEK}::test_a_retrying_case_is_shown_as_merely_running",
    "noisy neighbour": "tests/integration/test_frozen_agency.py"
    "::test_others_go_on_as_fast_as_before_and_the_frozen_one_is_called_no_more",
    "definition edited between attempts": f"{WEEK}::test_a_definition_edited_between_attempts_makes_another_wish",
    "a clarification that restarts the promise from zero": "tests/integration/test_building_approval.py"
    "::test_a_correction_starts_an_offices_time_from_zero",
}
"""By complaint: the test that would fail."""

TWO = plan(a=part("form.x"), b=part("a.number"))


@pytest.mark.parametrize("complaint", SHOWN)
def test_a_complaint_is_shown_by_a_test_that_is_not_there(complaint: str) -> None:
    path, _, name = SHOWN[complaint].partition("::")
    nodes = ast.parse((tree.ROOT / path).read_text("utf-8")).body
    assert name in {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def published(compiled: CompiledPlan, at: Instant) -> ev.PlanPublished:
    return ev.PlanPublished(at=at, published=compiled.published, actor="test")


async def test_a_changed_definition_breaks_a_running_case() -> None:
    """A next version of the service asks other steps: the case that runs is issued as it was begun."""
    following = plan(a=part("form.x"), b=part("a.number"), c=part("b.number"))
    async with staged(TWO, script={"a": ["unreachable"]}) as stage:
        await stage.open()
        await stage.at("a", "failed")
        await stage.engine.register([published(following, stage.clock.now())])
        state = await stage.status("issued")
        assert state.plan.published.digest == TWO.published.digest
        assert stage.agency.effects == {key("a"): 1, key("b"): 1}
    assert following.published.digest != TWO.published.digest


async def test_a_definition_edited_between_attempts_changes_the_wish() -> None:
    """The agency moved between two attempts: the next one goes there, with the same key and the same input."""
    async with staged(TWO, script={"a": ["deaf"]}) as stage:
        await stage.open()
        await stage.at("a", "failed")
        moved = structs.replace(
            TWO.published.contracts["a"], connection=WireConnection(url="https://moved.example"), lookup=True
        )
        digest = TWO.published.contract_digests["a"]
        registered = ev.ContractRegistered(
            at=stage.clock.now(), contract=moved, digest=digest, source="a.yaml", actor="test"
        )
        await stage.engine.register([registered])
        await stage.status("issued")
        asked = [event for event in await stage.facts() if isinstance(event, ev.StepAsked) and event.step == "a"]
        assert [(event.attempt, event.round, event.input) for event in asked] == [(1, 1, {"x": "x0"}), (2, 1, None)]
        assert [called for verb, called in stage.agency.calls if verb == "ask"] == [key("a"), key("a"), key("b")]


async def test_there_is_no_resume_at_the_failed_step() -> None:
    """After a restart in the middle, what was done is not done again: the case goes on where it stood."""
    async with staged(TWO, script={"b": ["unreachable", "unreachable"]}) as stage:
        await stage.open()
        await stage.at("b", "failed")
        await stage.restarted()
        await stage.status("issued")
        assert stage.agency.effects == {key("a"): 1, key("b"): 1}
        assert [called for _, called in stage.agency.calls].count(key("a")) == 1


async def test_compensation_is_missing_under_parallel_failure() -> None:
    """Two agencies refuse at once: what stood with the one, and with the other, is taken back before it ends."""
    steps = plan(
        a=part("form.x"),
        b=part("form.y"),
        with_a=part(conditional_on="a"),
        with_b=part(conditional_on="b"),
        alone=part("form.z"),
    )
    async with staged(steps, script={"with_a": ["answers", "mute"], "with_b": ["answers", "unreachable"]}) as stage:
        stage.refusals |= {"a": "no", "b": "no"}
        await stage.open(y="y", z="z")
        state = await stage.status("refused")
        words = {step.name: entry.state for step, _, entry in state.currents()}
        refused = {"a": "refused", "b": "refused"}
        assert words == refused | {"with_a": "undone", "with_b": "undone", "alone": "contributed"}


async def test_a_retrying_case_is_shown_as_merely_running() -> None:
    """A step that was not heard is marked, with its attempt, and when the next one is."""
    async with staged(TWO, script={"a": ["busy"] * 3}) as stage:
        await stage.open()
        state = await stage.at("a", "failed")
        line = case_line(state)
        assert line.marks == ["retrying"]
        assert (line.attempts, line.last_error) == (1, "failed")
        shown = case_view(state).steps[0]
        assert shown.again_at is not None
        assert shown.again_at - stage.clock.now() <= timedelta(minutes=1)
        assert await stage.engine.state(CASE)
