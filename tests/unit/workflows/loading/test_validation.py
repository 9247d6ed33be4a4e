"""Values are judged by a schema that fetches nothing, never takes long, and tells no value."""

from __future__ import annotations

import time
from typing import Any

import pytest

from workflows.core.mistakes import Finding
from workflows.loading.validation import MISTAKES_LIMIT, SchemaInvalid, check_schema, compile_findings, compile_schema


def test_every_mistake_is_told_with_a_pointer_and_what_to_write() -> None:
    check = compile_schema(
        {
            "type": "object",
            "required": ["nik", "name"],
            "properties": {
                "nik": {"type": "string", "pattern": "^[0-9]{16}$"},
                "staff": {"type": "array", "items": {"properties": {"age": {"minimum": 15}}}},
            },
            "additionalProperties": False,
        }
    )
    mistakes = check({"nik": "33", "staff": [{"age": 20}, {"age": 7}], "a/b~": 1})
    assert {(mistake.pointer, mistake.detail) for mistake in mistakes} == {
        ("/name", "name is required. Write name: and its value."),
        ("/nik", "This does not have the form asked for. Write a text of the form ^[0-9]{16}$."),
        ("/staff/1/age", "This is too small. Write 15 or more."),
        ("/a~1b~0", "a/b~ is not asked for here. Write nik, staff."),
    }


def test_a_valid_value_has_no_mistakes() -> None:
    assert compile_schema({"type": "object"})({"a": 1}) == []


def test_a_value_is_never_told() -> None:
    schema = {"properties": {"nik": {"pattern": "^x$", "enum": ["y"], "maxLength": 1, "format": "date", "const": "z"}}}
    mistakes = compile_schema(schema)({"nik": "3303055203900000"})
    assert len(mistakes) == 5
    assert not [mistake for mistake in mistakes if "33030" in mistake.detail]


def test_the_mistakes_of_one_value_have_an_end() -> None:
    for further in ({"type": "string"}, False):  # told as one error each, or as one for all
        check = compile_schema({"properties": {"name": {}}, "additionalProperties": further})
        assert len(check({str(number): number for number in range(1000)})) == MISTAKES_LIMIT


WRONG: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "another document": ({"$ref": "https://example.com/x.json"}, [("$ref", "leads nowhere")]),
    "a file": ({"properties": {"a": {"$ref": "file:///etc/passwd"}}}, [("properties.a.$ref", "leads nowhere")]),
    "nothing": ({"$ref": "#/$defs/gone"}, [("$ref", "leads nowhere")]),
    "a value that is no schema": ({"$ref": "#/const", "const": 1}, [("$ref", "leads nowhere")]),
    "a dynamic reference": ({"$dynamicRef": "#x"}, [("$dynamicRef", "leads nowhere")]),
    "another base": ({"properties": {"a": {"$id": "https://example.com"}}}, [("properties.a.$id", "not offered")]),
    "an anchor": ({"items": {"$anchor": "a"}}, [("items.$anchor", "not offered")]),
    "looking ahead": ({"pattern": "(?=a)b"}, [("pattern", "cannot be used")]),
    "looking back": ({"anyOf": [{"pattern": r"(a)\1"}]}, [("anyOf.0.pattern", "cannot be used")]),
    "a broken pattern": ({"patternProperties": {"(": {}}}, [("patternProperties.(", "cannot be used")]),
    "a huge pattern": ({"pattern": "((a{0,100}){0,100}){0,100}"}, [("pattern", "cannot be used")]),
    "no type": ({"type": "strin"}, [("type", "none of the values offered")]),
    "a required field that is no list": ({"required": "a"}, [("required", "another type")]),
    "an older kind": ({"$schema": "http://json-schema.org/draft-07/schema#"}, [("$schema", "another kind of schema")]),
    "two at once": (
        {"properties": {"a": {"type": "strin"}, "b": {"pattern": "["}}},
        [("properties.a.type", "none of the values"), ("properties.b.pattern", "cannot be used")],
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_schema_that_cannot_be_used_says_where_and_why(name: str) -> None:
    schema, expected = WRONG[name]
    findings = check_schema(schema)
    assert [".".join(map(str, finding.place)) for finding in findings] == [place for place, _ in expected]
    assert all(words in finding.what for finding, (_, words) in zip(findings, expected, strict=True))
    with pytest.raises(SchemaInvalid, match=r"^/") as refused:
        compile_schema(schema)
    assert refused.value.findings == findings


@pytest.mark.parametrize(
    "schema",
    [
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "https://example.com/form"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": True}},
        {"properties": {"pattern": {"const": "("}, "$ref": {"enum": ["("]}, "$id": {"type": "string"}}},
        {
            "const": {"pattern": "("},
            "default": {"$ref": "#/gone"},
            "examples": [{"pattern": "("}],
            "x-ui": {"pattern": "("},
        },
        {"$ref": "#"},
    ],
)
def test_what_only_looks_wrong_is_let_be(schema: dict[str, Any]) -> None:
    assert check_schema(schema) == []


EVIL = [
    "^(a+)+$",
    "^(a|a)*$",
    "^([a-zA-Z]+)*$",
    "(x+x+)+y",
    "^(.*a){12}$",
    "^(a|aa)+$",
    r"^\d+\d+\d+\d+\d+$",
    "(a?){30}a{30}",
]


@pytest.mark.parametrize("pattern", EVIL)
def test_no_pattern_of_a_contract_takes_long(pattern: str) -> None:
    check = compile_schema({"properties": {"a": {"pattern": pattern}}})
    started = time.process_time()
    check({"a": "a" * 5000 + "!"})
    check({"a": "1" * 5000 + "!"})
    assert time.process_time() - started < 0.05


def test_findings_keep_the_place_of_what_is_wrong() -> None:
    findings = compile_findings({"items": {"type": "integer"}})
    assert findings([1, "a"]) == [Finding((1,), "this is of another type than asked for", "a whole number")]
