"""What a broken rule means to whoever wrote the value."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from workflows.core.mistakes import Finding
from workflows.loading.explanations import explain, without_echoes


def told(schema: dict[str, Any], value: object) -> list[str]:
    findings = [
        finding
        for error in Draft202012Validator(schema, validate_formats=True).iter_errors(value)
        for finding in explain(error, schema)
    ]
    return [f"{'.'.join(map(str, finding.place))}: {finding.what} → {finding.instead}" for finding in findings]


CONNECTION = {
    "anyOf": [
        {
            "properties": {"kind": {"enum": ["wire"]}, "url": {"type": "string", "description": "An address"}},
            "required": ["kind", "url"],
        },
        {"properties": {"kind": {"enum": ["desk"]}}, "required": ["kind"], "additionalProperties": False},
    ]
}


RULES: list[tuple[dict[str, Any], object, str]] = [
    ({"type": "string"}, 1, ": this is of another type than asked for → a text (digits stand in quotes)"),
    ({"type": ["integer", "null"]}, "a", ": this is of another type than asked for → nothing or a whole number"),
    ({"enum": ["a", 1]}, "b", ": this is none of the values offered → one of: a, 1"),
    (
        {"enum": list(range(20))},
        -1,
        ": this is none of the values offered → one of: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, … (20 in all)",
    ),
    ({"const": "a"}, "b", ": only one value is possible here → a"),
    ({"pattern": "^a$"}, "b", ": this does not have the form asked for → a text of the form ^a$"),
    (
        {"pattern": "^a$", "description": "A letter"},
        "b",
        ": this does not have the form asked for → a letter",
    ),
    ({"pattern": "^a$", "description": "NIK"}, "b", ": this does not have the form asked for → NIK"),
    ({"format": "date"}, "b", ": this is no valid date → a valid date"),
    ({"minLength": 2}, "b", ": this is too short → at least 2 characters"),
    ({"maxLength": 2}, "bcd", ": this is too long → at most 2 characters"),
    ({"minItems": 1}, [], ": these are too few → at least 1"),
    ({"maxItems": 1}, [1, 2], ": these are too many → at most 1"),
    ({"minProperties": 1}, {}, ": there are too few fields here → at least 1"),
    ({"maxProperties": 0}, {"a": 1}, ": there are too many fields here → at most 0"),
    ({"uniqueItems": True}, [1, 1], ": something is listed twice → each once"),
    ({"minimum": 1}, 0, ": this is too small → 1 or more"),
    ({"maximum": 1}, 2, ": this is too large → 1 or less"),
    ({"exclusiveMinimum": 1}, 1, ": this is too small → more than 1"),
    ({"exclusiveMaximum": 1}, 1, ": this is too large → less than 1"),
    ({"multipleOf": 5}, 3, ": this falls between the values possible → a multiple of 5"),
    ({"properties": {"a": False}}, {"a": 1}, "a: nothing may stand here → nothing here: leave it out"),
    ({"not": {}}, 1, ": this breaks a rule of the schema → a value that the schema allows"),
    ({"required": ["a"]}, {}, "a: a is required → a: and its value"),
    (
        {"required": ["a"], "properties": {"a": {"description": "A name"}}},
        {},
        "a: a is required → a: and its value (a name)",
    ),
    ({"additionalProperties": False}, {"a": 1}, ": nothing may stand here → nothing here: leave it out"),
    (
        {"properties": {"name": {}}, "additionalProperties": False},
        {"nam": 1},
        "nam: nam is not asked for here → name?",
    ),
    (
        {"properties": {"b": {}}, "unevaluatedProperties": False},
        {"zzz": 1},
        "zzz: zzz is not asked for here → b",
    ),
    (
        {"$ref": "#/$defs/list", "$defs": {"list": {"items": {"anyOf": [{"required": ["a"]}]}}}},
        [{}],
        "0.a: a is required → a: and its value",
    ),
    (CONNECTION, {"kind": "wire"}, "url: url is required → url: and its value (an address)"),
    (CONNECTION, {"kind": "desk", "url": 1}, "url: url is not asked for here → kind?"),
    (CONNECTION, {"kind": "pigeon"}, "kind: this is none of the values offered → one of: wire, desk"),
    (
        {"anyOf": [{"type": "string"}, {"type": "object"}]},
        1,
        ": this is of another type than asked for → a text (digits stand in quotes) or a group of fields",
    ),
    (
        {"anyOf": [{"type": "string", "minLength": 3}, {"type": "null"}]},
        "a",
        ": this is too short → at least 3 characters",
    ),
    ({"oneOf": [{"const": "a"}, {"const": "b"}]}, "c", ": this is none of the values offered → one of: a, b"),
    (
        {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {},
        ": this fits none, or several, of the forms that are possible here → exactly one of them",
    ),
    ({"oneOf": [{}, {}]}, 1, ": this breaks a rule of the schema → a value that the schema allows"),
]


@pytest.mark.parametrize(("schema", "value", "said"), RULES)
def test_a_broken_rule_says_what_to_write(schema: dict[str, Any], value: object, said: str) -> None:
    assert told(schema, value) == [said.replace("kind?", "kind")]


def test_a_field_that_is_only_misspelt_is_told_once() -> None:
    misspelt = Finding(("a", "nam"), "nam is not asked for here", "name?")
    echo = Finding(("a", "name"), "name is required", "name: and its value")
    other = Finding(("b", "name"), "name is required", "name: and its value")
    wrong = Finding(("a", "name"), "this is too short", "at least 1 characters")
    assert without_echoes([echo, misspelt, other, wrong]) == [misspelt, other, wrong]
