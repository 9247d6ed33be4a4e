"""Everything in one process on one journal."""

# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false
# They look inside the engine: what it remembers and has under way.
from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from contracts import commands as cm
from contracts import events as ev
from contracts.contract import Limits
from contracts.ids import CaseId
from contracts.wire import Contributed
from tests.unit.workflows.core.office_days import PUBLISHED as OFFICE_DAYS
from tests.unit.workflows.core.parts import TEXT, part, plan
from tests.unit.workflows.core.playbook import ACT, FORM, KEY, PROOF
from tests.unit.workflows.engines.stage import CASE, START, Stage, answer, key, staged
from workflows.core.compiled import CompiledPlan
from workflows.core.rejections import Rejection
from workflows.ports import Claim, JournalUnavailable, KeyTaken

pytestmark = pytest.mark.looptime
ONE = plan(a=part("form.x"))
DESK = plan(a=part("form.x", desk=True), b=part("form.y"))


# --- the register -------------------------------------------------------------------------------------------


def agency(name: str, stage: Stage) -> ev.AgencyRegistered:
    return ev.AgencyRegistered(at=stage.clock.now(), agency=name, title=name.upper(), keys={"keys": []})


async def test_what_is_registered_is_shown_when_it_returns() -> None:
    async with staged(ONE) as stage:
        await stage.engine.register([agency("oss", stage)])
        assert stage.engine.agency_titles() == {"oss": "OSS"}


async def test_a_register_that_somebody_else_wrote_meanwhile_is_read_and_written_again() -> None:
    async with staged(ONE) as stage:
        first = stage.engine
        await stage.started_beside()
        await stage.engine.register([agency("oss", stage)])
        await first.register([agency("djp", stage)])
        assert first.agency_titles() == {"oss": "OSS", "djp": "DJP"}
        await first.drain()


async def test_a_register_that_cannot_be_written_shows_nothing_new() -> None:
    async with staged(ONE) as stage:
        stage.journal.outages = 1
        with pytest.raises(JournalUnavailable):
            await stage.engine.register([agency("oss", stage)])
        assert stage.engine.agency_titles() == {}


async def test_a_plan_that_was_not_published_is_not_run() -> None:
    async with staged(ONE) as stage:
        with pytest.raises(KeyError):
            stage.engine.plan("sha256:other")
        assert stage.engine.agreement_of(stage.plan.published.digest) == ""


async def test_a_status_is_set_once_however_often_it_is_wanted() -> None:
    async with staged(ONE) as stage:
        before = len(await stage.journal.read("register"))
        await stage.engine.revoke_status(3, CASE)
        await stage.engine.revoke_status(3, CASE)
        assert len(await stage.journal.read("register")) == before + 1


# --- cases --------------------------------------------------------------------------------------------------


async def test_an_idempotency_key_opens_one_case() -> None:
    async with staged(ONE) as stage:
        digest = stage.plan.published.digest
        claim = Claim(scope="ani", key="k", body_digest="d", stream=CASE)
        version = await stage.engine.open(digest, cm.OpenCase(case=CASE, form=FORM), claim)
        assert version == 2
        again = Claim(scope="ani", key="k", body_digest="d", stream="c2")
        with pytest.raises(KeyTaken):
            await stage.engine.open(digest, cm.OpenCase(case=CaseId("c2"), form=FORM), again)
        assert await stage.engine.state(CaseId("c2")) is None


async def test_a_form_with_mistakes_opens_nothing() -> None:
    async with staged(ONE) as stage:
        with pytest.raises(Rejection, match="mistakes"):
            await stage.open(x=1)
        assert stage.agency.calls == []


async def test_a_watcher_sees_what_came_after_what_it_knows() -> None:
    async with staged(ONE) as stage:
        await stage.open()
        state = await stage.status("issued")
        async with aclosing(stage.engine.watch(CASE, after=1)) as versions:  # type: ignore[type-var]  # a generator
            assert await anext(versions) == state.version


# --- the desk -----------------------------------------------------------------------------------------------


async def tasks(stage: Stage) -> list[tuple[str, str]]:
    return [(task.step, task.verb) for task in await stage.engine.tasks("a")]


async def test_a_desk_shows_what_waits_for_it_and_what_is_decided_is_gone() -> None:
    async with staged(DESK) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        assert await tasks(stage) == [("a", "ask")]
        assert await stage.engine.tasks("b") == []
        await stage.engine.submit(CASE, answer("a"))
        assert await tasks(stage) == []


async def test_a_desk_shows_the_same_after_a_restart() -> None:
    async with staged(DESK) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        await stage.restarted()
        assert await tasks(stage) == [("a", "ask")]


async def test_a_desk_still_shows_what_is_exhausted_a_late_answer_decides_it() -> None:
    steps = plan(a=part("form.x", desk=True, promise="1 h", on_deadline="exhaust"), b=part("form.y"))
    async with staged(steps) as stage:
        await stage.open()
        await stage.at("a", "exhausted")
        assert await tasks(stage) == [("a", "ask")]
        await stage.restarted()
        assert await tasks(stage) == [("a", "ask")]
        await stage.engine.submit(CASE, answer("a"))
        await stage.status("issued")


