"""The clocks of a case: what ran, what stood still and why; together they are all the time there was."""

from __future__ import annotations

from datetime import UTC, timedelta

from msgspec import structs

from contracts import commands as cm
from contracts.clocks import ClockView
from tests.unit.workflows.core.families import CHILD, branch, hears_of, opened, parent, says
from tests.unit.workflows.core.office_days import counted
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    START,
    Playbook,
    accepts,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    place,
    refuses,
    unheard,
)
from workflows.core.compiled import CompiledPlan
from workflows.core.maintenance import read_window
from workflows.core.outages import Maintenance
from workflows.core.working_time import Stop
from workflows.projections.clocks import clocks_of

HOUR = timedelta(hours=1)
ONE = plan(a=part("form.x"))


def play(steps: CompiledPlan = ONE) -> Playbook:
    return Playbook(steps) >> opens() << ...


def clocks(of: Playbook) -> list[ClockView]:
    """Give the clocks, which must add up."""
    found = clocks_of(of.state, of.journal, of.now)
    for clock in found:
        ends = [span.until for span in clock.spans[:-1]]
        assert ends == [span.since for span in clock.spans[1:]], "a gap, or twice the same time"
        whole = (clock.spans[-1].until or of.now) - clock.spans[0].since
        assert clock.used_s + clock.paused_s == whole.total_seconds()
    return found


def told(of: Playbook) -> list[tuple[float, str]]:
    """Give the first clock's spans: from which hour on, and why it stands still."""
    return [((span.since - START) / HOUR, span.because) for span in clocks(of)[0].spans]


def test_a_promise_runs_from_the_ask_and_is_due_when_the_agency_said() -> None:
    (clock,) = clocks(play() >> passes("3 h"))
    assert (clock.kind, clock.state, clock.used_s, clock.paused_s) == ("promise", "running", 3 * 3600, 0)
    assert (clock.due_at, clock.overdue) == (START + 48 * HOUR, False)


def test_a_promise_that_is_not_kept_is_overdue() -> None:
    (clock,) = clocks(play() >> accepts("a") << ... >> passes("48 h") << ...)
    assert clock.overdue


def test_a_word_stops_the_clock() -> None:
    (clock,) = clocks(play() >> passes("3 h") >> contributes("a") << ... >> passes("9 h"))
    assert (clock.state, clock.used_s, clock.due_at) == ("stopped", 3 * 3600, None)


def test_while_the_applicant_corrects_the_clock_stands_still_and_says_so() -> None:
    sent_back = play() >> passes("3 h") >> refuses("a", "fixable") << ... >> passes("5 h")
    (clock,) = clocks(sent_back)
    assert (clock.state, clock.because, clock.paused_s) == ("paused", "correction", 5 * 3600)
    assert told(sent_back >> corrects(x="x1") << ...) == [(0, ""), (3, "correction"), (8, "")]


def test_what_was_taken_back_and_is_asked_again_did_not_run_meanwhile() -> None:
    steps = plan(a=part("form.x"), b=part("form.x", effect="none"))
    of = play(steps) >> passes("1 h") >> contributes("a") << ... >> passes("9 h") >> refuses("b", "fixable") << ...
    of = of >> corrects(x="x1") << ... >> is_undone("a/1") << ...
    assert told(of) == [(0, ""), (1, "reopened"), (10, "")]


def test_an_ask_that_never_left_has_no_clock_until_it_is_let_go() -> None:
    at = place("a")
    held = cm.HoldBack(step=at.step, round=1, verb="ask", attempt=1, because="maintenance")
    of = play() >> held << ... >> passes("4 h")
    assert clocks(of) == []
    of = of >> cm.LetGo(step=at.step, round=1, verb="ask", attempt=1) << ... >> passes("1 h")
    assert told(of) == [(4, "")]


def test_a_repeat_that_is_held_back_stops_the_clock_and_says_why() -> None:
    at = place("a")
    of = play() >> unheard("a", retry_after_s=3600) << ... >> passes("1 h") << ...
    held = cm.HoldBack(step=at.step, round=1, verb="ask", attempt=2, because="unreachable")
    of = of >> held << ... >> passes("4 h") >> cm.LetGo(step=at.step, round=1, verb="ask", attempt=2) << ...
    held_at = (of.at("a").held_back[0].begin - START) / HOUR
    assert told(of) == [(0, ""), (held_at, "unreachable"), (held_at + 4, "")]


def test_the_clock_of_the_law_begins_with_the_receipt_and_stands_still_in_a_pause() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"))
    of = play(steps) >> passes("5 h") >> accepts("a") << ... >> passes("1 h") >> cm.PauseCase(act=ACT) << ...
    of = of >> passes("10 h") >> cm.ResumeCase(act=ACT) << ...
    promise, law = clocks(of)
    assert (promise.kind, promise.paused_s) == ("promise", 0)
    assert [((span.since - START) / HOUR, span.because) for span in law.spans] == [(5, ""), (6, "pause"), (16, "")]
    assert (law.kind, law.due_at) == ("deemed", START + 63 * HOUR)


