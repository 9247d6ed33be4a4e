"""Settling: what follows from a state by itself, down to a state at rest."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.declared import Derived
from contracts.ids import StepName
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


def test_a_promise_that_is_not_kept_escalates_once_and_its_agency_is_still_waited_for() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> accepts("a") << "a accepted"
    play = play >> passes("47 h") >> passes("1 h") << "a overdue" >> passes("9 days") >> cm.Wake()
    assert play.due_in() is None
    assert (play.at("a").state, play.state.marks) == ("accepted", ("held",))
    play = play >> contributes("a") << "a contributed" << "issuing"
    assert play.state.marks == ()


def test_an_overdue_step_that_is_not_heard_repeats_itself_and_stays_with_its_owner() -> None:
    play = Playbook(plan(a=part("form.x", promise="1 min"))) >> opens() << ... >> unheard("a", retry_after_s=300)
    play = play << "a failed" >> passes("1 min") << "a overdue" >> by_hand(cm.TakeIncident, "a", owner="ani")
    play = play << "a incident owned" >> passes("4 min") << "a asked again (2)" >> unheard("a") << "a failed"
    assert (play.at("a").overdue, play.at("a").owner) == (True, "ani")


def test_a_promise_that_passes_while_an_attempt_is_out_escalates_when_nobody_was_heard() -> None:
    play = Playbook(plan(a=part("form.x", promise="1 min"))) >> opens() << ... >> passes("2 min")
    assert play >> unheard("a") << "a failed" << "a overdue"


def test_a_pause_holds_an_escalation_back() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> accepts("a") << ... >> cm.PauseCase(act=ACT) << ...
    assert play >> passes("9 days") >> cm.Wake() >> cm.ResumeCase(act=ACT) << "resumed" << "a overdue"


def test_an_optional_step_is_not_skipped_by_itself_while_its_agency_is_waited_for() -> None:
    steps = plan(a=part("form.x", optional=True), b=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << "a accepted"
    assert play >> passes("2 days") << "a overdue" >> passes("9 days")


def test_a_case_that_closes_waits_for_an_overdue_step_until_somebody_answers_for_it() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> refuses("b") << ...
    play = play >> passes("2 days") << "a overdue" >> passes("9 days")
    play = play >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned" << "a exhausted: deadline"
    play = play << "closed: refused"
    assert play.at("a").owner == "ani"


def test_an_owner_of_an_overdue_step_answers_for_it_also_when_the_case_closes_later() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> passes("2 days") << "a overdue"
    play = play >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned"
    assert play >> refuses("b") << "b refused: no" << "closing: refused" << "a exhausted: deadline" << "closed: refused"


def test_what_stands_only_with_an_overdue_step_is_undone_once_that_is_not_waited_for_any_more() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"), c=part("form.z", conditional_on="a"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> contributes("c") << ... >> refuses("b") << ...
    play = play >> passes("2 days") << "a overdue" >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned"
    assert play << "a exhausted: deadline" << "c to be undone: condition" << "c undo asked" >> is_undone("c") << ...


def test_a_case_that_is_ended_takes_back_what_is_or_becomes_overdue() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> passes("1 day") >> accepts("b") << "b accepted"
    play = play >> passes("1 day") << "a overdue" << "b overdue" >> cm.EndCase(act=ACT) << "ended by hand"
    play = play << "closing: ended" << "a to be undone: ended" << "b to be undone: ended" << ...
    assert play >> is_undone("a") << "a undone" >> is_undone("b") << "b undone" << "closed: ended"
    later = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> accepts("b") << ... >> contributes("b") << ...
    later = later >> cm.EndCase(act=ACT) << "ended by hand" << "closing: ended" >> passes("2 days") << "a overdue"
    assert later << "a to be undone: ended" << "a undo asked"


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
    assert play >> accepts("f") << "f accepted" << "f overdue" >> contributes("f") << "f contributed"
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
