"""What a binding sends: values stand in their places, and none gets out of its place."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.connection import BoundOperation, OpenApiConnection
from contracts.declared import Derived
from workflows.agencies.requests import Prepared, Unsendable, prepare
from workflows.loading.bindings import compile_binding

STYLES: list[dict[str, Any]] = [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
    {"name": "many", "in": "query", "schema": {"type": "array"}},
    {"name": "comma", "in": "query", "explode": False, "schema": {"type": "array"}},
    {"name": "pipe", "in": "query", "style": "pipeDelimited", "explode": False, "schema": {"type": "array"}},
    {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
    {"name": "open", "in": "query", "schema": {"type": "object"}},
    {"name": "plain", "in": "query", "explode": False, "schema": {"type": "object"}},
    {"name": "json", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
    {"name": "X-Many", "in": "header", "schema": {"type": "array"}},
    {"name": "sid", "in": "cookie", "schema": {"type": "string"}},
    {"name": "Accept", "in": "header", "required": True, "schema": {"type": "string"}},
]


def sent(value: object, *, parameter: str = "", media: str = "", **bound: Any) -> Prepared:
    """Prepare an operation whose only value is `input.v`."""
    body = {"requestBody": {"required": True, "content": {media: {"schema": {"type": "object"}}}}} if media else {}
    document = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://{town}.example/api/", "variables": {"town": {"default": "pbg"}}}],
        "paths": {"/x/{id}": {"parameters": STYLES, "post": {**body}}},
    }
    parameters: dict[str, str | Derived] = {"id": Derived(const="i")}
    if parameter:
        parameters[parameter] = "input.v"
    call = BoundOperation(operation="POST /x/{id}", parameters=parameters, **bound)
    binding = compile_binding(OpenApiConnection(document=document, repeat="never", ask=call))
    return prepare(binding.base, binding.calls["ask"], {"input": {"v": value}})


WRITTEN: list[tuple[str, object, str]] = [
    ("id", "a/../b ?#", "/api/x/a%2F..%2Fb%20%3F%23"),
    ("id", "ü", "/api/x/%C3%BC"),
    ("many", ["a", "b&c", 1], "/api/x/i?many=a&many=b%26c&many=1"),
    ("comma", ["a", "b"], "/api/x/i?comma=a%2Cb"),
    ("pipe", ["a", "b"], "/api/x/i?pipe=a%7Cb"),
    ("deep", {"a": True, "b": 2}, "/api/x/i?deep%5Ba%5D=true&deep%5Bb%5D=2"),
    ("open", {"a": "x"}, "/api/x/i?a=x"),
    ("plain", {"a": "x", "b": "y"}, "/api/x/i?plain=a%2Cx%2Cb%2Cy"),
    ("json", {"a": [1]}, "/api/x/i?json=%7B%22a%22%3A%5B1%5D%7D"),
    ("many", None, "/api/x/i"),
]


@pytest.mark.parametrize(("parameter", "value", "expected"), WRITTEN)
def test_a_parameter_is_written_as_the_document_says(parameter: str, value: object, expected: str) -> None:
    assert str(sent(value, parameter=parameter).url) == f"https://pbg.example{expected}"


def test_headers_and_cookies_carry_values_too() -> None:
    assert sent(["a", "b"], parameter="X-Many").headers == {"X-Many": "a,b"}
    assert sent("a;b=c", parameter="sid").cookies == (("sid", "a%3Bb%3Dc"),)
    assert sent(7, headers={"X-Number": "input.v"}).headers == {"X-Number": "7"}


UNSENDABLE: list[tuple[str, object, str]] = [
    ("id", "", "the parameter id is empty, or only dots"),
    ("id", "..", "the parameter id is empty, or only dots"),
    ("id", None, "the parameter id has no value"),
    ("X-Many", ["a\r\nX-Evil: 1"], "the header X-Many would have characters that no header has"),
    ("many", ["x" * 9_000], "the address is too long, or a part of it has no value"),
]


@pytest.mark.parametrize(("parameter", "value", "why"), UNSENDABLE)
def test_a_value_that_would_get_out_of_its_place_is_not_sent(parameter: str, value: object, why: str) -> None:
    with pytest.raises(Unsendable) as refused:
        sent(value, parameter=parameter)
    assert str(refused.value) == why


def test_a_body_is_groups_and_lists_of_values_and_what_is_nothing_is_left_out() -> None:
    tree = {"a": "input.v", "b": [{"c": {"const": 1}}, "input.gone"], "d": "input.gone", "e": {"cel": "input.v + '!'"}}
    prepared = sent("x", media="application/json", body=tree)
    assert prepared.body == b'{"a":"x","b":[{"c":1}],"e":"x!"}'
    assert prepared.headers == {"Content-Type": "application/json"}
    assert prepared.told == b"POST https://pbg.example/api/x/i\n\n" + prepared.body


def test_a_form_is_sent_as_one() -> None:
    prepared = sent("a b&c", media="application/x-www-form-urlencoded", body={"v": "input.v", "n": {"const": 3}})
    assert prepared.body == b"v=a+b%26c&n=3"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (None, "the document demands a body, and there is none"),
        ({"const": 7}, "the body does not fit the agency's document"),
        ({"a": {"cel": "input.v.w"}}, "a: w is looked for in a number, which has no fields"),
    ],
)
def test_a_body_that_the_document_does_not_take_is_not_sent(body: object, why: str) -> None:
    with pytest.raises(Unsendable) as refused:
        sent(7, media="application/json", body=body)
    assert str(refused.value) == why


def test_our_own_headers_win_whatever_their_case() -> None:
    prepared = sent(7, headers={"user-agent": "input.v"}).under({"User-Agent": "gapura"})
    assert prepared.headers == {"User-Agent": "gapura"}


@pytest.mark.parametrize("base", ["ftp://x", "https://user:secret@x", "https://", "//x"])
def test_an_address_that_is_none_is_not_called(base: str) -> None:
    document: dict[str, Any] = {"openapi": "3.1.0", "paths": {"/x": {"get": {}}}}
    call = BoundOperation(operation="GET /x")
    binding = compile_binding(OpenApiConnection(document=document, url=base, repeat="never", ask=call))
    with pytest.raises(Unsendable):
        prepare(binding.base, binding.calls["ask"], {})
