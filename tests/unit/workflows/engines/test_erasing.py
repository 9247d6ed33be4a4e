"""Erasing a case erases what is part of it: decided once, carried out whatever crashes between, the whole first."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts.ids import CaseId
from tests.unit.workflows.engines.stage import CASE, Stage
from tests.unit.workflows.engines.test_sub_cases import CHILD, apply, family
from workflows.core.rejections import Rejection
from workflows.ports import REGISTER, Erased, JournalUnavailable

pytestmark = pytest.mark.looptime
ERASES = {"actor": "operator", "reason": "ten years are over"}


async def is_erased(stage: Stage, case: CaseId) -> bool:
    try:
        await stage.journal.read(case)
    except Erased:
        return True
    return False


async def ended(stage: Stage) -> None:
    """Let both cases come to their end, with nothing owed."""
    await apply(stage)
    await stage.status("issued")
    await stage.until(lambda child: child.told == "issued", CHILD)


async def test_erasing_a_case_leaves_its_sub_case_or_is_done_twice() -> None:
    async with family() as stage:
        await ended(stage)
        await stage.engine.erase(CASE, **ERASES)
        assert [await is_erased(stage, case) for case in (CASE, CHILD)] == [True, True]
        known = [row.version for row in await stage.journal.read(REGISTER)]
        await stage.engine.erase(CASE, **ERASES)
        await stage.engine.erase(CHILD, **ERASES)  # erased with its whole
        assert [row.version for row in await stage.journal.read(REGISTER)] == known


async def test_a_sub_case_is_erased_before_its_whole() -> None:
    async with family() as stage:
        await ended(stage)
        with pytest.raises(Rejection, match=f"part of {CASE}"):
            await stage.engine.erase(CHILD, **ERASES)
        order: list[str] = []
        erase = stage.journal.erase

        async def noted(stream: str) -> None:
            order.append(stream)
            await erase(stream)

        stage.journal.erase = noted  # type: ignore[method-assign]
        await stage.engine.erase(CASE, **ERASES)
        assert order == [CASE, CHILD]


async def test_a_crash_between_leaves_a_sub_case_that_nobody_can_find_any_more() -> None:
    async with family() as stage:
        await ended(stage)
        erase = stage.journal.erase

        async def dies(stream: str) -> None:
            if stream == CHILD:
                raise JournalUnavailable
            await erase(stream)

        stage.journal.erase = dies  # type: ignore[method-assign]
        with pytest.raises(JournalUnavailable):
            await stage.engine.erase(CASE, **ERASES)
        assert [await is_erased(stage, case) for case in (CASE, CHILD)] == [True, False]
        stage.journal.erase = erase  # type: ignore[method-assign]
        await stage.engine.drain()
        await stage.started_beside()
        assert await is_erased(stage, CHILD)
        assert all(erasure.done for erasure in stage.engine.directory.erasures.values())


async def test_what_is_not_at_an_end_or_not_there_is_erased() -> None:
    async with family(script={"n": ["later"]}) as stage:
        with pytest.raises(Rejection, match="no such case"):
            await stage.engine.erase(CaseId("nobody"), **ERASES)
        await apply(stage)
        with pytest.raises(Rejection, match="only what is at an end"):
            await stage.engine.erase(CASE, **ERASES)
        await stage.until(lambda child: child.status == "open", CHILD)
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.status("withdrawn")
        await stage.until(lambda child: child.told == "undone", CHILD)
        await stage.engine.erase(CASE, **ERASES)
        assert await is_erased(stage, CHILD)
        with pytest.raises(Erased):
            await stage.engine.state(CASE)
