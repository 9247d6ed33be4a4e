"""A decision that waits for its second officer while the law counts: it is none, and people see in time that it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import wire
from contracts.contract import DeskConnection
from contracts.ids import StepName
from tests.unit.workflows.core.office_days import counted
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import ACT, KEY, PROOF, START, Playbook, accepts, opens, passes
from workflows.core.compiled import CompiledPlan
from workflows.core.pending import wake_at
from workflows.projections.case_view import case_view
from workflows.projections.worklist import tasks_of

HOUR = timedelta(hours=1)
WATI, JOKO = "a/Wati", "a/Joko"


def steps(on_deadline: str = "deemed", promise: str = "3 days") -> CompiledPlan:
    spec, contract = part("form.x", desk=True, on_deadline=on_deadline, promise=promise)
    return plan(a=(spec, structs.replace(contract, connection=DeskConnection(second_officer="refusals"))))


def on_the_desk(made: CompiledPlan) -> Playbook:
    return Playbook(made) >> opens() << ... >> accepts("a") << ...


def task(officer: str) -> dict[str, Any]:
    return {"step": StepName("a"), "round": 1, "verb": "ask", "officer": officer}


def refused() -> dm.DecideTask:
    return dm.DecideTask(**task(WATI), answer=wire.Refused(key=KEY, code="no"), evidence=PROOF)


def test_silence_grants_what_was_refused_and_not_confirmed_and_a_day_before_people_see_it() -> None:
    play = on_the_desk(steps()) >> refused() << ...
    assert wake_at(play.state) == START + 48 * HOUR
    assert play >> passes("47 h")
    assert not play.at("a").held
    play = play >> passes("1 h") << "a to be confirmed soon"
    assert (play.state.marks, play.at("a").held) == (("held",), True)
    (shown,) = case_view(play.state).steps
    assert shown.incident is not None
    assert (shown.incident.cause, shown.incident.since) == ("unconfirmed", play.now)
    assert shown.incident.acts == ["reassign-task", "take-incident"]
    (waiting,) = tasks_of(play.state)
    assert waiting.granted_at == START + 72 * HOUR
    assert wake_at(play.state) == START + 72 * HOUR
    play = play >> passes("24 h") << "a deemed" << "issuing"
    assert play.state.marks == ()


def test_what_is_confirmed_in_time_is_the_agencys_word() -> None:
    play = on_the_desk(steps()) >> refused() << ... >> passes("48 h") << ...
    play = play >> dm.ConfirmDecision(**task(JOKO), digest=PROOF.digest) << ...
    assert (play.at("a").state, play.at("a").urged) == ("refused", False)


def test_a_decision_on_the_last_day_is_urgent_at_once_and_so_is_the_next_after_one_that_was_not_confirmed() -> None:
    play = on_the_desk(steps()) >> passes("50 h") >> refused() << "a claimed: a/Wati"
    play = play << "a proposed: a/Wati" << "a to be confirmed soon"
    play = play >> passes("1 h") >> dm.RejectDecision(**task(JOKO), digest=PROOF.digest, text="look again") << ...
    assert play.state.marks == ()
    play = play >> passes("1 h") >> refused() << "a proposed: a/Wati" << "a to be confirmed soon"
    assert play.at("a").urged


def test_nobody_is_urged_where_no_silence_grants_or_the_case_is_paused() -> None:
    assert not (on_the_desk(steps("escalate")) >> refused() << ... >> passes("47 h")).at("a").held
    play = on_the_desk(steps()) >> refused() << ... >> cm.PauseCase(act=ACT) << ... >> passes("100 h")
    assert not play.at("a").urged
    play = play >> cm.ResumeCase(act=ACT) << "resumed"
    assert wake_at(play.state) == START + 148 * HOUR


def test_before_a_weekend_people_see_it_on_the_working_day_before() -> None:
    # Received on Monday the 2nd: five working days are over on Monday the 9th at 16:00, the last before it is Friday.
    play = on_the_desk(counted(steps(promise="5 working days"))) >> refused() << ...
    assert wake_at(play.state) == datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
