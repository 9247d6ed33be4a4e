"""An agency whose documents are not what they should be: its answer is not heard, or it breaks the contract."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from msgspec import structs

from contracts.contract import Contract
from contracts.documents import LARGEST_BYTES, described
from contracts.wire import Contributed, Unheard, Unreadable
from tests.conformance.agencies import GATEWAY_KEY, KEYS, LOOPBACK, PromptClock, make_contract, verify_part
from tests.conformance.raw_agency import ASK, http, raw, signed
from workflows.agencies import links
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.links import Links
from workflows.agencies.reading import AnswerChecks
from workflows.agencies.wire import WireAgency
from workflows.loading.validation import compile_schema
from workflows.ports import Told

PDF = b"%PDF-1.4\n% a certificate\n%%EOF\n"
POLYGLOT = b"%PDF-1.4\n<html><script>alert(1)</script></html>\n%%EOF\n"
OK = b"HTTP/1.1 200 OK\r\n"
ENDLESS = OK + b"Transfer-Encoding: chunked\r\n\r\n" + (b"10000\r\n" + b"%PDF" + b"x" * 65_532 + b"\r\n") * 161

UNHEARD: dict[str, tuple[bytes, str]] = {
    "a redirect": (http(302, {"Location": "/good"}, b""), "answers 302"),
    "an expired link": (http(403, {}, b"expired"), "answers 403"),
    "a gzip bomb": (http(200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(2**20))), "compressed"),
    "fewer bytes than announced": (OK + b"Content-Length: 500\r\n\r\n" + PDF, "document's link"),
    "no HTTP": (b"%PDF-1.4 straight away", "document's link"),
    "chunks that break off": (OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n%PDF", "document's link"),
}
"""What a link gives, because of which the whole answer was not heard: it is asked for again, under the same key."""
BROKEN: dict[str, tuple[bytes, str]] = {
    "a body without end": (ENDLESS, "larger than 10 MiB"),
    "a body of more than the largest": (http(200, {}, b"%PDF" + bytes(LARGEST_BYTES)), "larger than 10 MiB"),
    "a page that is called PDF": (
        http(200, {"Content-Type": "application/pdf"}, b"<html>%PDF-1.4</html>"),
        "no application/pdf",
    ),
    "nothing": (http(200, {"Content-Type": "application/pdf"}, b""), "the document is empty"),
}
"""What a link gives, by which the answer breaks the contract: a person looks at it."""


@asynccontextmanager
async def linking(body: bytes, *, stay: bool = False) -> AsyncGenerator[str]:
    """Give a link to a server that writes these bytes to whoever asks, and perhaps never ends."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(body)
            await writer.drain()
            if stay:
                await reader.read()
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/akta.pdf?signature=1"
    finally:
        server.close()


def contract(url: str) -> Contract:
    plain = make_contract(url)
    properties = {**plain.output["properties"], "certificate": {"document": "application/pdf"}}
    return structs.replace(plain, output={**plain.output, "properties": properties})


async def told(document: Any, guard: AddressGuard = LOOPBACK) -> Told:  # noqa: ANN401  # whatever an agency sends
    """Give what is heard of an agency that answers, signed, with this document."""
    exchange = HttpExchange(guard)
    answer = Contributed(key=ASK.key, output={"number": "N-1", "certificate": document}, part="eyJ~")
    judge = compile_schema(described(contract("").output))
    checks = AnswerChecks(lambda _, output: judge(output), verify_part, Links(exchange).fetch)
    caller = WireAgency(key=GATEWAY_KEY, keys=KEYS.get, checks=checks, clock=PromptClock(), guard=LOOPBACK)
    try:
        async with raw(signed(msgspec.json.encode(answer))) as agency:
            return await caller.ask(ASK, contract(agency.url), traceparent="")
    finally:
        await caller.close()
        await exchange.close()


@pytest.mark.parametrize("name", UNHEARD)
async def test_an_answer_whose_document_cannot_be_fetched_is_not_heard(name: str) -> None:
    body, reason = UNHEARD[name]
    async with linking(body) as link:
        heard = (await told({"link": link})).heard
    assert isinstance(heard, Unheard), heard
    assert (heard.final, heard.sent) == (False, True)
    assert reason in heard.reason
    assert "signature=1" not in heard.reason, "a link is a key: it is told to nobody"


async def test_a_link_that_drips_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "FETCH_S", 0.1)
    async with linking(OK + b"Content-Length: 500\r\n\r\n%PDF", stay=True) as link:
        heard = (await told(link)).heard
    assert isinstance(heard, Unheard)
    assert "within 0.1 s" in heard.reason


async def test_a_link_into_our_own_network_is_not_fetched() -> None:
    async with linking(http(200, {}, PDF)) as link:
        heard = (await told({"link": link}, AddressGuard())).heard
    assert isinstance(heard, Unheard)
    assert "127.0.0.1 is not allowed" in heard.reason


@pytest.mark.parametrize("name", BROKEN)
async def test_a_document_that_is_not_as_promised_breaks_the_contract(name: str) -> None:
    body, reason = BROKEN[name]
    async with linking(body) as link:
        found = await told({"link": link})
    assert isinstance(found.heard, Unreadable), found.heard
    assert reason in found.heard.mistakes[0]
    assert found.documents == ()


@pytest.mark.parametrize("content", [PDF, POLYGLOT], ids=["a PDF", "a PDF that is a page too"])
@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream"])
async def test_a_document_is_what_its_content_says_whatever_its_header_says(content: bytes, kind: str) -> None:
    async with linking(http(200, {"Content-Type": kind}, content)) as link:
        found = await told({"link": link, "name": "akta.html"})
    assert isinstance(found.heard, Contributed), found.heard
    assert found.heard.output["certificate"] == {
        "type": "application/pdf",
        "name": "akta.html",
        "size": len(content),
        "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }
    assert found.documents == (content,)


@pytest.mark.parametrize(
    "lie",
    [
        {"digest": "sha256:" + "0" * 64},
        {"size": 1},
        {"type": "image/png"},
        {"bytes": b64encode(b"<html>%PDF").decode()},
        {"link": "https://files.example/1"},
    ],
    ids=str,
)
async def test_a_description_that_is_not_that_of_the_content_breaks_the_contract(lie: dict[str, Any]) -> None:
    found = await told({"bytes": b64encode(PDF).decode(), **lie})
    assert isinstance(found.heard, Unreadable)
    assert found.heard.mistakes[0].startswith("/output/certificate: ")
