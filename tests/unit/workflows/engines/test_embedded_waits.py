"""Whom a case waits for, as its line in lists says: kept true by the engine where nothing is recorded of the case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from contracts.ids import Instant
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.engines.stage import CASE, START, Stage, answer, staged
from tests.unit.workflows.engines.test_embedded import counted_by, registered
from workflows.ports import Append, CaseFilter

pytestmark = pytest.mark.looptime
DESK = plan(a=part("form.x", desk=True, promise="2 h"))


async def due(stage: Stage) -> list[Instant | None]:
    page = await stage.journal.waited()
    return [wait.due_at for each in page.cases for wait in each.line.waits]


async def test_a_case_that_closed_still_waits_for_an_agency() -> None:
    async with staged(DESK) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        assert await due(stage) == [START + timedelta(hours=2)]
        await stage.engine.submit(CASE, answer("a"))
        await stage.status("issued")
        assert await due(stage) == []


async def test_a_case_of_an_earlier_version_waits_for_nobody_after_a_restart() -> None:
    async with staged(DESK) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        (line,) = (await stage.journal.list_cases(CaseFilter())).cases
        written = Append(stream=CASE, expected_version=line.version, events=[], line=structs.replace(line, waits=[]))
        await stage.journal.append(written)
        assert await due(stage) == []
        await stage.restarted()
        assert await due(stage) == [START + timedelta(hours=2)]


async def test_a_holiday_that_is_decreed_leaves_a_case_due_on_it() -> None:
    async with staged(counted_by("office", "1 working day")) as stage:
        await stage.engine.register([registered(stage, ())])
        await stage.open()
        await stage.at("a", "accepted")
        assert await due(stage) == [datetime(2026, 11, 3, 9, tzinfo=UTC)]
        await stage.engine.register([registered(stage, ("2026-11-03",))])
        await stage.clock.sleep(1)
        assert await due(stage) == [datetime(2026, 11, 4, 9, tzinfo=UTC)]
