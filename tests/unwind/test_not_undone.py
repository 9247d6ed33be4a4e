"""What is not undone: a check has nothing to take back, a final step is waited for, and nobody undoes unasked."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts import wire
from contracts.ids import StepName
from tests.unwind.acts import ACT
from tests.unwind.ends import is_withdrawn_whole
from tests.unwind.offices import Does
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_step, row
from tests.unwind.telling import told
from workflows.projections.case_view import case_view


@pytest.mark.parametrize(("scene", "name"), [row(*one, "undone[nobody asked]") for one in every_step("ask")])
def test_an_undone_that_nobody_asked_for_moves_something(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "contributed")
        for answer in (wire.Undone(key=play.key(name)), wire.UndoRefused(key=play.key(name), code="used")):
            assert play.says_again(name, answer, "undo") == []
        play.goes_on()
        assert play.state.status == "issued"

    told(scene, story)


CHECKS = [(scene, name) for scene, name in every_step("ask") if scene.contract(name).effect == "none"]
FINALS = [(scene, name) for scene, name in every_step("ask") if scene.contract(name).effect == "final"]


@pytest.mark.parametrize(("scene", "name"), [row(*one, "withdrawn while it looks") for one in CHECKS])
def test_a_check_is_undone_or_waited_for(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert play.submit(cm.Withdraw(reason="another town")) == ""
        assert play.word(name) == "dropped"
        play.passes(minutes=5)  # in which what others contributed is taken back
        assert (play.state.status, play.word(name)) == ("withdrawn", "dropped")
        play.goes_on()
        assert play.word(name) == "dropped"
        assert not play.state.incidents
        is_withdrawn_whole(play)

    told(scene, story, asks={name: Does(heard="later")})


@pytest.mark.parametrize("then", ["contributes", "refuses"])
@pytest.mark.parametrize(("scene", "name"), [row(*one, "ended while it is out") for one in FINALS])
def test_a_final_step_is_given_up_before_its_outcome_is_known(scene: Scene, name: str, then: str) -> None:
    """Nor can anybody withdraw, or replace what it was asked with."""
    code = next(iter(scene.contract(name).refusals))

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert not case_view(play.state).can_withdraw
        assert play.submit(cm.Withdraw()) == "too_late"
        assert play.submit(cm.EndCase(act=ACT)) == ""
        assert (play.state.status, play.word(name)) == ("closing", "accepted")
        play.goes_on()
        assert play.state.status == "ended"
        assert play.word(name) == ("refused" if then == "refuses" else "contributed")
        assert not play.offices[StepName(name)].undone
        assert play.parts()[name].word == play.word(name)
        assert not play.state.credential

    told(scene, story, asks={name: Does("refuses", code=code)} if then == "refuses" else {})


@pytest.mark.parametrize("scene", [one[0] for one in FINALS], ids=lambda scene: scene.service)
def test_an_issued_output_can_be_withdrawn_or_ended(scene: Scene) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert play.submit(cm.Withdraw()) == "not_open"
        assert play.submit(cm.EndCase(act=ACT)) == "not_open"
        assert play.state.status == "issued"

    told(scene, story)
