"""Timers: rows that are looked at when the earliest is due; none is lost, none fires twice."""

# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false
# They look inside the engine: what it remembers and has under way.
from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from contracts import events as ev
from contracts.ids import CaseId
from tests.unit.workflows.engines.stage import START, FailingJournal, LoopClock
from workflows.engines.timers import Timers
from workflows.ports import Append, JournalUnavailable

pytestmark = pytest.mark.looptime
CASE, OTHER = CaseId("c1"), CaseId("c2")


class Bell:
    """Timers on a journal, and what they woke when."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.journal = FailingJournal()
        self.timers = Timers(self.journal, self.clock, self.wake)
        self.woken: list[tuple[CaseId, datetime]] = []
        self.stuck: dict[CaseId, Callable[[], None]] = {}

    async def set(self, case: CaseId, seconds: float | None) -> None:
        """Record a timer, so many seconds after the start."""
        at = None if seconds is None else START + timedelta(seconds=seconds)
        version = len(await self.journal.read(case))
        event = ev.CaseWithdrawn(at=self.clock.now())
        await self.journal.append(Append(stream=case, expected_version=version, events=[event], wake_at=at))
        self.timers.note(at)

    async def wake(self, case: CaseId) -> bool:
        """Wake a case: its timer is gone, unless it is stuck."""
        self.woken.append((case, self.clock.now()))
        if case in self.stuck:
            self.stuck[case]()
            return False
        await self.set(case, None)
        return True


@asynccontextmanager
async def rung() -> AsyncGenerator[Bell, None]:
    """Give timers that run."""
    bell = Bell()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(bell.timers.run())
        yield bell
        bell.timers.stop()
        await running


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


async def test_a_timer_fires_once_when_it_is_due() -> None:
    async with rung() as bell:
        await bell.set(CASE, 100)
        await bell.clock.sleep(300)
        assert bell.woken == [(CASE, at(100))]


async def test_an_earlier_timer_that_comes_later_is_not_slept_through() -> None:
    async with rung() as bell:
        await bell.set(CASE, 14)
        await bell.clock.sleep(1)
        await bell.set(OTHER, 3)
        await bell.clock.sleep(30)
        assert bell.woken == [(OTHER, at(3)), (CASE, at(14))]


async def test_a_timer_that_was_due_while_nobody_ran_fires_at_once() -> None:
    bell = Bell()
    await bell.set(CASE, -3600)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(bell.timers.run())
        await bell.clock.sleep(1)
        bell.timers.stop()
        await running
    assert bell.woken == [(CASE, at(0))]


async def test_a_clock_that_is_set_back_fires_nothing_early_and_nothing_twice() -> None:
    async with rung() as bell:
        await bell.set(CASE, 10)
        await bell.clock.sleep(5)
        bell.clock.shift = -timedelta(days=1)
        await bell.clock.sleep(3600)
        assert bell.woken == []
        bell.clock.shift = timedelta()
        await bell.clock.sleep(3600)
        assert [case for case, _ in bell.woken] == [CASE]


async def test_a_clock_that_jumps_ahead_hides_a_timer_for_no_longer_than_a_quarter_of_a_minute() -> None:
    async with rung() as bell:
        await bell.set(CASE, 86_400)
        await bell.clock.sleep(1)
        bell.clock.shift = timedelta(days=1)
        await bell.clock.sleep(15)
        assert len(bell.woken) == 1


async def test_a_case_that_does_not_move_is_not_woken_in_a_loop() -> None:
    async with rung() as bell:
        bell.stuck[CASE] = lambda: None
        await bell.set(CASE, 1)
        await bell.clock.sleep(120)
        assert 2 <= len(bell.woken) <= 5


def fail() -> None:
    raise ZeroDivisionError


async def test_a_case_that_cannot_be_woken_stops_no_other_ones_time() -> None:
    with capture_logs() as told:
        async with rung() as bell:
            bell.stuck[CASE] = fail
            await bell.set(CASE, 1)
            await bell.set(OTHER, 5)
            await bell.clock.sleep(10)
            assert (OTHER, at(5)) in bell.woken
    assert {line["event"] for line in told} == {"case_not_woken"}


async def test_a_case_that_moves_again_is_woken_as_usual() -> None:
    async with rung() as bell:
        bell.stuck[CASE] = lambda: None
        await bell.set(CASE, 1)
        await bell.clock.sleep(5)
        del bell.stuck[CASE]
        await bell.clock.sleep(40)
        assert len(bell.woken) == 2
        await bell.set(CASE, 60)
        await bell.clock.sleep(60)
        assert bell.woken[-1] == (CASE, at(60))


async def test_timers_wait_for_a_journal_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    bell = Bell()
    answers = iter([JournalUnavailable(), JournalUnavailable()])
    due = bell.journal.due

    async def failing(now: datetime, *, limit: int = 1000) -> list[CaseId]:
        for outage in answers:
            raise outage
        return await due(now, limit=limit)

    monkeypatch.setattr(bell.journal, "due", failing)
    await bell.set(CASE, 1)
    with capture_logs() as told:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(bell.timers.run())
            await bell.clock.sleep(60)
            bell.timers.stop()
            await running
    assert [case for case, _ in bell.woken] == [CASE]
    assert [line["event"] for line in told] == ["timers_wait_for_the_journal"] * 2


async def test_stopped_timers_end_at_once() -> None:
    async with rung() as bell:
        await bell.set(CASE, 3600)
        before = bell.clock.now()
    assert bell.clock.now() - before < timedelta(seconds=1)
    assert bell.woken == []
