"""A binding sends values, never the frame of a message (its other mistakes: `wrong/binding-*`)."""

from __future__ import annotations

import copy

import pytest

from contracts.connection import BoundOperation
from tests.conformance.rest_office import DOCUMENT, bound_contract
from workflows.loading.binding_check import check_binding

URL = "https://civil.example/api"
BODY = {"full_name": "input.name"}


@pytest.mark.parametrize(
    ("place", "name", "wrong"),
    [
        ("header", "Content-Length", "Content-Length is not set here"),
        ("header", "transfer-encoding", "transfer-encoding is not set here"),
        ("header", "X\r\nHost", "no header has such a name"),
        ("cookie", "a; b", "no cookie has such a name"),
        ("header", "X-Office", ""),
        ("query", "host", ""),
    ],
)
def test_a_parameter_of_the_document_frames_the_message(place: str, name: str, wrong: str) -> None:
    document = copy.deepcopy(DOCUMENT)
    parameter = {"name": name, "in": place, "schema": {"type": "string"}}
    document["paths"]["/people"]["post"]["parameters"] = [parameter]
    ask = BoundOperation(operation="matchPerson", parameters={name: "input.name"}, body=BODY)
    found = check_binding(bound_contract(URL, document=document, ask=ask))
    assert [one.what for one in found if one.place[:3] == ("connection", "ask", "parameters")] == [wrong] * bool(wrong)


@pytest.mark.parametrize("name", ["X\r\nHost", "X:", "", "Expect", "Trailer"])
def test_a_header_of_a_binding_is_none_that_can_be_sent(name: str) -> None:
    ask = BoundOperation(operation="matchPerson", headers={name: "input.name"}, body=BODY)
    assert [one.place for one in check_binding(bound_contract(URL, ask=ask)) if "headers" in one.place] == [
        ("connection", "ask", "headers", name)
    ]
