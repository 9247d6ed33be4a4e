"""Every reversible step of every shipped plan undone twice, and every other one not undone at all.

The applicant withdraws; whatever was done or may have been done is taken back, in reverse, under one key, until it is
answered. An agency that does not take back is a person's to settle. A check has nothing to take back, and a final step
is not undone: it is waited for.
"""

from __future__ import annotations

from typing import Any

import pytest

from contracts import commands as cm
from contracts import wire
from contracts.ids import StepName
from tests.unwind.acts import ACT, OWNER
from tests.unwind.ends import in_reverse, is_withdrawn_whole
from tests.unwind.offices import Does, Heard, keeps_it
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_refusal, every_reversible, row
from tests.unwind.telling import told
from workflows.core.undoing import decided_by_people
from workflows.projections.case_view import ACTS, case_view

EVERY_ACT = sorted({act for state, acts in ACTS.items() if state not in {"contested", "fallen"} for act in acts})
"""On a step that asks an agency: nobody objects to one."""
SETTLED = ("undo-again", "undone", "keep")
"""What a person can do about an undo that was refused or is exhausted."""


def reversible(*words: str) -> list[Any]:
    return [row(scene, name, f"undone[{one}]", one) for scene, name in every_reversible() for one in words]


def in_time(*words: str) -> list[Any]:
    """Those whose contract says until when: a sub-case can be taken back for as long as it stands."""
    return [one for one in reversible(*words) if one.values[0].kind(one.values[1]) != "service"]


def withdraws(play: Play, name: str, moment: str = "contributed") -> None:
    """Withdraw once the step has contributed, or while its ask is out.

    What a desk contributes may let a final step be asked at once: a pause keeps that back.
    """
    play.opens()
    if moment == "out":
        play.until(lambda: bool(play.offices[StepName(name)].asked))
        assert play.at(name).state == "asked"
    elif moment == "unheard":
        play.until_step(name, "failed", "exhausted")
    else:
        play.until_step(name, "accepted", "contributed")
        if play.scene.at_desk(name):
            assert play.submit(cm.PauseCase(act=ACT)) == ""
        play.until_step(name, "contributed")
    assert play.submit(cm.Withdraw(reason="another town")) == ""
    if play.state.paused:
        assert play.state.marks == ("paused",)
        assert play.submit(cm.ResumeCase(act=ACT)) == ""


@pytest.mark.parametrize(("scene", "name", "moment"), reversible("contributed", "out", "unheard"))
def test_a_withdrawal_leaves_something_standing_or_takes_it_back_out_of_order(
    scene: Scene, name: str, moment: str
) -> None:
    def story(play: Play) -> None:
        withdraws(play, name, moment)
        play.goes_on()
        assert play.word(name) == "undone"
        is_withdrawn_whole(play)

    told(scene, story, asks={name: Does(heard="lost")} if moment == "unheard" else {})


AFTER = [row(*one, "withdrawn after a final step") for one in every_reversible(after_a_final=True)]


