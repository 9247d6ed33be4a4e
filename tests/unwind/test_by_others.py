"""Steps that no agency carries out, of every shipped plan: what the applicant and neighbours do twice, late, or not.

That each is refused, with every code that it has, is told where agencies refuse (`test_refused.py`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.ids import StepName
from tests.unwind.acts import ACT
from tests.unwind.offices import refuses
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_step, row
from tests.unwind.telling import told
from workflows.core.calendar import after
from workflows.core.step_kinds import EXPIRED
from workflows.projections.case_view import ACTS, case_view

EVERY_ACT = sorted({act for state, acts in ACTS.items() if state != "fallen" for act in acts} - {"uphold", "dismiss"})


def others(words: str) -> list[Any]:
    return [row(*one, words) for one in every_step("wait", "applicant") if not one[0].step(one[1]).pays]


def applicants(words: str) -> list[Any]:
    """Steps that the applicant answers; what is paid is told of in `test_paid.py`."""
    return [row(*one, words) for one in every_step("applicant") if not one[0].step(one[1]).pays]


def published(words: str) -> list[Any]:
    """Waits at which others may object."""
    return [row(*one, words) for one in every_step("wait") if one[0].step(one[1]).publish is not None]


def answers(play: Play, name: str, **changed: Any) -> cm.AnswerStep:
    told_by = wire.Evidence(kind="attested", received_at=play.now, digest="sha256:0", actor="applicant")
    return cm.AnswerStep(step=StepName(name), output={**play.scene.output(name), **changed}, evidence=told_by)


def objects(name: str) -> cm.RaiseObjection:
    return cm.RaiseObjection(step=StepName(name), name="Sri", contact="0812", grounds="The well is ours.")


def decides(name: str, *, upheld: bool = False) -> cm.DecideObjection:
    return cm.DecideObjection(step=StepName(name), number=1, upheld=upheld, act=ACT)


def runs_out(play: Play, name: str) -> timedelta:
    """How long a step that has begun still lasts."""
    until = play.at(name).give_up_at
    assert until is not None
    return until - play.now


# --- each of them -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scene", "name"), others("begun twice"))
def test_a_step_begins_twice_or_after_what_waits_for_it(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert not play.asked() & scene.dependants(name)
        play.goes_on()
        assert play.state.status == "issued"
        assert len(list(play.recorded(ev.StepBegun, step=name))) == 1
        assert len(list(play.recorded(ev.StepContributed, ev.ApplicantAnswered, step=name))) == 1

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), others("nobody acts for them"))
def test_an_operator_does_what_is_the_applicants_or_times(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        allowed = {act for act in EVERY_ACT if not play.allows(play.act(act, name))}
        assert allowed == {"end"}, "an operator can do what is not theirs to do"

    told(scene, story)


@pytest.mark.parametrize("how", ["withdraw", "end"])
@pytest.mark.parametrize(("scene", "name"), others("given up"))
def test_a_case_that_is_given_up_waits_for_the_applicant_or_for_time(scene: Scene, name: str, how: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert play.submit(cm.Withdraw() if how == "withdraw" else cm.EndCase(act=ACT)) == ""
        assert play.word(name) == "dropped"
        play.passes(minutes=5)  # in which what others contributed is taken back
        assert (play.state.status, play.word(name)) == ("withdrawn" if how == "withdraw" else "ended", "dropped")
        before = len(play.journal)
        for late in (answers(play, name), cm.DeclineStep(step=StepName(name)), objects(name), decides(name)):
            assert play.submit(late) in {"not_now", "too_late"}
        assert len(play.journal) == before

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), others("paused"))
def test_time_that_is_over_in_a_pause_is_over_before_it_ends(scene: Scene, name: str) -> None:
    """What the applicant answers meanwhile counts; what nobody does is over when the case goes on."""
    kind = scene.kind(name)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert play.submit(cm.PauseCase(act=ACT)) == ""
        play.passes(days=60)
        assert play.word(name) == "accepted", "time is applied while the case is paused"
        assert play.submit(cm.ResumeCase(act=ACT)) == ""
        assert play.word(name) == ("contributed" if kind == "wait" else "refused")
        play.goes_on()
        assert play.state.status == ("issued" if kind == "wait" else "refused")

    told(scene, story, asks={name: refuses(EXPIRED)} if kind == "applicant" else {})


# --- the applicant ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scene", "name"), applicants("answered twice"))
def test_what_the_applicant_answers_twice_counts_twice_or_may_change(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "contributed")
        before = len(play.journal)
        for again in (answers(play, name), cm.DeclineStep(step=StepName(name))):
            assert play.submit(again) == "not_now"
        assert len(play.journal) == before
        assert play.at(name).output == scene.output(name)
        play.goes_on()
        assert play.state.status == "issued"

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), applicants("answered wrongly"))
def test_wrong_answers_are_taken_or_spend_the_step(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        before = len(play.journal)
        assert play.submit(answers(play, name, unasked={"no": "such"})) == "form_invalid"
        assert len(play.journal) == before
        play.goes_on()
        assert play.state.status == "issued"

    told(scene, story)


@pytest.mark.parametrize("word", ["declined", "expired"])
@pytest.mark.parametrize(("scene", "name"), applicants("answered after its end"))
def test_an_answer_after_it_was_declined_or_expired_opens_the_case_again(scene: Scene, name: str, word: str) -> None:
    task = scene.step(name).applicant
    assert task is not None

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        assert play.at(name).code == word
        said = next(play.recorded(ev.StepBegun, step=name)).at
        ends = next(play.recorded(ev.StepRefused, step=name)).at
        assert (ends == after(said, task.within)) is (word == "expired"), "over before or after its time"
        assert play.state.status == "refused"
        before = len(play.journal)
        assert play.submit(answers(play, name)) == "not_now"
        assert play.submit(cm.DeclineStep(step=StepName(name))) == "not_now"
        assert len(play.journal) == before

    told(scene, story, asks={name: refuses(word)})


# --- neighbours ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before its time is over", "after"])
@pytest.mark.parametrize(("scene", "name"), published("objection dismissed"))
def test_a_dismissed_objection_ends_the_wait_early_or_holds_it_for_ever(scene: Scene, name: str, when: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        left = runs_out(play, name)
        assert play.submit(objects(name)) == ""
        if when == "after":
            play.passes(seconds=left.total_seconds() + 1, days=30)
            assert "held" in play.state.marks
            shown = next(step for step in case_view(play.state).steps if step.step == name)
            assert shown.incident is not None
            assert set(shown.incident.acts) >= {"uphold", "dismiss"}
        assert play.word(name) == "accepted", "over, and an objection is not decided"
        assert play.submit(decides(name)) == ""
        assert play.submit(decides(name)) == "not_now"
        assert play.submit(decides(name, upheld=True)) == "not_now"
        assert play.word(name) == ("contributed" if when == "after" else "accepted")
        play.goes_on()
        assert play.state.status == "issued"

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), published("objection too late"))
def test_an_objection_after_the_time_for_it_moves_something(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "contributed")
        before = len(play.journal)
        assert play.submit(objects(name)) == "too_late"
        assert play.submit(decides(name, upheld=True)) == "not_now"
        assert len(play.journal) == before
        play.goes_on()
        assert play.state.status == "issued"

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), published("objection that nobody decides"))
def test_an_objection_that_nobody_decides_keeps_the_applicant_from_withdrawing(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert play.submit(objects(name)) == ""
        play.passes(days=200)
        assert play.word(name) == "accepted"
        assert play.submit(cm.Withdraw()) == ""
        play.goes_on()
        assert (play.state.status, play.word(name)) == ("withdrawn", "dropped")
        assert not play.state.marks

    told(scene, story)
