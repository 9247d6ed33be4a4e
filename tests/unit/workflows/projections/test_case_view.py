"""A case as it is shown: which incident a step has, and that every act it offers is possible."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts import commands as cm
from contracts.ids import StepName
from contracts.views import IncidentView, StepView
from tests.unit.workflows.core.parts import part, plan, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    START,
    Playbook,
    accepts,
    by_hand,
    is_undone,
    opens,
    passes,
    refuses,
    unheard,
)
from workflows.core.decide import decide
from workflows.projections.case_view import case_line, case_view

OUTPUT = {"number": "told"}
COMMANDS: dict[str, cm.CaseCommand] = {
    "ask-again": by_hand(cm.AskAgain, "a"),
    "replace": by_hand(cm.ReplaceInput, "a", input={"x": "other"}),
    "contribute": by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF),
    "skip": by_hand(cm.SkipStep, "a"),
    "end": cm.EndCase(act=ACT),
    "take-incident": by_hand(cm.TakeIncident, "a", owner="ani"),
    "undone": by_hand(cm.UndoneByHand, "a", evidence=PROOF),
    "keep": by_hand(cm.KeepContribution, "a", owner="ani"),
    "undo-again": by_hand(cm.UndoAgain, "a"),
}


def accepted(**more: Any) -> Playbook:
    """Give a case whose step `a` was accepted two days ago and never answered."""
    steps = plan(a=part("form.x", **more), b=part("form.y"))
    return Playbook(steps) >> opens() << ... >> accepts("a") << ... >> passes("2 days") << "a overdue"


def failing() -> Playbook:
    """Give a case whose step `a` was not heard within its promise of a minute."""
    play = Playbook(plan(a=part("form.x", promise="1 min", optional=True), b=part("form.y"))) >> opens() << ...
    return play >> unheard("a", retry_after_s=3000) << "a failed" >> passes("1 min") << "a overdue"


def told() -> Playbook:
    """Give a case whose step `a` is to be taken back, and was contributed by hand."""
    play = Playbook(plan(a=part(needs=("q",)), b=part("form.y", effect="none"))) >> opens() << ...
    play = play >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << ...
    return play >> cm.Withdraw() << ...


def shown(play: Playbook) -> StepView:
    return next(step for step in case_view(play.state).steps if step.step == "a")


def incident(play: Playbook) -> IncidentView:
    found = shown(play).incident
    assert found is not None
    return found


def test_an_overdue_step_is_an_incident_with_the_acts_of_an_exhausted_one() -> None:
    play = accepted(optional=True)
    assert incident(play).acts == ["ask-again", "replace", "contribute", "skip", "end", "take-incident"]
    assert (incident(play).cause, incident(play).since, shown(play).state) == ("overdue", play.now, "accepted")
    assert case_line(play.state).last_error == "overdue"


def test_an_overdue_step_that_is_being_asked_is_not_asked_again() -> None:
    play = failing() >> by_hand(cm.AskAgain, "a") << "a asked again (2)"
    assert incident(play).acts == ["replace", "contribute", "skip", "end", "take-incident"]


def test_a_closing_case_offers_only_what_ends_its_wait() -> None:
    play = accepted() >> refuses("b") << "b refused: no" << "closing: refused"
    assert incident(play).acts == ["ask-again", "contribute", "take-incident"]


def test_what_was_contributed_by_hand_is_not_offered_to_be_undone_by_its_key() -> None:
    assert (incident(told()).cause, incident(told()).acts) == ("undo_by_hand", ["undone", "keep", "take-incident"])


def test_an_undo_by_key_that_was_not_heard_is_offered_again_also_for_what_was_contributed_by_hand() -> None:
    play = accepted() >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << ... >> cm.Withdraw() << ...
    play = play >> unheard("a", "undo", final=True) << "a undo exhausted"
    assert (incident(play).cause, "undo-again" in incident(play).acts) == ("undo_exhausted", True)
    play = play >> by_hand(cm.UndoAgain, "a") << ... >> is_undone("a") << ...
    assert (incident(play).cause, "undo-again" in incident(play).acts) == ("undo_by_hand", False)


@pytest.mark.parametrize("made", [accepted, failing, told])
def test_every_act_that_is_offered_is_possible(made: Callable[..., Playbook]) -> None:
    play = made()
    for act in incident(play).acts:
        assert decide(play.state, COMMANDS[act], now=play.now), act


def test_a_wait_is_shown_with_its_end_and_is_of_no_agency() -> None:
    view = shown(Playbook(plan(a=waits("2 days"))) >> opens() << ...)
    assert (view.kind, view.agency, view.contract, view.connection) == ("wait", "", "", "")
    assert view.until == START + timedelta(days=2)
    assert view.promised_by is None


def test_an_objection_is_an_incident_and_the_applicant_is_not_told_whose_it_is() -> None:
    told = cm.RaiseObjection(step=StepName("a"), name="Sri", contact="0812", grounds="noise")
    play = Playbook(plan(a=waits("2 days", publish={}))) >> opens() << ... >> told << ...
    (raised,) = shown(play).objections
    assert (raised.name, raised.contact, raised.grounds) == ("", "", "noise")
    assert (incident(play).cause, incident(play).acts) == ("contested", ["uphold", "dismiss", "end", "take-incident"])
