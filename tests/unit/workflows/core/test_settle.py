"""Settling: what follows from a state by itself, down to a state at rest."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import StepName
from contracts.plan import Derived
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    START,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    is_undone,
    opens,
    passes,
    refuses,
    unheard,
)
from workflows.core import settle
from workflows.core.state import CaseState

# --- asking -------------------------------------------------------------------------------------------------


def test_a_step_that_is_not_needed_is_skipped_and_its_otherwise_is_its_value() -> None:
    steps = plan(a=part("form.x", when="!form.needed", otherwise="none"), b=part("a.number"))
    play = Playbook(steps) >> opens() << "opened" << "a skipped: when" << "b asked"
    assert play.at("b").input == {"a": "none"}


def test_a_step_without_a_value_and_otherwise_gives_nothing_and_the_field_is_left_out() -> None:
    steps = plan(a=part(when="form.needed"), b=part("a.number", "form.x"))
    play = Playbook(steps) >> opens(needed=False) << "opened" << "a skipped: when" << "b asked"
    assert play.at("b").input == {"x": "x0"}


def test_an_input_that_breaks_the_contract_is_never_sent() -> None:
    play = Playbook(plan(a=part(needs=("x",)))) >> opens() << "opened" << "a exhausted: plan"
    assert play.owed == []
    assert play.at("a").attempt == 0
    assert play.state.marks == ("held",)


@pytest.mark.parametrize(
    "step",
    [part(when="int(form.x) > 0"), part(when="form.x"), part(inputs={"a": Derived(cel="int(form.x)")})],
    ids=["when fails", "when is neither true nor false", "an input fails"],
)
def test_an_expression_that_fails_at_run_time_is_an_incident(step: object) -> None:
    assert Playbook(plan(a=step)) >> opens() << "opened" << "a exhausted: expression"  # type: ignore[arg-type]


def test_an_otherwise_that_fails_is_an_incident_of_the_step_that_reads_it() -> None:
    spec, contract = part(when="!form.needed")
    failing = structs.replace(spec, otherwise={"number": Derived(cel="string(int(form.x))")})
    steps = plan(a=(failing, contract), b=part("a.number"))
    assert Playbook(steps) >> opens() << "opened" << "a skipped: when" << "b exhausted: expression"


def test_a_paused_case_holds_what_could_be_asked_once() -> None:
    steps = plan(a=part("form.x"), b=part("a.number"))
    play = Playbook(steps) >> opens() << ... >> cm.PauseCase(act=ACT) << "paused" >> contributes("a") << "a contributed"
    assert play << "b ready: pause" >> cm.Wake() >> cm.ResumeCase(act=ACT) << "resumed" << "b asked"


# --- promises -----------------------------------------------------------------------------------------------


def test_a_promise_that_is_not_kept_exhausts_where_the_contract_says_so() -> None:
    play = Playbook(plan(a=part("form.x", on_deadline="exhaust"))) >> opens() << ... >> accepts("a") << "a accepted"
    play = play >> passes("2 days") << "a exhausted: deadline"
    assert play >> contributes("a") << "a contributed" << "issuing"


def test_a_failing_step_is_exhausted_by_its_promise_too() -> None:
    steps = plan(a=part("form.x", on_deadline="exhaust", promise="1 min"))
    play = Playbook(steps) >> opens() << ... >> unheard("a", retry_after_s=300) << "a failed"
    assert play >> passes("1 min") << "a exhausted: deadline"


def test_a_promise_that_only_escalates_moves_nothing() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> accepts("a") << "a accepted"
    assert play.due_in() is None


def test_after_its_promise_an_exhausted_optional_step_is_skipped_by_itself() -> None:
    steps = plan(a=part("form.x", optional=True, effect="none"), b=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << "a exhausted: attempts"
    assert play >> passes("47 h") >> passes("1 h") << "a skipped: promise"


def test_what_an_optional_step_may_have_done_is_taken_back_when_it_is_skipped_by_itself() -> None:
    steps = plan(a=part("form.x", optional=True), b=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << ... >> passes("2 days")
    assert play << "a to be undone: skipped" << "a undo asked"


def test_an_optional_step_that_could_not_be_asked_is_skipped_after_its_promise() -> None:
    steps = plan(a=part(needs=("q",), optional=True), b=part(desk=True))
    play = Playbook(steps) >> opens() << "opened" << "a exhausted: plan" << "b asked"
    assert play >> passes("2 days") << "a skipped: promise"


def test_an_optional_final_step_is_not_skipped_by_itself_before_its_outcome_is_settled() -> None:
    steps = plan(f=part("form.x", optional=True, effect="final"), b=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("f") << "f exhausted: attempts" >> passes("9 days")
    assert play >> accepts("f") << "f accepted" >> contributes("f") << "f contributed"
    play = Playbook(steps) >> opens() << ... >> unheard("f", sent=False, final=True) << "f exhausted: answer"
    assert play >> passes("2 days") << "f skipped: promise"


def test_in_a_case_that_closes_an_exhausted_optional_step_waits_for_its_owner() -> None:
    steps = plan(a=part("form.x", optional=True), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << ... >> refuses("b") << ... >> passes("9 days")
    assert play.due_in() is None
    assert play >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned" << "closed: refused"


def test_in_a_case_that_closes_a_promise_still_exhausts() -> None:
    steps = plan(a=part("form.x", on_deadline="exhaust"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> refuses("b") << ...
    assert play >> passes("2 days") << "a exhausted: deadline"


# --- issuing ------------------------------------------------------------------------------------------------


def test_issue_waits_for_every_steps_last_word_optional_ones_too() -> None:
    steps = plan(a=part("form.x"), o=part("form.y", optional=True), s=part(when="!form.needed"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed"
    assert play >> refuses("o") << "o refused: no" << "issuing"


def test_issue_waits_for_every_undo() -> None:
    steps = plan(a=part("form.x"), o=part("form.y", optional=True))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("o") << ... >> by_hand(cm.SkipStep, "o") << ...
    play = play >> contributes("a") << "a contributed"
    assert play >> is_undone("o") << "o undone" << "issuing"


def test_issue_waits_for_the_undo_of_an_older_round() -> None:
    steps = plan(a=part("form.x", optional=True))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << ...
    play = play >> by_hand(cm.ReplaceInput, "a", input={"x": "2"}) << ...
    assert play.state.status == "open"
    assert play >> is_undone("a/1") << "a undone" << "a/2 asked" >> contributes("a/2") << "a/2 contributed" << "issuing"


# --- closing ------------------------------------------------------------------------------------------------


def test_an_exhausted_step_counts_as_final_once_its_incident_has_an_owner() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << ... >> refuses("b") << ...
    assert play.state.status == "closing"
    play = play >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned" << "closed: refused"
    # A late answer still decides it, and what it says stands under its owner.
    play = play >> contributes("a") << "a contributed"
    assert (play.at("a").state, play.at("a").owner) == ("contributed", "ani")


def test_a_correction_that_is_open_when_a_case_closes_is_closed_with_it() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> refuses("a", "fixable") << ... >> cm.EndCase(act=ACT)
    play = play << "ended by hand" << "closing: ended" << "a refusal final: closing"
    assert play >> contributes("b") << "b contributed" << "closed: ended"


def test_a_case_that_never_rests_is_a_bug_and_hangs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def restless(state: CaseState, _: object) -> tuple[ev.CaseEvent, ...]:
        return (ev.CasePaused(at=START, actor="", reason=""),) if state.version < 10**6 else ()

    monkeypatch.setattr(settle, "RULES", (restless,))
    monkeypatch.setattr(settle, "_MOST_PASSES", 50)
    with pytest.raises(RuntimeError, match="does not come to rest"):
        settle.settle(CaseState.empty(plan(a=part())), START)


def test_the_step_that_closed_a_case_is_named() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("form.y"))) >> opens() << ... >> refuses("b") << ...
    closing = next(event for event in play.journal if isinstance(event, ev.CaseClosing))
    assert closing.step == StepName("b")
