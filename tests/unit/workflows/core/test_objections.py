"""Objections of others: taken while a published wait runs, decided by a person, and upheld they refuse the step."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contracts import commands as cm
from contracts.ids import ItemKey, StepName
from contracts.plan import Until
from tests.unit.workflows.core.office_days import counted
from tests.unit.workflows.core.parts import part, plan, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    START,
    Playbook,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    refuses,
)
from workflows.core.objections import MOST
from workflows.core.pending import wake_at
from workflows.projections.case_view import case_line, case_view
from workflows.projections.clocks import clocks_of

W = StepName("w")
OBJECTS = cm.RaiseObjection(step=W, name="Sri", contact="sri@example.org", grounds="The well is ours.")


def decides(*, upheld: bool, number: int = 0) -> cm.DecideObjection:
    return cm.DecideObjection(step=W, number=number, upheld=upheld, act=ACT)


def announced(**more: object) -> Playbook:
    """Give a case that waits two days for objections, after `a` contributed."""
    steps = plan(
        a=part("form.x", conditional_on="w"),
        w=waits("2 days", after=("a",), publish={"what": "form.y"}),
        **more,  # type: ignore[arg-type]
    )
    return Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed" << "w begun"


def test_what_is_published_is_recorded_with_the_wait_and_is_all_of_it() -> None:
    assert announced().at("w").input == {"what": "y0"}


def test_an_objection_that_is_upheld_refuses_the_step_and_takes_back_what_stands_only_with_it() -> None:
    play = announced() >> OBJECTS << "w objection 1"
    assert play.at("w").objections[0].grounds == "The well is ours."
    assert (
        play
        >> decides(upheld=True)
        << "w objection 1 decided"
        << "w refused: objection"
        << ("a to be undone: condition")
        << "closing: refused"
        << "a undo asked"
        >> is_undone("a")
        << "a undone"
        << "closed: refused"
    )
    assert (play.at("w").text, play.at("w").objections[0].decided) == (ACT.reason, "upheld")


def test_a_wait_does_not_end_while_an_objection_is_not_decided() -> None:
    play = announced() >> OBJECTS << "w objection 1" >> passes("5 days")
    assert "held" in play.state.marks
    assert play >> decides(upheld=False) << "w objection 1 decided" << "w contributed" << "issuing"


def test_a_wait_goes_on_to_its_end_when_every_objection_is_dismissed() -> None:
    play = announced() >> OBJECTS << "w objection 1" >> OBJECTS << "w objection 2"
    play = play >> decides(upheld=False, number=2) << "w objection 2 decided"
    assert "held" in play.state.marks
    play = play >> decides(upheld=False) << "w objection 1 decided"
    assert play.state.marks == ()
    assert play >> passes("2 days") << "w contributed" << "issuing"


def test_nobody_objects_before_after_or_where_nothing_is_published() -> None:
    steps = plan(a=part("form.x"), w=waits("2 days", after=("a",), publish={}), q=waits("9 days"))
    play = Playbook(steps) >> opens() << ... >> OBJECTS << "rejected: too_late" >> contributes("a") << ...
    quiet = cm.RaiseObjection(step=StepName("q"), name="n", contact="c", grounds="g")
    nowhere = cm.RaiseObjection(step=W, item=ItemKey("i"), name="n", contact="c", grounds="g")
    assert play >> quiet << "rejected: too_late" >> nowhere << "rejected: unknown_step"
    assert play >> passes("2 days") << "w contributed" >> OBJECTS << "rejected: too_late"


def test_what_is_contested_takes_no_new_objection_after_its_time() -> None:
    play = announced() >> OBJECTS << "w objection 1" >> passes("3 days")
    assert play >> OBJECTS << "rejected: too_late"


def test_strangers_cannot_make_a_journal_grow_without_end() -> None:
    play = announced()
    for _ in range(MOST):
        play = play >> OBJECTS << ...
    full = play >> OBJECTS << "rejected: not_now"
    assert full >> decides(upheld=False) << "w objection 1 decided" >> OBJECTS << f"w objection {MOST + 1}"


@pytest.mark.parametrize("number", [0, 1, 2])
def test_an_objection_is_decided_once_and_only_one_that_is_there(number: int) -> None:
    play = announced()
    assert play >> decides(upheld=True, number=number) << "rejected: not_now"
    decided = play >> OBJECTS << "w objection 1" >> decides(upheld=False) << "w objection 1 decided"
    assert decided >> decides(upheld=True, number=number) << "rejected: not_now"


def test_an_objection_goes_with_the_case_that_closes() -> None:
    play = announced(b=part("form.z")) >> OBJECTS << "w objection 1" >> refuses("b") << ...
    assert play.at("w").state == "dropped"
    assert play >> decides(upheld=True) << "rejected: not_now"
    assert "held" not in play.state.marks


def test_an_objection_is_still_to_be_decided_when_a_correction_announces_anew() -> None:
    steps = plan(a=part("form.x"), w=waits(Until(until="form.y"), publish={"what": "form.x"}))
    play = (
        Playbook(steps) >> opens(y="2026-12-01") << ... >> OBJECTS << "w objection 1" >> refuses("a", "fixable") << ...
    )
    play = (
        play
        >> corrects(x="other")
        << "corrected: ['/x']"
        << "a/2 opens: correction"
        << "w dropped: replaced"
        << ("w/2 opens: correction")
        << "a/2 asked"
        << "w/2 begun"
    )
    assert play.at("w/2").contested
    assert (
        play
        >> decides(upheld=True)
        << "w/2 objection 1 decided"
        << "w/2 refused: objection"
        << "closing: refused"
        << ...
    )


def test_what_is_paused_takes_objections_and_decisions() -> None:
    play = announced() >> cm.PauseCase(act=ACT) << "paused" >> OBJECTS << "w objection 1" >> passes("3 days")
    play = play >> decides(upheld=False) << "w objection 1 decided"
    assert play >> cm.ResumeCase(act=ACT) << "resumed" << "w contributed" << "issuing"


# --- the lead's time --------------------------------------------------------------------------------------------


def objected(within: str | None = "3 days") -> Playbook:
    steps = plan(w=waits("2 days", publish={"what": "form.y"}, decide_within=within))
    return Playbook(steps) >> opens() << ... >> passes("5 h") >> OBJECTS << "w objection 1"


def test_an_objection_that_is_not_decided_in_time_is_seen_and_never_decided_by_itself() -> None:
    play = objected() >> passes("71 h")
    assert incident(play) == ("contested", START + timedelta(hours=77))
    play = play >> passes("1 h") << "w objection 1 overdue"
    assert incident(play) == ("undecided", START + timedelta(hours=77))
    assert case_line(play.state).marks == ["held", "announced", "overdue"]
    play = play >> passes("1000 h") >> decides(upheld=False) << "w objection 1 decided" << "w contributed" << ...
    assert case_line(play.state).marks == []


def test_the_time_is_the_plans_or_five_working_days_and_each_objection_has_its_own() -> None:
    steps = plan(w=waits("9 days", publish={}))
    play = Playbook(steps) >> opens() << ... >> OBJECTS << ... >> passes("24 h") >> OBJECTS << ...
    assert wake_at(play.state) == START + timedelta(days=7)
    play = play >> decides(upheld=False) << ...
    assert wake_at(play.state) == START + timedelta(days=8)
    assert play >> passes("168 h") << "w objection 2 overdue"


def test_who_objects_waits_in_a_pause_and_while_the_applicant_corrects() -> None:
    play = objected() >> cm.PauseCase(act=ACT) << "paused" >> passes("100 h")
    assert play >> cm.ResumeCase(act=ACT) << "resumed" << "w objection 1 overdue"
    steps = plan(w=waits("2 days", publish={"what": "form.y"}), b=part("form.y", effect="none"))
    play = Playbook(steps) >> opens() << ... >> OBJECTS << ... >> refuses("b", "fixable") << ... >> passes("24 h")
    play = play >> corrects(y="y1") << ...
    assert play.at("w/2").objections[0].at == START
    assert wake_at(play.state) == START + timedelta(days=7)


def test_an_objection_runs_against_the_lead_until_it_is_decided_or_goes_with_its_case() -> None:
    play = objected() >> passes("80 h") << ...
    (clock,) = clocks_of(play.state, play.journal, play.now)
    assert (clock.kind, clock.agency, clock.within, clock.state) == ("decision", "agency", "3 days", "running")
    assert (clock.overdue, clock.used_s, clock.title.en) == (True, 80 * 3600, "Waiting period: objection 1")
    decided = play >> decides(upheld=False) << ... >> passes("5 h")
    (clock,) = clocks_of(decided.state, decided.journal, decided.now)
    assert (clock.state, clock.overdue, clock.used_s, clock.due_at) == ("stopped", False, 80 * 3600, None)


def test_the_clock_of_an_objection_stops_with_the_case_that_closes() -> None:
    play = objected() >> passes("10 h") >> cm.Withdraw() << ... >> passes("5 h")
    (clock,) = clocks_of(play.state, play.journal, play.now)
    assert (clock.state, clock.used_s) == ("stopped", 10 * 3600)


def test_hours_in_which_an_objection_is_decided_are_the_offices() -> None:
    steps = counted(plan(w=waits("9 days", publish={}, decide_within="2 working hours")))
    play = Playbook(steps) >> opens() << ... >> OBJECTS << ... >> passes("17 h")
    (clock,) = clocks_of(play.state, play.journal, play.now)
    assert (clock.open_s, clock.due_at) == (1.5 * 3600, START + timedelta(hours=17, minutes=30))


def incident(play: Playbook) -> tuple[str, datetime | None]:
    """Give why a person must look, and by when the lead decides."""
    (shown,) = case_view(play.state).steps
    assert shown.incident is not None
    assert shown.incident.answers == "agency", "it is the lead's"
    return shown.incident.cause, shown.incident.due_at