def declines(where: str) -> cm.DeclineCorrection:
    return cm.DeclineCorrection(step=place(where).step)


def law(of: Playbook) -> list[tuple[float, str]]:
    """Give the spans of what the law counts: from which hour on, and why it stands still."""
    return [((span.since - START) / HOUR, span.because) for span in clocks(of)[1].spans]


def test_an_absence_of_the_gateway_stops_what_the_law_counts_and_no_promise() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"))
    absences = (Stop(START + 3 * HOUR, START + 5 * HOUR), Stop(START + 20 * HOUR, START + 21 * HOUR))
    of = play(structs.replace(steps, absences=absences)) >> passes("1 h") >> accepts("a") << ... >> passes("9 h")
    assert law(of) == [(1, ""), (3, "away"), (5, "")]
    assert told(of) == [(0, "")]
    counted = clocks(of)[1]
    assert (counted.used_s, counted.paused_s, counted.state) == (7 * 3600, 2 * 3600, "running")
    assert counted.due_at == START + 52 * HOUR
    (_, counted) = clocks(of >> passes("10 h") >> passes("30 min"))
    assert (counted.state, counted.because) == ("paused", "away")


def test_of_an_absence_within_a_pause_the_pause_is_told_and_of_maintenance_the_absence() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"))
    window = (read_window("2026-11-02 10:00-14:00 Etc/UTC"), UTC)
    closed = Maintenance(START - HOUR, None, (window,))
    made = {name: structs.replace(step, maintenance=(closed,)) for name, step in steps.steps.items()}
    absences = (Stop(START + HOUR, START + 3 * HOUR), Stop(START + 8 * HOUR, START + 9 * HOUR))
    of = play(structs.replace(steps, steps=made, absences=absences)) >> accepts("a") << ... >> passes("7 h")
    assert law(of) == [(0, ""), (1, "away"), (3, "maintenance"), (6, "")]
    of = of >> cm.PauseCase(act=ACT) << ... >> passes("3 h") >> cm.ResumeCase(act=ACT) << ... >> passes("1 h")
    assert law(of)[-3:] == [(6, ""), (7, "pause"), (10, "")]
    assert law(of >> contributes("a") << ...)[-1] == (10, "")


def test_of_working_hours_it_is_told_how_many_passed_while_the_clock_ran() -> None:
    # From Monday 15:00 in Jakarta; the offices close at 16:00 and open at 07:30.
    of = play(counted(plan(a=part("form.x", promise="2 working hours")))) >> passes("17 h")
    (clock,) = clocks(of)
    assert (clock.used_s, clock.open_s) == (17 * 3600, 1.5 * 3600)
    assert clock.due_at == START + timedelta(hours=17, minutes=30)
    (days,) = clocks(play(counted(plan(a=part("form.x", promise="2 working days")))) >> passes("17 h"))
    assert days.open_s is None


def test_a_refusal_that_is_final_is_waited_for_no_more() -> None:
    of = (
        play()
        >> passes("3 h")
        >> refuses("a", "fixable")
        << ...
        >> passes("5 h")
        >> declines("a")
        << ...
        >> passes("9 h")
    )
    (clock,) = clocks(of)
    assert (clock.state, clock.used_s, clock.paused_s) == ("stopped", 3 * 3600, 5 * 3600)


def test_what_the_law_counts_stands_still_while_an_attempt_is_held_back() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"))
    sign = cm.RecordReceipt(step=place("a").step, round=1, worker="w", evidence=PROOF)
    held = cm.HoldBack(step=place("a").step, round=1, verb="ask", attempt=2, because="unreachable")
    of = play(steps) >> sign << ... >> unheard("a") << ... >> passes("1 h") << ... >> held << ...
    assert law(of) == [(0, ""), (1, "unreachable")]
    of = of >> passes("3 h") >> cm.LetGo(step=place("a").step, round=1, verb="ask", attempt=2) << ... >> passes("1 h")
    assert law(of) == [(0, ""), (1, "unreachable"), (4, "")]
    assert clocks(of)[1].due_at == START + 51 * HOUR


def test_a_clock_that_waits_for_the_applicant_in_a_sub_case_runs_or_does_not_say_so() -> None:
    child = opened(branch(m=part("form.x"))) << ...
    whole = Playbook(parent(child.state.plan, b=part("s.m.number"))) >> opens() << ... >> hears_of(child, "ask") << ...
    child, whole = child >> passes("3 h") >> refuses("m", "fixable") << ..., whole >> passes("3 h")
    whole = whole >> says(child) << ... >> passes("5 h")
    (clock,) = clocks(whole)
    assert (clock.state, clock.because, clock.sub_case) == ("paused", "applicant_in_sub_case", CHILD)
    assert (clock.used_s, clock.paused_s, clock.due_at) == (3 * 3600, 5 * 3600, None)
    child = child >> passes("5 h") >> corrects(x="x1") << ...
    assert told(whole >> says(child) << ...) == [(0, ""), (3, "applicant_in_sub_case"), (8, "")]
