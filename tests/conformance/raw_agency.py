"""An agency that writes any bytes it likes: no HTTP library keeps it honest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import msgspec

from contracts.wire import Contributed, Unheard
from tests.conformance.agencies import (
    LOOPBACK,
    OFFICE_KEY,
    TRACEPARENT,
    make_ask,
    make_contract,
    make_wire,
)
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.signing import Request, Response, SigningKey, sign_response
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
            body = await reader.readexactly(int(headers.get("Content-Length", 0)))
            request = Request(start.split()[0], self.url + start.split()[1], headers, body)
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
