"""What the law grants in every shipped plan while an agency is silent: once, in its time, and said to be by law."""

from __future__ import annotations

from typing import Any

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from tests.unwind.acts import ACT
from tests.unwind.offices import Does
from tests.unwind.plays import Play
from tests.unwind.scenes import Scene, every_step, row
from tests.unwind.telling import told
from workflows.core.calendar import after

SILENT = Does(heard="undecided")


def granting(words: str) -> list[Any]:
    return [row(*one, words) for one in every_step("ask") if one[0].contract(one[1]).deemed is not None]


@pytest.mark.parametrize(("scene", "name"), granting("silent"))
def test_silence_is_granted_before_its_time_or_passes_for_the_agencys_word(scene: Scene, name: str) -> None:
    contract = scene.contract(name)
    assert contract.deemed is not None
    granted = contract.deemed.output

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        received = play.at(name).received_at
        assert received is not None
        play.goes_on()
        assert play.state.status == "issued"
        (deemed,) = play.recorded(ev.StepDeemed, step=name)
        assert deemed.at == after(received, contract.promise.within)
        part = play.parts()[name]
        assert (part.word, part.values) == ("deemed", granted)

    told(scene, story, asks={name: SILENT})


@pytest.mark.parametrize("word", ["contributes", "refuses"])
@pytest.mark.parametrize(("scene", "name"), granting("answered late"))
def test_a_late_answer_changes_what_the_law_granted(scene: Scene, name: str, word: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "deemed")
        key = play.key(name)
        no = wire.Refused(key=key, code=next(iter(scene.contract(name).refusals)))
        answer = no if word == "refuses" else wire.Contributed(key=key, output=scene.output(name))
        recorded = [type(event) for _ in range(3) for event in play.says_again(name, answer)]
        assert set(recorded) == {ev.AnswerRecorded}
        assert play.word(name) == "deemed"
        play.goes_on()
        assert play.state.status == "issued"
        assert play.parts()[name].word == "deemed"

    told(scene, story, asks={name: SILENT})


@pytest.mark.parametrize(("scene", "name"), granting("paused"))
def test_a_pause_of_ours_counts_as_the_agencys_silence(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "accepted")
        assert play.submit(cm.PauseCase(act=ACT)) == ""
        play.passes(days=60)
        assert play.submit(cm.ResumeCase(act=ACT)) == ""
        assert play.word(name) == "accepted"
        play.goes_on()
        assert play.word(name) == "deemed"
        assert play.state.status == "issued"

    told(scene, story, asks={name: SILENT})
