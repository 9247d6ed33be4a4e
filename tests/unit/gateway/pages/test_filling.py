"""A form on its way through a page: one answer of one item that is asked again."""

from __future__ import annotations

from typing import Any

from gateway.pages.answers import patch_between
from gateway.pages.filling import given, judged_correction

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "outlets": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["id", "address"],
                "properties": {"id": {"type": "string"}, "address": {"type": "string", "maxLength": 10}},
            },
        }
    },
}
ANSWERS = {"outlets": [{"id": "west", "address": "one"}, {"id": "east", "address": "two"}]}
ASKED = ["/outlets/1/address"]


def test_a_correction_of_one_item_asks_another_question_or_changes_another_item() -> None:
    shown = given(SCHEMA, ANSWERS, ASKED)
    assert [field.pointer for field in shown.form.fields()] == ASKED
    assert [field.label.en for field in shown.form.fields()] == ["Outlets 2: Address"]
    assert shown.filled == {"/outlets/1/address": ["two"]}
    filled = judged_correction(SCHEMA, {"/outlets/1/address": ["three"]}, ANSWERS, ASKED)
    assert not filled.mistakes
    changed = [{"id": "west", "address": "one"}, {"id": "east", "address": "three"}]
    assert filled.answers == {"outlets": changed}
    assert patch_between(ANSWERS, filled.answers) == {"outlets": changed}


def test_an_item_that_is_asked_again_whole_is_called_by_its_number() -> None:
    shown = given(SCHEMA, ANSWERS, ["/outlets/1"])
    assert [(element.pointer, element.label.en) for element in shown.form.elements] == [("/outlets/1", "Outlets 2")]


def test_a_mistake_in_a_corrected_item_is_told_elsewhere() -> None:
    filled = judged_correction(SCHEMA, {"/outlets/1/address": ["much too long"]}, ANSWERS, ASKED)
    assert [wrong.pointer for wrong in filled.mistakes] == ASKED
