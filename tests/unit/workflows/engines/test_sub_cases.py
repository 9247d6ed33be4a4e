"""A service step is carried out by a case of its own: opened once, told once, taken back, whatever crashes between."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import AskKey, StepName
from contracts.wire import Refused
from tests.unit.workflows.core.families import branch, parent
from tests.unit.workflows.core.parts import part
from tests.unit.workflows.core.playbook import FORM, PROOF
from tests.unit.workflows.engines.stage import CASE, Stage
from workflows.core.compiled import CompiledPlan
from workflows.core.sub_cases import sub_case_id
from workflows.ports import Erased

pytestmark = pytest.mark.looptime

KEY = AskKey(f"{CASE}/s/ask/1")
CHILD = sub_case_id(KEY)
BRANCH = branch(m=part("form.x"), n=part("m.number"))
SAYS_NO = cm.RecordAnswer(
    step=StepName("m"), round=1, verb="ask", heard=Refused(key=AskKey(f"{CHILD}/m/ask/1"), code="no"), evidence=PROOF
)
FAMILY = parent(BRANCH, b=part("s.m.number"))


@asynccontextmanager
async def family(plan: CompiledPlan = FAMILY, child: CompiledPlan = BRANCH, **more: Any) -> AsyncGenerator[Stage, None]:
    """Give a stage on which both plans are published."""
    stage = Stage(plan, **more)
    await stage.engine.register([ev.PlanPublished(at=stage.clock.now(), published=child.published, actor="test")])
    await stage.start()
    try:
        yield stage
    finally:
        await stage.engine.drain()


async def apply(stage: Stage, **more: Any) -> None:
    form = {"x": FORM["x"]}
    await stage.engine.open(FAMILY.published.digest, cm.OpenCase(case=CASE, form=form, **more))


async def test_a_step_is_contributed_by_its_sub_case_once_that_is_issued() -> None:
    async with family() as stage:
        await apply(stage, caller="somebody", secret_digest="sha256:s", traceparent="00-trace")
        state = await stage.status("issued")
        child = await stage.status("issued", CHILD)
        assert (child.parent, child.form, child.told) == (KEY, {"x": "x0"}, "issued")
        assert (child.caller, child.secret_digest, child.traceparent) == ("somebody", "sha256:s", "00-trace")
        entry = state.word(StepName("s"))[0]
        assert (entry.ticket, entry.output) == (CHILD, {"m": {"number": "m-1"}, "n": {"number": "n-1"}})
        assert entry.evidence is not None
        assert entry.evidence.digest == child.output_digest
        assert sum(stage.agency.effects.values()) == len(stage.agency.effects) == 3


async def test_a_sub_case_that_is_withdrawn_with_its_parent_is_undone_before_the_parent_closes() -> None:
    async with family(script={"n": ["later"]}) as stage:
        await apply(stage)
        await stage.until(lambda child: child.word(StepName("n"))[0].state == "accepted", CHILD)
        await stage.engine.submit(CASE, cm.Withdraw())
        state = await stage.status("withdrawn")
        child = await stage.status("withdrawn", CHILD)
        assert [state.word(StepName("s"))[0].state, child.word(StepName("m"))[0].state] == ["undone", "undone"]
        assert child.updated_at is not None
        assert state.closed_at is not None
        assert child.updated_at <= state.closed_at


async def test_a_sub_case_that_was_issued_is_revoked_when_its_parent_is_withdrawn() -> None:
    async with family(script={"b": ["later"]}) as stage:
        await apply(stage)
        await stage.at("b", "accepted")
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.status("withdrawn")
        child = await stage.status("revoked", CHILD)
        assert child.status_index in stage.engine.directory.revoked_statuses


async def test_an_undo_that_overtakes_the_opening_opens_nothing_that_lives() -> None:
    async with family() as stage:
        await stage.engine.drain()
        await apply(stage)  # recorded, and not carried out any more
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.started_beside()
        await stage.status("withdrawn")
        child = await stage.engine.state(CHILD)
        assert child is not None
        assert (child.status, child.taken_back) == ("withdrawn", True)


async def test_what_a_sub_case_owes_its_parent_waits_for_the_journal() -> None:
    async with family(script={"m": ["later"]}) as stage:
        await apply(stage)
        await stage.until(lambda child: child.word(StepName("m"))[0].state == "accepted", CHILD)
        stage.journal.outages = 3
        await stage.clock.sleep(1)
        stage.journal.outages = 0
        await stage.engine.submit(CHILD, SAYS_NO)
        state = await stage.status("refused")
        assert state.word(StepName("s"))[0].code == "refused"


async def test_a_form_that_the_other_service_does_not_take_is_an_incident_of_the_parent() -> None:
    rows = branch(m=part("row.x", each="form.rows"))
    plan = parent(rows, spec={"in_": {"x": "form.x", "rows": "form.rows"}})
    async with family(plan, rows) as stage:
        doubled = [{"id": "w", "x": "1"}, {"id": "w", "x": "2"}]
        await stage.engine.open(plan.published.digest, cm.OpenCase(case=CASE, form={"x": "0", "rows": doubled}))
        state = await stage.at("s", "exhausted")
        assert state.word(StepName("s"))[0].cause == "contract"
        assert await stage.engine.state(CHILD) is None


async def test_a_sub_case_that_was_erased_is_an_incident_and_no_second_one() -> None:
    async with family(script={"m": ["later"]}) as stage:
        await apply(stage)
        await stage.until(lambda child: child.word(StepName("m"))[0].state == "accepted", CHILD)
        await stage.journal.erase(CHILD)
        await stage.restarted()
        await stage.engine.submit(CASE, cm.Withdraw())
        state = await stage.at("s", "undo_exhausted")
        assert "erased" in state.word(StepName("s"))[0].reason


async def test_a_parent_that_is_gone_is_told_nothing_and_the_sub_case_owes_nothing_more() -> None:
    async with family(script={"m": ["later"]}) as stage:
        await apply(stage)
        await stage.until(lambda child: child.word(StepName("m"))[0].state == "accepted", CHILD)
        await stage.journal.erase(CASE)
        await stage.restarted()
        await stage.engine.submit(CHILD, SAYS_NO)
        child = await stage.until(lambda child: child.tellings == 1, CHILD)
        assert child.told == "closed"
        with pytest.raises(Erased):
            await stage.engine.state(CASE)
