"""Attempts that an agency's protection holds back: seen, on no clock, gone when they may, if still wanted."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.contract import Limits
from contracts.ids import CaseId, StepName
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import ACT
from tests.unit.workflows.engines.stage import CASE, START, Stage, answer, key, staged
from workflows.agencies.fake import Behaviour
from workflows.core.compiled import CompiledPlan

pytestmark = pytest.mark.looptime
AFTERNOON = "Mon 15:00-15:20 Asia/Jakarta"
"""Begins when the stage does."""
LATER = "Mon 15:10-15:20 Asia/Jakarta"
LATE = CaseId("late")


@pytest.fixture(autouse=True)
def nobody_sets_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let timers sleep until the next is due: looking up every 15 seconds proves nothing more here."""
    monkeypatch.setattr("workflows.engines.timers._LONGEST_SLEEP_S", 86_400.0)


def bearing(made: Part, *, in_flight: int = 10, maintenance: str = "") -> Part:
    """Let the agency of a part bear only so much."""
    spec, contract = made
    limits = Limits(in_flight=in_flight, maintenance=[maintenance] if maintenance else [])
    return spec, structs.replace(contract, limits=limits)


def one(maintenance: str = "", **more: object) -> CompiledPlan:
    return plan(a=bearing(part("form.x", **more), maintenance=maintenance))  # type: ignore[arg-type]  # of `part`


async def names(stage: Stage, case: CaseId = CASE) -> list[str]:
    return [type(event).__name__ for event in await stage.facts(case)]


@asynccontextmanager
async def unreachable(deaf: int = 5, then: list[Behaviour] | None = None) -> AsyncGenerator[Stage, None]:
    """Let nobody be heard at agency `a` any more, so that its breaker is open."""
    behaviours: list[Behaviour] = ["deaf"] * deaf
    async with staged(one(), script={"a": [*behaviours, *(then or [])]}) as stage:
        for number in range(5):
            await stage.open(CaseId(f"early-{number}"))
        await stage.clock.sleep(1)
        assert len(stage.agency.calls) == 5
        yield stage


async def test_nothing_is_sent_to_an_agency_that_cannot_be_reached_and_the_case_says_so() -> None:
    async with unreachable() as stage:
        await stage.open(LATE)
        state = await stage.until(lambda each: each.word(StepName("a"))[0].held_back_at is not None, LATE)
        entry = state.word(StepName("a"))[0]
        assert (entry.state, entry.held_back_because, entry.asked_at) == ("asked", "unreachable", None)
        assert len(stage.agency.calls) == 5
        held = stage.engine.held_back(state.step(StepName("a")).contract)
        assert held is not None
        assert held.because == "unreachable"


async def test_one_call_sees_whether_an_agency_is_back_and_then_everybody_goes() -> None:
    async with unreachable(deaf=6) as stage:
        for number in range(30):
            await stage.open(CaseId(f"late-{number}"))
        await stage.clock.sleep(10.5)
        assert len(stage.agency.calls) == 6
        await stage.clock.sleep(17)
        assert len(stage.agency.calls) == 6
        for number in range(30):
            await stage.status("issued", CaseId(f"late-{number}"))
        assert set(stage.agency.effects.values()) == {1}


async def test_the_clock_of_what_was_held_back_begins_when_it_leaves() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        state = await stage.status("issued")
        entry = state.word(StepName("a"))[0]
        assert entry.asked_at is not None
        assert timedelta(minutes=20) <= entry.asked_at - START <= timedelta(minutes=20, seconds=31)
        assert stage.agency.calls == [("ask", key("a"))]
        assert (await names(stage))[1:5] == ["StepAsked", "StepHeldBack", "StepLetGo", "StepContributed"]


async def test_what_waits_for_a_moment_only_leaves_no_trace() -> None:
    steps = plan(a=bearing(part("form.x"), in_flight=1))
    async with staged(steps) as stage:
        for number in range(20):
            await stage.open(CaseId(f"c{number}"))
        for number in range(20):
            await stage.status("issued", CaseId(f"c{number}"))
            assert "StepHeldBack" not in await names(stage, CaseId(f"c{number}"))


async def test_a_withdrawn_application_that_was_held_back_is_closed_at_once_and_never_sent() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        await stage.clock.sleep(60)
        state = await stage.engine.submit(CASE, cm.Withdraw())
        assert state.status == "withdrawn"
        await stage.clock.sleep(1800)
        assert stage.agency.calls == []


async def test_an_application_that_is_withdrawn_before_it_was_said_to_be_held_back_is_never_sent_either() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.status("withdrawn")
        # Nobody could say that it had not left: it was undone, and the undo waited its turn.
        assert stage.agency.calls == [("undo", key("a", "undo"))]


async def test_what_is_held_back_while_the_case_is_paused_stays_until_it_is_resumed() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        await stage.clock.sleep(60)
        await stage.engine.submit(CASE, cm.PauseCase(act=ACT))
        await stage.clock.sleep(1800)
        assert stage.agency.calls == []
        await stage.engine.submit(CASE, cm.ResumeCase(act=ACT))
        await stage.status("issued")
        assert stage.agency.calls == [("ask", key("a"))]


