"""Links are fetched as they are: nothing is followed, nothing larger or longer is taken, nothing private is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from contracts.documents import LARGEST_BYTES
from tests.conformance.agencies import LOOPBACK
from workflows.agencies import links
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.documents import DocumentTooLarge, DocumentUnreachable
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.links import Links

PDF = b"%PDF-1.7 of a link"


async def _give(request: web.Request) -> web.StreamResponse:
    match request.path:
        case "/pdf":
            assert request.query["signature"] == "a b"
            return web.Response(body=PDF, content_type="text/html")
        case "/moved":
            return web.Response(status=302, headers={"Location": "/pdf?signature=a%20b"})
        case "/large":
            return web.Response(body=b"x" * (LARGEST_BYTES + 1))
        case "/folded":
            return web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
        case "/slow":
            await asyncio.Event().wait()
        case _:
            pass
    return web.Response(status=410)


@pytest.fixture
async def server() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/{path}", _give)
    async with TestServer(app) as running:
        yield str(running.make_url("/")).rstrip("/")


@pytest.fixture
async def linked() -> AsyncIterator[Links]:
    exchange = HttpExchange(LOOPBACK)
    yield Links(exchange)
    await exchange.close()


async def test_a_link_is_fetched_with_its_query_whatever_type_it_says(server: str, linked: Links) -> None:
    assert await linked.fetch(f"{server}/pdf?signature=a%20b") == PDF


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/moved", "answers 302"),
        ("/gone", "answers 410"),
        ("/folded", "compressed"),
        ("/slow", "gives nothing within 0.1 s"),
    ],
)
async def test_a_link_that_gives_no_document_is_unreachable(
    server: str, linked: Links, path: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "FETCH_S", 0.1)
    with pytest.raises(DocumentUnreachable, match=reason):
        await linked.fetch(server + path)


async def test_reading_stops_at_the_largest_document(server: str, linked: Links) -> None:
    with pytest.raises(DocumentTooLarge):
        await linked.fetch(f"{server}/large")


@pytest.mark.parametrize(
    "link", ["file:///etc/passwd", "ftp://x/y", "https://user:word@x/y", "https://", "http://[::1"]
)
async def test_what_is_no_plain_address_is_not_fetched(linked: Links, link: str) -> None:
    with pytest.raises(DocumentUnreachable, match="is not an HTTP address"):
        await linked.fetch(link)


@pytest.mark.parametrize(
    ("scheme", "reason"), [("https", "127.0.0.1 is not allowed: loopback"), ("http", "127.0.0.1 is not allowed: http")]
)
async def test_an_address_of_our_own_network_is_refused_when_it_is_connected_to(
    server: str, scheme: str, reason: str
) -> None:
    exchange = HttpExchange(AddressGuard())
    try:
        with pytest.raises(DocumentUnreachable, match=reason):
            await Links(exchange).fetch(f"{server.replace('http', scheme)}/pdf")
    finally:
        await exchange.close()
