"""The worklist: what an officer can decide, and nothing that is not theirs to see or decided already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts import commands as cm
from contracts.ids import AskKey, CaseId, StepName
from contracts.wire import Accepted, Answer, Contributed, Evidence, Undone
from tests.gateways import CONTRACTS, FORM, plan_of
from workflows.core.decide import decide
from workflows.core.evolve import fold
from workflows.core.state import CaseState
from workflows.loading.compiling import compile_plan
from workflows.loading.plans import publish
from workflows.projections.worklist import task_under, tasks_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CASE = CaseId("k7pm-2xq9-3fhz-8wtc")
EVIDENCE = Evidence(kind="attested", received_at=NOW, digest="sha256:0")
PLAN = compile_plan(publish(plan_of("desk"), {entry.name: entry for entry in CONTRACTS.values()}))


def after(state: CaseState, command: cm.CaseCommand) -> CaseState:
    return fold(state, decide(state, command, now=NOW + timedelta(seconds=state.version)))


def opened() -> CaseState:
    return after(CaseState.empty(PLAN), cm.OpenCase(case=CASE, form=FORM))


def answered(state: CaseState, step: str, answer: Answer, verb: Any = "ask") -> CaseState:  # noqa: ANN401 - one of the verbs
    command = cm.RecordAnswer(step=StepName(step), round=1, verb=verb, heard=answer, evidence=EVIDENCE, attempt=1)
    return after(state, command)


def key(step: str, verb: str = "ask") -> AskKey:
    return AskKey(f"{CASE}/{step}/{verb}/1")


def on_the_desk() -> CaseState:
    state = answered(opened(), "alpha", Contributed(key=key("alpha"), output={"number": "A-1"}))
    return answered(state, "beta", Accepted(key=key("beta")))


def test_an_ask_to_a_system_is_no_task_of_anybody() -> None:
    assert tasks_of(opened()) == ()


def test_a_task_has_exactly_what_was_asked_and_where_each_field_came_from() -> None:
    (task,) = tasks_of(on_the_desk())
    assert (task.key, task.agency, task.verb) == (key("beta"), "beta", "ask")
    assert task.input == {"name": FORM["name"], "before": "A-1"}
    assert task.sources == {"name": "form", "before": "alpha"}
    assert set(task.refusals) == {"no", "fixable"}
    assert task.output_schema["required"] == ["number"]


def test_only_inputs_that_the_applicant_gave_can_be_sent_back() -> None:
    (task,) = tasks_of(on_the_desk())
    assert task.correctable == ["name"]


def test_a_decided_task_is_gone() -> None:
    state = answered(on_the_desk(), "beta", Contributed(key=key("beta"), output={"number": "B-1"}))
    assert tasks_of(state) == ()
    assert task_under(state, key("beta")) is None


def test_what_was_withdrawn_before_it_was_decided_is_nobody_s_task_any_more() -> None:
    assert tasks_of(after(on_the_desk(), cm.Withdraw())) == ()


def test_an_undo_of_what_people_did_is_people_s_too() -> None:
    state = answered(on_the_desk(), "beta", Contributed(key=key("beta"), output={"number": "B-1"}))
    state = after(state, cm.Withdraw())
    state = answered(state, "beta", Accepted(key=key("beta", "undo")), "undo")
    (task,) = tasks_of(state)
    assert (task.key, task.verb, task.agency) == (key("beta", "undo"), "undo", "beta")
    assert task.input == {"contributed": {"number": "B-1"}}
    assert task_under(state, task.key) == task
    assert tasks_of(answered(state, "beta", Undone(key=task.key), "undo")) == ()