@pytest.mark.parametrize(("scene", "name"), AFTER)
def test_what_rests_on_a_final_step_can_be_withdrawn(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until(lambda: bool(play.offices[StepName(name)].asked))
        assert not case_view(play.state).can_withdraw
        assert play.submit(cm.Withdraw(reason="another town")) == "too_late"
        play.goes_on()
        assert play.state.status == "issued"
        assert not play.offices[StepName(name)].undone

    told(scene, story)


@pytest.mark.parametrize(("scene", "name", "heard"), reversible("lost", "later", "at once"))
def test_an_undo_that_goes_again_is_another_wish_or_answered_twice(scene: Scene, name: str, heard: Heard) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.until_step(name, "undone")
        assert play.says_again(name, wire.Undone(key=play.key(name, verb="undo")), "undo") == []
        assert play.says_again(name, wire.UndoRefused(key=play.key(name, verb="undo"), code="used"), "undo") == []
        assert play.says_again(name, wire.Accepted(key=play.key(name, verb="undo")), "undo") == []
        play.goes_on()
        is_withdrawn_whole(play)
        attempts = {attempt for _, attempt in play.offices[StepName(name)].undone}
        assert attempts == {1, 2} if heard == "lost" else 1 in attempts
        assert attempts == {1} or heard != "at once"

    told(scene, story, undos={name: Does("undoes", heard)})


@pytest.mark.parametrize(("scene", "name", "_words"), reversible("crash"))
def test_a_crash_between_undo_and_answer_makes_a_second_wish(scene: Scene, name: str, _words: str) -> None:
    def story(play: Play) -> None:
        office = play.offices[StepName(name)]
        withdraws(play, name)
        play.until(lambda: bool(office.undone))
        assert play.at(name).state == "undoing"
        play.crash()
        play.goes_on()
        assert set(office.undone) == {(play.key(name, verb="undo"), 1)}
        assert len(office.undone) > 1
        is_withdrawn_whole(play)

    told(scene, story)


@pytest.mark.parametrize(("scene", "name", "_words"), reversible("before its ask"))
def test_an_undo_that_overtakes_its_ask_leaves_what_the_ask_does(scene: Scene, name: str, _words: str) -> None:
    """By wire the agency remembers the undo; a desk is ours, and what nobody decided is just taken off it."""

    def story(play: Play) -> None:
        office = play.offices[StepName(name)]
        play.opens()
        play.until_step(name, *(("accepted",) if scene.at_desk(name) else ("failed", "exhausted")))
        assert play.submit(cm.Withdraw(reason="another town")) == ""
        play.goes_on()
        assert play.word(name) == "undone"
        assert office.did.total() == office.forgets, "who knows no keys does what comes, and takes it back afterwards"
        assert bool(office.undone) is not scene.at_desk(name)
        assert scene.at_desk(name) or office.answers[play.key(name)] == wire.Undone(key=play.key(name))
        is_withdrawn_whole(play)

    told(scene, story, asks={} if scene.at_desk(name) else {name: Does(heard="slow")})


@pytest.mark.parametrize(("scene", "name", "_words"), reversible("and contributed again"))
def test_a_contribution_after_its_undo_moves_something_or_is_seen_by_nobody(
    scene: Scene, name: str, _words: str
) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        for _ in range(5):
            play.says_again(name, wire.Contributed(key=play.key(name), output=scene.output(name)))
        assert (play.word(name), play.state.status) == ("undone", "withdrawn")
        assert [incident.cause for incident in play.state.incidents] == ["late_contribution"]
        assert play.does("take-incident", name) == ""

    told(scene, story)


# --- an agency that does not take back ----------------------------------------------------------------------------


def stubborn(scene: Scene, name: str) -> dict[str, Does]:
    """Every way in which an undo is not done; what lies on a desk is answered by its officer."""
    if decided_by_people(scene.contract(name)):
        return {"refused": keeps_it()}
    return {
        "refused": keeps_it(),
        "exhausted, attempts": Does("undoes", "silence"),
        "exhausted, answer": Does("undoes", "4xx"),
        "exhausted, contract": Does("undoes", "broken"),
    }


def unwilling() -> list[Any]:
    return [
        row(scene, name, f"undo {words.partition(',')[0]}[{words.partition(', ')[2] or 'used'}]", does)
        for scene, name in every_reversible()
        for words, does in stubborn(scene, name).items()
    ]


def is_held_by_an_undo(play: Play, name: str) -> None:
    assert play.at(name).state in {"undo_refused", "undo_exhausted"}
    assert (play.state.status, play.state.marks) == ("closing", ("held",))
    above = {other for other in play.scene.names if name in play.scene.dependants(other)}
    assert not [other for other in above if play.at(other).undo_attempt], "undone before what rests on it is settled"


@pytest.mark.parametrize(("scene", "name", "does"), unwilling())
def test_an_undo_that_is_not_done_is_no_incident_or_offers_what_cannot_be_done(
    scene: Scene, name: str, does: Does
) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        is_held_by_an_undo(play, name)
        shown = next(step for step in case_view(play.state).steps if step.step == name)
        assert shown.incident is not None
        offered = {"undo-again", "undone", "keep", "take-incident"}
        assert set(shown.incident.acts) == offered
        allowed = {act for act in EVERY_ACT if not play.allows(play.act(act, name))}
        assert allowed == offered
        assert play.does("take-incident", name) == ""
        play.goes_on()
        assert play.state.status == "closing", "closed, and it is neither taken back nor kept by a name"

    told(scene, story, undos={name: does})


@pytest.mark.parametrize("act", SETTLED)
@pytest.mark.parametrize(("scene", "name", "does"), unwilling())
def test_what_a_person_does_about_an_undo_does_not_settle_it(scene: Scene, name: str, does: Does, act: str) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        play.mends(name)
        assert play.does(act, name) == ""
        play.goes_on()
        if act == "keep":
            assert play.state.status == "withdrawn"
            part = play.parts()[name]
            assert (part.word, part.owner) == ("kept", OWNER)
            assert part.values, "the record does not say what still stands"
            assert play.at(name).output == scene.output(name)
        else:
            is_withdrawn_whole(play)
        assert "held" not in play.state.marks
        in_reverse(play)
        assert not play.state.incidents

    told(scene, story, undos={name: does})


@pytest.mark.parametrize(("scene", "name", "does"), unwilling())
def test_asking_for_an_undo_that_is_not_mended_is_held_no_more(scene: Scene, name: str, does: Does) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        assert play.does("undo-again", name) == ""
        assert play.at(name).state == "undoing"
        play.goes_on()
        is_held_by_an_undo(play, name)

    told(scene, story, undos={name: does})


@pytest.mark.parametrize(("scene", "name", "does"), unwilling())
def test_a_late_undone_does_not_settle_it(scene: Scene, name: str, does: Does) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        play.offices[StepName(name)].take_back(play.key(name))
        play.says_again(name, wire.Undone(key=play.key(name, verb="undo")), "undo")
        assert play.word(name) == "undone"
        play.goes_on()
        is_withdrawn_whole(play)

    told(scene, story, undos={name: does})


@pytest.mark.parametrize(("scene", "name", "_words"), reversible("although a person kept it"))
def test_an_undone_that_comes_after_it_was_kept_is_seen_by_nobody(scene: Scene, name: str, _words: str) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        assert play.does("keep", name) == ""
        for _ in range(5):
            play.says_again(name, wire.Undone(key=play.key(name, verb="undo")), "undo")
        assert play.word(name) == "kept"
        assert [incident.cause for incident in play.state.incidents] == ["undone_though_kept"]

    told(scene, story, undos={name: keeps_it()})


@pytest.mark.parametrize("act", SETTLED)
@pytest.mark.parametrize(("scene", "name", "_words"), in_time("too late"))
def test_an_undo_is_sent_after_the_contracts_time_for_it(scene: Scene, name: str, _words: str, act: str) -> None:
    within = scene.contract(name).undo
    assert within is not None
    assert within.within == "30 days"

    def story(play: Play) -> None:
        office = play.offices[StepName(name)]
        play.opens()
        play.until_step(name, "accepted", "contributed")
        if play.word(name) == "accepted":
            play.passes(minutes=1)  # what systems answer is not lost in a restart while the case is paused
            assert play.submit(cm.PauseCase(act=ACT)) == ""
        play.until_step(name, "contributed")
        if not play.state.paused:
            assert play.submit(cm.PauseCase(act=ACT)) == ""
        play.passes(days=31)
        assert play.submit(cm.Withdraw(reason="another town")) == ""
        assert play.submit(cm.ResumeCase(act=ACT)) == ""
        play.goes_on()
        while resting := [other for other in scene.dependants(name) if play.at(other).state == "undo_refused"]:
            assert play.does("undone", resting[0]) == ""
        assert (play.at(name).state, play.at(name).code) == ("undo_refused", "too_late")
        assert not office.undone
        code = play.does(act, name)
        assert code == ("too_late" if act == "undo-again" else "")
        if code:
            shown = next(step for step in case_view(play.state).steps if step.step == name)
            assert shown.incident is not None
            assert act not in shown.incident.acts
        else:
            assert play.word(name) == ("kept" if act == "keep" else "undone")
        assert not office.undone

    # Where nothing waits for it, its contribution may be the last: a pause comes before that, or the output is issued.
    told(scene, story, asks={} if scene.dependants(name) or scene.at_desk(name) else {name: Does(heard="later")})


# --- undone because answers were corrected ------------------------------------------------------------------------


def superseded() -> list[Any]:
    """Every contribution that a correction takes back: the refusal that asks for it, and the step that falls."""
    rows: list[Any] = []
    for scene, name, code in every_refusal():
        pointers = set(scene.pointers(name, scene.contract(name).refusals[code].correct))
        for other in sorted(scene.reopened(pointers) - {name} if pointers else ()):
            before = name in scene.dependants(other)
            if before and scene.contract(other).effect == "reversible":
                rows.append(row(scene, other, f"undone[corrected after {name} refused {code}]", name, code))
    return rows


@pytest.mark.parametrize("act", ["undo-again", "undone", "keep and take", "keep and end"])
@pytest.mark.parametrize(("scene", "name", "refuser", "code"), superseded())
def test_a_contribution_that_is_not_taken_back_stands_beside_its_successor(
    scene: Scene, name: str, refuser: str, code: str, act: str
) -> None:
    pointers = scene.pointers(refuser, scene.contract(refuser).refusals[code].correct)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(refuser, "refused")
        assert play.submit(cm.Correct(answers=scene.correction(pointers))) == ""
        play.until_step(name, "undo_refused")
        play.passes(days=3)
        following = {name, *scene.dependants(name)} & {other for other in scene.names if play.has(other, 2)}
        assert not [other for other in following if play.at(other, 2).attempt], "asked anew before the old is settled"
        first, _, then = act.partition(" and ")
        play.mends(name)
        assert play.does(first, name) == ""
        play.passes(days=3)
        if then == "take":
            assert "held" in play.state.marks, "what was kept passes for what was asked anew"
            assert play.does("take-kept", name) == ""
        elif then == "end":
            assert play.does("end", name) == ""
        play.goes_on()
        kept = [place.round for place in play.offices[StepName(name)].live()]
        assert kept == ([1] if then else [2])
        assert play.state.status == ("ended" if then == "end" else "issued")
        if then == "end":
            closing = [part for part in play.every_part() if part.step == name]
            assert [part.word for part in closing] == ["kept", "dropped"]
            assert closing[0].owner == OWNER

    told(scene, story, asks={refuser: Does("refuses", code=code)}, undos={name: keeps_it()})
