"""The floor: the reference case's five asks over aiohttp in the same order, with nothing kept.

Run as `python -m gateway.cli.bench.floor STAND_IN`. Other engines in `bench/peers` ask through the same class.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol
from uuid import uuid4

import aiohttp
import msgspec

from gateway.cli.bench.driving import Order, Run, carry_orders_out, drive
from gateway.cli.bench.work import form

_JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)


class Agencies(Protocol):
    """Whoever is asked."""

    async def ask(self, case: str, step: str, contract: str, given: dict[str, Any]) -> dict[str, Any]:
        """Make one ask and give its output."""
        ...


Keep = Callable[[bytes], Awaitable[None]]
"""Returns once this is kept for good."""


class PlainAgencies:
    """The stand-in's agencies, asked without signatures."""

    def __init__(self, session: aiohttp.ClientSession, stand_in: str) -> None:
        """Take an open session and the stand-in's address."""
        self._session, self._url = session, f"{stand_in}/plain/asks"

    async def ask(self, case: str, step: str, contract: str, given: dict[str, Any]) -> dict[str, Any]:
        """Make one ask and give its output."""
        key = f"{case}/{step}/ask/1"
        body = msgspec.json.encode({"key": key, "contract": contract, "purpose": step, "input": given})
        headers = {**_JSON, "Idempotency-Key": key}
        async with self._session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
            answer = msgspec.json.decode(await response.read(), type=dict[str, Any])
        output: dict[str, Any] = answer["output"]
        return output


def open_session() -> aiohttp.ClientSession:
    """Open a client session with as many connections as are wanted at once."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0), timeout=_NO_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()
    )


def first_input(asked: dict[str, Any]) -> dict[str, Any]:
    """Give what the first agency is asked with."""
    return {"nik": asked["nik"], "name": asked["full_name"]}


def second_inputs(asked: dict[str, Any], identity: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what the tax office and the licensing office are asked with, at the same time."""
    business = asked["business"]
    return (
        {"nik": asked["nik"], "name": asked["full_name"], "identity": identity["reference"]},
        {
            "identity": identity["reference"],
            "business": business["name"],
            "kbli": asked["kbli"],
            "address": business["address"],
        },
    )


def third_inputs(
    asked: dict[str, Any], taxpayer: dict[str, Any], licence: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give what social security and spatial planning are asked with, at the same time."""
    return (
        {"npwp": taxpayer["npwp"], "licence": licence["licence"], "headcount": len(asked["workers"])},
        {"licence": licence["licence"], "kbli": asked["kbli"], "address": asked["business"]["address"]},
    )


def output_of(asked: dict[str, Any], parts: dict[str, dict[str, Any]]) -> bytes:
    """Write the joint output."""
    holder = {"name": asked["full_name"], "business": asked["business"]["name"]}
    return msgspec.json.encode({"holder": holder, "parts": parts})


async def keep_nothing(_: bytes) -> None:
    """Keep nothing."""


async def carry_out(agencies: Agencies, asked: dict[str, Any], keep: Keep = keep_nothing) -> bytes:
    """Carry one case out; what is known is kept before anybody is asked who depends on it."""
    case = uuid4().hex
    await keep(msgspec.json.encode(asked))
    identity = await agencies.ask(case, "identity", "dukcapil/match-identity@1", first_input(asked))
    await keep(msgspec.json.encode(identity))
    for_tax, for_licence = second_inputs(asked, identity)
    taxpayer, licence = await asyncio.gather(
        agencies.ask(case, "taxpayer", "djp/activate-taxpayer@1", for_tax),
        agencies.ask(case, "licence", "dpmptsp/issue-licence@1", for_licence),
    )
    await keep(msgspec.json.encode((taxpayer, licence)))
    for_workers, for_place = third_inputs(asked, taxpayer, licence)
    workers, place = await asyncio.gather(
        agencies.ask(case, "workers", "bpjs/enrol-employer@1", for_workers),
        agencies.ask(case, "place", "dpupr/confirm-place@1", for_place),
    )
    await keep(msgspec.json.encode((workers, place)))
    parts = {"identity": identity, "taxpayer": taxpayer, "licence": licence, "workers": workers, "place": place}
    return output_of(asked, parts)


async def main(stand_in: str) -> None:
    """Carry orders out."""
    asked = form()
    async with open_session() as session:
        agencies = PlainAgencies(session, stand_in)

        async def case() -> None:
            await carry_out(agencies, asked)

        async def measure(order: Order) -> Run:
            return await drive(order, [case] * order.in_flight)

        await carry_orders_out(measure)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
