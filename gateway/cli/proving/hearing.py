"""What a verification serves while it lasts: its public key, and a place for callbacks."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web
from msgspec import Struct

from contracts.wire import Answer
from gateway.clock import SystemClock
from workflows.agencies.keys import KeyResolver
from workflows.agencies.messages import Request, SignatureInvalid
from workflows.agencies.nonces import MemoryNonces
from workflows.agencies.signing import refuse_replay, verify_request
from workflows.proving.steps import Called

CALLBACKS: Final = "/v1/callbacks"
KEYS: Final = "/v1/keys"
_LARGEST: Final = 1024 * 1024


class _Keyed(Struct):
    key: str = ""


class Hearing:
    """Takes callbacks, verifies them and keeps what they say by key."""

    def __init__(self, published: dict[str, Any], keys: KeyResolver, address: str = "") -> None:
        """Take our public keys, the agency's, and the address under which it knows us, if another than ours."""
        self._published, self._keys = published, keys
        self._clock = SystemClock()
        self._nonces = MemoryNonces(self._clock.now)
        self._heard: defaultdict[str, list[Called]] = defaultdict(list)
        self._came = asyncio.Condition()
        self.url = address

    async def called(self, key: str, within_s: float) -> list[Called]:
        """Give what was called back under a key, waiting for the first such callback at most so long."""
        try:
            async with asyncio.timeout(within_s), self._came:
                await self._came.wait_for(lambda: bool(self._heard[key]))
        except TimeoutError:
            return []
        return list(self._heard[key])

    async def take(self, request: web.Request) -> web.Response:
        """Take a callback, as a gateway does."""
        body = await request.read()
        fault, status = "", HTTPStatus.NO_CONTENT
        signed = Request("POST", f"{self.url}{CALLBACKS}", request.headers, body)
        try:
            await refuse_replay(verify_request(signed, self._keys, now=self._clock.now()), self._nonces)
        except SignatureInvalid as error:
            fault, status = f"its signature is not valid: {error}", HTTPStatus.UNAUTHORIZED
        answer, key = _read(body)
        if answer is None and not fault:
            fault, status = "its body is no answer of the wire protocol", HTTPStatus.UNPROCESSABLE_ENTITY
        async with self._came:
            self._heard[key].append(Called(body=body, answer=answer, fault=fault, status=int(status)))
            self._came.notify_all()
        return web.Response(status=status, text=fault or None)

    async def keys(self, _request: web.Request) -> web.Response:
        """Show our public keys, as a gateway does."""
        return web.Response(body=msgspec.json.encode(self._published), content_type="application/jwk-set+json")


def _read(body: bytes) -> tuple[Answer | None, str]:
    """Read an answer, and the key that it is under, as far as there is one."""
    try:
        answer = msgspec.json.decode(body, type=Answer)
    except (ValueError, RecursionError):
        answer = None
    try:
        key = msgspec.json.decode(body, type=_Keyed).key
    except (ValueError, RecursionError):
        key = ""
    return answer, key


def listener(host: str, port: int) -> socket.socket:
    """Give a socket that listens; port 0 is a free one.

    Raises:
        OSError: the address cannot be listened on.

    """
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def address_of(listening: socket.socket) -> str:
    """Give the address of a socket that listens, as a URL."""
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


@asynccontextmanager
async def listening(hearing: Hearing, host: str, port: int) -> AsyncGenerator[None]:
    """Serve what hears while this is open.

    Raises:
        OSError: the address cannot be listened on.

    """
    application = web.Application(client_max_size=_LARGEST)
    application.add_routes([web.post(CALLBACKS, hearing.take), web.get(KEYS, hearing.keys)])
    place = listener(host, port)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        await web.SockSite(runner, place).start()
        hearing.url = hearing.url or address_of(place)
        yield
    finally:
        await runner.cleanup()
