"""Steps that are asked for each item of a list, of every shipped plan, with three items: one of them goes otherwise.

Stories of one item are told wherever those of steps are. Here the others must stand whatever comes of it. Not every
combination of items is played: the one in the middle stands for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from contracts.contract import Undoing, WireConnection
from contracts.ids import ItemKey, Place, StepName
from tests.unwind.acts import OWNER
from tests.unwind.offices import Does, keeps_it, refuses, returns
from tests.unwind.plays import Play
from tests.unwind.scenes import FIRST, Scene, every_step, promising, row, with_steps
from tests.unwind.telling import told
from workflows.core.order_check import can_say_no

BEFORE, AFTER = ItemKey("before"), ItemKey("after")
OTHERS = (BEFORE, AFTER)


def listed() -> Iterator[tuple[Scene, StepName]]:
    """Every step of a shipped plan that has items, in a scene with three of them."""
    for scene, name in every_step("ask"):
        if scene.step(name).each is not None:
            yield _of_three(scene, name), name


def _of_three(scene: Scene, name: str) -> Scene:
    """Give the scene with an item before and one after the one that is told of."""
    step = scene.step(name)
    root, *path = str(step.each).split(".")
    field = str(step.key).partition(".")[2]
    assert (root, len(path)) == ("form", 1), "a list elsewhere needs an application of its own here"
    (item,) = scene.form[path[0]]
    items = [{**item, field: BEFORE}, item, {**item, field: AFTER}]
    return replace(scene, form={**scene.form, path[0]: items})


def _reversible(scene: Scene, name: str) -> Scene:
    """Give the scene with an agency that does something by wire, and can take it back."""
    undo = Undoing(by="system", within="30 days")
    by_wire = WireConnection(url="https://agency.example")
    return promising(scene, name, effect="reversible", undo=undo, connection=by_wire, deemed=None)


def _alike(scene: Scene, name: str, **fields: Any) -> Scene:
    """Give the scene with a step that is carried out otherwise."""
    return with_steps(scene, **{name: structs.replace(scene.step(name), **fields)})


def as_shipped(words: str) -> list[Any]:
    return [row(scene, name, words) for scene, name in listed()]


def reversible(words: str) -> list[Any]:
    return [row(_reversible(scene, name), name, words) for scene, name in listed()]


def both(words: str) -> list[Any]:
    return [*as_shipped(words), *reversible(f"{words}, reversible by wire")]


def item_words(play: Play, name: str) -> dict[str, str]:
    keys = play.state.listed[StepName(name)]
    return {key: play.state.current((StepName(name), key)).state for key in keys}


def each(scene: Scene, name: str, word: str, others: str = "contributed") -> dict[str, str]:
    return {BEFORE: others, scene.item(name): word, AFTER: others}


def parts_of(play: Play, name: str) -> dict[str, str]:
    return {part.item: part.word for part in play.every_part() if part.step == name}


def asked(play: Play, name: str) -> dict[str, int]:
    """How many rounds of each item were asked."""
    rounds = {(event.item, event.round) for event in play.recorded(ev.StepAsked, step=name)}
    return {item: sum(key == item for key, _ in rounds) for item in (BEFORE, play.scene.item(name), AFTER)}


# --- all contribute -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scene", "name"), both("all contribute"))
def test_an_item_is_asked_twice_or_not_told_of(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert play.state.status == "issued"
        assert play.offices[StepName(name)].did.total() == 3
        assert parts_of(play, name) == each(scene, name, "contributed")
        assert asked(play, name) == dict.fromkeys(each(scene, name, ""), 1)

    told(scene, story)


@pytest.mark.parametrize(("scene", "name"), both("one at a time"))
def test_more_items_are_out_than_the_plan_says(scene: Scene, name: str) -> None:
    scene = _alike(scene, name, at_once=1)

    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert play.state.status == "issued"
        order = [event.item for event in play.recorded(ev.StepAsked, ev.StepContributed, step=name)]
        assert order == [item for item in each(scene, name, "") for _ in ("asked", "contributed")]

    told(scene, story)


# --- one refuses --------------------------------------------------------------------------------------------------


def no_of(scene: Scene, name: str) -> str:
    assert can_say_no(scene.contract(name))
    return scene.last_word(name)


@pytest.mark.parametrize(("scene", "name"), both("one refused"))
def test_the_no_to_one_item_takes_the_others_away(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert (play.state.status, play.state.closed_by) == ("refused", name)
        words = item_words(play, name)
        assert words[scene.item(name)] == "refused"
        assert {words[other] for other in OTHERS} <= {"contributed", "dropped"}
        assert parts_of(play, name) == words
        assert scene.contract(name).effect == "none" or words == each(scene, name, "refused")

    told(scene, story, asks={f"{name}/{scene.item(name)}": refuses(no_of(scene, name))})


@pytest.mark.parametrize(("scene", "name"), both("one refused of those that wait"))
def test_an_item_is_asked_after_the_no_to_another(scene: Scene, name: str) -> None:
    scene = _alike(scene, name, at_once=1)

    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert play.state.status == "refused"
        assert asked(play, name) == {BEFORE: 1, scene.item(name): 1, AFTER: 0}
        assert item_words(play, name)[AFTER] == "dropped"

    told(scene, story, asks={f"{name}/{scene.item(name)}": refuses(no_of(scene, name))})


@pytest.mark.parametrize(("scene", "name"), both("one refused, and partial"))
def test_a_partial_step_is_lost_with_one_item(scene: Scene, name: str) -> None:
    scene = _alike(scene, name, partial=True)

    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert play.state.status == "issued"
        assert parts_of(play, name) == each(scene, name, "refused")

    told(scene, story, asks={f"{name}/{scene.item(name)}": refuses(no_of(scene, name))})


@pytest.mark.parametrize(("scene", "name"), both("all refused, and partial"))
def test_a_partial_step_stands_with_nothing(scene: Scene, name: str) -> None:
    scene = _alike(scene, name, partial=True)

    def story(play: Play) -> None:
        play.opens()
        play.goes_on()
        assert (play.state.status, play.state.closed_by) == ("refused", name)
        assert item_words(play, name) == each(scene, name, "refused", "refused")

    told(scene, story, asks={name: refuses(no_of(scene, name))})


# --- one is corrected ---------------------------------------------------------------------------------------------


def input_of_an_item(scene: Scene, name: str) -> str:
    """Give an input that is read from the item itself, and not its name."""
    step = scene.step(name)
    return next(
        one
        for one, value in step.in_.items()
        if isinstance(value, str) and value.startswith(f"{step.as_}.") and value != step.key
    )


def list_of(scene: Scene, name: str) -> str:
    return str(scene.step(name).each).partition(".")[2]


def corrects(play: Play, name: str, items: list[dict[str, Any]]) -> str:
    return play.submit(cm.Correct(answers={list_of(play.scene, name): items}))


def changed(scene: Scene, name: str) -> dict[str, Any]:
    """Give the item that is told of with another answer."""
    step, pointer = scene.step(name), input_of_an_item(scene, name)
    field = str(step.in_[pointer]).partition(".")[2]
    return {**scene.form[list_of(scene, name)][1], field: scene.others[f"/{list_of(scene, name)}/{FIRST}/{field}"]}


@pytest.mark.parametrize(("scene", "name"), both("one returned"))
def test_correcting_one_item_asks_others_again(scene: Scene, name: str) -> None:
    field = input_of_an_item(scene, name)
    first, _, last = scene.form[list_of(scene, name)]

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "returned")
        play.passes(hours=20)
        assert corrects(play, name, [first, changed(scene, name), last]) == ""
        play.goes_on()
        assert play.state.status == "issued"
        assert asked(play, name) == {BEFORE: 1, scene.item(name): 2, AFTER: 1}
        assert parts_of(play, name) == each(scene, name, "contributed")
        assert not play.offices[StepName(name)].undone

    told(scene, story, asks={f"{name}/{scene.item(name)}": returns(field)})


# --- one is silent ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["ask-again", "contribute", "replace", "end"])
@pytest.mark.parametrize(("scene", "name"), both("one exhausted"))
def test_an_act_on_one_item_reaches_the_others_or_does_not_settle_it(scene: Scene, name: str, act: str) -> None:
    desk = scene.at_desk(name)

    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "exhausted")
        play.passes(hours=5)
        assert item_words(play, name) == each(scene, name, "exhausted")
        assert "held" in play.state.marks
        assert not play.asked() & scene.dependants(name)
        play.mends(name)
        assert play.does(act, name) == ""
        play.goes_on()
        assert play.state.status == ("ended" if act == "end" else "issued")
        assert asked(play, name) == {BEFORE: 1, scene.item(name): 1 + (act == "replace"), AFTER: 1}
        taken_back = scene.contract(name).effect == "reversible"
        assert item_words(play, name) == each(
            scene, name, ("undone" if taken_back else "dropped") if act == "end" else "contributed"
        )

    does = returns() if desk else Does(heard="4xx")
    told(scene, story, asks={f"{name}/{scene.item(name)}": does})


@pytest.mark.parametrize(("scene", "name"), reversible("one's answer lost, and a crash"))
def test_an_item_whose_answer_was_lost_is_another_wish(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        play.opens()
        play.until_step(name, "failed")
        play.crash()
        play.goes_on()
        assert play.state.status == "issued"
        assert play.offices[StepName(name)].did == {play.key(name, item=item): 1 for item in each(scene, name, "")}

    told(scene, story, asks={f"{name}/{scene.item(name)}": Does(heard="lost")})


# --- taken back ---------------------------------------------------------------------------------------------------


def withdraws(play: Play, name: str) -> None:
    play.opens()
    play.until(lambda: set(words_now(play, name)) == {"contributed"})
    assert play.submit(cm.Withdraw(reason="another town")) == ""


def words_now(play: Play, name: str) -> list[str]:
    return list(item_words(play, name).values()) if StepName(name) in play.state.listed else [""]


@pytest.mark.parametrize(("scene", "name"), reversible("undone, all"))
def test_a_withdrawal_leaves_an_item_standing_or_undoes_one_twice(scene: Scene, name: str) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        assert play.state.status == "withdrawn"
        assert item_words(play, name) == each(scene, name, "undone", "undone")
        office = play.offices[StepName(name)]
        assert not office.live()
        undos = {play.key(name, verb="undo", item=item) for item in each(scene, name, "")}
        assert {key for key, _ in office.undone} == undos
        for item in each(scene, name, ""):
            undone = wire.Undone(key=play.key(name, verb="undo", item=item))
            before = len(play.journal)
            play.says(Place(StepName(name), ItemKey(item)), undone, "undo")
            assert len(play.journal) == before, "an item is undone twice"

    told(scene, story)


@pytest.mark.parametrize("act", ["undo-again", "undone", "keep"])
@pytest.mark.parametrize("how", ["refused", "exhausted"])
@pytest.mark.parametrize(("scene", "name"), reversible("one not undone"))
def test_an_item_that_is_not_taken_back_holds_the_others_or_is_let_go(
    scene: Scene, name: str, how: str, act: str
) -> None:
    def story(play: Play) -> None:
        withdraws(play, name)
        play.goes_on()
        assert item_words(play, name) == each(scene, name, f"undo_{how}", "undone")
        assert (play.state.status, play.state.marks) == ("closing", ("held",))
        play.mends(name)
        assert play.does(act, name) == ""
        play.goes_on()
        word = "kept" if act == "keep" else "undone"
        assert (play.state.status, parts_of(play, name)) == ("withdrawn", each(scene, name, word, "undone"))
        owners = {part.item: part.owner for part in play.every_part() if part.step == name and part.owner}
        assert owners == ({scene.item(name): OWNER} if act == "keep" else {})

    does = keeps_it() if how == "refused" else Does("undoes", "4xx")
    told(scene, story, undos={f"{name}/{scene.item(name)}": does})
