"""The API's reference as a page: every operation and type, links that lead somewhere, nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from gateway.openapi import document
from gateway.reference.pages import coded, example, file, problem_page, problems_page, reference_page, shape
from gateway.routes import api_routes

DOCUMENT = document(api_routes(), contact="help@gapura.example", operator="Kabupaten Contoh")
PAGE = reference_page(DOCUMENT).decode()


class Anchors(HTMLParser):
    """Collects what a page names and where it points."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.names.append(value or "")
            if name in {"href", "src"}:
                self.links.append(value or "")
            assert name != "style"


@pytest.mark.parametrize("page", [PAGE, problems_page().decode(), problem_page("gone").decode()])
def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(page: str) -> None:
    found = Anchors(page)
    assert not found.tags & {"script", "iframe", "img", "style"}
    assert all(link.startswith(("/", "#", "mailto:", "data:,")) for link in found.links)


def test_every_anchor_is_there_once_and_every_link_finds_its_own() -> None:
    found = Anchors(PAGE)
    assert len(set(found.names)) == len(found.names)
    assert {link.removeprefix("#") for link in found.links if link.startswith("#")} <= set(found.names)


def test_every_operation_and_type_is_on_the_page() -> None:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            assert f'id="{operation["operationId"]}"' in PAGE
            assert f"{method.upper()} {path}" in PAGE
    for name in DOCUMENT["components"]["schemas"]:
        assert f'id="schema-{name}"' in PAGE


def test_an_example_says_what_to_send() -> None:
    operation = DOCUMENT["paths"]["/v1/services/{service}/cases"]["post"]
    told = example(operation, "POST", "/v1/services/{service}/cases")
    assert "Idempotency-Key" in told
    assert "Content-Type: application/json" in told
    assert "$SECRET" in example(DOCUMENT["paths"]["/v1/cases/{case}"]["get"], "GET", "/v1/cases/{case}")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"$ref": "#/components/schemas/Problem"}, "Problem"),
        ({"type": "array", "items": {"type": "string"}}, "list of string"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string or null"),
        ({"enum": ["a", "b"]}, '"a", "b"'),
        ({"const": 1}, "1"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "object of integer"),
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({}, "anything"),
    ],
)
def test_a_schema_is_said_in_a_few_words(schema: dict[str, object], said: str) -> None:
    assert shape(schema) == said


def test_what_stands_in_backticks_is_code_and_nothing_is_taken_for_markup() -> None:
    assert coded("<b> `a<b` c") == "&lt;b&gt; <code>a&lt;b</code> c"


def test_only_files_of_its_own_are_given() -> None:
    found = file("reference.css")
    assert found is not None
    assert found[1].startswith("text/css")
    assert not re.search(rb"url\(|@import", found[0])
    assert file("../pages.py") is None