async def test_what_was_held_back_before_a_restart_is_held_back_after_it_and_had_not_left() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        await stage.clock.sleep(60)
        await stage.restarted()
        await stage.clock.sleep(60)
        state = await stage.engine.state(CASE)
        assert state is not None
        assert not state.word(StepName("a"))[0].in_doubt
        assert (await names(stage)).count("StepHeldBack") == 1
        assert (await stage.engine.submit(CASE, cm.Withdraw())).status == "withdrawn"
        assert stage.agency.calls == []


async def test_what_was_held_back_before_a_restart_and_then_reached_nobody_is_not_in_doubt() -> None:
    async with staged(one(AFTERNOON), script={"a": ["unreachable"]}) as stage:
        await stage.open()
        await stage.clock.sleep(60)
        await stage.restarted()
        state = await stage.at("a", "failed")
        assert not state.word(StepName("a"))[0].in_doubt


async def test_a_breaker_is_closed_after_a_restart_and_what_was_held_back_goes_recorded_first() -> None:
    async with unreachable() as stage:
        await stage.open(LATE)
        await stage.until(lambda each: each.word(StepName("a"))[0].held_back_at is not None, LATE)
        await stage.restarted()
        await stage.status("issued", LATE)
        assert (await names(stage, LATE))[2:5] == ["StepHeldBack", "StepLetGo", "StepContributed"]


async def test_what_may_have_left_before_a_crash_is_in_doubt_although_it_is_held_back_now() -> None:
    async with staged(one(LATER), script={"a": ["unreachable"]}) as stage:
        stage.clock.shift = timedelta(minutes=9)
        await stage.open()
        await stage.at("a", "failed")
        # Killed between the record that the second attempt may leave and what came of it.
        await stage.engine.drain()
        state = await stage.engine.submit(CASE, cm.AskAgain(step=StepName("a"), act=ACT))
        assert not state.word(StepName("a"))[0].in_doubt
        stage.clock.shift = timedelta(minutes=11)
        await stage.started_beside()
        state = await stage.until(lambda each: each.word(StepName("a"))[0].held_back_at is not None)
        held = next(event for event in await stage.facts() if isinstance(event, ev.StepHeldBack))
        assert (held.attempt, held.sent, state.word(StepName("a"))[0].in_doubt) == (2, True, True)


async def test_nothing_leaves_before_it_is_recorded_that_it_does() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        await stage.clock.sleep(60)
        stage.journal.outages = 100
        await stage.clock.sleep(19 * 60 + 31)
        assert stage.agency.calls == []
        await stage.status("issued")
        assert stage.agency.calls == [("ask", key("a"))]


async def test_what_cannot_be_recorded_as_held_back_in_time_is_not_said_after_it_left() -> None:
    steps = plan(a=bearing(part("form.x"), maintenance="Mon 15:00-15:01 Asia/Jakarta"))
    async with staged(steps) as stage:
        await stage.open()
        stage.journal.outages = 1_000
        await stage.clock.sleep(95)
        stage.journal.outages = 0
        await stage.status("issued")
        assert "StepHeldBack" not in await names(stage)


async def test_an_undo_waits_for_the_end_of_maintenance_too() -> None:
    async with staged(plan(a=bearing(part("form.x"), maintenance=LATER), b=part("form.y", desk=True))) as stage:
        await stage.open()
        await stage.at("a", "contributed")
        await stage.clock.sleep(11 * 60)
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.clock.sleep(60)
        assert [verb for verb, _ in stage.agency.calls] == ["ask"]
        await stage.status("withdrawn")
        assert [verb for verb, _ in stage.agency.calls] == ["ask", "undo"]
        undone = next(event for event in await stage.facts() if isinstance(event, ev.StepUndone) and event.step == "a")
        assert undone.at - START > timedelta(minutes=20)


async def test_a_lookup_waits_for_the_end_of_maintenance_too() -> None:
    steps = plan(a=bearing(part("form.x", lookup=True), maintenance=LATER))
    async with staged(steps, script={"a": ["later"]}) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        await stage.clock.sleep(15 * 60)
        assert [verb for verb, _ in stage.agency.calls] == ["ask"]
        await stage.clock.sleep(10 * 60)
        assert [verb for verb, _ in stage.agency.calls][:2] == ["ask", "lookup"]
        await stage.engine.submit(CASE, answer("a"))
        await stage.status("issued")


async def test_a_desk_is_people_and_waits_for_nobodys_system() -> None:
    steps = plan(a=bearing(part("form.x", desk=True), maintenance=AFTERNOON))
    async with staged(steps) as stage:
        await stage.open()
        await stage.at("a", "accepted")


async def test_a_drained_engine_lets_nothing_go_that_was_held_back() -> None:
    async with staged(one(AFTERNOON)) as stage:
        await stage.open()
        await stage.clock.sleep(60)
        await stage.engine.drain()
        await stage.clock.sleep(1800)
        assert stage.agency.calls == []
        await stage.started_beside()
        await stage.status("issued")
