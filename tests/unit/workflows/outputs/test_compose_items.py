"""The parts of a step that is asked for each item of a list."""

from __future__ import annotations

from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import START, Playbook, contributes, corrects, is_undone, opens, refuses
from workflows.outputs.compose import compose_closing, compose_output


def rows(*keys: str) -> list[dict[str, str]]:
    return [{"id": key, "x": key} for key in keys]


def test_every_item_is_a_part_that_names_it_in_the_order_of_the_list() -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows", partial=True))) >> opens(rows=rows("k2", "k1")) << ...
    play = play >> contributes("a:k1") << ... >> refuses("a:k2") << ...
    output = compose_output(play.state, agency_titles={}, issued_at=START)
    assert [(one.item, one.word, one.title.en) for one in output.parts] == [
        ("k2", "refused", "Test: k2"),
        ("k1", "contributed", "Test: k1"),
    ]


def test_an_empty_list_is_one_part_that_was_not_needed() -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows"))) >> opens(rows=[]) << ...
    output = compose_output(play.state, agency_titles={}, issued_at=START)
    assert [(one.item, one.word, one.title.en) for one in output.parts] == [("", "skipped", "Test")]


def test_the_closing_record_tells_of_an_item_that_was_taken_back_and_the_output_does_not() -> None:
    steps = plan(a=part("row.x", each="form.rows"), l=part("form.rows"))
    play = Playbook(steps) >> opens(rows=rows("k1", "k2")) << ... >> contributes("a:k1") << ...
    play = play >> contributes("a:k2") << ... >> refuses("l", "fixable") << ... >> corrects(rows=rows("k1")) << ...
    play = play >> is_undone("a:k2") << ... >> refuses("l/2") << ...
    closing = compose_closing(play.state, agency_titles={}, closed_at=START)
    assert [(one.item, one.word) for one in closing.parts if one.step == "a"] == [
        ("k1", "contributed"),
        ("k2", "undone"),
    ]
    output = compose_output(play.state, agency_titles={}, issued_at=START)
    assert [one.item for one in output.parts if one.step == "a"] == ["k1"]
