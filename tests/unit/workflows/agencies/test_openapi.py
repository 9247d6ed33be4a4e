"""The adapter of bindings: which call answers which question, and what never becomes an exception."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from contracts.connection import BoundOperation, ByKey
from contracts.wire import Ask, Contributed, Known, Lookup, Unheard
from tests.conformance.agencies import (
    CHECKS,
    LOOPBACK,
    TRACEPARENT,
    PromptClock,
    make_ask,
    make_contract,
    make_lookup,
    make_undo,
)
from tests.conformance.raw_agency import always, http, raw
from tests.conformance.rest_office import ANSWERS, DOCUMENT, KnownSecrets, bound_contract, make_bound
from workflows.agencies.documents import DocumentUnreachable
from workflows.agencies.openapi import OpenApiAgency

POLL = {"openapi": "3.1.0", "paths": {"/tickets/{t}": {"get": {"parameters": [{"name": "t", "in": "path"}]}}}}
GOOD = http(200, {"Content-Type": "application/json"}, b'{"data":{"number":"N-1"},"number":"N-1"}')
KNOWN = Known(case={"id": "c", "service": "s", "opened_at": "t"}, input={"name": "Sari"}, ticket="T/1", accepted=True)


async def seen_by(question: Ask | Lookup, reply: bytes = GOOD, **changes: Any) -> tuple[list[tuple[str, str]], Any]:
    """Ask or look up, and give what the agency saw, and what was heard."""
    bound = make_bound()
    async with raw(always(reply)) as agency:
        contract = bound_contract(agency.url, **changes)
        if isinstance(question, Ask):
            told = await bound.ask(question, contract, traceparent=TRACEPARENT)
        else:
            told = await bound.lookup(question, contract, traceparent=TRACEPARENT)
        seen = [(request.method, request.url.removeprefix(agency.url)) for request in agency.requests]
    await bound.close()
    return seen, told.heard


async def test_an_accepted_ask_is_polled_by_its_ticket_and_another_is_looked_up() -> None:
    document = {**DOCUMENT, "paths": {**DOCUMENT["paths"], **POLL["paths"]}}  # type: ignore[dict-item]
    poll = BoundOperation(operation="GET /tickets/{t}", parameters={"t": "ticket"}, outcomes=ANSWERS)
    lookup = structs.replace(make_lookup(make_ask()), known=KNOWN)
    seen, heard = await seen_by(lookup, document=document, poll=poll)
    assert seen == [("GET", "/tickets/T%2F1")]
    assert isinstance(heard, Contributed)
    in_doubt = structs.replace(lookup, known=structs.replace(KNOWN, accepted=False))
    seen, _ = await seen_by(in_doubt, document=document, poll=poll)
    assert seen == [("GET", "/people/case%2Fmatch%2Fask%2F1")]


async def test_what_is_not_bound_is_not_sent_and_a_person_looks() -> None:
    seen, heard = await seen_by(make_lookup(make_ask()), lookup=None)
    assert not seen
    assert isinstance(heard, Unheard)
    assert (heard.sent, heard.final) == (False, True)


async def test_case_and_purpose_can_be_told_to_an_agency() -> None:
    body = {"full_name": "case.service", "alias": "ask.purpose"}
    bound = make_bound()
    async with raw(always(GOOD)) as agency:
        ask = BoundOperation(operation="matchPerson", body=body)
        question = structs.replace(make_ask(), known=KNOWN)
        await bound.ask(question, bound_contract(agency.url, ask=ask), traceparent="")
        (request,) = agency.requests
    await bound.close()
    assert request.body == b'{"full_name":"s","alias":"matching"}'
    headers = dict(request.headers.items())
    assert headers["Idempotency-Key"] == "case/match/ask/1"
    assert "traceparent" not in headers


async def test_a_success_contributes_only_what_the_contract_declares() -> None:
    _, heard = await seen_by(make_ask(), ask=BoundOperation(operation="matchPerson", body={"full_name": "input.name"}))
    assert isinstance(heard, Contributed)
    assert heard.output == {"number": "N-1"}


async def test_another_header_for_our_key_is_used() -> None:
    bound = make_bound()
    async with raw(always(http(204, {}, b""))) as agency:
        undo = make_undo(make_ask())
        contract = bound_contract(agency.url, repeat=ByKey(by_key="X-Request-Id"))
        await bound.undo(undo, contract, traceparent=TRACEPARENT)
        assert dict(agency.requests[0].headers.items())["X-Request-Id"] == undo.key
    await bound.close()


async def test_a_contract_of_another_kind_is_a_bug_and_not_an_answer() -> None:
    bound = make_bound()
    with pytest.raises(TypeError, match="not connected by its own API"):
        await bound.ask(make_ask(), make_contract("http://127.0.0.1:1"), traceparent="")


HOSTILE: list[Any] = [
    "people.json",
    {},
    {"openapi": 3},
    {"openapi": "3.0.0", "paths": []},
    {"openapi": "3.0.0", "paths": {"/people": {"post": None, "operationId": "matchPerson"}}},
    {"openapi": "3.0.0", "paths": {"/people": {"post": {"operationId": "matchPerson", "requestBody": [1]}}}},
    {"openapi": "3.0.0", "paths": {"/people": {"post": {"operationId": "matchPerson", "parameters": [7, {}]}}}},
    {
        "openapi": "3.0.0",
        "paths": {
            "/people": {
                "post": {
                    "operationId": "matchPerson",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "http://evil.example/x"}}}},
                }
            }
        },
    },
]


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_a_document_that_is_none_never_becomes_an_exception(number: int) -> None:
    _, heard = await seen_by(make_ask(), document=HOSTILE[number], undo=None, lookup=None)
    assert isinstance(heard, Contributed | Unheard)


async def test_many_connections_are_made_ready_and_the_oldest_forgotten() -> None:
    bound = make_bound()
    for number in range(300):
        await bound.ask(make_ask(), bound_contract(f"ftp://{number}"), traceparent="")
    assert len(bound._bindings) == 256  # pyright: ignore[reportPrivateUsage]  # what is kept is seen nowhere else


PDF = b"%PDF-1.4 of an API that gives links"


@pytest.mark.parametrize(
    ("link", "kind"), [("https://files.example/1", Contributed), ("https://files.example/gone", Unheard)]
)
async def test_a_link_in_an_answer_is_a_document_and_one_that_gives_nothing_is_no_answer(link: str, kind: type) -> None:
    async def fetch(address: str) -> bytes:
        if address.endswith("gone"):
            raise DocumentUnreachable("the document's link answers 410")
        return PDF

    checks = structs.replace(CHECKS, fetch=fetch)
    bound = OpenApiAgency(checks=checks, secrets=KnownSecrets(), clock=PromptClock(), guard=LOOPBACK)
    reply = http(200, {"Content-Type": "application/json"}, b'{"number":"N-1","letter":"%b"}' % link.encode())
    async with raw(always(reply)) as agency:
        ask = BoundOperation(operation="matchPerson", body={"full_name": "input.name"})
        plain = bound_contract(agency.url, ask=ask)
        properties = {**plain.output["properties"], "letter": {"document": "application/pdf"}}
        contract = structs.replace(plain, output={**plain.output, "properties": properties})
        told = await bound.ask(make_ask(), contract, traceparent="")
    await bound.close()
    assert isinstance(told.heard, kind)
    if isinstance(told.heard, Contributed):
        assert told.heard.output["letter"]["size"] == len(PDF)
        assert told.documents == (PDF,)
    if isinstance(told.heard, Unheard):
        assert (told.heard.sent, told.documents) == (True, ())
