"""Every step of every shipped plan refused, with every code of its contract's closed list.

One agency's no does not take another's yes away, unless the plan says so; nothing new is asked; the case closes whole,
and says what came of everything. What may be corrected goes on when it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import StepName
from tests.unwind.ends import holds_as_said, issues_without
from tests.unwind.offices import Does, refuses, returns
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_refusal, every_step, overlapping, row
from tests.unwind.telling import told
from workflows.core.calendar import after


def finals() -> Iterator[Any]:
    """Every no, while the steps beside it are done as soon as they are asked, and while they are still out."""
    for scene, name, code in every_refusal():
        for moment in ("", "while others are out"):
            yield row(scene, name, f"refused[{code}]{moment and ' ' + moment}", code, moment)


def corrections() -> Iterator[Any]:
    for scene, name, code in every_refusal():
        if scene.contract(name).refusals[code].correct:
            yield row(scene, name, f"refused[{code}]", code)


@pytest.mark.parametrize(("scene", "name", "code", "moment"), list(finals()))
def test_a_refusal_takes_more_away_than_the_plan_says_or_asks_on(
    scene: Scene, name: str, code: str, moment: str
) -> None:
    """Final from the beginning, or declined by the applicant."""
    correctable = bool(scene.contract(name).refusals[code].correct)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        assert play.at(name).final is not correctable
        if correctable:
            assert play.submit(cm.DeclineCorrection(step=StepName(name))) == ""
        play.goes_on()
        holds_as_said(play, name, code)

    slow = {other: Does(heard="later") for other in scene.beside(name)} if moment else {}
    told(scene, story, asks={**slow, name: refuses(code)})


@pytest.mark.parametrize(("scene", "name", "code"), list(corrections()))
def test_a_correctable_refusal_is_final_before_or_after_its_time(scene: Scene, name: str, code: str) -> None:
    refusal = scene.contract(name).refusals[code]

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        said = play.at(name).since
        assert said is not None
        play.goes_on()
        ends = next(play.recorded(ev.RefusalFinal, step=name))
        assert (ends.cause, ends.at) == ("expired", after(said, refusal.within or "no time is stated"))
        holds_as_said(play, name, code)

    told(scene, story, asks={name: refuses(code)})


@pytest.mark.parametrize(("scene", "name", "code"), list(corrections()))
def test_a_refusal_asks_for_other_answers_than_the_contract_says_or_goes_on_meanwhile(
    scene: Scene, name: str, code: str
) -> None:
    pointers = scene.pointers(name, scene.contract(name).refusals[code].correct)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        play.passes(days=1)
        assert play.state.status == "open"
        assert play.state.marks == ("waiting",)
        assert list(play.at(name).correctable) == pointers
        assert not play.asked() & scene.dependants(name)
        for other in scene.form:
            if not any(pointer.startswith(f"/{other}") for pointer in pointers):
                changed = cm.Correct(answers={other: {"x": "1"}})
                assert play.allows(changed) == "not_correctable", f"{other} may be changed, and nobody asked"
        assert play.allows(cm.Correct(answers={})) == "nothing_changed"

    told(scene, story, asks={name: refuses(code)})


def goes_on_with_other_answers(play: Play, pointers: list[str], asked: set[str]) -> None:
    """After a correction all that reads it was asked anew, and only that; nothing of the old answers is left."""
    scene = play.scene
    reached = scene.reopened(set(pointers))
    for other in scene.names:
        rounds = play.state.rounds((StepName(other), scene.item(other)))
        anew = other in reached & asked
        assert len(rounds) == 1 + anew, f"{other} was asked anew without need, or was not"
        assert rounds[-1].state == "contributed"
        if anew and scene.contract(other).effect == "reversible":
            assert rounds[0].state in {"undone", "refused", "returned"}, f"round 1 of {other} stands beside round 2"
        looks = scene.contract(other).effect == "none"
        assert looks or len(play.registers[StepName(other)].live()) == 1


@pytest.mark.parametrize(("scene", "name", "code"), list(corrections()))
def test_a_correction_reaches_less_or_more_than_what_reads_it(scene: Scene, name: str, code: str) -> None:
    pointers = scene.pointers(name, scene.contract(name).refusals[code].correct)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        play.passes(hours=20)
        asked = play.asked()
        assert play.submit(cm.Correct(answers=scene.correction(pointers))) == ""
        assert not [entry for _, _, entry in play.state.everything() if entry.correcting], "it is still asked back"
        undone_before_asked(play)
        play.goes_on()
        assert play.state.status == "issued"
        goes_on_with_other_answers(play, pointers, asked)
        assert {part.word for part in play.parts().values()} == {"contributed"}

    told(scene, story, asks={name: refuses(code)})


def undone_before_asked(play: Play) -> None:
    """What was contributed under the old answers is taken back before the same or a dependent step is asked anew."""
    for name in play.scene.names:
        if play.has(name) and play.at(name).state == "undoing":
            following = {name, *play.scene.dependants(name)}
            out = {other for other in following if play.has(other, 2) and play.at(other, 2).attempt}
            assert not out, f"{out} asked before the old {name} is taken back"


@pytest.mark.parametrize(("scene", "name", "code"), list(corrections()))
def test_a_second_no_to_corrected_answers_is_not_asked_back_or_not_final_when_declined(
    scene: Scene, name: str, code: str
) -> None:
    pointers = scene.pointers(name, scene.contract(name).refusals[code].correct)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        assert play.submit(cm.Correct(answers=scene.correction(pointers))) == ""
        play.until_step(name, "refused", round_=2)
        assert play.at(name, 2).correctable == tuple(pointers)
        assert not play.at(name, 1).correcting, "the first no still asks for something"
        assert play.submit(cm.DeclineCorrection(step=StepName(name))) == ""
        play.goes_on()
        if scene.step(name).optional:
            issues_without(play, name, code)
        else:
            assert play.state.status == "refused"
            assert play.state.closed_by == name
            stands = {other for other in scene.names if play.word(other) == "contributed"}
            assert stands == set(scene.names) - {name} - scene.dependants(name) - scene.loses(name) - fallen(play)

    told(scene, story, asks={name: (refuses(code), refuses(code))})


def fallen(play: Play) -> set[str]:
    """What was reopened too, and waits for the step that refused again: it was dropped, and nothing of it stands."""
    return {name for name in play.scene.names if play.word(name) == "dropped"}


@pytest.mark.parametrize(("scene", "name", "code"), list(corrections()))
def test_a_withdrawal_while_a_correction_is_asked_leaves_something_standing(scene: Scene, name: str, code: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        late = any(play.scene.contract(other).effect == "final" for other in play.asked())
        assert play.submit(cm.Withdraw()) == ("too_late" if late else "")
        if late:
            return
        play.goes_on()
        assert play.state.status == "withdrawn"
        assert play.state.closed_at is not None
        assert play.state.closed_at - play.state.opened_at < timedelta(days=2)  # type: ignore[operator]
        reversible = {other for other in scene.names if scene.contract(other).effect == "reversible"}
        assert not [other for other in reversible if play.registers[StepName(other)].live()]
        assert play.parts()[name].word == "refused"

    told(scene, story, asks={name: refuses(code)})


def returned(kind: str) -> Iterator[Any]:
    """Everything that an agency can send back for: an input that comes from the form as it is.

    Of a `final` step, or of one after it, for what that rests on; `beside` one; of a step that is `mute`, since its
    agency has neither refusals nor officers; `free` are all others.
    """
    for scene, name in every_step("ask"):
        for one, value in scene.step(name).in_.items():
            if not isinstance(value, str) or not value.startswith("form."):
                continue
            if kind == _kind(scene, name, set(scene.pointers(name, [one]))):
                yield row(scene, name, f"returned[{one}]", one)


def _kind(scene: Scene, name: str, pointers: set[str]) -> str:
    locked = overlapping(pointers, scene.locked())
    if not scene.may_say_no(name):
        return "mute"
    if name in scene.finals or (locked and scene.after_a_final(name)):
        return "final"
    return "beside" if locked and scene.beside(name) & set(scene.finals) else "free"


@pytest.mark.parametrize(("scene", "name", "one"), [*returned("free"), *returned("beside")])
def test_what_is_sent_back_is_not_asked_back(scene: Scene, name: str, one: str) -> None:
    pointers = scene.pointers(name, [one])

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "returned")
        assert list(play.at(name).correctable) == pointers
        asked = play.asked()
        assert not asked & scene.dependants(name)
        assert play.submit(cm.Correct(answers=scene.correction(pointers))) == ""
        play.goes_on()
        assert play.state.status == "issued"
        goes_on_with_other_answers(play, pointers, asked)

    told(scene, story, asks={name: returns(one)})


@pytest.mark.parametrize(("scene", "name", "one"), list(returned("free")))
def test_a_return_that_is_forgotten_is_no_refusal(scene: Scene, name: str, one: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "returned")
        play.goes_on()
        assert next(play.recorded(ev.RefusalFinal, step=name)).cause == "expired"
        assert play.word(name) == "refused"
        assert play.state.status == ("issued" if scene.step(name).optional else "refused")
        assert play.parts()[name].text == "look again", "the record does not say why it was sent back"

    told(scene, story, asks={name: returns(one)})


@pytest.mark.parametrize(("scene", "name", "one"), [*returned("final"), *returned("beside"), *returned("mute")])
def test_answers_that_a_final_step_was_asked_with_are_still_asked_back(scene: Scene, name: str, one: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "exhausted")
        play.passes(minutes=1)
        assert any(play.at(final).attempt for final in scene.finals) or not scene.may_say_no(name)
        assert play.at(name).cause == "returned"
        assert "held" in play.state.marks
        assert "waiting" not in play.state.marks
        changed = cm.Correct(answers=scene.correction(scene.pointers(name, [one])))
        assert play.allows(changed) == "not_correctable"

    told(scene, story, asks={name: returns(one)})
