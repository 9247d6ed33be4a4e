"""Objections of others: taken while a published wait runs, decided by a person, and upheld they refuse the step."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts.ids import ItemKey, StepName
from contracts.plan import Until
from tests.unit.workflows.core.parts import part, plan, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    Playbook,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    refuses,
)
from workflows.core.objections import MOST

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
