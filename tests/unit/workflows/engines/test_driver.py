"""The one loop: decide, append, carry out. Whatever happens to it, nothing is lost and nothing is done twice."""

# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false
# They look inside the engine: what it remembers and has under way.
from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from contracts import commands as cm
from contracts import events as ev
from contracts.connection import BoundOperation
from contracts.contract import Contract, OpenApiConnection, WireConnection
from contracts.ids import CaseId
from contracts.wire import Ask, Lookup, Undo
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import ACT
from tests.unit.workflows.engines.stage import CASE, FailingJournal, Stage, answer, key, staged
from workflows.core.compiled import CompiledPlan
from workflows.core.rejections import Rejection
from workflows.ports import Append, JournalUnavailable, Told

pytestmark = pytest.mark.looptime

FIVE = plan(
    identity=part("form.x", effect="none"),
    tax=part("identity.number"),
    licence=part("identity.number"),
    security=part("tax.number", "licence.number"),
    location=part("tax.number", "licence.number"),
)
ONE = plan(a=part("form.x"))
TWO = plan(a=part("form.x"), b=part("a.number"))


async def test_every_effect_is_carried_out_once() -> None:
    async with staged(FIVE) as stage:
        await stage.open()
        state = await stage.status("issued")
        assert state.credential
        assert stage.agency.effects == {key(step): 1 for step in FIVE.order}
        assert len(stage.agency.calls) == 5


class SlowJournal(FailingJournal):
    """A journal on a disk: a commit takes its time."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._clock = stage.clock

    async def append(self, append: Append) -> int:
        await self._clock.sleep(0.005)
        return await super().append(append)


async def test_what_is_being_recorded_is_not_asked_again_by_an_answer_that_came_together_with_it() -> None:
    stage = Stage(FIVE)
    stage.journal = SlowJournal(stage)
    stage.reach_by(stage.agency)
    await stage.start()
    await stage.open()
    await stage.status("issued")
    assert sorted(stage.agency.calls) == sorted(("ask", key(step)) for step in FIVE.order)
    await stage.engine.drain()


async def test_an_attempt_that_is_not_heard_is_made_again_under_the_same_key() -> None:
    async with staged(ONE, script={"a": ["deaf", "busy", "mute"]}) as stage:
        await stage.open()
        await stage.status("issued")
        assert stage.agency.calls == [("ask", key("a"))] * 4
        assert stage.agency.effects == {key("a"): 1}


async def test_nothing_is_asked_of_a_case_that_is_not_there() -> None:
    async with staged(ONE) as stage:
        with pytest.raises(Rejection, match="no such case"):
            await stage.engine.submit(CaseId("other"), cm.Wake())
        assert await stage.engine.state(CaseId("other")) is None


async def test_a_journal_that_begins_with_something_else_is_a_bug() -> None:
    async with staged(ONE) as stage:
        with pytest.raises(TypeError, match="does not begin with its opening"):
            await stage.engine.state(CaseId("register"))


async def test_a_conflict_is_decided_again_on_what_was_recorded_meanwhile() -> None:
    async with staged(plan(a=part("form.x", desk=True), b=part("form.y", desk=True))) as stage:
        await stage.open()
        await stage.at("b", "accepted")
        await stage.at("a", "accepted")
        first = stage.engine
        await stage.started_beside()
        second = stage.engine
        # Both think that they are alone: each writes, and the other one's next word meets a conflict.
        await second.submit(CASE, answer("a"))
        state = await first.submit(CASE, answer("b"))
        assert state.status == "issuing"
        stage.engine = first
        await stage.status("issued")
        await second.drain()


async def test_two_runners_do_nothing_twice() -> None:
    async with staged(TWO, script={"a": ["deaf"]}) as stage:
        await stage.open()
        first = stage.engine
        await stage.started_beside()
        await stage.status("issued")
        await first.drain()
        assert stage.agency.effects == {key("a"): 1, key("b"): 1}
        assert sum(isinstance(event, ev.StepContributed) for event in await stage.facts()) == 2


async def test_an_answer_is_not_dropped_while_the_journal_is_away() -> None:
    async with staged(ONE) as stage:
        await stage.open()
        stage.journal.outages = 5
        await stage.status("issued")
        assert stage.agency.calls == [("ask", key("a"))]


async def test_an_application_that_could_not_be_recorded_is_not_acknowledged() -> None:
    async with staged(ONE) as stage:
        stage.journal.outages = 1
        with pytest.raises(JournalUnavailable):
            await stage.open()
        assert stage.agency.calls == []
        await stage.open()
        await stage.status("issued")


async def test_nothing_leaves_before_the_events_behind_it_are_committed() -> None:
    async with staged(ONE) as stage:
        stage.journal.gate = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(stage.open())
            await stage.clock.sleep(60)
            assert stage.agency.calls == []
            stage.journal.gate.set()
        await stage.status("issued")


async def test_a_caller_that_goes_away_leaves_nothing_half_done() -> None:
    async with staged(ONE) as stage:
        stage.journal.gate = asyncio.Event()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await stage.open()
        stage.journal.gate.set()
        await stage.status("issued")


class Hanging:
    """An agency's way that answers nothing until told."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.asked = asyncio.Event()
        self.answers = asyncio.Event()

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        self.asked.set()
        await self.answers.wait()
        return await self._stage.agency.ask(ask, contract, traceparent=traceparent)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        await self.answers.wait()
        return await self._stage.agency.undo(undo, contract, traceparent=traceparent)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        return await self._stage.agency.lookup(lookup, contract, traceparent=traceparent)