async def test_a_desk_shows_the_undos_that_officers_do() -> None:
    async with staged(plan(a=part("form.x", undo_by="officer"), b=part("form.y", desk=True))) as stage:
        await stage.open()
        await stage.at("a", "contributed")
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.until(lambda state: state.word(stage.plan.order[0])[0].undo_accepted)
        assert await tasks(stage) == [("a", "undo")]
        await stage.restarted()
        assert await tasks(stage) == [("a", "undo")]


async def test_tasks_come_longest_waiting_first() -> None:
    async with staged(DESK) as stage:
        for number in (2, 1):
            await stage.open(CaseId(f"case-{number}"))
            await stage.clock.sleep(60)
        assert [task.case for task in await stage.engine.tasks("a")] == ["case-2", "case-1"]


# --- running ------------------------------------------------------------------------------------------------


async def test_time_moves_cases() -> None:
    steps = plan(a=part("form.x", desk=True, promise="2 h", on_deadline="exhaust"))
    async with staged(steps) as stage:
        await stage.open()
        state = await stage.at("a", "exhausted")
        assert state.marks == ("held",)


async def test_a_drained_engine_takes_what_comes_and_leaves_the_rest_owed() -> None:
    async with staged(plan(a=part("form.x", desk=True), b=part("a.number"))) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        await stage.engine.drain()
        state = await stage.engine.submit(CASE, answer("a"))
        assert [entry.state for _, _, entry in state.currents()] == ["contributed", "asked"]
        await stage.clock.sleep(3600)
        assert stage.agency.calls == []
        await stage.started_beside()
        await stage.status("issued")
        assert stage.agency.effects == {key("b"): 1}


async def test_an_engine_drains_in_time_whatever_is_under_way() -> None:
    stage = Stage(ONE)
    await stage.start()
    stage.journal.outages = 10**9
    before = stage.clock.now()
    with pytest.raises(JournalUnavailable):
        await stage.open()
    await stage.engine.drain()
    assert (stage.clock.now() - before).total_seconds() < 10


async def test_an_answer_that_cannot_be_recorded_does_not_hold_the_drain_up() -> None:
    async with staged(ONE) as stage:
        await stage.open()
        stage.journal.outages = 10**9
        await stage.clock.sleep(5)
        before = stage.clock.now()
        await stage.engine.drain()
        assert (stage.clock.now() - before).total_seconds() < 10
        stage.journal.outages = 0
        await stage.started_beside()
        await stage.status("issued")
        assert stage.agency.effects == {key("a"): 1}


async def test_a_restart_gives_a_withdrawn_output_that_was_sealed_too_late_its_status() -> None:
    async with staged(plan(a=part("form.x", effect="none"))) as stage:
        stage.seal.outages = 10**9
        await stage.open()
        await stage.status("issuing")
        await stage.engine.submit(CASE, cm.Withdraw())
        await stage.status("withdrawn")
        await stage.engine.drain()
        # The seal comes back after all, and nobody is there to publish the status.
        state = await stage.engine.submit(CASE, cm.RecordSeal(credential="jwt", digest="d", status_index=7))
        assert state.status_owed
        await stage.started_beside()
        await stage.until(lambda each: not each.status_owed)
        assert set(stage.engine.directory.revoked_statuses) == {7}


async def test_a_case_that_cannot_be_read_keeps_no_other_one_waiting() -> None:
    async with staged(DESK) as stage:
        await stage.open()
        await stage.open(CaseId("other"))
        await stage.at("a", "accepted")
        await stage.engine.drain()
        stage.journal.unreadable.add(CASE)
        with capture_logs() as told:
            await stage.started_beside()
        assert [line["event"] for line in told] == ["case_not_taken_up"]
        assert [task.case for task in await stage.engine.tasks("a")] == ["other"]


async def test_an_engine_does_not_start_on_a_journal_that_cannot_be_read() -> None:
    async with staged(DESK) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        await stage.engine.drain()
        stage.engine = stage._made()
        await stage.engine.read_register()
        stage.journal.read_outages = 2
        with pytest.raises(JournalUnavailable):
            await stage.engine.start()


async def test_a_timer_of_a_case_that_is_gone_is_told_and_hurts_nobody() -> None:
    async with staged(ONE) as stage:
        with capture_logs() as told:
            assert not await stage.engine._wake(CaseId("gone"))
        assert [line["event"] for line in told] == ["timer_rejected"]
        stage.journal.read_outages = 1
        with pytest.raises(JournalUnavailable):
            await stage.engine._wake(CaseId("gone"))


async def test_a_timer_waits_for_a_journal_that_is_away() -> None:
    async with staged(plan(a=part("form.x", desk=True, promise="1 h", on_deadline="exhaust"))) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        await stage.clock.sleep(3500)
        stage.journal.outages = 2
        await stage.at("a", "exhausted")


