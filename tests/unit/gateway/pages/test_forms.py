from __future__ import annotations

from typing import Any

import pytest

from contracts.units import Text
from gateway.pages.forms import Field, Group, Repeat, build_form, element_id, escape_pointer, moved, text_of


def only(schema: dict[str, Any], *, required: bool = False) -> Field:
    form = build_form({"type": "object", "required": ["a"] if required else [], "properties": {"a": schema}})
    return next(form.fields())


@pytest.mark.parametrize(
    ("schema", "component"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "maxLength": 500}, "textarea"),
        ({"type": "string", "pattern": "^[0-9]{16}$"}, "digits"),
        ({"type": "string", "pattern": "^\\d+$"}, "digits"),
        ({"type": "string", "pattern": "^[0-9A-Z]+$"}, "text"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string", "format": "email"}, "email"),
        ({"type": "integer"}, "number"),
        ({"type": "number"}, "number"),
        ({"type": "number", "x-ui": {"component": "money"}}, "money"),
        ({"type": "boolean"}, "yesno"),
        ({"type": "boolean", "const": True}, "tick"),
        ({"enum": ["a", "b"]}, "radios"),
        ({"enum": [str(number) for number in range(8)]}, "select"),
        ({"oneOf": [{"const": "a", "title": "A"}]}, "radios"),
        ({"type": "array", "items": {"enum": ["a"]}}, "checkboxes"),
        ({"type": "string", "x-ui": {"component": "no-such"}}, "text"),
    ],
)
def test_a_schema_is_asked_by_another_component(schema: dict[str, Any], component: str) -> None:
    assert only(schema).component == component


def test_a_label_is_not_found_where_it_stands() -> None:
    assert only({"x-ui": {"label": {"id": "Nama", "en": "Name"}}, "title": "T"}).label == Text("Nama", "Name")
    assert only({"title": "Full name"}).label == Text("Full name", "Full name")
    assert next(build_form({"properties": {"full_name": {}}}).fields()).label == Text("Full name", "Full name")


def test_choices_lose_their_words() -> None:
    by_enum = only({"enum": ["low", 2, True], "x-ui": {"options": {"low": {"id": "Rendah", "en": "Low"}}}})
    assert [(option.value, option.label.id) for option in by_enum.options] == [
        ("low", "Rendah"),
        ("2", "2"),
        ("true", "true"),
    ]
    by_branch = only({"oneOf": [{"const": "x", "title": "Ex", "x-ui": {"label": {"id": "Iks", "en": "Ex"}}}]})
    assert by_branch.options[0].label == Text("Iks", "Ex")


def test_a_local_reference_is_not_followed_or_loses_what_stands_beside_it() -> None:
    schema = {
        "$defs": {"code/x": {"type": "string", "pattern": "^[0-9]{5}$", "title": "Code"}},
        "properties": {"a": {"$ref": "#/$defs/code~1x", "title": "Activity"}},
    }
    field = next(build_form(schema).fields())
    assert (field.component, field.label.en) == ("digits", "Activity")


def test_a_reference_to_elsewhere_is_fetched_or_breaks_the_form() -> None:
    assert only({"$ref": "https://elsewhere.example/x.json"}).component == "text"
    assert only({"$ref": "#/$defs/gone"}).component == "text"


def test_questions_of_one_section_do_not_stand_together() -> None:
    schema = {
        "x-ui": {"sections": {"you": {"id": "Anda", "en": "You"}}},
        "properties": {
            "a": {"x-ui": {"section": "you"}},
            "b": {},
            "c": {"x-ui": {"section": "you"}},
            "d": {"x-ui": {"section": "other_things"}},
        },
    }
    first, second, third = build_form(schema).elements
    assert isinstance(first, Group)
    assert (first.label.id, [element.pointer for element in first.children]) == ("Anda", ["/a", "/c"])
    assert second.pointer == "/b"
    assert third.label.en == "Other things"


def test_order_is_not_kept() -> None:
    schema = {"properties": {"late": {"x-ui": {"order": 2}}, "first": {}, "middle": {"x-ui": {"order": 1}}}}
    assert [element.pointer for element in build_form(schema).elements] == ["/first", "/middle", "/late"]


def test_an_object_is_no_group_or_a_list_no_repeat() -> None:
    schema = {
        "properties": {
            "address": {"type": "object", "required": ["street"], "properties": {"street": {"type": "string"}}},
            "workers": {
                "type": "array",
                "maxItems": 3,
                "x-ui": {"item": {"id": "Pekerja", "en": "Worker"}},
                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
            },
            "tags": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        }
    }
    address, workers, tags = build_form(schema, {"/workers": 9}).elements
    assert isinstance(address, Group)
    assert [child.pointer for child in address.children] == ["/address/street"]
    assert isinstance(workers, Repeat)
    assert [item.label.id for item in workers.items] == ["Pekerja 1", "Pekerja 2", "Pekerja 3"]
    assert workers.add == Text("Tambah pekerja", "Add worker")
    assert isinstance(tags, Repeat)
    assert [item.pointer for item in tags.items] == ["/tags/0"]


def test_a_correction_asks_more_than_what_is_named() -> None:
    schema: dict[str, Any] = {
        "properties": {
            "nik": {"x-ui": {"section": "you"}},
            "address": {"type": "object", "properties": {"street": {}, "village": {}}},
        }
    }
    assert [element.pointer for element in build_form(schema, only=["/address/village"]).elements] == [
        "/address/village"
    ]
    assert [element.pointer for element in build_form(schema, only=["/address", "/nik"]).elements] == [
        "/nik",
        "/address",
    ]


def test_names_with_slashes_meet_in_one_pointer() -> None:
    assert escape_pointer("a/b~c") == "a~1b~0c"
    assert [field.pointer for field in build_form({"properties": {"a/b": {}}}).fields()] == ["/a~1b"]


def test_an_id_is_no_id() -> None:
    assert element_id("/business/address") == "f-business-address"
    assert element_id("") == "f-form"


def test_a_text_in_one_language_is_lost_in_the_other() -> None:
    assert text_of({"id": "Nama"}) == Text("Nama", "Nama")
    assert text_of({"en": "Name"}) == Text("Name", "Name")
    assert text_of("plain") == Text("plain", "plain")
    assert text_of(None) is None
    assert text_of(7, "else") == Text("else", "else")


def test_a_schema_inside_another_one_loses_what_it_refers_to() -> None:
    schema = {"$ref": "#/$defs/all", "$defs": {"all": {"properties": {"$ref": {"const": "#"}, "a": [{"$ref": "#"}]}}}}
    inside = moved(schema, "#/properties/input")
    assert inside["$ref"] == "#/properties/input/$defs/all"
    assert inside["$defs"]["all"]["properties"] == {
        "$ref": {"const": "#"},
        "a": [{"$ref": "#/properties/input"}],
    }
