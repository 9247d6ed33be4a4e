"""The clock of a promise: carried into the next round, and still while the agency is not asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import structs

from contracts import commands as cm
from contracts.contract import Refusal
from contracts.ids import StepName
from tests.unit.workflows.core.office_days import counted
from tests.unit.workflows.core.parts import TEXT, part, plan, waits
from tests.unit.workflows.core.playbook import (
    START,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    place,
    refuses,
)
from workflows.core.clocks import promised_by

HOUR = timedelta(hours=1)


def promised(play: Playbook, where: str) -> timedelta | None:
    """Give how long after the start of the play the agency promised its word."""
    at = place(where)
    moment = promised_by(play.state, play.state.step(at.step), at)
    return None if moment is None else moment - START


def test_a_promise_counts_from_the_ask() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("a.number"))) >> opens() << ... >> passes("3 h")
    assert promised(play, "a") == 48 * HOUR
    assert promised(play, "b") is None
    assert promised(play >> contributes("a") << ..., "b") == 51 * HOUR


def test_what_could_not_be_asked_counts_from_when_that_was_seen() -> None:
    play = Playbook(plan(a=part(needs=("q",)))) >> opens() << ...
    assert promised(play, "a") == 48 * HOUR


def test_a_correction_does_not_start_the_promise_from_zero_and_the_applicants_time_does_not_count() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> passes("10 h") >> refuses("a", "fixable") << ...
    play = play >> passes("24 h") >> corrects(x="x1") << ...
    assert promised(play, "a/1") == 48 * HOUR
    assert promised(play, "a/2") == 72 * HOUR
    play = play >> passes("1 h") >> refuses("a/2", "fixable") << ... >> passes("2 h") >> corrects(x="x2") << ...
    assert promised(play, "a/3") == 74 * HOUR


def test_a_carried_clock_exhausts_where_the_contract_says_so() -> None:
    play = Playbook(plan(a=part("form.x", on_deadline="exhaust"))) >> opens() << ... >> passes("40 h")
    play = play >> refuses("a", "fixable") << ... >> passes("24 h") >> corrects(x="x1") << ... >> accepts("a/2") << ...
    assert play >> passes("7 h") >> passes("1 h") << "a/2 exhausted: deadline"


def test_the_time_of_an_undo_does_not_count() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> all_exhausts("a") << ... >> passes("5 h")
    play = play >> by_hand(cm.ReplaceInput, "a", input={"x": "2"}) << ... >> passes("1 h") >> is_undone("a/1") << ...
    assert promised(play, "a/2") == 49 * HOUR


def test_a_round_that_was_never_asked_adds_nothing() -> None:
    play = Playbook(plan(a=part(needs=("x",), inputs={"x": "form.y"}))) >> opens(y=None) << ... >> passes("5 h")
    play = play >> by_hand(cm.ReplaceInput, "a", input={"x": "2"}) << ...
    assert promised(play, "a/2") == 53 * HOUR


def test_a_contribution_stops_the_clock_until_it_is_asked_anew() -> None:
    steps = plan(a=part("form.x"), b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens() << ... >> passes("1 h") >> contributes("a") << ... >> passes("9 h")
    play = play >> refuses("b", "fixable") << ... >> corrects(x="x1") << ... >> is_undone("a/1") << ...
    assert promised(play, "a/2") == 57 * HOUR
    assert play.at("a/1").word_at == START + HOUR
    assert play.state.step(StepName("a")).contract.promise.within == "2 days"


def test_a_promise_in_working_days_is_counted_by_the_calendar_of_the_plan() -> None:
    play = Playbook(counted(plan(a=part("form.x", promise="2 working days")))) >> opens() << ...
    assert promised_by(play.state, play.state.step(StepName("a")), place("a")) == datetime(2026, 11, 4, 9, tzinfo=UTC)


def test_the_day_on_which_a_corrected_ask_is_received_does_not_count() -> None:
    play = Playbook(counted(plan(a=part("form.x", promise="2 working days")))) >> opens() << ...
    play = play >> passes("20 h") >> refuses("a", "fixable") << ... >> passes("1 h") >> corrects(x="x1") << ...
    at = place("a/2")
    assert promised_by(play.state, play.state.step(at.step), at) == datetime(2026, 11, 5, 9, tzinfo=UTC)


def test_a_promise_that_is_not_kept_escalates_at_the_hour_of_closing() -> None:
    play = Playbook(counted(plan(a=part("form.x", promise="1 working day")))) >> opens() << ... >> accepts("a") << ...
    assert play >> passes("24 h") >> passes("1 h") << "a overdue"


def test_the_time_for_a_correction_is_counted_by_the_calendar() -> None:
    steps = plan(a=part("form.x"))
    contract = structs.replace(
        steps.steps[StepName("a")].contract,
        refusals={"fixable": Refusal(title=TEXT, correct=["x"], within="3 working days")},
    )
    steps = structs.replace(steps, steps={"a": structs.replace(steps.steps[StepName("a")], contract=contract)})
    play = Playbook(counted(steps)) >> opens() << ... >> refuses("a", "fixable") << ...
    assert play.at("a").correct_until == datetime(2026, 11, 5, 9, tzinfo=UTC)


def test_an_undo_is_too_late_when_its_working_days_are_over() -> None:
    steps = plan(a=part("form.x", undo_within="1 working day"), b=part("a.number", effect="none"))
    play = Playbook(counted(steps)) >> opens() << ... >> contributes("a") << ... >> passes("26 h")
    play = play >> cm.Withdraw() << ...
    assert play.at("a").code == "too_late"


def test_waiting_that_ends_with_the_promise_ends_at_the_hour_of_closing() -> None:
    steps = counted(plan(a=part("form.x", promise="1 working day", on_deadline="exhaust")))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ...
    assert play >> passes("24 h") >> passes("1 h") << "a exhausted: deadline"


def test_a_wait_in_working_days_is_counted_by_the_calendar() -> None:
    play = Playbook(counted(plan(a=waits("2 working days")))) >> opens() << ...
    assert play.at("a").give_up_at == datetime(2026, 11, 4, 9, tzinfo=UTC)
