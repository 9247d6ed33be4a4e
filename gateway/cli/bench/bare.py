"""The bare routes: what Litestar alone makes of the same payloads, on the same server as the gateway's.

Intake reads the same form into the same shape, with the library that Litestar itself reads with, and keeps nothing.

Run as `python -m gateway.cli.bench.bare PORT PAYLOADS`; the payloads are JSON: what each route replies with.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar, get, post
from msgspec import Meta, Struct

_PAUSE_S: Final = 0.05

Payload = dict[str, Any]
Nik = Annotated[str, Meta(pattern="^[0-9]{16}$")]
Name = Annotated[str, Meta(min_length=1, max_length=100)]


class Address(Struct, forbid_unknown_fields=True):
    """Where a business is."""

    street: Annotated[str, Meta(min_length=1, max_length=200)]
    village: Annotated[str, Meta(pattern="^[0-9]{2}[.][0-9]{2}[.][0-9]{2}[.][0-9]{4}$")]


class Business(Struct, forbid_unknown_fields=True):
    """What is applied for."""

    name: Name
    address: Address


class Worker(Struct, forbid_unknown_fields=True):
    """One of those who work there."""

    nik: Nik
    name: Name


class Form(Struct, forbid_unknown_fields=True):
    """The form of `work/services/intake-alone.yaml`."""

    nik: Nik
    full_name: Name
    kbli: Annotated[str, Meta(pattern="^[0-9]{5}$")]
    business: Business
    workers: Annotated[list[Worker], Meta(max_length=200)]
    phone: Annotated[str, Meta(pattern="^[+0-9]{8,16}$")] = ""


def bare_app(payloads: dict[str, Payload]) -> Litestar:
    """Give an application whose three routes reply with these payloads: `intake`, `case`, `catalogue`."""

    @post("/intake", status_code=202)
    async def intake(data: Form) -> Payload:
        del data
        return payloads["intake"]

    @get("/case")
    async def case() -> Payload:
        return payloads["case"]

    @get("/catalogue")
    async def catalogue() -> Payload:
        return payloads["catalogue"]

    return Litestar([intake, case, catalogue], openapi_config=None, logging_config=None)


async def serve(port: int, payloads: dict[str, Payload]) -> None:
    """Serve until told to end."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    server = Server(
        bare_app(payloads),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        log_enabled=False,
    )
    async with asyncio.TaskGroup() as group:
        served = group.create_task(server.serve())
        await _answering(port)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await stopping.wait()
        server.stop()  # type: ignore[no-untyped-call]  # granian's own
        served.cancel()


async def _answering(port: int) -> None:
    """Wait until the port is listened on."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_PAUSE_S)
            continue
        writer.close()
        return


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=dict[str, Payload])))
