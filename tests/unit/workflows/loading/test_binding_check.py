"""A binding reads of a document what travels of it: description and bytes (its mistakes: `wrong/binding-*`)."""

from __future__ import annotations

from typing import Literal

import pytest
from msgspec import structs

from contracts.connection import ApiKeyAuth, BoundOperation, ByKey, Secret
from tests.conformance.rest_office import bound_contract
from workflows.loading.binding_check import check_binding


@pytest.mark.parametrize(("read", "found"), [("bytes", []), ("name", []), ("link", ["link"])])
def test_a_member_of_a_document_that_never_travels_is_read(read: str, found: list[str]) -> None:
    body = {"full_name": "input.name", "alias": f"input.letter.{read}"}
    plain = bound_contract("https://civil.example/api", ask=BoundOperation(operation="matchPerson", body=body))
    properties = {**plain.input["properties"], "letter": {"document": "application/pdf"}}
    contract = structs.replace(plain, input={**plain.input, "required": ["name", "letter"], "properties": properties})
    told = [finding.what for finding in check_binding(contract) if "letter" in finding.what]
    assert [what for what in told if "there is no" in what] == [
        f"input.letter.{name}: there is no {name}" for name in found
    ]


@pytest.mark.parametrize(
    ("place", "name", "found"),
    [
        ("header", "X-Key\r\nHost", ["no header has such a name"]),
        ("cookie", "key; other", ["no cookie has such a name"]),
        ("header", "X-Key", []),
        ("header", "Authorization", []),
        ("header", "Content-Length", ["Content-Length carries no key"]),
        ("header", "transfer-encoding", ["transfer-encoding carries no key"]),
        ("query", "my key", []),
    ],
)
def test_a_key_goes_under_a_name_that_no_message_can_carry(
    place: Literal["header", "query", "cookie"], name: str, found: list[str]
) -> None:
    auth = ApiKeyAuth(place=place, name=name, key=Secret(secret="CIVIL__KEY"))
    told = check_binding(bound_contract("https://civil.example/api", auth=[auth]))
    assert [finding.what for finding in told if finding.place == ("connection", "auth", 0, "name")] == found


@pytest.mark.parametrize(
    ("name", "found"), [("Idempotency-Key", []), ("Host", ["Host carries no key"]), ("te", ["te carries no key"])]
)
def test_our_key_goes_in_a_header_that_a_message_needs_for_itself(name: str, found: list[str]) -> None:
    told = check_binding(bound_contract("https://civil.example/api", repeat=ByKey(by_key=name)))
    assert [finding.what for finding in told if finding.place == ("connection", "repeat", "by_key")] == found
