"""Values made for schemas, judged by the validator that contracts' values are judged by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from workflows.loading.contracts import load_contracts
from workflows.loading.validation import compile_schema
from workflows.proving.values import NotMade, value_for

CONTRACTS = load_contracts(Path(__file__).parents[4] / "examples" / "purbalingga" / "contracts")
FIELDS: dict[str, dict[str, Any]] = {
    "const": {"const": 7},
    "enum": {"enum": ["a", "b"]},
    "text": {"type": "string"},
    "short": {"type": "string", "maxLength": 3},
    "long": {"type": "string", "minLength": 40},
    "pattern with a length": {"type": "string", "pattern": "^[a-z]+$", "minLength": 3},
    "nullable": {"type": ["string", "null"]},
    "null": {"type": "null"},
    "flag": {"type": "boolean"},
    "whole": {"type": "integer", "minimum": 5, "maximum": 9},
    "whole without a type": {"minimum": 5, "maximum": 9},
    "below": {"type": "integer", "maximum": -5},
    "between": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 3},
    "fraction": {"type": "number", "minimum": 0.25, "maximum": 0.5},
    "steps": {"type": "integer", "multipleOf": 500, "minimum": 1},
    "list": {"type": "array", "items": {"type": "integer"}, "minItems": 3},
    "one or none": {"type": "array", "items": {"type": "string"}, "maxItems": 1},
    "no items": {"type": "array", "maxItems": 0},
    "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "minItems": 2, "items": False},
    "different": {"type": "array", "items": {"type": "integer", "maximum": 99}, "minItems": 2, "uniqueItems": True},
    "group": {"properties": {"in": {"type": "string"}}, "required": ["in"], "additionalProperties": False},
    "any": {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^x$"}]},
    "one": {
        "oneOf": [
            {"properties": {"a": {"const": 1}}, "required": ["a"]},
            {"properties": {"b": {"const": 2}}, "required": ["b"]},
        ]
    },
    "all": {
        "allOf": [
            {"properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "string"}}, "required": ["b"]},
        ]
    },
    "not both": {
        "type": "object",
        "properties": {"a": {"const": 1}, "b": {"const": 2}},
        "not": {"required": ["a", "b"]},
    },
    "tree": {"$ref": "#/$defs/tree"},
    **{
        name: {"type": "string", "format": name}
        for name in (
            "date",
            "time",
            "date-time",
            "duration",
            "email",
            "hostname",
            "uri",
            "uuid",
            "ipv4",
            "ipv6",
            "colour",
        )
    },
}
TREE = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "more": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
}


def schema_of(field: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": ["x"], "properties": {"x": field}, "$defs": {"tree": TREE}}


@pytest.mark.parametrize("name", FIELDS)
def test_a_value_does_not_fit_its_schema(name: str) -> None:
    schema = schema_of(FIELDS[name])
    check = compile_schema(schema)
    made = [value_for(schema, bytes([number])) for number in range(8)]
    assert [check(value) for value in made] == [[]] * 8
    assert made == [value_for(schema, bytes([number])) for number in range(8)], "the same beginning, the same value"


@pytest.mark.parametrize("name", CONTRACTS)
def test_a_contracts_output_cannot_be_made(name: str) -> None:
    contract = CONTRACTS[name]
    for schema in (contract.input, contract.output):
        papers = {field for field, said in schema["properties"].items() if "document" in said}
        made = value_for(schema, b"x")
        assert set(schema.get("required", [])) - papers <= set(made)
        assert not papers & set(made)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": "string", "pattern": "^[a-z]{2}$", "minLength": 5}, "/x"),
        ({"type": "string", "pattern": r"\bword"}, "pattern"),
        (
            {"minItems": 999, "items": {"minItems": 999, "items": {"minItems": 999, "items": {}}}},
            "more than 10000 values",
        ),
        (
            {"allOf": [{"type": "object", "required": ["y"], "properties": {"y": {"$ref": "#/$defs/endless"}}}]},
            "without an end",
        ),
    ],
)
def test_what_cannot_be_made_is_made_wrongly(field: dict[str, Any], words: str) -> None:
    endless = {"type": "object", "required": ["y"], "properties": {"y": {"$ref": "#/$defs/endless"}}}
    schema = schema_of(field) | {"$defs": {"endless": endless}}
    with pytest.raises(NotMade, match="example") as refused:
        value_for(schema, b"x")
    assert words in str(refused.value)
