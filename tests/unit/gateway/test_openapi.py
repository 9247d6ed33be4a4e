"""The API's document: whole, closed, and the same as the committed one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from contracts.problems import PROBLEM_TYPES
from gateway.identity.rules import API_OWNERS, Owner
from gateway.openapi import OPERATION, closed, document
from gateway.routes import api_routes
from gateway.routes.__main__ import FILE, written

DOCUMENT: dict[str, Any] = json.loads(written())
OPERATIONS = [
    (method.upper(), path, operation) for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
]


def walk(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        found = cast("dict[str, Any]", value)
        yield found
        for nested in found.values():
            yield from walk(nested)
    elif isinstance(value, list):
        for nested in cast("list[object]", value):
            yield from walk(nested)


def test_the_committed_document_is_the_one_that_is_served() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), "run make schemas, and look at what changed"


def test_every_reference_leads_somewhere() -> None:
    for found in walk(DOCUMENT):
        if "$ref" in found:
            target: Any = DOCUMENT
            for name in found["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            assert target


def test_every_object_whose_members_are_known_has_no_others() -> None:
    for found in walk(DOCUMENT["components"]["schemas"]):
        if found.get("type") == "object" and isinstance(found.get("properties"), dict):
            assert "additionalProperties" in found


def test_operations_have_names_of_their_own_a_summary_and_say_who_may() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    for _, path, operation in OPERATIONS:
        assert operation["summary"], path
        assert not operation["summary"].endswith(".")
        assert "Who may:" in operation["description"]


def test_every_part_of_a_path_is_described() -> None:
    for _, path, operation in OPERATIONS:
        described = {param["name"] for param in operation.get("parameters", []) if param["in"] == "path"}
        assert described == set(re.findall(r"\{(\w+)\}", path))


def test_every_error_is_a_problem_of_the_closed_list() -> None:
    for _, path, operation in OPERATIONS:
        for status, reply in operation["responses"].items():
            if status >= "400":
                shown = (
                    DOCUMENT["components"]["responses"][reply["$ref"].rpartition("/")[2]] if "$ref" in reply else reply
                )
                assert list(shown["content"]) == ["application/problem+json"], path
    assert set(DOCUMENT["components"]["responses"]) == set(PROBLEM_TYPES)


def test_whoever_must_prove_something_is_told_how() -> None:
    for method, path, operation in OPERATIONS:
        assert bool(operation["security"]) == (API_OWNERS[method, path] is not Owner.ANYONE)
        for option in operation["security"]:
            assert set(option) <= set(DOCUMENT["components"]["securitySchemes"])


def test_contact_and_licence_are_named() -> None:
    shown = document(api_routes(), contact="help@gapura.example", operator="Kabupaten Contoh")["info"]
    assert shown["contact"]["email"] == "help@gapura.example"
    assert shown["contact"]["name"] == "Kabupaten Contoh"
    assert shown["license"]["identifier"] == "Apache-2.0"


def test_paths_begin_with_the_version_and_name_things_in_the_plural() -> None:
    for _, path, _ in OPERATIONS:
        assert path.startswith(("/v1/", "/health/", "/metrics"))


@pytest.mark.parametrize("handler", api_routes(), ids=lambda handler: handler.handler_name)
def test_a_route_that_is_not_described_only_reads(handler: Any) -> None:  # noqa: ANN401 - the framework's own type
    assert OPERATION in handler.opt or set(handler.http_methods) <= {"GET", "HEAD"}


def test_closing_a_schema_leaves_open_what_is_meant_to_be_open() -> None:
    free = {"type": "object"}
    mapped = {"type": "object", "additionalProperties": {"type": "string"}}
    shaped = {"type": "object", "properties": {"a": free, "b": mapped}}
    assert closed(shaped) == {**shaped, "additionalProperties": False}
