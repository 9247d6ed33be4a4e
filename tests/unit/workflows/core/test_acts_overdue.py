"""What operators do by hand about a step whose agency has the ask, or is still asked, and did not keep its promise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    Playbook,
    accepts,
    by_hand,
    contributes,
    is_undone,
    opens,
    passes,
    refuses,
    unheard,
)
from workflows.core.allowed_moves import WAITED_FOR

OUTPUT = {"number": "told"}


def accepted(**more: Any) -> Playbook:
    """Give a case whose step `a` was accepted two days ago and never answered; `b` is a check on a desk."""
    steps = plan(a=part("form.x", **more), b=part(desk=True, effect="none"))
    return Playbook(steps) >> opens() << ... >> accepts("a") << "a accepted" >> passes("2 days") << "a overdue"


def failing(**more: Any) -> Playbook:
    """Give a case whose step `a` was not heard within its promise of a minute, and is asked again in an hour."""
    steps = plan(a=part("form.x", promise="1 min", **more), b=part(desk=True, effect="none"))
    play = Playbook(steps) >> opens() << ... >> unheard("a", retry_after_s=3000) << "a failed"
    return play >> passes("1 min") << "a overdue"


def being_asked(**more: Any) -> Playbook:
    """Give the same case while the next attempt is under way."""
    return failing(**more) >> by_hand(cm.AskAgain, "a") << "a asked again (2)"


STUCK = [accepted, failing, being_asked]


def acting(play: Playbook) -> set[tuple[str, str]]:
    """Give who did what is recorded as done by hand, and why."""
    done = [event for event in play.journal if getattr(event, "actor", "")]
    return {(getattr(event, "actor", ""), getattr(event, "reason", "")) for event in done}


# --- ask again ----------------------------------------------------------------------------------------------


def test_an_agency_that_accepted_is_asked_again_under_the_same_key() -> None:
    play = accepted() >> by_hand(cm.AskAgain, "a") << "a exhausted: deadline" << "a asked again (2)"
    assert play.owed[0] == "ask a/1 #2"
    assert acting(play) == {(ACT.actor, ACT.reason)}
    assert play.state.marks == ()
    assert play >> accepts("a") << "a accepted" << "a overdue" >> contributes("a") << "a contributed"


def test_asking_again_what_is_repeated_anyway_ends_no_waiting() -> None:
    play = being_asked()
    assert play.at("a").overdue


def test_what_is_being_asked_is_not_asked_twice_at_once() -> None:
    assert being_asked() >> by_hand(cm.AskAgain, "a") << "rejected: not_now"


def test_what_a_closing_case_waits_for_may_be_asked_again() -> None:
    play = accepted() >> refuses("b") << "b refused: no" << "closing: refused"
    assert play >> by_hand(cm.AskAgain, "a") << "a exhausted: deadline" << "a asked again (2)"


def test_before_its_promise_has_passed_an_accepted_step_is_left_to_its_agency() -> None:
    play = Playbook(plan(a=part("form.x", optional=True), b=part(desk=True))) >> opens() << ... >> accepts("a") << ...
    play = play >> by_hand(cm.AskAgain, "a") << "rejected: not_now" >> by_hand(cm.SkipStep, "a") << "rejected: not_now"
    assert play >> by_hand(cm.TakeIncident, "a", owner="ani") << "rejected: not_now"


# --- contribute, replace, skip, own -------------------------------------------------------------------------


@pytest.mark.parametrize("stuck", STUCK)
def test_what_an_overdue_agency_gave_is_contributed_by_hand(stuck: Callable[..., Playbook]) -> None:
    play = stuck() >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF)
    play = play << "a exhausted: deadline" << "a contributed"
    assert acting(play) == {(ACT.actor, ACT.reason)}
    assert play.state.marks == ()
    assert play >> unheard("a") >> contributes("a") << "a recorded, incident: late_contribution"


@pytest.mark.parametrize("stuck", STUCK)
def test_what_an_overdue_agency_may_have_done_is_taken_back_before_another_input_is_asked(
    stuck: Callable[..., Playbook],
) -> None:
    play = stuck() >> by_hand(cm.ReplaceInput, "a", input={"x": "by hand"}) << "a exhausted: deadline"
    play = play << "a to be undone: replaced" << "a/2 opens: replaced" << "a undo asked" << "a/2 ready: undo"
    assert acting(play) == {(ACT.actor, ACT.reason)}
    assert play >> contributes("a") << "a recorded" >> is_undone("a") << "a undone" << "a/2 asked"


@pytest.mark.parametrize("stuck", STUCK)
def test_an_overdue_optional_step_is_skipped_once_what_it_may_have_done_is_taken_back(
    stuck: Callable[..., Playbook],
) -> None:
    play = stuck(optional=True) >> by_hand(cm.SkipStep, "a") << "a exhausted: deadline" << "a to be undone: skipped"
    started = next(event for event in play.journal if isinstance(event, ev.UndoStarted))
    assert (started.actor, started.reason) == (ACT.actor, ACT.reason)
    assert play << "a undo asked" >> is_undone("a") << "a undone"


def test_an_overdue_check_that_is_optional_is_skipped() -> None:
    play = accepted(optional=True, effect="none") >> by_hand(cm.SkipStep, "a") << "a exhausted: deadline"
    assert play << "a skipped: hand" >> contributes("a") << "a recorded"


def test_an_overdue_final_step_is_not_skipped_before_its_outcome_is_settled() -> None:
    assert accepted(optional=True, effect="final") >> by_hand(cm.SkipStep, "a") << "rejected: outcome_unknown"


def test_an_attempt_that_was_under_way_when_waiting_ended_may_have_worked() -> None:
    steps = plan(a=part("form.x", promise="1 min"), b=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> unheard("a", sent=False) << "a failed" >> passes("1 min")
    play = play << "a asked again (2)" >> unheard("a", sent=False, retry_after_s=60) << "a failed" << "a overdue"
    assert not play.at("a").sent
    play = play >> by_hand(cm.AskAgain, "a") << "a asked again (3)" >> cm.EndCase(act=ACT) << ...
    assert play.at("a").state == "undoing"


def test_an_overdue_step_gets_an_owner_and_its_agency_is_still_waited_for() -> None:
    play = accepted() >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned"
    assert (play.at("a").state, play.at("a").owner, play.state.marks) == ("accepted", "ani", ("held",))
    assert play.at("a").state in WAITED_FOR
    # Ending the wait takes it off nobody's hands.
    play = play >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << ...
    exhausted = next(event for event in play.journal if isinstance(event, ev.StepExhausted))
    assert exhausted.owner == "ani"
