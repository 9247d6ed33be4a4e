"""What is asked of the applicant: the form, what it is about in the form's words, and until when."""

from __future__ import annotations

from datetime import timedelta

from contracts import commands as cm
from contracts.ids import StepName
from tests.unit.workflows.core.parts import does, part, plan
from tests.unit.workflows.core.playbook import PROOF, START, Playbook, opens, refuses
from workflows.projections.actions import actions
from workflows.projections.case_view import case_view, masked


def test_what_is_asked_is_told_until_it_is_done() -> None:
    play = Playbook(plan(p=does("form.x", optional=True), b=part("form.y"))) >> opens() << ...
    (action,) = actions(play.state)
    assert (action.step, action.given, action.optional) == ("p", {"x": "x0"}, True)
    assert action.until == START + timedelta(days=7)
    assert masked(case_view(play.state)).actions == []
    play = play >> cm.AnswerStep(step=StepName("p"), output={"number": "1"}, evidence=PROOF) << ...
    assert not list(actions(play.state))


def test_a_case_that_closes_asks_nothing_any_more() -> None:
    play = Playbook(plan(p=does("form.x"), b=part("form.y"))) >> opens() << ... >> refuses("b") << ...
    assert not list(actions(play.state))
