"""Drafts in the engine: kept over restarts, opened, and gone with their key when their time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import CaseId
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import FORM
from tests.unit.workflows.engines.stage import CASE, Stage, staged
from workflows.core.drafts import is_draft
from workflows.core.rejections import Rejection
from workflows.ports import Append, CaseFilter, Claim, Erased, JournalUnavailable, KeyTaken

pytestmark = pytest.mark.looptime
ONE = plan(a=part("form.x"))
DIGEST = ONE.published.digest
MONTH = timedelta(days=30)


def saves(stage: Stage, **form: object) -> cm.SaveDraft:
    return cm.SaveDraft(case=CASE, form=form, secret_digest="sha256:s", expires_at=stage.clock.now() + MONTH)


async def gone(stage: Stage) -> bool:
    try:
        await stage.journal.read(CASE)
    except Erased:
        return True
    return False


async def test_a_draft_outlives_a_restart_and_is_no_case_until_it_is_opened() -> None:
    async with staged(ONE) as stage:
        await stage.engine.begin_draft(DIGEST, saves(stage, x="x"))
        await stage.restarted()
        state = await stage.engine.state(CASE)
        assert state is not None
        assert (is_draft(state), state.form) == (True, {"x": "x"})
        assert (await stage.journal.list_cases(CaseFilter())).cases == []
        await stage.engine.go_on(DIGEST, saves(stage, x="xx"))
        await stage.engine.go_on(DIGEST, cm.OpenCase(case=CASE, form=FORM))
        await stage.status("issued")
        assert [line.case for line in (await stage.journal.list_cases(CaseFilter())).cases] == [CASE]
        assert await stage.journal.weigh_drafts() == (0, 0)


async def test_a_draft_is_opened_under_a_key_that_was_claimed_before() -> None:
    async with staged(ONE) as stage:
        claim = Claim(scope="s", key="k", body_digest="", stream="other")
        await stage.engine.open(DIGEST, cm.OpenCase(case=CaseId("other"), form=FORM), claim)
        await stage.engine.begin_draft(DIGEST, saves(stage))
        with pytest.raises(KeyTaken):
            await stage.engine.go_on(DIGEST, cm.OpenCase(case=CASE, form=FORM), claim)
        state = await stage.engine.state(CASE)
        assert state is not None
        assert is_draft(state)


async def test_a_draft_whose_time_is_over_is_gone_with_its_key_also_when_nobody_ran_then() -> None:
    async with staged(ONE) as stage:
        await stage.engine.begin_draft(DIGEST, saves(stage, x="x"))
        await stage.engine.drain()
        stage.clock.shift += MONTH
        await stage.started_beside()
        await stage.clock.sleep(20)
        assert await gone(stage)
        with pytest.raises(Erased):
            await stage.engine.state(CASE)


async def test_a_draft_that_is_deleted_is_gone_and_a_case_is_not_deleted_so() -> None:
    async with staged(ONE) as stage:
        await stage.engine.begin_draft(DIGEST, saves(stage, x="x"))
        await stage.engine.end_draft(CASE)
        assert await gone(stage)
        other = CaseId("other")
        await stage.engine.open(DIGEST, cm.OpenCase(case=other, form=FORM))
        with pytest.raises(Rejection):
            await stage.engine.end_draft(other)


async def test_what_a_crash_left_of_a_draft_that_is_over_is_destroyed_at_the_next_start() -> None:
    async with staged(ONE) as stage:
        state = await stage.engine.begin_draft(DIGEST, saves(stage, x="x"))
        await stage.engine.drain()
        closed = ev.DraftClosed(at=stage.clock.now(), outcome="withdrawn")
        await stage.journal.append(Append(stream=CASE, expected_version=state.version, events=[closed], owes=True))
        assert not await gone(stage)
        await stage.started_beside()
        assert await gone(stage)


async def test_a_key_that_cannot_be_destroyed_at_once_is_destroyed_later() -> None:
    async with staged(ONE) as stage:
        await stage.engine.begin_draft(DIGEST, saves(stage, x="x"))
        erase, failures = stage.journal.erase, [JournalUnavailable(), JournalUnavailable()]

        async def fails_at_first(stream: str) -> None:
            if failures:
                raise failures.pop()
            await erase(stream)

        stage.journal.erase = fails_at_first  # type: ignore[method-assign]  # a disk that is full for a moment
        with pytest.raises(JournalUnavailable):
            await stage.engine.end_draft(CASE)
        assert not await gone(stage)
        await stage.clock.sleep(20)
        assert await gone(stage)
