"""Agencies at their worst: whatever they send, an attempt ends in time, in words, and without an exception."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import zlib
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest

from contracts.ids import AskKey
from contracts.wire import Answer, Contributed, NothingHeld, Refused, Returned, Undone, UndoRefused, Unheard, Unreadable
from tests.conformance.agencies import (
    GATEWAY_KEY,
    KEYS,
    LOOPBACK,
    OFFICE_KEY,
    OTHER_KEY,
    TRACEPARENT,
    closed_port,
    make_ask,
    make_contract,
    make_lookup,
    make_undo,
    make_wire,
    open_office,
)
from workflows.agencies.addresses import AddressGuard, AddressInfo, parse_networks
from workflows.agencies.signing import Request, Response, SigningKey, sign_response, verify_request
from workflows.agencies.wire import WireAgency
from workflows.ports import Told

ASK = make_ask()
GOOD = msgspec.json.encode(Contributed(key=ASK.key, output={"number": "N-1"}))
JSON = {"Content-Type": "application/json"}

Reply = Callable[[Request], bytes]


class RawAgency:
    """Reads a request, and writes whatever bytes the test wants: no HTTP library keeps it honest."""

    def __init__(self, reply: Reply, *, drip_s: float = 0, stay: bool = False) -> None:
        self.reply, self.drip_s, self.stay = reply, drip_s, stay
        self.requests: list[Request] = []
        self.asked = asyncio.Event()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            start, *lines = head.strip().split("\r\n")
            headers = dict(line.split(": ", 1) for line in lines)
            body = await reader.readexactly(int(headers["Content-Length"]))
            request = Request("POST", self.url + start.split()[1], headers, body)
            self.requests.append(request)
            self.asked.set()
            await self._write(writer, self.reply(request))
            if self.stay:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if not self.drip_s:
            writer.write(data)
            await writer.drain()
            return
        for number in range(len(data)):
            writer.write(data[number : number + 1])
            await writer.drain()
            await asyncio.sleep(self.drip_s)


@asynccontextmanager
async def raw(reply: Reply, *, drip_s: float = 0, stay: bool = False) -> AsyncGenerator[RawAgency]:
    agency = RawAgency(reply, drip_s=drip_s, stay=stay)
    server = await asyncio.start_server(agency.serve, "127.0.0.1", 0)
    agency.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield agency
    finally:
        server.close()


@asynccontextmanager
async def wire(guard: AddressGuard = LOOPBACK) -> AsyncGenerator[WireAgency]:
    agency = make_wire(guard)
    try:
        yield agency
    finally:
        await agency.close()


async def told_by(reply: Reply, *, deadline: str = "5 s", drip_s: float = 0, stay: bool = False) -> Told:
    async with raw(reply, drip_s=drip_s, stay=stay) as agency, wire() as caller:
        return await caller.ask(ASK, make_contract(agency.url, deadline=deadline), traceparent=TRACEPARENT)


def http(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} X\r\n{lines}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def signed(
    body: bytes,
    *,
    status: int = 200,
    key: SigningKey = OFFICE_KEY,
    headers: Mapping[str, str] = JSON,
    at: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Reply:
    def reply(request: Request) -> bytes:
        added = sign_response(Response(status, headers, body), request, key, now=at())
        return http(status, {**headers, **added}, body)

    return reply


def always(reply: bytes) -> Reply:
    return lambda _: reply


def unheard(told: Told) -> Unheard:
    assert isinstance(told.heard, Unheard), told.heard
    assert told.heard.key == ASK.key
    assert told.heard.sent
    return told.heard


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


LINE = b"HTTP/1.1 200 OK\r\n"
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "half a status line": b"HTTP/1.1 20",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "headers cut off": LINE + b"Content-Type: application/json\r\n",
    "body cut off": LINE + b"Content-Length: 100\r\n\r\nxx",
    "no length and cut": LINE + b"Content-Type: application/json\r\n\r\n{",
    "bad length": LINE + b"Content-Length: -5\r\n\r\n",
    "two lengths": LINE + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxx",
    "bad chunk": LINE + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
    "both length and chunked": LINE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "huge header": LINE + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
    "many headers": LINE + b"X: y\r\n" * 20_000 + b"\r\n",
    "NUL in header": LINE + b"X: a\0b\r\n\r\n",
    "bytes beyond ASCII": LINE + b"Signature-Input: \xff\xfe=()\r\nSignature: \xff\r\nContent-Length: 0\r\n\r\n",
    "status 0": b"HTTP/1.1 0 No\r\nContent-Length: 0\r\n\r\n",
    "status 999": b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n",
    "status text": b"HTTP/1.1 abc No\r\n\r\n",
    "switching protocols": b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "only informational": b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    "5 MiB": LINE + b"Content-Length: 5242880\r\n\r\n" + b"x" * 5_242_880,
    "4 MiB and one byte": http(200, JSON, b"x" * (4 * 1024 * 1024 + 1)),
    "chunks without end": LINE + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 80,
    "bad cookie": LINE + b"Set-Cookie: \x01=;;;=\r\nContent-Length: 0\r\n\r\n",
    "bad content type": LINE + b"Content-Type: \xff/;;;==\r\nContent-Length: 2\r\n\r\n{}",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_broken_http_is_silence_in_our_own_words(name: str) -> None:
    heard = unheard(await told_by(lambda _: BROKEN[name]))
    assert heard.reason.isascii()
    assert len(heard.reason) < 300
    assert "xxxx" not in heard.reason


@pytest.mark.parametrize("stay", [True, False])
async def test_an_agency_that_says_nothing_is_left_at_the_deadline(*, stay: bool) -> None:
    heard = unheard(await told_by(lambda _: b"", deadline="100 ms", stay=stay))
    assert ("100 ms" in heard.reason) is stay


async def test_an_answer_that_drips_beyond_the_deadline_is_silence() -> None:
    heard = unheard(await told_by(signed(GOOD), deadline="200 ms", drip_s=0.01))
    assert heard.reason == "no whole answer within 200 ms"


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


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"x" * (5 * 1024 * 1024))),
        ("gzip", b"no gzip"),
        ("gzip ", gzip.compress(GOOD)[:-6]),
        ("br", b"x"),
        ("deflate", zlib.compress(GOOD)),
    ],
)
async def test_a_coding_that_cannot_be_undone_within_the_cap_is_silence(coding: str, body: bytes) -> None:
    heard = unheard(await told_by(signed(body, headers={**JSON, "Content-Encoding": coding})))
    assert not heard.final


# --- nothing sent -----------------------------------------------------------------------------------------------


async def test_nothing_was_sent_where_no_connection_came_about() -> None:
    async with wire() as caller:
        told = await caller.ask(ASK, make_contract(f"http://127.0.0.1:{closed_port()}"), traceparent="")
    assert isinstance(told.heard, Unheard)
    assert (told.heard.sent, told.heard.final) == (False, False)
    assert told.evidence.sent_digest == ""


async def test_a_refused_address_sends_nothing_and_says_who_can_allow_it() -> None:
    async with raw(signed(GOOD)) as agency, wire(guard=AddressGuard()) as caller:
        told = await caller.ask(ASK, make_contract(agency.url), traceparent="")
        assert agency.requests == []
    assert isinstance(told.heard, Unheard)
    assert not told.heard.sent
    assert "127.0.0.1" in told.heard.reason
    assert "operator" in told.heard.reason


@pytest.mark.parametrize(
    "url",
    [
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "http://",
        "http://u:p@127.0.0.1",
        "http://127.0.0.1?x=1",
        "//",
        "x",
        "http://[::1",
    ],
)
async def test_what_is_no_http_address_is_not_asked_again(url: str) -> None:
    async with wire() as caller:
        told = await caller.ask(ASK, make_contract(url), traceparent="")
    assert isinstance(told.heard, Unheard)
    assert (told.heard.sent, told.heard.final) == (False, True)


async def test_a_connection_that_fails_once_is_tried_again_within_the_attempt() -> None:
    class FailsOnce(AddressGuard):
        """Stands for a machine that is just restarting: its first connection fails."""

        failures = 1

        def socket_for(self, address: AddressInfo) -> socket.socket:
            if self.failures:
                self.failures -= 1
                raise ConnectionRefusedError(111, "refused")
            return super().socket_for(address)

    async with open_office() as office, wire(guard=FailsOnce(parse_networks(["127.0.0.0/8"]))) as caller:
        told = await caller.ask(ASK, make_contract(office.url), traceparent=TRACEPARENT)
        assert len(office.seen) == 1
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
