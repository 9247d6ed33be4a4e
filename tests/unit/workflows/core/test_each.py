"""The list of an `each` step: what it is about, what names its items, what is wrong with it."""

from __future__ import annotations

import pytest

from contracts.declared import Derived
from workflows.core.cel_paths import Reference
from workflows.core.each import (
    Each,
    compile_each,
    gives_whole_list,
    ground,
    grounded,
    list_mistakes,
    read_items,
    schema_of_list,
    sure_of_item,
)
from workflows.core.expressions import compile_value
from workflows.core.mistakes import ExpressionMistake

OUTLETS = compile_each("form.outlets", "outlet", "outlet.id")
OF_A_STEP = compile_each("survey.shops", "shop", "shop")


def test_a_key_that_is_nothing_of_the_item_is_refused() -> None:
    with pytest.raises(ExpressionMistake, match=r"the key form\.id is nothing of the item outlet"):
        compile_each("form.outlets", "outlet", "form.id")


def test_what_is_read_of_an_item_is_read_of_the_list() -> None:
    plain = grounded(compile_value("outlet.address"), OUTLETS)
    assert plain.paths == (("form", "outlets", "[]", "address"),)
    formula = grounded(compile_value(Derived(cel="has(outlet.a) ? outlet.a : form.b")), OUTLETS)
    inside = ("form", "outlets", "[]", "a")
    assert formula.references[1] == Reference(inside, frozenset({inside[:3], inside}))
    other = compile_value("form.name")
    assert grounded(other, OUTLETS) is other
    assert ground(("case", "id"), OUTLETS) == ("case", "id")
    assert sure_of_item(OUTLETS) == {("form",), ("form", "outlets"), ("form", "outlets", "[]")}


def test_a_list_of_texts_names_its_items_by_themselves() -> None:
    assert read_items(OF_A_STEP, ["b", "a"], "/survey/shops") == ({"b": "b", "a": "a"}, [])
    assert OF_A_STEP.form_pointer is None


def test_the_lists_of_a_form_are_judged_at_once_and_each_mistake_told_once() -> None:
    form = {"outlets": [{"id": "a"}, {"id": "a"}, {"id": "b/c"}, {}]}
    found = list_mistakes([OUTLETS, OUTLETS, OF_A_STEP], form)
    assert [mistake.pointer for mistake in found] == ["/outlets/1/id", "/outlets/2/id", "/outlets/3/id"]
    assert "b/c" not in str(found), "no value gets into a message"


def test_the_value_of_such_a_step_is_a_list_of_what_its_contract_gives_with_the_key() -> None:
    schema = schema_of_list({"properties": {"n": {"type": "string"}}, "required": ["n", "m"]}, ["m"])
    assert schema["items"]["required"] == ["key", "n"]
    assert set(schema["items"]["properties"]) == {"n", "key"}
    assert schema_of_list({}, [])["items"] == {"properties": {"key": {"type": "string"}}, "required": ["key"]}


@pytest.mark.parametrize(
    ("source", "whole"),
    [
        ("a", True),
        ("size(a)", False),
        ("size(a.filter(o, o.number == '1'))", False),
        ("size([a])", True),
        ("a.map(o, o.number)", False),
        ("a.filter(o, o.number == '1')", True),
        ("[1].map(o, a)", True),
        ("a.exists(o, size(a) > 1)", False),
        ("form.b", False),
    ],
)
def test_counting_a_list_and_walking_over_it_passes_nothing_on(source: str, whole: bool) -> None:  # noqa: FBT001 - a table
    node = compile_value(Derived(cel=source)).node
    assert node is not None
    assert gives_whole_list(node, "a") is whole


def test_whether_a_condition_is_about_an_item_is_not_said_by_the_list_itself() -> None:
    assert Each(OUTLETS.items, "outlet", OUTLETS.key).chooses is False
