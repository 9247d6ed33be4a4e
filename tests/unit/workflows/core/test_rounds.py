"""What the events of a round make of it, beyond its state."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    PROOF,
    START,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    opens,
    passes,
    refuses,
    returns,
    unheard,
)
from workflows.core.evolve import evolve
from workflows.core.moves import IllegalMove

A = StepName("a")


def asked() -> Playbook:
    return Playbook(plan(a=part("form.x", lookup=True), b=part(desk=True))) >> opens() << ...


def test_a_round_follows_the_one_before_it() -> None:
    with pytest.raises(IllegalMove, match="round 3 of a does not follow round 1"):
        evolve(asked().state, ev.RoundOpened(at=START, step=A, round=3, because="correction"))


def test_a_new_round_answers_what_the_applicant_was_asked() -> None:
    play = asked() >> refuses("a", "fixable") << ... >> corrects(x="x1") << ...
    assert not play.at("a/1").correcting
    assert play.at("a/1").state == "refused"


def test_the_turn_of_a_round_is_known_by_version_since_clocks_may_stand_still() -> None:
    play = asked() >> refuses("a", "fixable") << ... >> corrects(x="x1") << ...
    first, second = play.at("a/1"), play.at("a/2")
    assert first.opened == 0
    assert 0 < first.begun < second.opened < second.begun <= play.state.version


def test_an_attempt_repeats_the_recorded_input_and_keeps_the_first_time() -> None:
    play = asked() >> unheard("a") << ... >> passes("3 s") << ...
    entry = play.at("a")
    assert (entry.attempt, entry.input, entry.asked_at, entry.again_at) == (2, {"x": "x0"}, START, None)


def test_an_accepted_ask_is_sent_and_not_in_doubt() -> None:
    play = asked() >> unheard("a") << ... >> passes("3 s") << ... >> accepts("a") << ...
    entry = play.at("a")
    assert (entry.sent, entry.in_doubt, entry.ticket, entry.evidence) == (True, False, "t", PROOF)


def test_an_exhausted_step_asks_the_applicant_nothing() -> None:
    play = asked() >> all_exhausts("a") << ...
    assert (play.at("a").correctable, play.at("a").again_at, play.at("a").cause) == ((), None, "attempts")


def test_a_return_that_is_declined_becomes_a_refusal() -> None:
    play = asked() >> returns("a", "x") << ... >> cm.DeclineCorrection(step=A) << ...
    assert (play.at("a").state, play.at("a").final, play.at("a").cause) == ("refused", True, "declined")


def test_a_contribution_by_hand_is_known_as_one() -> None:
    play = asked() >> all_exhausts("a") << ...
    by_person = play >> by_hand(cm.ContributeByHand, "a", output={"number": "1"}, evidence=PROOF) << ...
    assert by_person.at("a").by_hand
    assert not (asked() >> contributes("a") << ...).at("a").by_hand


def test_an_incident_is_owned_by_its_place_alone() -> None:
    steps = plan(a=part("form.x", optional=True), b=part("form.y", optional=True), c=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> refuses("a") << ... >> refuses("b") << ...
    play = play >> contributes("a") << ... >> contributes("b") << ...
    play = play >> by_hand(cm.TakeIncident, "a", owner="ani") << ...
    assert [incident.owner for incident in play.state.incidents] == ["ani", ""]


def test_the_owner_of_what_is_held_and_of_its_incidents_is_one() -> None:
    play = asked() >> all_exhausts("a") << ... >> by_hand(cm.TakeIncident, "a", owner="ani") << ...
    assert play.at("a").owner == "ani"
    play = play >> by_hand(cm.AskAgain, "a") << ...
    assert play.at("a").owner == "", "a step that is asked again is no incident"
