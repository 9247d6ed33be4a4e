from __future__ import annotations

from typing import Any

import pytest

from gateway.pages.answers import (
    at_pointer,
    list_lengths,
    patch_between,
    posted_lengths,
    read_answers,
    read_corrections,
    show_answers,
    without_removed,
)
from gateway.pages.forms import build_form

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["nik", "workers", "business"],
    "properties": {
        "nik": {"type": "string", "pattern": "^[0-9]{16}$", "x-ui": {"section": "you"}},
        "turnover": {"type": "number"},
        "staff": {"type": "integer"},
        "open": {"type": "boolean"},
        "true": {"type": "boolean", "const": True},
        "since": {"type": "string", "format": "date"},
        "kinds": {"type": "array", "items": {"enum": ["a", "b"]}},
        "business": {"type": "object", "properties": {"name": {"type": "string"}}},
        "note": {"type": "object", "properties": {"text": {"type": "string", "maxLength": 900}}},
        "workers": {
            "type": "array",
            "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}}},
        },
    },
}


def read(posted: dict[str, list[str]]) -> dict[str, Any]:
    return read_answers(build_form(SCHEMA, posted_lengths(posted)), posted)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("nik", " 3303 0552-0390.0000 ", "3303055203900000"),
        ("turnover", "1.500.000", 1_500_000),
        ("turnover", "Rp 1.500.000", 1_500_000),
        ("turnover", "1.500.000,5", 1_500_000.5),
        ("turnover", "3,5", 3.5),
        ("turnover", "12", 12),
        ("turnover", "about ten", "about ten"),
        ("staff", "3", 3),
        ("staff", "3,5", "3,5"),
        ("staff", "9" * 30, "9" * 30),
        ("open", "false", False),
        ("open", "maybe", "maybe"),
        ("true", "true", True),
        ("since", "17-8-2026", "2026-08-17"),
        ("since", "2026-08-17", "2026-08-17"),
        ("since", "soon", "soon"),
    ],
)
def test_an_answer_gets_another_type(name: str, text: str, value: object) -> None:
    assert read({f"/{name}": [text]})[name] == value


def test_what_is_empty_is_sent_on() -> None:
    assert read({"/nik": ["  "], "/turnover": [""], "/note/text": [""]}) == {"workers": [], "business": {}}


def test_lists_and_choices_are_not_read() -> None:
    posted = {"/kinds": ["b", "a"], "/workers/0/n": ["Joko"], "/workers/1/n": [""], "/note/text": ["x\r\ny"]}
    assert read(posted) == {
        "workers": [{"n": "Joko"}],
        "business": {},
        "kinds": ["b", "a"],
        "note": {"text": "x\ny"},
    }


def test_what_was_answered_is_not_shown_again() -> None:
    answers = {
        "nik": "3303055203900000",
        "turnover": 2.5,
        "open": False,
        "true": True,
        "since": "2026-08-17",
        "kinds": ["a"],
        "business": {"name": "Warung"},
        "workers": [{"n": "Joko"}, {"n": "Ani"}],
    }
    form = build_form(SCHEMA, list_lengths(SCHEMA, answers))
    shown = show_answers(form, answers)
    assert shown["/turnover"] == ["2,5"]
    assert shown["/since"] == ["17-08-2026"]
    assert shown["/workers/1/n"] == ["Ani"]
    assert read_answers(form, shown) == answers


def test_adding_and_removing_items_loses_answers() -> None:
    posted = {"/workers/0/n": ["A"], "/workers/1/n": ["B"], "/workers/2/n": ["C"], "_remove": ["/workers/1"]}
    assert posted_lengths(posted) == {"/workers": 2}
    kept = without_removed(posted)
    assert (kept["/workers/0/n"], kept["/workers/1/n"]) == (["A"], ["C"])
    assert posted_lengths({"_add": ["/workers"]}) == {"/workers": 1}
    assert posted_lengths({"_remove": ["/workers/0"]}) == {"/workers": 0}
    assert without_removed({"_remove": ["nonsense"], "/nik": ["1"]})["/nik"] == ["1"]


def test_a_correction_changes_more_than_what_was_asked_or_keeps_what_was_taken_out() -> None:
    answers = {"nik": "1", "business": {"name": "Old", "other": 1}, "workers": [{"n": "A"}], "since": "2026-01-01"}
    form = build_form(SCHEMA, list_lengths(SCHEMA, answers), only=["/business/name", "/workers/0/n", "/since"])
    changed = read_corrections(form, {"/business/name": ["New"], "/workers/0/n": ["B"], "/since": [""]}, answers)
    assert changed == {"nik": "1", "business": {"name": "New", "other": 1}, "workers": [{"n": "B"}]}
    assert patch_between(answers, changed) == {"since": None, "business": {"name": "New"}, "workers": [{"n": "B"}]}
    assert answers["since"] == "2026-01-01"


def test_nothing_changed_is_a_change() -> None:
    assert patch_between({"a": {"b": 1}}, {"a": {"b": 1}}) == {}
    assert patch_between({}, {"a": {"b": 1}}) == {"a": {"b": 1}}


def test_a_pointer_finds_what_is_not_there() -> None:
    assert at_pointer({"a": [{"b/c": 1}]}, "/a/0/b~1c") == 1
    assert at_pointer({"a": [1]}, "/a/7") is None
    assert at_pointer({"a": 1}, "/a/b/c") is None
