"""Connections are kept for the next ask, and nothing is sent twice on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from workflows.agencies.addresses import KEEP_ALIVE_S, AddressGuard, parse_networks
from workflows.agencies.connecting import Origin
from workflows.agencies.http1 import Late, NoAnswer
from workflows.agencies.wire_exchange import Target, WireExchange

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LOOPBACK = AddressGuard(parse_networks(["127.0.0.0/8"]))


class Office:
    """Answers every request on every connection; `hangs_up_after` so many it ends the connection instead."""

    def __init__(self) -> None:
        self.connections = self.requests = 0
        self.hangs_up_after = 1_000
        self.seen = b""
        self.ended = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.seen = await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2)
                self.requests += 1
                if self.requests > self.hangs_up_after:
                    return
                writer.write(OK)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self.ended.set()
            writer.close()


@asynccontextmanager
async def working(keep_alive_s: float = KEEP_ALIVE_S) -> AsyncGenerator[tuple[Office, WireExchange, Target]]:
    office = Office()
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    exchange = WireExchange(LOOPBACK, keep_alive_s=keep_alive_s)
    try:
        begin = "POST /asks HTTP/1.1\r\nHost: x\r\n"
        yield office, exchange, Target("http://x", Origin(secure=False, host="127.0.0.1", port=port), begin)
    finally:
        await exchange.close()
        server.close()


async def post(exchange: WireExchange, target: Target, *fields: tuple[str, str], within_s: float = 5) -> bytes:
    until = asyncio.get_running_loop().time() + within_s
    return (await exchange.post(target, fields, b"{}", until=until)).raw


async def test_asks_one_after_the_other_use_one_connection_and_asks_at_once_have_their_own() -> None:
    async with working() as (office, exchange, target):
        for _ in range(3):
            assert await post(exchange, target, ("Idempotency-Key", "k")) == b"{}"
        assert office.connections == 1
        assert office.seen == b"POST /asks HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Length: 2\r\n\r\n{}"
        await asyncio.gather(*(post(exchange, target) for _ in range(3)))
        assert (office.connections, office.requests) == (3, 6)


async def test_a_connection_that_ends_under_a_request_is_silence_and_the_request_is_not_sent_again() -> None:
    async with working() as (office, exchange, target):
        office.hangs_up_after = 1
        await post(exchange, target)
        with pytest.raises(NoAnswer, match="closed before an answer") as silence:
            await post(exchange, target)
        assert silence.value.sent
        assert (office.connections, office.requests) == (1, 2)


async def test_a_connection_that_was_idle_for_long_is_not_used_again() -> None:
    async with working(keep_alive_s=0) as (office, exchange, target):
        for number in (1, 2):
            await post(exchange, target)
            assert office.connections == number


async def test_a_connection_that_nobody_uses_is_closed() -> None:
    async with working(keep_alive_s=0.01) as (office, exchange, target):
        await post(exchange, target)
        await asyncio.wait_for(office.ended.wait(), 5)


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\n", "\x00", "ä"])
async def test_no_value_can_begin_another_field(value: str) -> None:
    async with working() as (office, exchange, target):
        with pytest.raises(NoAnswer) as silence:
            await post(exchange, target, ("X", value))
        assert (silence.value.sent, silence.value.final) == (False, True)
        assert office.connections == 0


async def test_a_deadline_that_passes_while_connecting_says_that_nothing_was_sent() -> None:
    async with working() as (office, exchange, target):
        with pytest.raises(Late) as silence:
            await post(exchange, target, within_s=-1)
        assert not silence.value.sent
        assert office.requests == 0
