"""An agency as an ASGI application: by itself, or mounted in Litestar, FastAPI, Starlette or Quart."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, cast

from gapura_agency.agency import LARGEST_BODY, Agency
from gapura_agency.exchange import Fields, Request, problem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class AsgiApp:
    """Answers for an agency; its functions run in threads, so that they may block."""

    def __init__(self, agency: Agency) -> None:
        """Take the agency."""
        self._agency = agency

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; its lifespan starts and stops the work in the background."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start(send)
            elif message["type"] == "lifespan.shutdown":
                await asyncio.to_thread(self._agency.stop)
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self, send: Send) -> None:
        try:
            self._agency.start()
        except Exception as error:  # noqa: BLE001 - the server tells it, and ends
            await send({"type": "lifespan.startup.failed", "message": str(error)})
        else:
            await send({"type": "lifespan.startup.complete"})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            response = problem(413, "The body is too large", f"at most {LARGEST_BODY} bytes")
        else:
            lines = cast("Iterable[tuple[bytes, bytes]]", scope["headers"])
            headers = Fields((name.decode("latin-1"), value.decode("latin-1")) for name, value in lines)
            query = cast("bytes", scope["query_string"]).decode("latin-1")
            request = Request(scope["method"], scope["path"], query, headers, body)
            response = await asyncio.to_thread(self._agency.handle, request)
        sent = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        sent.append((b"content-length", str(len(response.body)).encode()))
        await send({"type": "http.response.start", "status": response.status, "headers": sent})
        await send({"type": "http.response.body", "body": response.body})


async def _body(receive: Receive) -> bytes | None:
    """Read the whole body; None: it is larger than an ask may be, or its sender is gone."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)
