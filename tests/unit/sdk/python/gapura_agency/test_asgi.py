"""Mounted in Litestar, behind a real server, and by itself: bodies in pieces, lifespan, and what is too large."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server
from litestar import Litestar, asgi, get
from msgspec import json

from gapura_agency import Agency, MemoryStore, SigningKey
from gapura_agency.asgi import AsgiApp
from gapura_agency.testing import StandIn
from tests.eventually import eventually_async
from tests.unit.sdk.python.gapura_agency.small_office import REGISTER, TRADER, Office, accept, written

KEY = "case/step/ask/1"


@get("/mine", sync_to_thread=False)
def mine() -> str:
    """Answer what else the developer's application answers."""
    return "mine"


@asynccontextmanager
async def serving(application: Litestar) -> AsyncGenerator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = Server(
        application, address="127.0.0.1", port=port, interface=Interfaces.ASGI, http=HTTPModes.http1, log_enabled=False
    )
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve())

        async def reached() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return False
            writer.close()
            return True

        await eventually_async(reached)
        yield f"http://127.0.0.1:{port}"
        server.stop()  # type: ignore[no-untyped-call]  # granian's own
        await serving


async def test_an_agency_mounted_in_litestar_keeps_the_protocol_over_http(office: Office) -> None:
    mounted = asgi("/gapura", is_mount=True, copy_scope=True)(office.agency.asgi())
    application = Litestar([mine, mounted], on_startup=[office.agency.start], on_shutdown=[office.agency.stop])
    office.gateway.contracts.update(office.agency.contracts)
    async with serving(application) as url:
        office.agency.url = f"{url}/gapura"
        heard = await asyncio.to_thread(office.gateway.ask, office.agency.url, REGISTER, TRADER, key=KEY)
        again = await asyncio.to_thread(office.gateway.ask, office.agency.url, REGISTER, TRADER, key=KEY)
        undone = await asyncio.to_thread(office.gateway.undo, office.agency.url, REGISTER, KEY)
    assert (heard.outcome, heard, undone.outcome) == ("contributed", again, "undone")
    assert office.done == [KEY]


class Spoken:
    """One connection of an ASGI server, in the test's hands."""

    def __init__(self, *messages: MutableMapping[str, Any]) -> None:
        self._coming = list(messages)
        self.sent: list[MutableMapping[str, Any]] = []

    async def receive(self) -> MutableMapping[str, Any]:
        return self._coming.pop(0)

    async def send(self, message: MutableMapping[str, Any]) -> None:
        self.sent.append(message)


def scope(path: str, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}


async def test_a_body_may_come_in_pieces_and_a_mount_may_leave_its_path(office: Office) -> None:
    message = office.gateway.ask_message(REGISTER, TRADER, key=KEY)

    call = office.gateway.signed(office.agency, "ask", json.encode(message), KEY)
    connection = Spoken(
        {"type": "http.request", "body": call.body[:10], "more_body": True},
        {"type": "http.request", "body": call.body[10:]},
    )
    headers = [(name.encode(), value.encode()) for name, value in call.headers.items()]
    await office.agency.asgi()(scope("/mounted/here/asks", headers), connection.receive, connection.send)
    start, body = connection.sent
    assert start["status"] == 200
    assert b'"contributed"' in body["body"]
    assert (b"content-length", str(len(body["body"])).encode()) in start["headers"]


@pytest.mark.parametrize("last", [{"type": "http.request", "body": b"x" * 15_000_000}, {"type": "http.disconnect"}])
async def test_what_is_too_large_or_cut_is_not_heard(office: Office, last: dict[str, Any]) -> None:
    connection = Spoken(last)
    await office.agency.asgi()(scope("/asks", []), connection.receive, connection.send)
    assert connection.sent[0]["status"] == 413


async def test_its_lifespan_starts_and_stops_the_work_in_the_background(office: Office) -> None:
    office.says["decide"] = accept()
    office.gateway.ask(office.agency, REGISTER, TRADER, key=KEY)
    connection = Spoken({"type": "lifespan.startup"})
    life = AsgiApp(office.agency)

    async def then_end() -> MutableMapping[str, Any]:
        if not connection.sent:
            return {"type": "lifespan.startup"}
        office.agency.answer(KEY, {"nib": "9120000000001"})

        async def called_back() -> bool:
            return KEY in office.gateway.callbacks

        await eventually_async(called_back)
        return {"type": "lifespan.shutdown"}

    await life({"type": "lifespan"}, then_end, connection.send)
    assert [one["type"] for one in connection.sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_a_server_is_told_what_is_missing_at_its_start(tmp_path: Path) -> None:
    agency = Agency(
        key=SigningKey.new("oss"), gateway=StandIn(), contracts=written(tmp_path / "c"), store=MemoryStore()
    )
    connection = Spoken({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
    await agency.asgi()({"type": "lifespan"}, connection.receive, connection.send)
    assert connection.sent[0]["type"] == "lifespan.startup.failed"
    assert f'@agency.contract("{REGISTER}")' in connection.sent[0]["message"]


async def test_other_kinds_of_connections_are_let_be(office: Office) -> None:
    connection = Spoken()
    await office.agency.asgi()({"type": "websocket"}, connection.receive, connection.send)
    assert connection.sent == []
