"""Steps of shipped plans that are paid: what comes of the money when the case comes to another end."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import StepName
from tests.unwind.acts import ACT
from tests.unwind.offices import refuses
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_step, row
from tests.unwind.telling import told
from workflows.core.step_kinds import EXPIRED


def paid(words: str) -> list[Any]:
    return [row(*one, words) for one in every_step("applicant") if one[0].step(one[1]).pays]


def test_no_shipped_plan_is_paid() -> None:
    assert paid("paid")


@pytest.mark.parametrize(("scene", "name"), paid("billed once"))
def test_a_step_is_billed_twice_or_goes_on_unpaid(scene: Scene, name: StepName) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert not play.asked() & scene.dependants(name)
        play.goes_on()
        assert play.state.status == "issued"
        assert len(play.tills[name].bills) == 1
        assert len(list(play.recorded(ev.StepContributed, step=name))) == 1
        assert dict(play.tills[name].standing) == {play.key(name): scene.output("charge")["total"]}
        assert not play.tills[name].refunds

    told(scene, story)


@pytest.mark.parametrize("how", ["withdraw", "end"])
@pytest.mark.parametrize(("scene", "name"), paid("given up"))
def test_who_paid_before_the_case_was_given_up_gets_nothing_back_or_twice(scene: Scene, name: str, how: str) -> None:
    """The provider tells nobody: that it was paid is found out by asking."""

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        play.tills[StepName(name)].pay(play.key(name))
        assert play.submit(cm.Withdraw() if how == "withdraw" else cm.EndCase(act=ACT)) == ""
        play.goes_on()
        assert (play.state.status, play.word(name)) == ("withdrawn" if how == "withdraw" else "ended", "undone")
        assert not +play.tills[StepName(name)].standing
        assert dict(play.tills[StepName(name)].refunds) == {play.key(name, verb="undo"): 1}

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), paid("paid in the last minute"))
def test_what_was_paid_in_time_and_never_told_passes_for_unpaid(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        play.tills[StepName(name)].pay(play.key(name))
        play.goes_on()
        assert (play.state.status, play.word(name)) == ("issued", "contributed")

    told(scene, story, asks={name: refuses(EXPIRED)})


@pytest.mark.parametrize(("scene", "name"), paid("refused afterwards"))
def test_what_was_paid_for_nothing_is_not_paid_back(scene: Scene, name: str) -> None:
    (final,) = scene.finals

    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert (play.state.status, play.word(name)) == ("refused", "undone")
        assert not +play.tills[StepName(name)].standing
        assert dict(play.tills[StepName(name)].refunds) == {play.key(name, verb="undo"): 1}

    told(scene, story, asks={final: refuses(scene.last_word(final))})
