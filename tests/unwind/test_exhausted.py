"""Every step of every shipped plan exhausted, for every cause, and then each act that a person has, or a late answer.

Exhausted is no end: the case is held, nobody has to guess, and whatever is done about it comes to a whole end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.ids import StepName
from tests.unwind.acts import OWNER
from tests.unwind.ends import closes_as_the_plan_says, given_up, issues_without
from tests.unwind.offices import Does, refuses, returns
from tests.unwind.plays import Play
from tests.unwind.scenes import Row, Scene, every_step, row
from tests.unwind.telling import told
from workflows.projections.case_view import ACTS, case_view

BY_WIRE = {
    "attempts": Does(heard="silence"),
    "answer": Does(heard="4xx"),
    "contract": Does(heard="broken"),
    "contract, unlisted": refuses("never_agreed"),
}
ONCE = {"unknown" if cause == "attempts" else cause: does for cause, does in BY_WIRE.items()}
"""Of an agency that would do again what it is asked again: silence spends no attempts there."""
AT_DESK = {"returned": returns(), "contract": Does(heard="broken"), "contract, unlisted": refuses("never_agreed")}
EVERY_ACT = sorted({act for state, acts in ACTS.items() if state not in {"contested", "fallen"} for act in acts})
"""On a step that asks an agency: nobody objects to one."""
Cause = tuple[str, Does]


def causes(scene: Scene, name: str) -> dict[str, Does]:
    """By the cause that is recorded, what an office does to exhaust an ask."""
    return AT_DESK if scene.at_desk(name) else BY_WIRE if scene.bears_repeats(name) else ONCE


def held(*, optional: bool | None = None, final: bool | None = None) -> list[Any]:
    return list(_held(optional, final))


def _held(optional: bool | None, final: bool | None) -> Iterator[Any]:  # noqa: FBT001 - a filter, three words wide
    for scene, name in every_step("ask"):
        if optional in {None, scene.step(name).optional} and final in {None, name in scene.finals}:
            for words, does in causes(scene, name).items():
                yield row(scene, name, f"exhausted[{words}]", words.partition(",")[0], does)


def refusing(one: Row) -> bool:
    """Whether the step of a row has a no that cannot be corrected."""
    scene, name, *_ = one.values
    return bool(scene.last_word(name))


def comes_to_be_held(play: Play, name: str) -> None:
    """Let what is asked beside it be answered too."""
    play.opens()
    play.until_step(name, "exhausted")
    play.passes(minutes=1)


def rejections(scene: Scene, name: str) -> dict[str, str]:
    """What must be rejected about an exhausted step, and why."""
    nothing_undone = dict.fromkeys(("undo-again", "undone", "keep", "take-kept"), "not_now")
    doubt = {"nothing-done": "not_now"} if scene.bears_repeats(name) else {"ask-again": "outcome_unknown"}
    locked = {"replace": "locked"} if name in scene.finals else {}
    required = {} if scene.step(name).optional else {"skip": "not_optional"}
    elsewhere = {"contribute": "not_now"} if scene.kind(name) == "service" else {}
    return nothing_undone | doubt | locked | required | elsewhere


def is_asked_again(play: Play, name: str) -> None:
    """Have it asked again; one that would be done twice, only once its agency says that nothing of it stands."""
    if not play.scene.bears_repeats(name):
        assert play.does("ask-again", name) == "outcome_unknown"
        play.offices[StepName(name)].take_back(play.key(name))
        assert play.does("nothing-done", name) == ""
    assert play.does("ask-again", name) == ""


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held())
def test_an_exhausted_step_is_no_incident_or_offers_what_cannot_be_done(
    scene: Scene, name: str, cause: str, does: Does
) -> None:
    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        shown = next(step for step in case_view(play.state).steps if step.step == name)
        assert "held" in play.state.marks
        assert not play.asked() & scene.dependants(name)
        incident = shown.incident
        assert incident is not None
        assert (incident.cause, incident.owner) == (cause, "")
        rejected = rejections(scene, name)
        assert set(incident.acts) == set(EVERY_ACT) - set(rejected)
        assert {act: play.allows(play.act(act, name)) for act in EVERY_ACT} == {
            act: rejected.get(act, "") for act in EVERY_ACT
        }

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held())
def test_asking_again_is_another_wish_or_does_not_settle_it(scene: Scene, name: str, cause: str, does: Does) -> None:
    del cause

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        play.mends(name)
        is_asked_again(play, name)
        play.goes_on()
        assert play.state.status == "issued"
        assert {key for key, _ in play.offices[StepName(name)].asked} <= {play.key(name)}
        last = list(play.recorded(ev.StepAsked, step=name))[-1]
        assert (last.actor, last.reason) == ("operator", "telephoned")
        assert play.parts()[name].word == "contributed"

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held(optional=False))
def test_asking_again_what_is_not_mended_is_held_no_more(scene: Scene, name: str, cause: str, does: Does) -> None:
    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        assert play.does("take-incident", name) == ""
        is_asked_again(play, name)
        assert "held" not in play.state.marks
        play.goes_on()
        assert (play.at(name).state, play.at(name).cause, play.at(name).owner) == ("exhausted", cause, "")
        assert (play.state.status, play.state.marks) == ("open", ("held",))

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held(final=False))
def test_a_replaced_input_is_asked_beside_what_the_old_one_may_have_done(
    scene: Scene, name: str, cause: str, does: Does
) -> None:
    del cause
    reversible = scene.contract(name).effect == "reversible"

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        play.mends(name)
        assert play.does("replace", name) == ""
        assert play.at(name, 2).attempt == 0 or play.at(name).state in {"dropped", "undone"}
        play.goes_on()
        assert play.state.status == "issued"
        assert play.at(name).state == ("undone" if reversible else "dropped")
        assert play.at(name, 2).state == "contributed"
        assert play.at(name, 2).given_input is not None

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held())
def test_what_a_person_contributed_does_not_count_or_is_not_said_to_be_by_hand(
    scene: Scene, name: str, cause: str, does: Does
) -> None:
    del cause

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        by_telephone = wire.Evidence(kind="attested", received_at=play.now, digest="", actor="operator")
        wrong = cm.ContributeByHand(output={"no": "such"}, evidence=by_telephone, **play.where(name))
        assert play.allows(wrong) == "output_invalid"
        assert play.does("contribute", name) == ""
        play.goes_on()
        assert play.state.status == "issued"
        recorded = next(play.recorded(ev.StepContributed, step=name))
        assert (recorded.actor, recorded.reason, recorded.evidence.actor) == ("operator", "telephoned", "operator")
        assert play.at(name).by_hand
        part = play.parts()[name]
        assert part.word == "contributed"
        assert part.evidence["received_from"] == ("officer" if scene.at_desk(name) else "hand")

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held(optional=True, final=False))
@pytest.mark.parametrize("by", ["hand", "promise"])
def test_an_optional_step_holds_the_output_up_or_is_left_half_done(
    scene: Scene, name: str, cause: str, does: Does, by: str
) -> None:
    """Skipped by a person, or by itself when its promise is over."""
    del cause

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        if by == "hand":
            assert play.does("skip", name) == ""
        play.goes_on()
        assert play.state.status == "issued"
        assert not play.offices[StepName(name)].live()
        assert play.word(name) == "undone", "what may have been done was not taken back"
        started = next(play.recorded(ev.UndoStarted, step=name))
        assert (started.cause, started.actor) == ("skipped", "operator" if by == "hand" else "")
        assert {step: part.word for step, part in play.parts().items() if part.word != "contributed"} == {
            name: "undone"
        }

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held())
def test_an_ended_case_leaves_what_may_have_been_done_or_takes_more_back(
    scene: Scene, name: str, cause: str, does: Does
) -> None:
    del cause
    left = {"none": "dropped", "reversible": "undone", "final": "exhausted"}[scene.contract(name).effect]

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        assert play.does("end", name) == ""
        play.goes_on()
        if name in scene.finals:
            assert play.state.status == "closing", "closed, and nobody owns what a final step may have done"
            assert play.does("take-incident", name) == ""
            play.goes_on()
            assert play.parts()[name].owner == OWNER
        assert (play.state.status, play.state.reason) == ("ended", "telephoned")
        expected: dict[str, str] = {}
        for other in scene.names:
            unasked = other in scene.dependants(name) or other not in play.asked()
            usual = "undone" if other in scene.loses(name) else "contributed"
            usual = "dropped" if given_up(play, name, other) else usual
            expected[other] = left if other == name else "dropped" if unasked else usual
        assert play.words == expected
        words = {step: part.word for step, part in play.parts().items()}
        expected[name] = "missing" if left == "exhausted" else left
        assert words == {step: expected[step] for step in words}
        assert not play.state.credential

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held())
def test_a_late_answer_no_longer_decides(scene: Scene, name: str, cause: str, does: Does) -> None:
    del cause

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        play.passes(minutes=2)
        play.offices[StepName(name)].contribute(play.key(name))
        play.says(play.place(name), play.offices[StepName(name)].answers[play.key(name)])
        assert play.word(name) == "contributed"
        play.goes_on()
        assert play.state.status == "issued"
        assert {part.word for part in play.parts().values()} == {"contributed"}

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), [one for one in held() if refusing(one)])
def test_a_late_no_is_not_a_no(scene: Scene, name: str, cause: str, does: Does) -> None:
    del cause
    code = scene.last_word(name)

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        office = play.offices[StepName(name)]
        office.states[play.key(name)] = "refused"  # it never did it, whatever it said
        play.says(play.place(name), wire.Refused(key=play.key(name), code=code))
        play.goes_on()
        assert play.word(name) == "refused"
        (issues_without if scene.step(name).optional else closes_as_the_plan_says)(play, name, code)

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), [one for one in held() if "returned" not in one.values])
def test_an_agency_that_says_late_that_it_has_the_ask_is_still_an_incident(
    scene: Scene, name: str, cause: str, does: Does
) -> None:
    """Where it was not known: a desk's task was accepted before, and that it lies there ends no incident."""
    del cause

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        play.says(play.place(name), wire.Accepted(key=play.key(name), ticket="late"))
        assert play.at(name).state == ("exhausted" if scene.at_desk(name) else "accepted")
        office = play.offices[StepName(name)]
        office.contribute(play.key(name))
        play.says(play.place(name), office.answers[play.key(name)])
        play.goes_on()
        assert play.state.status == "issued"

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held(final=False))
def test_a_withdrawn_case_is_held_by_what_was_exhausted(scene: Scene, name: str, cause: str, does: Does) -> None:
    del cause

    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        if any(play.at(final).attempt for final in scene.finals):
            assert play.submit(cm.Withdraw()) == "too_late"
            return
        assert play.submit(cm.Withdraw()) == ""
        play.goes_on()
        assert play.state.status == "withdrawn"
        reversible = {other for other in scene.names if scene.contract(other).effect == "reversible"}
        assert not [other for other in reversible if play.registers[StepName(other)].live()]

    told(scene, story, asks={name: does})


@pytest.mark.parametrize(("scene", "name", "cause", "does"), held(optional=False))
def test_a_required_step_is_given_up_by_itself(scene: Scene, name: str, cause: str, does: Does) -> None:
    def story(play: Play) -> None:
        comes_to_be_held(play, name)
        play.passes(days=400)
        assert (play.at(name).state, play.at(name).cause) == ("exhausted", cause)
        assert (play.state.status, play.state.marks) == ("open", ("held",))
        assert play.does("take-incident", name) == ""
        assert play.at(name).owner == OWNER

    told(scene, story, asks={name: does})
