"""Whatever ends an attempt without an answer is silence, in words of ours, and says whether it may have worked."""

from __future__ import annotations

import gzip
import socket
import zlib

import pytest

from contracts.wire import Contributed, Unheard
from tests.conformance.agencies import (
    TRACEPARENT,
    closed_port,
    make_contract,
    open_office,
)
from tests.conformance.raw_agency import ASK, GOOD, JSON, http, raw, signed, told_by, unheard, wire
from workflows.agencies.addresses import AddressGuard, AddressInfo, parse_networks

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


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(b"x" * (5 * 1024 * 1024))),
        ("gzip", b"no gzip"),
        ("gzip ", gzip.compress(GOOD)[:-6]),
        ("br", b"x"),
        ("deflate", zlib.compress(GOOD)),
    ],
    ids=["a bomb", "no gzip", "cut off", "unknown", "deflate"],
)
async def test_a_coding_that_cannot_be_undone_within_the_cap_is_silence(coding: str, body: bytes) -> None:
    heard = unheard(await told_by(signed(body, headers={**JSON, "Content-Encoding": coding})))
    assert not heard.final


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
