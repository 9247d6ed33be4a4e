"""A step that waits: begun in its turn, over in its time, dropped when it is not wanted any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.declared import Derived
from contracts.plan import Until
from tests.unit.workflows.core.parts import part, plan, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    START,
    Playbook,
    by_hand,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    refuses,
)
from workflows.core.waits import moment
from workflows.core.working_time import WorkingTime


def test_a_wait_begins_in_its_turn_and_lets_the_next_step_go_when_it_is_over() -> None:
    play = Playbook(plan(a=part("form.x"), w=waits("2 days", after=("a",)), b=part(after=("w",))))
    assert play >> opens() << "opened" << "a asked" >> contributes("a") << "a contributed" << "w begun"
    assert play.at("w").give_up_at == datetime(2026, 11, 4, 8, tzinfo=UTC)
    assert play.owed == []
    assert play >> passes("47 h") >> passes("2 h") << "w contributed" << "b asked"
    assert play.at("w").output == {}


def test_a_wait_alone_lets_the_output_be_issued_only_when_it_is_over() -> None:
    play = Playbook(plan(a=part("form.x"), w=waits("1 working day")))
    assert play >> opens() << "opened" << "a asked" << "w begun" >> contributes("a") << "a contributed"
    assert play >> passes("1 day") << "w contributed" << "issuing"


def test_a_wait_whose_condition_is_false_is_skipped() -> None:
    play = Playbook(plan(w=waits("2 days", when="form.needed"), b=part(after=("w",))))
    assert play >> opens(needed=False) << "opened" << "w skipped: when" << "b asked"


def test_a_wait_is_dropped_when_the_case_closes() -> None:
    play = Playbook(plan(a=part("form.x", effect="none"), w=waits("2 days")))
    play = play >> opens() << "opened" << "a asked" << "w begun" >> refuses("a") << "a refused: no"
    assert play << "closing: refused" << "w dropped: closing" << "closed: refused" >> passes("3 days")
    withdrawn = Playbook(plan(w=waits("2 days")))
    assert (
        withdrawn
        >> opens()
        << "opened"
        << "w begun"
        >> cm.Withdraw()
        << "withdrawn"
        << "closing: withdrawn"
        << ("w dropped: withdrawn")
        << "closed: withdrawn"
    )


def test_a_wait_that_is_over_during_a_pause_has_its_word_when_the_case_goes_on() -> None:
    play = Playbook(plan(w=waits("2 days"), b=part(after=("w",))))
    assert play >> opens() << "opened" << "w begun" >> cm.PauseCase(act=ACT) << "paused" >> passes("3 days")
    assert play >> cm.ResumeCase(act=ACT) << "resumed" << "w contributed" << "b asked"


@pytest.mark.parametrize(
    ("until", "due"),
    [
        ("2026-11-05", datetime(2026, 11, 5, tzinfo=UTC)),
        ("2026-11-05T08:00:00+07:00", datetime(2026, 11, 5, 1, tzinfo=UTC)),
        ("2026-11-05T08:00:00.5Z", datetime(2026, 11, 5, 8, 0, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_wait_lasts_until_the_moment_that_it_is_given(until: str, due: datetime) -> None:
    play = Playbook(plan(w=waits(Until(until="form.x")))) >> opens(x=until) << ...
    assert play.at("w").give_up_at == due
    assert moment(until, UTC) == due


def test_a_wait_until_what_has_passed_is_over_at_once() -> None:
    play = Playbook(plan(w=waits(Until(until=Derived(const="2020-01-01")))))
    assert play >> opens() << "opened" << "w begun" << "w contributed" << "issuing"


@pytest.mark.parametrize("until", ["soon", "2026-02-30", "2026-11-05T08:00:00", "2026-11-05T08:00:60Z", "0001-01-01"])
def test_what_is_no_moment_is_an_incident_and_a_person_can_replace_it(until: str) -> None:
    play = Playbook(plan(w=waits(Until(until="form.x")))) >> opens(x=until) << "opened" << "w exhausted: plan"
    assert play >> by_hand(cm.AskAgain, "w") << "rejected: input_invalid"
    assert (
        play
        >> by_hand(cm.ReplaceInput, "w", input={"until": "2026-11-05"})
        << "w dropped: replaced"
        << ("w/2 opens: replaced")
        << "w/2 begun"
    )
    assert play >> passes("3 days") << "w/2 contributed" << "issuing"


def test_a_person_can_say_that_a_wait_without_a_moment_is_over() -> None:
    play = Playbook(plan(w=waits(Until(until="form.x")))) >> opens(x="soon") << ...
    assert play >> by_hand(cm.ContributeByHand, "w", output={}, evidence=PROOF) << "w contributed" << "issuing"


def test_a_wait_that_could_not_be_resolved_begins_when_a_later_version_can_and_a_person_says_so() -> None:
    play = Playbook(plan(w=waits(Until(until="form.x")))) >> opens(x="soon") << ...
    play.state = play.state.on_plan(plan(w=waits("2 days")))
    play = play >> by_hand(cm.AskAgain, "w") << "w begun"
    assert (play.at("w").give_up_at, play.journal[-1].actor) == (datetime(2026, 11, 4, 8, tzinfo=UTC), ACT.actor)  # type: ignore[union-attr]  # it was begun by hand


def test_a_wait_takes_the_moment_that_a_person_gives_when_the_case_goes_on() -> None:
    steps = plan(a=part("form.x", optional=True), w=waits(Until(until="a.number")))
    play = Playbook(steps) >> opens() << ... >> refuses("a") << "a refused: no" << "w exhausted: plan"
    assert play.at("w").input is None
    given = by_hand(cm.ReplaceInput, "w", input={"until": "2026-11-03"})
    assert (
        play
        >> cm.PauseCase(act=ACT)
        << "paused"
        >> given
        << "w dropped: replaced"
        << ("w/2 opens: replaced")
        << "w/2 ready: pause"
        >> cm.ResumeCase(act=ACT)
        << "resumed"
        << "w/2 begun"
    )
    assert play.at("w/2").give_up_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_a_wait_begins_again_with_a_changed_moment_and_stands_where_only_what_it_waits_for_changed() -> None:
    steps = plan(
        a=part("form.x"), stands=waits("1 day"), moves=waits(Until(until="form.x"), after=("stands",)), b=part("form.y")
    )
    play = Playbook(steps) >> opens(x="2026-11-09") << ... >> passes("1 day") << "stands contributed" << "moves begun"
    play = play >> refuses("a", "fixable") << "a refused: fixable, may change /x"
    assert (
        play
        >> corrects(x="2026-11-10")
        << "corrected: ['/x']"
        << "a/2 opens: correction"
        << ("moves dropped: replaced")
        << "moves/2 opens: correction"
        << "a/2 asked"
        << "moves/2 begun"
    )
    assert play.at("moves/2").give_up_at == datetime(2026, 11, 10, tzinfo=UTC)
    assert play.at("stands").state == "contributed"


def test_what_was_done_before_a_wait_is_taken_back_when_the_case_ends_by_hand() -> None:
    play = (
        Playbook(plan(a=part("form.x"), w=waits("2 days", after=("a",)))) >> opens() << ... >> contributes("a") << ...
    )
    assert play >> cm.EndCase(act=ACT) << "ended by hand" << "closing: ended" << "w dropped: ended" << "closed: ended"
    again = Playbook(plan(a=part("form.x"), w=waits("2 days", after=("a",)))) >> opens() << ...
    again = again >> contributes("a") << ... >> cm.Withdraw() << "withdrawn" << "closing: withdrawn"
    assert (
        again
        << "a to be undone: withdrawn"
        << "w dropped: withdrawn"
        << "a undo asked"
        >> is_undone("a")
        << ("a undone")
        << "closed: withdrawn"
    )
    assert again.now == START


def test_nobody_can_answer_for_a_wait() -> None:
    play = Playbook(plan(w=waits("2 days"))) >> opens() << "opened" << "w begun"
    assert play >> contributes("w") << "rejected: unknown_step"


def test_a_date_begins_where_the_plans_calendar_is() -> None:
    begins = moment("2026-11-05", timezone(timedelta(hours=7)))
    assert begins == datetime(2026, 11, 4, 17, tzinfo=UTC)
    compiled = plan(w=waits(Until(until="form.x")))
    calendar = WorkingTime("id-test", timezone(timedelta(hours=7)), (), {}, {})
    steps = {name: structs.replace(step, calendar=calendar) for name, step in compiled.steps.items()}
    play = Playbook(structs.replace(compiled, steps=steps)) >> opens(x="2026-11-05") << ...
    assert play.at("w").give_up_at == begins
