"""Schemas of a first contract: they stand alone, keep what is right, and do not grow without end."""

from __future__ import annotations

from typing import Any

from workflows.loading.first_schemas import fields_of, required_of, standalone

TEXT = {"type": "string"}


def referring(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def document(**schemas: dict[str, Any]) -> dict[str, Any]:
    return {"openapi": "3.1.0", "components": {"schemas": schemas}}


def count(schema: dict[str, Any]) -> int:
    return (
        1
        + sum(map(count, schema.get("properties", {}).values()))
        + (count(schema["items"]) if "items" in schema else 0)
    )


def test_a_circle_is_gone_through_again() -> None:
    person = {
        "type": "object",
        "properties": {"name": TEXT, "mother": referring("Person"), "office": referring("Office")},
    }
    office = {
        "type": "object",
        "properties": {"head": referring("Person"), "all": {"type": "array", "items": referring("Person")}},
    }
    made = standalone(referring("Person"), document(Person=person, Office=office))
    assert made["properties"] == {
        "name": TEXT,
        "mother": {},
        "office": {"type": "object", "properties": {"head": {}, "all": {"type": "array", "items": {}}}},
    }


def test_a_document_that_describes_everything_by_everything_is_copied_without_end() -> None:
    names = [f"Thing{number}" for number in range(30)]
    things = {
        name: {"type": "object", "properties": {other: referring(other) for other in names}, "required": ["id"]}
        for name in names
    }
    made = standalone(referring("Thing0"), document(**things))
    assert 100 < count(made) < 1_200
    assert made["required"] == ["id"]


def test_a_schema_with_a_mistake_keeps_nothing_that_is_right() -> None:
    assert standalone({"type": "date", "title": "Day", "pattern": "(?=x)"}, {}) == {"title": "Day"}
    assert standalone({"type": "string", "format": "date", "maxLength": 10}, {}) == {
        "type": "string",
        "format": "date",
        "maxLength": 10,
    }


def test_fields_that_are_required_stand_behind_others_or_are_lost() -> None:
    schema = {"required": ["b", "c", "b"], "properties": {f"a{number}": TEXT for number in range(100)} | {"b": TEXT}}
    assert fields_of(schema)[:3] == ["b", "c", "a0"]
    assert len(fields_of(schema)) == 60
    assert (required_of(schema), required_of({"required": True})) == (["b", "c"], [])