async def hanging(compiled: CompiledPlan) -> tuple[Stage, Hanging]:
    """Give a case whose ask is under way, on an engine that is about to die."""
    stage = Stage(compiled)
    stage.wire = way = Hanging(stage)
    stage.engine = stage._made()
    await stage.start()
    await stage.open()
    await way.asked.wait()
    return stage, way


async def test_a_restart_takes_up_what_was_owed_under_the_same_key() -> None:
    stage, _ = await hanging(TWO)
    await stage.engine.drain()
    stage.wire = stage.agency
    await stage.started_beside()
    await stage.status("issued")
    assert stage.agency.effects == {key("a"): 1, key("b"): 1}
    await stage.engine.drain()


async def test_an_attempt_that_a_crash_interrupted_counts_as_maybe_sent() -> None:
    stage, _ = await hanging(ONE)
    await stage.engine.drain()
    stage.agency._script["a/do@1"] = ["unreachable"]
    stage.wire = stage.agency
    await stage.started_beside()
    state = await stage.at("a", "failed")
    assert state.word(state.plan.order[0])[0].in_doubt
    await stage.engine.drain()


async def test_an_attempt_that_a_crash_interrupted_in_a_pause_counts_as_maybe_sent_too() -> None:
    stage, _ = await hanging(ONE)
    await stage.engine.submit(CASE, cm.PauseCase(act=ACT))
    await stage.engine.drain()
    stage.agency._script["a/do@1"] = ["unreachable"]
    stage.wire = stage.agency
    await stage.started_beside()
    assert stage.agency.calls == []
    await stage.engine.submit(CASE, cm.ResumeCase(act=ACT))
    state = await stage.at("a", "failed")
    assert state.word(state.plan.order[0])[0].in_doubt
    await stage.engine.drain()


async def test_an_attempt_that_a_crash_interrupted_is_not_made_again_where_it_would_be_done_twice() -> None:
    call = BoundOperation(operation="do")
    spec, contract = part("form.x")
    never = OpenApiConnection(document={}, repeat="never", ask=call, undo=call)
    stage, _ = await hanging(plan(a=(spec, structs.replace(contract, connection=never))))
    await stage.engine.drain()
    stage.wire = stage.agency
    await stage.started_beside()
    state = await stage.at("a", "exhausted")
    assert stage.agency.calls == []
    assert state.word(state.plan.order[0])[0].cause == "unknown"
    await stage.engine.drain()


async def test_an_attempt_that_nothing_interrupted_is_known_not_to_have_left() -> None:
    async with staged(ONE, script={"a": ["unreachable"]}) as stage:
        await stage.open()
        state = await stage.at("a", "failed")
        assert not state.word(state.plan.order[0])[0].in_doubt


async def test_what_time_made_due_while_nobody_ran_is_done_before_anything_leaves() -> None:
    stage, _ = await hanging(plan(a=part("form.x", undo_within="5 days"), b=part("a.number", desk=True)))
    await stage.engine.submit(CASE, answer("a"))
    await stage.engine.submit(CASE, cm.Withdraw())
    await stage.at("a", "undoing")
    await stage.engine.drain()
    stage.clock.shift += timedelta(days=10)
    stage.wire = stage.agency
    await stage.started_beside()
    await stage.at("a", "undo_refused")
    assert stage.agency.calls == []
    await stage.engine.drain()


class Buggy(Hanging):
    """A way with a bug: it raises as often as `bugs` says, before or after the agency has heard the ask."""

    def __init__(self, stage: Stage, bugs: int) -> None:
        super().__init__(stage)
        self.bugs = bugs
        self.answers.set()

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        told = await super().ask(ask, contract, traceparent=traceparent)
        if self.bugs > 0:
            self.bugs -= 1
            raise ZeroDivisionError
        return told


