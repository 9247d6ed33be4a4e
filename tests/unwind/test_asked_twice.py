"""Every step of every shipped plan asked twice, and answered twice: it is one wish, done once, with one word.

What interrupts it: a crash between ask and answer, a lost answer, a callback that is repeated or never comes, an answer
after the end, or of a round that was replaced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.ids import StepName
from tests.unwind.offices import Does, refuses
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_refusal, every_step, row
from tests.unwind.telling import told
from workflows.core.answers import MOST_LATE_ANSWERS_RECORDED
from workflows.projections.case_view import case_view


def steps(words: str) -> list[Any]:
    return [row(scene, name, words) for scene, name in every_step("ask")]


def repeatable(words: str) -> list[Any]:
    """Steps whose asks may go again while nobody knows what became of them."""
    return [row(scene, name, words) for scene, name in every_step("ask") if scene.bears_repeats(name)]


def leaving_once(words: str) -> list[Any]:
    """Steps whose agency would do again what it is asked again."""
    return [row(scene, name, words) for scene, name in every_step("ask") if not scene.bears_repeats(name)]


def by_wire(words: str) -> list[Any]:
    """Steps whose agency has a system of the protocol: it may accept, and answer later."""
    return [row(scene, name, words) for scene, name in every_step("ask") if scene.by_wire(name)]


def refusing(words: str) -> list[Any]:
    return [row(scene, name, words) for scene, name in every_step("ask") if scene.last_word(name)]


def corrected() -> Iterator[Any]:
    for scene, name, code in every_refusal():
        if scene.contract(name).refusals[code].correct:
            yield row(scene, name, f"answered twice[after {code} was corrected]", code)


def is_done_once(play: Play, name: str) -> None:
    """The case is issued, and this step was one wish with one word."""
    office = play.offices[StepName(name)]
    assert play.state.status == "issued"
    assert {key for key, _ in office.asked} == {play.key(name)}, "a repeat is another wish"
    assert office.did == {play.key(name): 1}
    assert len(list(play.recorded(ev.StepContributed, step=name))) == 1
    assert play.at(name).output == office.output


def finds_out(play: Play) -> None:
    """Somebody telephones about what the crash left in doubt beside: it was done."""
    play.passes(minutes=1)
    for other in play.scene.names:
        if play.has(other) and play.at(other).cause == "unknown":
            assert play.does("contribute", other) == ""


@pytest.mark.parametrize(("scene", "name"), repeatable("asked twice[crash]"))
def test_a_crash_between_ask_and_answer_makes_a_second_wish(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        office = play.offices[StepName(name)]
        play.opens()
        play.until(lambda: bool(office.asked))
        assert play.at(name).state == "asked"
        play.crash()
        finds_out(play)
        play.goes_on()
        assert len(office.asked) > 1
        assert {attempt for _, attempt in office.asked} == {1}, "the same attempt goes again"
        is_done_once(play, name)

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), repeatable("asked twice[answer lost]"))
def test_a_lost_answer_makes_a_second_wish_or_is_not_said_to_be_checked(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "failed")
        shown = next(step for step in case_view(play.state).steps if step.step == name)
        assert shown.being_checked
        assert shown.again_at is not None
        assert not play.asked() & scene.dependants(name)
        play.goes_on()
        assert {attempt for _, attempt in play.offices[StepName(name)].asked} == {1, 2}
        assert not play.at(name).in_doubt
        is_done_once(play, name)

    told(scene, story, asks={name: Does(heard="lost")})


@pytest.mark.parametrize(("scene", "name"), by_wire("asked twice[silence of an old attempt]"))
def test_silence_of_an_old_attempt_counts_against_the_new_one(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until(lambda: play.at(name).attempt == 2)
        evidence = wire.Evidence(kind="attested", received_at=play.now, digest="")
        silence = wire.Unheard(key=play.key(name), reason="timed out")
        old = cm.RecordAnswer(step=StepName(name), round=1, verb="ask", attempt=1, heard=silence, evidence=evidence)
        before = len(play.journal)
        assert play.submit(old) == ""
        assert len(play.journal) == before
        play.goes_on()
        is_done_once(play, name)

    told(scene, story, asks={name: Does(heard="lost")})


@pytest.mark.parametrize(("scene", "name"), by_wire("answered twice[accepted, then called back]"))
def test_an_accepted_ask_is_asked_again_or_its_callback_counted_twice(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        office = play.offices[StepName(name)]
        play.opens()
        play.until_step(name, "accepted")
        assert play.says_again(name, wire.Accepted(key=play.key(name), ticket="t")) == []
        play.until_step(name, "contributed")
        assert play.says_again(name, office.answers[play.key(name)]) == []
        assert play.says_again(name, wire.Accepted(key=play.key(name), ticket="t")) == []
        play.goes_on()
        assert {attempt for _, attempt in office.asked} == {1}
        is_done_once(play, name)

    told(scene, story, asks={name: Does(heard="later")})


@pytest.mark.parametrize(("scene", "name"), by_wire("answered twice[looked up, then called back]"))
def test_a_callback_that_never_comes_strands_a_case(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "contributed")
        assert list(play.recorded(ev.LookupAsked, step=name)), "nobody looked"
        assert play.says_again(name, play.offices[StepName(name)].answers[play.key(name)]) == []
        play.goes_on()
        is_done_once(play, name)

    told(scene, story, asks={name: Does(heard="uncalled")})


# --- an agency that would do it twice ---------------------------------------------------------------------------------


def is_in_doubt(play: Play, name: str) -> None:
    """Nothing is sent by itself, nobody can have it sent, and everybody sees that it is being found out."""
    before = len(play.offices[StepName(name)].asked)
    play.passes(days=10)
    assert (play.at(name).state, play.at(name).cause) == ("exhausted", "unknown")
    shown = next(step for step in case_view(play.state).steps if step.step == name)
    assert shown.being_checked
    assert shown.incident is not None
    assert play.does("ask-again", name) == "outcome_unknown"
    assert not play.asked() & play.scene.dependants(name)
    assert len(play.offices[StepName(name)].asked) == before


@pytest.mark.parametrize("what", ["answer lost", "crash"])
@pytest.mark.parametrize(("scene", "name"), leaving_once("asked once"))
def test_what_may_have_been_done_is_asked_again_of_an_agency_that_would_do_it_twice(
    scene: Scene, name: str, what: str
) -> None:
    def story(play: Play) -> None:
        office = play.offices[StepName(name)]
        play.opens()
        play.until(lambda: bool(office.asked))
        if what == "crash":
            play.crash()
        play.until_step(name, "exhausted")
        is_in_doubt(play, name)
        assert play.does("contribute", name) == ""
        play.goes_on()
        assert len(office.asked) == 1
        is_done_once(play, name)
        assert play.at(name).by_hand

    told(scene, story, asks={name: Does(heard="lost")} if what == "answer lost" else {})


@pytest.mark.parametrize(("scene", "name"), leaving_once("asked once more"))
def test_what_was_not_done_cannot_be_asked_again_once_somebody_knows(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "exhausted")
        is_in_doubt(play, name)
        play.mends(name)
        assert play.does("nothing-done", name) == ""
        assert play.does("nothing-done", name) == "not_now"
        assert play.does("ask-again", name) == ""
        play.goes_on()
        is_done_once(play, name)

    told(scene, story, asks={name: Does(heard="silence")})


# --- otherwise, and after the end ---------------------------------------------------------------------------------


def other_words(play: Play, name: str) -> list[wire.Answer]:
    """Everything that an agency could say against the contribution that stands."""
    key, contract = play.key(name), play.scene.contract(name)
    return [
        *(wire.Refused(key=key, code=code) for code in contract.refusals),
        wire.Returned(key=key, inputs=list(play.scene.step(name).in_)[:1], text="look again"),
        wire.Contributed(key=key, output={"something": "else"}),
        wire.Undone(key=key),
        wire.Accepted(key=key, ticket="again"),
        wire.NothingHeld(key=key),
    ]


def moves_nothing(play: Play, name: str, said: list[wire.Answer]) -> None:
    words, status = play.words, play.state.status
    recorded = [event for answer in said for event in play.says_again(name, answer)]
    assert all(isinstance(event, ev.AnswerRecorded) for event in recorded)
    assert len(recorded) <= MOST_LATE_ANSWERS_RECORDED, "an agency that repeats itself makes the journal grow"
    assert (play.words, play.state.status) == (words, status)


@pytest.mark.parametrize(("scene", "name"), steps("answered twice[otherwise]"))
def test_another_answer_after_the_word_moves_something(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "contributed")
        moves_nothing(play, name, other_words(play, name))
        play.goes_on()
        is_done_once(play, name)
        assert not play.state.incidents

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), steps("answered twice[after the output was issued]"))
def test_an_answer_after_the_end_moves_something(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        parts = play.parts()
        moves_nothing(play, name, [*other_words(play, name), play.offices[StepName(name)].answers[play.key(name)]])
        assert play.parts() == parts
        assert not play.state.incidents
        assert play.says_again(name, wire.Undone(key=play.key(name)), "undo") == []
        assert play.submit(cm.Wake()) == ""
        is_done_once(play, name)

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), refusing("answered twice[after its refusal closed the case]"))
def test_a_contribution_after_a_refusal_moves_something_or_is_seen_by_nobody(scene: Scene, name: str) -> None:
    """What a check finds late did nothing; whatever else an agency makes late must be looked at, once."""
    code = scene.last_word(name)
    looks = scene.contract(name).effect == "none"

    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        status = play.state.status
        assert play.says_again(name, wire.Refused(key=play.key(name), code=code)) == []
        play.offices[StepName(name)].contribute(play.key(name))
        late = play.offices[StepName(name)].answers[play.key(name)]
        for _ in range(5):
            play.says(play.place(name), late)
        assert (play.word(name), play.state.status) == ("refused", status)
        assert [incident.cause for incident in play.state.incidents] == ([] if looks else ["late_contribution"])

    told(scene, story, asks={name: refuses(code)})


@pytest.mark.parametrize(("scene", "name", "code"), list(corrected()))
def test_an_answer_of_the_round_that_was_corrected_counts_for_the_new_one(scene: Scene, name: str, code: str) -> None:
    pointers = scene.pointers(name, scene.contract(name).refusals[code].correct)
    looks = scene.contract(name).effect == "none"

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "refused")
        assert play.submit(cm.Correct(answers=scene.correction(pointers))) == ""
        recorded = play.says_again(name, wire.Contributed(key=play.key(name), output=scene.output(name)))
        assert [type(event) for event in recorded] == [ev.AnswerRecorded]
        assert play.at(name).state == "refused"
        assert play.at(name, 2).output is None
        assert [incident.cause for incident in play.state.incidents] == ([] if looks else ["late_contribution"])
        play.goes_on()
        assert play.state.status == "issued"
        assert play.at(name, 2).state == "contributed"

    told(scene, story, asks={name: refuses(code)})


# --- people who do it twice ---------------------------------------------------------------------------------------

TWICE: dict[str, Callable[[Play], cm.CaseCommand]] = {
    "withdraw": lambda _: cm.Withdraw(),
    "end": lambda play: play.act("end", play.scene.names[0]),
    "pause": lambda play: cm.PauseCase(act=play.where(play.scene.names[0])["act"]),
    "open": lambda play: cm.OpenCase(case=play.state.case, form=play.scene.form),
}
REJECTED = {"withdraw": "not_open", "end": "not_open", "pause": "not_now", "open": "already_open"}


@pytest.mark.parametrize("act", TWICE)
@pytest.mark.parametrize(("scene", "name"), steps("while it is out"))
def test_what_a_person_does_twice_is_done_twice(scene: Scene, name: str, act: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "asked")
        command = TWICE[act](play)
        first = play.submit(command)
        assert first == ("already_open" if act == "open" else "too_late" if gone(play) and act == "withdraw" else "")
        before = len(play.journal)
        assert play.submit(command) == (first or REJECTED[act])
        assert len(play.journal) == before

    told(scene, story)


def gone(play: Play) -> bool:
    return any(play.at(final).attempt for final in play.scene.finals)