async def test_acts_reach_a_case_by_its_engine() -> None:
    async with staged(ONE, script={"a": ["rejects"]}) as stage:
        await stage.open()
        await stage.at("a", "exhausted")
        by_hand = cm.ContributeByHand(step=stage.plan.order[0], act=ACT, output={"number": "1"}, evidence=PROOF)
        await stage.engine.submit(CASE, by_hand)
        await stage.status("issued")
        late = cm.RecordAnswer(
            step=stage.plan.order[0],
            round=1,
            verb="ask",
            heard=Contributed(key=KEY, output={"number": "other"}),
            evidence=PROOF,
        )
        state = await stage.engine.submit(CASE, late)
        assert [incident.cause for incident in state.incidents] == ["late_contribution"]


# --- calendars ----------------------------------------------------------------------------------------------


def registered(stage: Stage, free: tuple[str, ...]) -> ev.CalendarRegistered:
    published = structs.replace(OFFICE_DAYS, free=dict.fromkeys(free, TEXT))
    return ev.CalendarRegistered(at=stage.clock.now(), published=published, digest=str(free), actor="op")


def counted_by(calendar: str, promise: str) -> CompiledPlan:
    steps = plan(a=part("form.x", desk=True, promise=promise))
    published = structs.replace(steps.published, plan=structs.replace(steps.published.plan, calendar=calendar))
    return structs.replace(steps, published=published)


async def test_a_holiday_that_is_decreed_moves_the_promises_of_open_cases() -> None:
    async with staged(counted_by("office", "1 working day")) as stage:
        await stage.engine.register([registered(stage, ())])
        await stage.open()
        await stage.at("a", "accepted")
        assert await stage.journal.next_wake() == datetime(2026, 11, 3, 9, tzinfo=UTC)
        await stage.engine.register([registered(stage, ("2026-11-03",))])
        await stage.clock.sleep(1)
        assert await stage.journal.next_wake() == datetime(2026, 11, 4, 9, tzinfo=UTC)
        await stage.clock.sleep(30 * 3600)
        assert not any(isinstance(fact, ev.StepOverdue) for fact in await stage.facts())
        await stage.clock.sleep(24 * 3600)
        assert any(isinstance(fact, ev.StepOverdue) for fact in await stage.facts())


async def test_a_timer_that_a_calendar_has_outlived_is_stored_anew_and_does_not_ring_again() -> None:
    async with staged(counted_by("office", "1 working day")) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        assert await stage.journal.next_wake() == datetime(2026, 11, 3, 8, tzinfo=UTC)
        stage.engine.directory.apply(registered(stage, ("2026-11-03",)))  # as if another process had registered it
        await stage.clock.sleep(26 * 3600)
        assert await stage.journal.next_wake() == datetime(2026, 11, 4, 9, tzinfo=UTC)


# --- away ---------------------------------------------------------------------------------------------------


def by_law() -> CompiledPlan:
    return plan(a=part("form.x", desk=True, on_deadline="deemed", promise="2 days"))


async def test_after_an_absence_nothing_is_granted_before_agencies_could_tell_again() -> None:
    async with staged(by_law()) as stage:
        await stage.engine.presence.show()
        await stage.open()
        await stage.at("a", "accepted")
        await stage.engine.drain()
        stage.clock.shift += timedelta(hours=60)
        stage.engine = stage.remade()
        await stage.engine.read_register()
        await stage.engine.presence.show()
        await stage.engine.start()
        await stage.clock.sleep(1)
        assert await stage.journal.next_wake() == START + timedelta(hours=108, minutes=30)
        assert not any(isinstance(fact, ev.StepDeemed) for fact in await stage.facts())


async def test_a_machine_that_slept_records_so_before_any_silence_counts() -> None:
    async with staged(by_law()) as stage:
        await stage.engine.presence.show()
        await stage.open()
        await stage.at("a", "accepted")
        stage.clock.shift += timedelta(hours=60)
        await stage.engine.submit(CASE, cm.Wake())
        assert [away.since for away in stage.engine.directory.absences] == [START]
        assert not any(isinstance(fact, ev.StepDeemed) for fact in await stage.facts())


async def test_maintenance_that_is_declared_moves_what_the_law_counts_in_open_cases() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"))
    async with staged(steps, script={"a": ["later"]}) as stage:
        await stage.open()
        await stage.at("a", "accepted")
        contract = steps.published.contracts["a"]
        declared = structs.replace(contract, limits=Limits(maintenance=["2026-11-03 10:00-14:00 Etc/UTC"]))
        event = ev.ContractRegistered(
            at=stage.clock.now(),
            contract=declared,
            digest=steps.published.contract_digests["a"],
            source="",
            actor="op",
        )
        assert await stage.journal.next_wake() == START + timedelta(hours=48)
        await stage.engine.register([event])
        await stage.clock.sleep(1)
        assert await stage.journal.next_wake() == START + timedelta(hours=52)
