"""A bound agency that is broken or hostile: what it sends becomes one of five words, never a "no" by accident."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from contracts.connection import BoundOperation, BoundOutcome
from contracts.wire import Contributed, Heard, NothingHeld, Refused, Undone, Unheard, Unreadable
from tests.conformance.agencies import LOOPBACK, TRACEPARENT, make_ask, make_lookup, make_undo
from tests.conformance.raw_agency import Reply, always, http, raw
from tests.conformance.rest_office import bound_contract, make_bound
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.openapi import OpenApiAgency
from workflows.ports import Told

ASK = make_ask()
GOOD = json.dumps({"data": {"number": "N-1"}}).encode()
JSON = {"Content-Type": "application/json"}
DEEP = b"[" * 100_000 + b"]" * 100_000
BOMB = gzip.compress(b'{"data":{"number":"' + b"0" * (32 * 1024 * 1024) + b'"}}')
GZIP = {**JSON, "Content-Encoding": "gzip"}
LATIN = '{"data": {"number": "Müller"}}'.encode("latin-1")


@asynccontextmanager
async def caller(guard: AddressGuard = LOOPBACK) -> AsyncGenerator[OpenApiAgency]:
    bound = make_bound(guard)
    try:
        yield bound
    finally:
        await bound.close()


async def told_by(reply: Reply, *, drip_s: float = 0, **changes: Any) -> Told:
    async with raw(reply, drip_s=drip_s) as agency, caller() as bound:
        return await bound.ask(ASK, bound_contract(agency.url, **changes), traceparent=TRACEPARENT)


CONTRIBUTED: list[tuple[str, bytes]] = [
    ("as it should be", http(201, JSON, GOOD)),
    ("JSON in the clothes of a page", http(200, {"Content-Type": "text/html"}, GOOD)),
    ("JSON of no kind", http(200, {}, GOOD)),
    ("a charset that it names", http(200, {"Content-Type": "application/json; charset=ISO-8859-1"}, LATIN)),
    ("gzip that nobody asked for", http(200, GZIP, gzip.compress(GOOD))),
    ("fields that nobody asked for", http(200, JSON, b'{"data":{"number":"N-1","x":{"y":[1]}},"error":null}')),
]


@pytest.mark.parametrize(("_name", "reply"), CONTRIBUTED, ids=[name for name, _ in CONTRIBUTED])
async def test_what_can_be_read_contributes(_name: str, reply: bytes) -> None:
    told = await told_by(always(reply))
    assert isinstance(told.heard, Contributed), told.heard
    assert set(told.heard.output) == {"number"}


UNREADABLE: list[tuple[str, bytes]] = [
    ("an error inside a 200", http(200, JSON, b'{"status":"error","code":"UNKNOWN"}')),
    ("another type", http(200, JSON, b'{"data":{"number":7}}')),
    ("a list", http(200, JSON, b"[]")),
    ("null", http(200, JSON, b"null")),
    ("nothing", http(200, JSON, b"")),
    ("a page that says it is JSON", http(200, JSON, b"<html>404 not found</html>")),
    ("truncated JSON", http(200, JSON, GOOD[:-4])),
    ("bytes of no charset", http(200, JSON, b'{"data":{"number":"\xff\xfe"}}')),
    ("another charset than it names", http(200, {"Content-Type": "application/json; charset=utf-16"}, LATIN)),
    ("JSON that nests without end", http(200, JSON, DEEP)),
    ("NaN", http(200, JSON, b'{"data":{"number":NaN}}')),
    ("a coding that nobody knows", http(200, {**JSON, "Content-Encoding": "br"}, GOOD)),
    ("a gzip that is none", http(200, GZIP, GOOD)),
    ("a gzip cut off", http(200, GZIP, gzip.compress(GOOD)[:-9])),
    ("an accepted without a ticket", http(202, JSON, b"{}")),
]


@pytest.mark.parametrize(("_name", "reply"), UNREADABLE, ids=[name for name, _ in UNREADABLE])
async def test_a_success_that_cannot_be_used_is_kept_for_a_person(_name: str, reply: bytes) -> None:
    told = await told_by(always(reply))
    assert isinstance(told.heard, Unreadable), told.heard
    assert told.heard.mistakes


SILENT: list[tuple[str, bytes, bool, bool]] = [
    ("a bomb", http(200, GZIP, BOMB), True, False),
    ("a huge body", http(200, JSON, b" " * (4 * 1024 * 1024 + 1)), True, False),
    ("a redirect", http(302, {"Location": "http://169.254.169.254/"}, b""), True, False),
    ("moved for good", http(301, {"Location": "http://127.0.0.1:1/"}, b""), True, True),
    ("a 404 page of a proxy", http(404, {"Content-Type": "text/html"}, b"<html>"), True, True),
    ("a no in other words", http(422, JSON, b'{"code":"SOMETHING"}'), True, True),
    ("a no that cannot be read", http(422, JSON, b'{"code":"UNK'), True, True),
    ("a no in a field that is a list", http(422, JSON, b'{"code":["UNKNOWN"]}'), True, True),
    ("a no with the status of a failure", http(503, JSON, b'{"code":"UNKNOWN"}'), True, False),
    ("turned away", http(429, {"Retry-After": "7"}, b""), False, False),
    ("too early", http(425, {}, b""), True, False),
    ("a status that does not exist", http(799, JSON, GOOD), True, False),
    ("no HTTP", b"\x00\x01\x02 nonsense\r\n\r\n", True, False),
    ("cut off in the body", http(200, JSON, GOOD)[:-3], True, False),
    ("cut off in the head", b"HTTP/1.1 200 OK\r\nContent-Le", True, False),
]


@pytest.mark.parametrize(("_name", "reply", "sent", "final"), SILENT, ids=[row[0] for row in SILENT])
async def test_what_is_no_answer_is_silence_and_never_a_no(  # a row of the table above
    _name: str, reply: bytes, *, sent: bool, final: bool
) -> None:
    told = await told_by(always(reply))
    assert isinstance(told.heard, Unheard), told.heard
    assert (told.heard.sent, told.heard.final) == (sent, final)
    assert "UNK" not in told.heard.reason
    assert told.evidence.kind == "attested"
    assert told.evidence.sent_digest.startswith("sha256:")


async def test_a_drip_without_end_is_cut_off_by_the_deadline() -> None:
    told = await told_by(always(http(200, JSON, b" " * 4096)), deadline="300 ms", drip_s=0.005)
    assert isinstance(told.heard, Unheard)
    assert told.heard.sent


async def test_how_long_to_wait_is_taken_from_the_agency() -> None:
    told = await told_by(always(http(429, {"Retry-After": "7"}, b"")))
    assert isinstance(told.heard, Unheard)
    assert told.heard.retry_after_s == 7


async def test_words_for_the_applicant_are_cut_and_cleaned_and_never_spoil_a_no() -> None:
    body = json.dumps({"code": "UNKNOWN", "message": "tidak\u0000dikenal" + "x" * 9_000}).encode()
    told = await told_by(always(http(422, JSON, body)))
    assert isinstance(told.heard, Refused)
    assert told.heard.text.startswith("tidak dikenal")
    assert len(told.heard.text) == 4_000


async def test_a_number_too_large_to_be_exact_is_not_passed_on_as_another() -> None:
    outcomes = [BoundOutcome(contribute={"number": "body.text", "large": "body.large"})]
    ask = BoundOperation(operation="matchPerson", body={"full_name": "input.name"}, outcomes=outcomes)
    told = await told_by(always(http(200, JSON, b'{"text":"N","large":9007199254740993}')), ask=ask)
    assert isinstance(told.heard, Unreadable)
    assert told.heard.mistakes == ["/output/large: a number that is too large to be exact"]


UNDOS: list[tuple[int, Mapping[str, str], bytes, type[Heard]]] = [
    (204, {}, b"", Undone),
    (200, JSON, b"{}", Undone),
    (404, JSON, b'{"code":"NOTHING"}', Unheard),
    (409, JSON, b"{}", Unheard),
    (500, JSON, b"{}", Unheard),
]


@pytest.mark.parametrize(("status", "headers", "body", "word"), UNDOS)
async def test_an_undo_is_done_only_where_the_agency_says_so(
    status: int, headers: Mapping[str, str], body: bytes, word: type[Heard]
) -> None:
    async with raw(always(http(status, headers, body))) as agency, caller() as bound:
        told = await bound.undo(make_undo(ASK), bound_contract(agency.url), traceparent=TRACEPARENT)
    assert isinstance(told.heard, word), told.heard


async def test_a_404_to_a_lookup_is_nothing_held_only_where_it_is_mapped() -> None:
    heard: list[type[Heard]] = []
    for body in (b'{"code":"NOTHING"}', b"<html>"):
        async with raw(always(http(404, JSON, body))) as agency, caller() as bound:
            told = await bound.lookup(make_lookup(ASK), bound_contract(agency.url), traceparent=TRACEPARENT)
            heard.append(type(told.heard))
    assert heard == [NothingHeld, Unheard]


async def test_an_address_of_our_own_network_is_not_called() -> None:
    async with raw(always(http(200, JSON, GOOD))) as agency, caller(AddressGuard()) as bound:
        told = await bound.ask(ASK, bound_contract(agency.url), traceparent=TRACEPARENT)
        assert not agency.requests
    assert isinstance(told.heard, Unheard)
    assert not told.heard.sent


async def test_a_call_whose_connection_breaks_is_not_sent_again_behind_the_back_of_who_counts_attempts() -> None:
    """HTTP says of PUT that repeating it is harmless; `repeat: never` says that here it is not."""
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "paths": {"/people": {"put": {"operationId": "put", "responses": {"200": {}}}}},
    }
    async with raw(always(b"")) as agency, caller() as bound:
        call = BoundOperation(operation="put")
        contract = bound_contract(agency.url, document=document, repeat="never", ask=call, undo=None, lookup=None)
        told = await bound.ask(ASK, contract, traceparent=TRACEPARENT)
        assert [request.method for request in agency.requests] == ["PUT"]
    assert isinstance(told.heard, Unheard)
    assert told.heard.sent
