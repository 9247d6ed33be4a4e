"""An agency registers an address that leads into the gateway's own network: nobody there is ever connected to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from msgspec import Struct, field, structs

from contracts.contract import Attempts, Contract
from tests.abuse.whole import FORM, MACHINE, Whole, whole, wire_contract
from tests.eventually import eventually_async
from tests.gateways import bearer

INSIDE: Final = (
    "https://127.0.0.1:{port}",
    "https://localhost:{port}/a/path",
    "https://[::1]:{port}",
    "https://[::ffff:127.0.0.1]:{port}",
    "https://0.0.0.0:{port}",
    "https://2130706433:{port}",
    "https://169.254.169.254/latest/meta-data",
    "http://localhost:{port}",
)
CLEAR: Final = ("http://alpha.example", "http://8.8.8.8:8080/asks", "http://[2606:4700::1]", "http://127.0.0.1:{port}")
ELSEWHERE: Final = ("127.9.9.9/32",)
"""One network that is allowed, where nobody is: so that http can be registered for names."""

NOT_REACHED: Final = ("not allowed", "cannot be resolved", "is not an HTTP address")


class Bait(Struct):
    """A server inside that nobody may connect to."""

    port: int = 0
    callers: list[str] = field(default_factory=list[str])


@asynccontextmanager
async def bait() -> AsyncGenerator[Bait, None]:
    """Listen, and note whoever connects."""
    held = Bait()

    async def met(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.callers.append(str(writer.get_extra_info("peername")))
        writer.close()

    server = await asyncio.start_server(met, "127.0.0.1", 0)
    held.port = server.sockets[0].getsockname()[1]
    async with server:
        yield held


async def attempts_of(gateway: Whole, case: str) -> list[dict[str, Any]]:
    url = f"{gateway.url}/v1/operations/cases/{case}"
    async with gateway.client.get(url, headers=bearer(gateway.operator)) as response:
        attempts: list[dict[str, Any]] = (await response.json())["history"]["attempts"]
        return [attempt for attempt in attempts if attempt["ended_at"]]


def once(url: str) -> Contract:
    return structs.replace(wire_contract("alpha", url), attempts=Attempts(first_wait="1 h", longest_wait="1 h"))


# Fewer than an agency's breaker needs to open: each address is really tried.
AT_A_TIME: Final = 4


@pytest.mark.parametrize("first", range(0, len(INSIDE), AT_A_TIME))
async def test_a_registered_address_leads_inside(first: int, tmp_path: Path) -> None:
    async with (
        bait() as held,
        whole(tmp_path / "data", [once("https://alpha.invalid")], allow_networks=ELSEWHERE) as gateway,
    ):
        for address in INSIDE[first : first + AT_A_TIME]:
            await not_reached(gateway, address.format(port=held.port))
        assert not held.callers


async def not_reached(gateway: Whole, address: str) -> None:
    """Register an address, apply, and see why the agency was not reached."""
    document = msgspec.to_builtins(once(address))
    path = f"{gateway.url}/v1/agencies/alpha/contracts/do/1.0.0"
    async with gateway.client.put(path, json=document, headers=bearer(MACHINE)) as response:
        assert response.status == 200, await response.text()
    async with gateway.client.post(f"{gateway.url}/v1/services/canary/cases", json=FORM) as response:
        case = (await response.json())["case"]

    async def refused() -> bool:
        return bool(await attempts_of(gateway, case))

    await eventually_async(refused)
    attempt = (await attempts_of(gateway, case))[0]
    assert attempt["result"] in {"failed", "exhausted"}, attempt
    assert any(words in attempt["reason"] for words in NOT_REACHED), (address, attempt["reason"])


async def test_personal_data_leave_in_the_clear(tmp_path: Path) -> None:
    async with bait() as held, whole(tmp_path / "data", [once("https://alpha.invalid")]) as gateway:
        for address in CLEAR:
            document = msgspec.to_builtins(once(address.format(port=held.port)))
            path = f"{gateway.url}/v1/agencies/alpha/contracts/do/1.0.0"
            async with gateway.client.put(path, json=document, headers=bearer(MACHINE)) as response:
                told = await response.json()
                assert (response.status, told["errors"][0]["pointer"]) == (422, "/connection/url"), address
        assert not held.callers