@asynccontextmanager
async def buggy(bugs: int) -> AsyncGenerator[Stage, None]:
    """Give an open case whose agency is reached by a way with that many bugs."""
    stage = Stage(ONE)
    stage.wire = Buggy(stage, bugs)
    stage.engine = stage._made()
    with capture_logs() as told:
        await stage.start()
        await stage.open()
        yield stage
        await stage.engine.drain()
    assert [line["event"] for line in told].count("effect_failed") == bugs


async def test_a_bug_in_an_adapter_strands_no_case() -> None:
    async with buggy(3) as stage:
        await stage.status("issued")
        assert stage.agency.effects == {key("a"): 1}


async def test_a_bug_and_a_journal_that_is_away_together_strand_no_case() -> None:
    async with buggy(1) as stage:
        await stage.clock.sleep(1)
        stage.engine._driver._remembered.clear()
        stage.journal.read_outages = 3
        await stage.clock.sleep(30)
        assert stage.journal.read_outages == 0
        await stage.status("issued")


async def test_a_bug_is_not_run_into_again_once_the_engine_drains() -> None:
    async with buggy(1) as stage:
        await stage.clock.sleep(1)
        await stage.engine.drain()
        assert stage.agency.calls == [("ask", key("a"))]


async def test_a_seal_that_is_out_of_reach_is_tried_again() -> None:
    async with staged(ONE) as stage:
        stage.seal.outages = 2
        await stage.open()
        state = await stage.status("issued")
        assert state.seal_attempt == 2


async def test_a_revoked_output_is_on_the_status_list() -> None:
    async with staged(ONE) as stage:
        await stage.open()
        state = await stage.status("issued")
        await stage.engine.submit(CASE, cm.RevokeOutput(act=ACT))
        await stage.status("revoked")
        assert set(stage.engine.directory.revoked_statuses) == {state.status_index}


async def test_an_accepted_ask_that_is_not_answered_is_looked_up() -> None:
    async with staged(plan(a=part("form.x", lookup=True)), script={"a": ["later"]}) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        await stage.agency.decide_later(key("a"), stage.plan.steps[stage.plan.order[0]].contract)
        await stage.status("issued")
        assert stage.agency.calls == [("ask", key("a")), ("lookup", key("a"))]


async def test_what_officers_undo_goes_to_the_desk_whatever_the_connection() -> None:
    async with staged(plan(a=part("form.x", undo_by="officer"), b=part("form.y", desk=True))) as stage:
        await stage.open()
        await stage.at("a", "contributed")
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.until(lambda state: state.word(stage.plan.order[0])[0].undo_accepted)
        assert ("undo", key("a", "undo")) not in stage.agency.calls


async def test_contributions_are_taken_back_by_their_agencies() -> None:
    async with staged(plan(a=part("form.x"), b=part("a.number", desk=True))) as stage:
        await stage.open()
        await stage.at("b", "accepted")
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.status("withdrawn")
        assert stage.agency.standing() == {}


async def test_an_operational_record_is_effective_at_once_also_for_open_cases() -> None:
    async with staged(ONE, script={"a": ["unreachable"]}) as stage:
        await stage.open()
        await stage.at("a", "failed")
        contract = stage.plan.published.contracts["a"]
        moved = structs.replace(contract, connection=WireConnection(url="https://moved.example"))
        digest = stage.plan.published.contract_digests["a"]
        registered = ev.ContractRegistered(
            at=stage.clock.now(), contract=moved, digest=digest, source="a.yaml", actor="test"
        )
        await stage.engine.register([registered])
        state = await stage.engine.state(CASE)
        assert state is not None
        assert state.step(stage.plan.order[0]).contract.connection == moved.connection


async def test_who_wrote_sees_it_also_while_somebody_else_reads() -> None:
    async with staged(plan(a=part("form.x", desk=True), b=part("a.number", desk=True))) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        before = await stage.engine.state(CASE)
        written = await stage.engine.submit(CASE, answer("a"))
        assert before is not None
        # A slow reader comes back with what it folded before.
        stage.engine._driver._remember(before)
        seen = await stage.engine.state(CASE)
        assert seen is not None
        assert seen.version >= written.version


async def test_many_cases_are_carried_out_and_few_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.engines.driver._CASES_REMEMBERED", 3)
    async with staged(ONE) as stage:
        cases = [CaseId(f"case-{number}") for number in range(10)]
        for case in cases:
            await stage.open(case)
        for case in cases:
            await stage.status("issued", case)
        assert len(stage.engine._driver._remembered) == 3
        assert stage.engine._driver._turns == {}
