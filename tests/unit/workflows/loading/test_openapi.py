"""OpenAPI documents: what is read of them, what an excerpt keeps, and what is never followed."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.loading.api_files import DocumentUnusable
from workflows.loading.openapi import (
    excerpt,
    first_server,
    flat,
    modern,
    operation_at,
    operations_of,
)

REF = "#/components/schemas/"


def document(schema: dict[str, Any], **schemas: Any) -> dict[str, Any]:
    """Give a document of one operation whose body is this."""
    body = {"content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1", "description": "long"},
        "paths": {"/x": {"post": {"operationId": "do", "description": "long", "requestBody": body}, "get": {}}},
        "components": {"schemas": schemas},
    }


def taken(given: dict[str, Any]) -> dict[str, Any]:
    return excerpt(given, [operations_of(given)["do"]])


def test_an_operation_is_known_by_its_id_and_by_method_and_path() -> None:
    assert set(operations_of(document({}))) == {"do", "POST /x", "GET /x"}


def test_an_excerpt_keeps_what_is_led_to_and_nothing_else() -> None:
    schemas = {
        "A": {"type": "object", "properties": {"b": {"$ref": f"{REF}B"}, "description": {"type": "string"}}},
        "B": {"type": "array", "items": {"$ref": f"{REF}A"}, "description": "words", "example": [1], "x-more": 1},
        "C": {"type": "string"},
    }
    kept = taken(document({"$ref": f"{REF}A"}, **schemas))
    assert kept["components"]["schemas"] == {
        "A": {"type": "object", "properties": {"b": {"$ref": f"{REF}B"}, "description": {"type": "string"}}},
        "B": {"type": "array", "items": {"$ref": f"{REF}A"}},
    }
    assert set(kept["paths"]["/x"]) == {"post"}
    assert "description" not in kept["paths"]["/x"]["post"]


def test_an_excerpt_of_an_excerpt_is_the_same() -> None:
    kept = taken(document({"$ref": f"{REF}A"}, A={"type": "object", "maximum": 2**63}))
    assert taken(kept) == kept
    assert kept["components"]["schemas"]["A"] == {"type": "object"}, "a number that a double does not hold"


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("https://evil.example/x.json", "is outside this document, and nothing is fetched"),
        ("other.yaml#/A", "is outside this document, and nothing is fetched"),
        (f"{REF}Gone", "leads nowhere in this document"),
    ],
)
def test_nothing_outside_is_followed(reference: str, why: str) -> None:
    with pytest.raises(DocumentUnusable) as refused:
        taken(document({"$ref": reference}))
    assert why in refused.value.what


def test_a_document_that_leads_on_without_end_is_refused() -> None:
    schemas = {f"S{n}": {"items": {"$ref": f"{REF}S{n + 1}"}} for n in range(2_001)} | {"S2001": {}}
    with pytest.raises(DocumentUnusable, match="more than 2000 parts"):
        taken(document({"$ref": f"{REF}S0"}, **schemas))


def test_a_document_that_nests_without_end_is_refused() -> None:
    deep: dict[str, Any] = {}
    for _ in range(300):
        deep = {"not": deep}
    with pytest.raises(DocumentUnusable, match="nests deeper"):
        taken(document(deep))


def test_schemas_of_3_0_become_todays() -> None:
    old = {
        "type": "string",
        "nullable": True,
        "enum": ["a"],
        "minimum": 1,
        "exclusiveMinimum": True,
        "maximum": 9,
        "exclusiveMaximum": False,
    }
    new = modern(document(old))["paths"]["/x"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert new == {"type": ["string", "null"], "enum": ["a", None], "exclusiveMinimum": 1, "maximum": 9}
    today = {**document(old), "openapi": "3.1.0"}
    assert modern(today) is today


def test_what_all_of_requires_is_joined_and_a_circle_ends() -> None:
    given = document(
        {},
        A={"allOf": [{"$ref": f"{REF}B"}, {"required": ["c"]}], "properties": {"a": {}}, "required": ["a"]},
        B={"type": "object", "properties": {"b": {}}, "required": ["b"]},
        Round={"allOf": [{"$ref": f"{REF}Round"}]},
    )
    joined = flat({"$ref": f"{REF}A"}, given)
    assert joined["type"] == "object"
    assert (set(joined["properties"]), joined["required"]) == ({"a", "b"}, ["b", "c", "a"])  # type: ignore[call-overload]
    assert "properties" not in flat({"$ref": f"{REF}Round"}, given)


SERVERS: list[tuple[object, str]] = [
    ([{"url": "https://a.example/v1"}], "https://a.example/v1"),
    ([{"url": "{scheme}://a.example", "variables": {"scheme": {"default": "https"}}}], "https://a.example"),
    ([{"url": "/v1"}], ""),
    ([], ""),
    (None, ""),
    ("x", ""),
]


@pytest.mark.parametrize(("servers", "expected"), SERVERS)
def test_the_first_server_is_used_where_it_is_a_whole_address(servers: object, expected: str) -> None:
    assert first_server({"servers": servers}) == expected


BODIES: list[tuple[dict[str, Any], str, str]] = [
    ({"application/json; charset=utf-8": {}}, "application/json", ""),
    ({"application/xml": {}, "application/vnd.api+json": {}}, "application/vnd.api+json", ""),
    ({"*/*": {}}, "application/json", ""),
    ({"multipart/form-data": {}, "application/x-www-form-urlencoded": {}}, "application/x-www-form-urlencoded", ""),
    ({"multipart/form-data": {}}, "", "multipart/form-data"),
    ({}, "", ""),
]


@pytest.mark.parametrize(("content", "media", "strange"), BODIES)
def test_a_body_is_sent_as_json_or_as_a_form(content: dict[str, Any], media: str, strange: str) -> None:
    given = document({})
    given["paths"]["/x"]["post"]["requestBody"] = {"content": content}
    described = operation_at(given, "do", operations_of(given)["do"])
    assert (described.body_type, described.strange_body) == (media, strange)


def test_a_parameter_of_an_operation_stands_before_the_same_of_its_path() -> None:
    given = document({})
    given["paths"]["/x"]["parameters"] = [{"name": "a", "in": "query"}, {"name": "a", "in": "header"}]
    given["paths"]["/x"]["post"]["parameters"] = [{"name": "a", "in": "query", "required": True}]
    described = operation_at(given, "do", operations_of(given)["do"])
    assert [(one.place, one.required) for one in described.parameters] == [("query", True), ("header", False)]
