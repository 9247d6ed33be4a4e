"""What is known of a case, and what follows from it without an event."""

from __future__ import annotations

from typing import get_args

from contracts import commands as cm
from contracts.ids import NO_ITEM, Place, StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    START,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    opens,
    refuses,
    refuses_undo,
)
from workflows.core.allowed_moves import (
    CASE_MOVES,
    CLOSED,
    GRANTED,
    HELD,
    OUT,
    STEP_MOVES,
    UNASKED,
    UNDO_OPEN,
    CaseStatus,
    StepState,
)
from workflows.core.locks import final_asked, locked_pointers, locked_steps
from workflows.core.state import CaseState, where

A, B, F = StepName("a"), StepName("b"), StepName("f")


def final() -> Playbook:
    """Give a case whose final step `f` rests on `a`; `b` stands aside."""
    steps = plan(a=part("form.x"), f=part("a.number", "form.y", effect="final"), b=part("form.z", optional=True))
    return Playbook(steps) >> opens() << ...


def test_the_tables_name_every_state() -> None:
    assert set(STEP_MOVES) == set(get_args(StepState))
    assert set(CASE_MOVES) == set(get_args(CaseStatus))
    assert set(get_args(StepState)) >= OUT | UNDO_OPEN | HELD | GRANTED | UNASKED
    assert {status for status, following in CASE_MOVES.items() if not following} == CLOSED | {"revoked"}


def test_a_case_begins_with_one_waiting_round_a_step_in_topological_order() -> None:
    state = CaseState.empty(plan(b=part("a.number"), a=part()))
    assert list(state.tracks) == [(A, NO_ITEM), (B, NO_ITEM)]
    assert [entry.state for entry in state.word(A)] == ["waiting"]
    assert state.version == 0


def test_a_round_is_found_by_its_place_or_not_at_all() -> None:
    state = final().state
    assert state.round_at(Place(A)) is not None
    assert state.round_at(Place(A, round=2)) is None
    assert state.round_at(Place(A, round=0)) is None
    assert state.round_at(Place(StepName("z"))) is None
    assert state.rounds((StepName("z"), NO_ITEM)) == ()


def test_a_taken_contribution_counts_before_any_later_round() -> None:
    play = (
        Playbook(plan(a=part("form.x", optional=True), b=part(desk=True))) >> opens() << ... >> contributes("a") << ...
    )
    state = play.state.with_round(Place(A), state="kept", taken=True)
    assert state.current((A, NO_ITEM)).granted
    assert state.granted(A)
    assert not state.granted(B)


def test_a_step_has_its_word_when_its_counting_round_is_settled() -> None:
    play = final()
    assert not play.state.has_word(A)
    assert (play >> refuses("b", "fixable") << ...).state.has_word(B) is False
    assert (play >> cm.DeclineCorrection(step=B) << ...).state.has_word(B)


def test_whether_the_applicant_is_asked_something() -> None:
    play = final() >> refuses("b", "fixable") << ...
    assert play.at("b").correcting
    assert not play.at("a").correcting


def test_marks_say_the_most_important_last() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ...
    assert play.state.marks == ()
    play = play >> refuses("a", "fixable") << ... >> all_exhausts("b") << ... >> cm.PauseCase(act=ACT) << ...
    assert play.state.marks == ("waiting", "held", "paused")


def test_a_case_that_ended_has_no_marks() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << ... >> refuses("b") << ...
    assert play.state.marks == ("held",)
    assert (play >> by_hand(cm.TakeIncident, "a", owner="ani") << ...).state.marks == ()


def test_a_kept_contribution_holds_an_open_case_until_it_is_taken() -> None:
    play = Playbook(plan(a=part("form.x", optional=True), b=part(desk=True))) >> opens() << ... >> all_exhausts("a")
    play = play << ... >> by_hand(cm.SkipStep, "a") << ... >> contributes("a") << ... >> refuses_undo("a") << ...
    play = play >> by_hand(cm.KeepContribution, "a", owner="ani") << ...
    assert play.at("a").left_over
    assert play.state.marks == ("held",)
    play = play >> by_hand(cm.TakeKept, "a") << ...
    assert not play.at("a").left_over
    assert play.state.marks == ()


def test_a_final_step_that_was_asked_locks_itself_and_all_that_it_rests_on() -> None:
    play = final()
    assert not final_asked(play.state)
    assert not locked_steps(play.state) | locked_pointers(play.state)
    play = play >> contributes("a") << ... >> accepts("f") << ...
    assert final_asked(play.state)
    assert locked_steps(play.state) == {A, F}
    assert locked_pointers(play.state) == {"/x", "/y"}


def test_operational_records_are_effective_at_once() -> None:
    newer = plan(a=part("form.x", promise="9 days"))
    state = (Playbook(plan(a=part("form.x"))) >> opens() << ...).state.on_plan(newer)
    assert state.step(A).contract.promise.within == "9 days"


def test_an_event_is_placed_by_its_round() -> None:
    assert where(START, Place(A, round=3)) == {"at": START, "step": A, "item": NO_ITEM, "round": 3}
