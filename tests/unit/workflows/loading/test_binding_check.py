"""A binding reads of a document what travels of it: description and bytes (its mistakes: `wrong/binding-*`)."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts.connection import BoundOperation
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
