"""Agencies at their worst: whatever they send, an attempt ends in time, in words, and without an exception."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from contracts.ids import AskKey
from contracts.wire import Answer, Contributed, NothingHeld, Refused, Returned, Undone, UndoRefused, Unreadable
from tests.conformance.agencies import (
    GATEWAY_KEY,
    KEYS,
    OFFICE_KEY,
    OTHER_KEY,
    TRACEPARENT,
    make_contract,
    make_lookup,
    make_undo,
    open_office,
)
from tests.conformance.raw_agency import ASK, GOOD, JSON, Reply, always, http, raw, signed, told_by, unheard, wire
from workflows.agencies.signing import Request, SigningKey, verify_request

# --- what is sent -----------------------------------------------------------------------------------------------


async def test_an_ask_travels_signed_with_its_key_and_trace() -> None:
    async with open_office() as office, wire() as caller:
        told = await caller.ask(ASK, make_contract(office.url), traceparent=TRACEPARENT)
        sent = office.seen[0]
    assert json.loads(sent.body)["input"] == {"name": "Sari"}
    headers = {name.lower(): value for name, value in sent.headers.items()}
    assert headers["accept-encoding"] == "identity"
    assert "cookie" not in headers
    assert verify_request(sent, KEYS.get, now=datetime.now(UTC)).key_id == GATEWAY_KEY.key_id
    assert told.evidence.key_id == OFFICE_KEY.key_id
    assert told.evidence.part == "eyJ~"
    assert told.evidence.sent_digest.startswith("sha256:")
    assert "gapura-response" in told.evidence.signature


async def test_cookies_and_compression_do_not_disturb() -> None:
    squeezed = gzip.compress(GOOD)
    headers = {**JSON, "Content-Encoding": "gzip", "Set-Cookie": "a=b; Path=/"}
    async with raw(signed(squeezed, headers=headers)) as agency, wire() as caller:
        for _ in range(2):
            told = await caller.ask(ASK, make_contract(agency.url), traceparent="")
            assert isinstance(told.heard, Contributed)
    assert all(
        name.lower() not in {"cookie", "traceparent"}
        for request in agency.requests
        for name, _ in request.headers.items()
    )


async def test_a_registered_address_with_a_path_keeps_it() -> None:
    async with raw(signed(GOOD)) as agency, wire() as caller:
        told = await caller.ask(ASK, make_contract(f"{agency.url}/gapura/"), traceparent="")
    assert isinstance(told.heard, Contributed)
    assert agency.requests[0].url.endswith("/gapura/asks")


# --- answers that are none --------------------------------------------------------------------------------------


async def test_an_answer_without_a_valid_signature_is_not_an_answer() -> None:
    yesterday: list[Request] = []

    def replayed(request: Request) -> bytes:
        yesterday.append(request)
        return signed(GOOD)(yesterday[0])

    def altered(request: Request) -> bytes:
        return signed(GOOD)(request).replace(b"N-1", b"N-2")

    replies: list[Reply] = [
        lambda _: http(200, JSON, GOOD),
        lambda _: http(202, JSON, b""),
        lambda _: http(204, {}, b""),
        signed(GOOD, key=OTHER_KEY),
        signed(GOOD, key=SigningKey("civil/1", OTHER_KEY.private)),
        signed(GOOD, key=SigningKey("civil/9", OFFICE_KEY.private)),
        signed(GOOD, key=GATEWAY_KEY),
        signed(GOOD, at=lambda: datetime.now(UTC) - timedelta(days=1)),
        signed(GOOD, at=lambda: datetime.now(UTC) + timedelta(days=1)),
        altered,
        lambda request: signed(GOOD, status=202)(request).replace(b" 202 ", b" 200 "),
    ]
    for reply in replies:
        told = await told_by(reply)
        assert unheard(told).reason.startswith("not an answer: ")
        assert not unheard(told).final
        assert told.evidence.kind == "attested"
    async with raw(replayed) as agency, wire() as caller:
        contract = make_contract(agency.url)
        first = await caller.ask(ASK, contract, traceparent="")
        again = await caller.ask(ASK, contract, traceparent="")
    assert isinstance(first.heard, Contributed)
    assert unheard(again).reason.startswith("not an answer: ")


async def test_a_redirect_is_never_followed() -> None:
    async with raw(signed(GOOD)) as canary:
        for status, final in ((301, True), (302, False), (303, False), (307, False), (308, True)):
            heard = unheard(await told_by(always(http(status, {"Location": f"{canary.url}/asks"}, b""))))
            assert heard.final is final
            assert "redirect" in heard.reason
        assert canary.requests == []


async def test_an_agency_that_is_busy_is_asked_again_when_it_says() -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    for value, low, high in (("7", 7, 7), (moment, 50, 61)):
        for status in (408, 425, 429, 500, 502, 503, 504):
            reply = http(status, {"Retry-After": value}, b"<html>busy</html>")
            heard = unheard(await told_by(always(reply)))
            assert not heard.final
            assert heard.retry_after_s is not None
            assert low <= heard.retry_after_s <= high


async def test_a_problem_shows_its_title_and_no_identifier() -> None:
    problem = {"type": "about:blank", "title": "NIK 3303010101900001 tidak sah", "status": 422, "detail": "Sari"}
    reply = http(422, {"Content-Type": "application/problem+json"}, json.dumps(problem).encode())
    heard = unheard(await told_by(lambda _: reply))
    assert heard.final
    assert heard.reason.endswith("(NIK … tidak sah)")
    for body in (b"{", b"[" * 100_000, b"{}"):
        odd = http(400, {"Content-Type": "application/problem+json"}, body)
        assert unheard(await told_by(always(odd))).final


# --- signed answers that break the contract ---------------------------------------------------------------------


def wrong_answers() -> dict[str, bytes]:
    key = ASK.key
    answers: dict[str, Answer] = {
        "another key": Contributed(key=AskKey("case/match/ask/2"), output={"number": "N-1"}),
        "output": Contributed(key=key, output={"number": 1}),
        "part": Contributed(key=key, output={"number": "N-1"}, part="forged"),
        "refusal code": Refused(key=key, code="because"),
        "refusal text": Refused(key=key, code="unknown", text="x" * 5_000),
        "refusal control": Refused(key=key, code="unknown", text="a\0b"),
        "returned inputs": Returned(key=key, inputs=["salary"]),
        "undo answer to an ask": UndoRefused(key=key),
        "lookup answer to an ask": NothingHeld(key=key),
    }
    texts = {
        "no JSON": b"<html>",
        "empty": b"",
        "array": b"[]",
        "no outcome": b"{}",
        "unknown outcome": b'{"outcome":"maybe","key":"x"}',
        "NaN": b'{"outcome":"contributed","key":"case/match/ask/1","output":{"number":NaN}}',
        "huge number": b'{"outcome":"contributed","key":"case/match/ask/1","output":{"number":1e999}}',
        "bad UTF-8": b'{"outcome":"refused","key":"case/match/ask/1","code":"\xff"}',
        "deep": b'{"outcome":"contributed","key":"case/match/ask/1","output":'
        + b'{"a":' * 10_000
        + b"1"
        + b"}" * 10_001,
        "long": GOOD + b" " * 100_000 + b"x",
    }
    return {name: msgspec.json.encode(answer) for name, answer in answers.items()} | texts


@pytest.mark.parametrize("name", wrong_answers())
async def test_a_signed_answer_that_breaks_the_contract_is_kept_with_its_mistakes(name: str) -> None:
    body = wrong_answers()[name]
    told = await told_by(signed(body))
    assert isinstance(told.heard, Unreadable)
    assert told.heard.mistakes
    assert len(told.heard.body) <= 65_536
    assert told.evidence.kind == "agency"


async def test_a_signed_answer_of_another_media_type_is_kept() -> None:
    told = await told_by(signed(GOOD, headers={"Content-Type": "text/html"}))
    assert isinstance(told.heard, Unreadable)


async def test_an_undo_is_answered_only_by_what_belongs_to_it() -> None:
    undo = make_undo(ASK)
    for answer, good in ((Undone(key=undo.key), True), (Contributed(key=undo.key, output={"number": "N-1"}), False)):
        async with raw(signed(msgspec.json.encode(answer))) as agency, wire() as caller:
            told = await caller.undo(undo, make_contract(agency.url), traceparent="")
        assert isinstance(told.heard, Undone if good else Unreadable)


async def test_a_lookup_settles_by_what_is_held() -> None:
    async with raw(signed(GOOD)) as agency, wire() as caller:
        told = await caller.lookup(make_lookup(ASK), make_contract(agency.url), traceparent="")
    assert isinstance(told.heard, Contributed)


# --- cancelling and closing -------------------------------------------------------------------------------------


async def test_a_cancelled_attempt_lets_go_and_the_next_one_works() -> None:
    async with raw(signed(GOOD), stay=True, drip_s=0.05) as slow, open_office() as office, wire() as caller:
        task = asyncio.get_running_loop().create_task(caller.ask(ASK, make_contract(slow.url), traceparent=""))
        await slow.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        told = await caller.ask(ASK, make_contract(office.url), traceparent=TRACEPARENT)
    assert isinstance(told.heard, Contributed)


async def test_closing_twice_and_asking_afterwards_is_allowed() -> None:
    async with open_office() as office, wire() as caller:
        await caller.close()
        await caller.close()
        told = await caller.ask(ASK, make_contract(office.url), traceparent=TRACEPARENT)
    assert isinstance(told.heard, Contributed)


async def test_a_contract_of_another_connection_is_a_mistake_of_ours() -> None:
    async with wire() as caller:
        with pytest.raises(TypeError, match="not connected by wire"):
            await caller.ask(ASK, make_contract(), traceparent="")
