"""Where a path leads in a schema, and whether one value suits another: nothing is called wrong that could be right."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.core.schema_paths import Located, Lost, dereference, locate, misfits, pointed, type_of, types, values

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["a", "list"],
    "properties": {
        "a": {"type": "string"},
        "b": {"$ref": "#/$defs/inner"},
        "list": {"type": "array", "items": {"$ref": "#/$defs/inner"}},
        "anything": True,
        "open": {"type": "object"},
        "choice": {"oneOf": [{"properties": {"x": {}}}, {"properties": {"y": {}}}]},
        "mixed": {"properties": {"x": {"type": "string"}}, "anyOf": [{}]},
        "loop": {"$ref": "#/properties/loop"},
        "self": {"$ref": "#"},
    },
    "$defs": {"inner": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}, "y": {}}}},
}


@pytest.mark.parametrize(
    ("path", "schema", "optional"),
    [
        ("a", {"type": "string"}, []),
        ("b", SCHEMA["$defs"]["inner"], ["b"]),
        ("b.x", {"type": "integer"}, ["b"]),
        ("b.y", {}, ["b", "b.y"]),
        ("list.[].x", {"type": "integer"}, []),
        ("a.[]", {}, []),
        ("anything", {}, ["anything"]),
        ("anything.deep", {}, ["anything", "anything.deep"]),
        ("open.any", {}, ["open", "open.any"]),
        ("choice.x", {}, ["choice", "choice.x"]),
        ("mixed.x", {"type": "string"}, ["mixed", "mixed.x"]),
        ("mixed.z", {}, ["mixed", "mixed.z"]),
        ("loop", {}, ["loop"]),
        ("self.a", {"type": "string"}, ["self"]),
    ],
)
def test_a_path_leads_to_a_schema_and_says_what_may_be_absent(path: str, schema: object, optional: list[str]) -> None:
    found = locate(SCHEMA, tuple(path.split(".")))
    assert isinstance(found, Located)
    assert found.schema == schema
    assert [".".join(beginning) for beginning in found.optional] == optional


def test_what_stands_before_a_path_stands_in_what_may_be_absent() -> None:
    found = locate(SCHEMA, ("b",), ("form",))
    assert isinstance(found, Located)
    assert found.optional == (("form", "b"),)


@pytest.mark.parametrize(
    ("path", "lost"),
    [
        ("c", Lost("c", "a, anything, b, choice, list, loop, mixed, open, self")),
        ("lst", Lost("lst", "list?")),
        ("b.z", Lost("z", "x, y")),
        ("a.x", Lost("x", "a alone: it has no fields")),
        ("list.x", Lost("x", "list alone: it has no fields")),
    ],
)
def test_a_path_that_leads_nowhere_says_what_is_there(path: str, lost: Lost) -> None:
    assert locate(SCHEMA, tuple(path.split("."))) == lost


def test_a_schema_that_takes_no_fields_has_none() -> None:
    assert locate({"type": "string", "oneOf": []}, ("x",)) == Lost("x", " alone: it has no fields")


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("#", {"$defs": {"a/b": {"~": [1, 2]}}}),
        ("#/$defs/a~1b/~0/1", 2),
        ("#/$defs/a~1b/~0/7", None),
        ("#/$defs/a~1b/~0/x", None),
        ("#/$defs/none", None),
        ("#/$defs/none/deeper", None),
        ("other.json#/a", None),
        ("#anchor", None),
    ],
)
def test_references_stay_within_the_schema(reference: str, found: object) -> None:
    assert pointed({"$defs": {"a/b": {"~": [1, 2]}}}, reference) == found


def test_keywords_beside_a_reference_stand_before_those_behind_it() -> None:
    root = {"$defs": {"a": {"type": "string", "maxLength": 3}}}
    assert dereference({"$ref": "#/$defs/a", "maxLength": 1}, root) == {"type": "string", "maxLength": 1}
    assert dereference({"$ref": "#/$defs/gone", "maxLength": 1}, root) == {"maxLength": 1}


@pytest.mark.parametrize(
    ("schema", "listed"),
    [
        ({"const": None}, [None]),
        ({"enum": [1, "a"]}, [1, "a"]),
        ({"oneOf": [{"const": 1}, {"enum": [2, 3]}]}, [1, 2, 3]),
        ({"anyOf": [{"$ref": "#/$defs/one"}]}, [1]),
        ({"oneOf": [{"const": 1}, {"type": "string"}]}, None),
        ({"oneOf": [True]}, None),
        ({"oneOf": "broken"}, None),
        ({"type": "string"}, None),
    ],
)
def test_values_are_listed_by_constants_alone(schema: dict[str, Any], listed: object) -> None:
    assert values(schema, {"$defs": {"one": {"const": 1}}}) == listed


def test_types_are_those_declared_or_of_the_values_listed() -> None:
    assert types({"type": "string"}, {}) == {"string"}
    assert types({"type": ["string", "null"]}, {}) == {"string", "null"}
    every: list[object] = [1, 1.5, True, None, "a", [], {}]
    assert types({"enum": every}, {}) == {
        "integer",
        "number",
        "boolean",
        "null",
        "string",
        "array",
        "object",
    }
    assert len(types({}, {})) == 7
    assert type_of(True) == "boolean"  # noqa: FBT003 - a value, not a flag


def told(source: dict[str, Any], target: dict[str, Any]) -> list[str]:
    return list(misfits(Located(source, source), Located(target, target)))


TEXT = {"type": "string"}
STREET = {"type": "object", "required": ["street"], "properties": {"street": TEXT}}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (TEXT, TEXT),
        ({"type": "integer"}, {"type": "number"}),
        ({}, TEXT),
        (TEXT, {}),
        (TEXT, {"type": ["string", "null"]}),
        ({"enum": ["a"]}, TEXT),
        ({"const": "a"}, {"enum": ["a", "b"]}),
        ({"enum": [1]}, {"enum": [1, 2]}),
        ({"type": "boolean"}, {"enum": [True, False]}),
        ({}, {"enum": ["a"]}),
        ({"oneOf": [{"const": "a"}]}, {"enum": ["a"]}),
        (STREET, STREET),
        (STREET, {"type": "object"}),
        (STREET, {"type": "object", "properties": {"no": TEXT}}),
        ({"type": "object"}, STREET),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT}),
        ({"type": "array"}, {"type": "array", "items": TEXT}),
        ({"type": "array", "items": TEXT}, {"type": "array"}),
    ],
)
def test_what_could_be_right_is_let_be(source: dict[str, Any], target: dict[str, Any]) -> None:
    assert told(source, target) == []


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ({"type": "number"}, {"type": "integer"}, ["number, and the contract takes integer"]),
        ({"type": ["string", "null"]}, TEXT, ["null, and the contract takes string"]),
        ({"enum": ["a", 1]}, TEXT, ["integer, and the contract takes string"]),
        (TEXT, {"enum": ["a", "b"]}, ["any string, and the contract takes only a, b"]),
        ({"enum": ["a", "c"]}, {"enum": ["a", "b"]}, ["c among others, and the contract takes only a, b"]),
        ({"const": True}, {"enum": [1]}, ["boolean, and the contract takes integer"]),
        (
            {"type": ["integer", "boolean"], "const": True},
            {"type": ["integer", "boolean"], "enum": [1]},
            ["True among others, and the contract takes only 1"],
        ),
        (
            {"type": "object", "properties": {"street": TEXT}},
            STREET,
            ["street may be absent, and the contract requires it"],
        ),
        (
            STREET,
            {"type": "object", "properties": {"street": {"type": "integer"}}},
            ["street is string, and the contract takes integer"],
        ),
        (
            {"type": "object", "properties": {"street": TEXT, "no": TEXT}},
            {"type": "object", "properties": {"street": TEXT}, "additionalProperties": False},
            ["no is a field that the contract does not take"],
        ),
        (
            {"type": "object", "properties": {"in": {"type": "object", "properties": {"x": TEXT}}}},
            {"type": "object", "properties": {"in": {"type": "object", "properties": {"x": {"const": "a"}}}}},
            ["in.x is any string, and the contract takes only a"],
        ),
        (
            {"type": "array", "items": TEXT},
            {"type": "array", "items": {"type": "integer"}},
            ["an item is string, and the contract takes integer"],
        ),
        (
            {"type": "object", "properties": {"l": {"type": "array", "items": TEXT}}},
            {"type": "object", "properties": {"l": {"type": "array", "items": {"type": "integer"}}}},
            ["l[] is string, and the contract takes integer"],
        ),
    ],
)
def test_what_cannot_be_right_is_told(source: dict[str, Any], target: dict[str, Any], said: list[str]) -> None:
    assert told(source, target) == said


def test_a_schema_that_contains_itself_is_followed_for_a_while() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}}
    assert told(tree, tree) == []
