"""The client: sends the requests that an order describes, each on the lane's own connection.

Run as `python -m gateway.cli.bench.load`. An order's `work` has the address, the first line, header fields, body, and
the status that is expected; with `fresh`, each request has an Idempotency-Key of its own.
"""

from __future__ import annotations

import asyncio
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

import msgspec
from msgspec import Struct

from gateway.cli.bench.driving import Case, Order, Run, carry_orders_out, drive
from gateway.cli.bench.plain_http import Asking, message

_KEY: Final = "00000000-0000-4000-8000-000000000000"


class RequestWork(Struct, frozen=True, kw_only=True):
    """One kind of request, sent over and over."""

    url: str
    method: str
    path: str
    fields: dict[str, str]
    body: str = ""
    status: int = 200
    fresh: bool = False


class NotAnswered(Exception):
    """A request was not answered as it must be: what was measured would not be the work."""


async def measure(order: Order) -> Run:
    """Carry an order out."""
    work = msgspec.convert(order.work, RequestWork)
    parts = urlsplit(work.url)
    loop = asyncio.get_running_loop()
    lanes = [
        (await loop.create_connection(Asking, parts.hostname or "", parts.port or 80))[1]
        for _ in range(order.in_flight)
    ]
    try:
        return await drive(order, [_case(lane, work, parts.netloc) for lane in lanes])
    finally:
        for lane in lanes:
            lane.close()


def _case(lane: Asking, work: RequestWork, host: str) -> Case:
    fields = {"Host": host, **work.fields} | ({"Idempotency-Key": _KEY} if work.fresh else {})
    request = message(f"{work.method} {work.path} HTTP/1.1", fields, work.body.encode())
    before, _, after = request.partition(_KEY.encode())
    wanted = str(work.status).encode()

    async def case() -> None:
        reply = await lane.ask(before + str(uuid4()).encode() + after if work.fresh else request)
        if reply.first.split(b" ")[1] != wanted:
            raise NotAnswered(f"{reply.first.decode()}: {reply.body[:500].decode('utf-8', 'replace')}")

    return case


if __name__ == "__main__":
    asyncio.run(carry_orders_out(measure))
