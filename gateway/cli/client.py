"""Talking to a gateway as any other caller does."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, cast

import aiohttp
import msgspec

from contracts.problems import NOTHING_HERE
from gateway.cli.calling import Reply
from gateway.cli.exits import DECLINED, UNREACHABLE, USAGE, Ends

API_VERSION: Final = "1"
"""What every reply of a gateway says in its header `API-Version`."""
_TOTAL_S: Final = 90
_TIMEOUT: Final = aiohttp.ClientTimeout(total=_TOTAL_S, sock_connect=5)
_FOLLOWING: Final = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=45)
"""A stream has a heartbeat every 15 s."""


class Client:
    """One gateway, called with one token or secret."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        """Take an open session, the gateway's address, and the token (empty: none)."""
        self._session, self._url = session, url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def call(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """Call, and give the reply of a success.

        Raises:
            Ends: the gateway is not there, or declines; the message says why, and every mistake.

        """
        given = {**self._headers, **(headers or {})}
        try:
            async with self._session.request(
                method, self._url + path, data=body, headers=given, allow_redirects=False
            ) as response:
                reply = await _reply(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Ends(
                UNREACHABLE, f"{self._url} does not answer: {_why(error)}. Is the gateway running there?"
            ) from error
        self._check(reply)
        return reply

    async def send(self, method: str, path: str, value: object, headers: Mapping[str, str] | None = None) -> Reply:
        """Call with a JSON body."""
        try:
            body = msgspec.json.encode(value)
        except (RecursionError, TypeError, ValueError) as error:
            raise Ends(USAGE, f"This cannot be sent as JSON: {error}") from error
        return await self.call(method, path, body=body, headers={"Content-Type": "application/json", **(headers or {})})

    async def get(self, path: str) -> Any:  # noqa: ANN401 - whatever is there
        """Give what is at a path, as JSON."""
        return (await self.call("GET", path, headers={"Accept": "application/json"})).json()

    async def events(self, path: str, after: int = 0) -> AsyncGenerator[dict[str, Any]]:
        """Yield the data of a server-sent event stream, from after a version, until it ends."""
        headers = {**self._headers, "Accept": "text/event-stream", "Last-Event-ID": str(after)}
        try:
            async with self._session.get(
                self._url + path, headers=headers, timeout=_FOLLOWING, allow_redirects=False
            ) as response:
                if response.status != HTTPStatus.OK:
                    self._check(await _reply(response))
                async for line in response.content:
                    if line.startswith(b"data:"):
                        yield msgspec.json.decode(line[5:].strip())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Ends(UNREACHABLE, f"{self._url} went away: {_why(error)}.") from error

    def _check(self, reply: Reply) -> None:
        moved = HTTPStatus.MULTIPLE_CHOICES <= reply.status < HTTPStatus.BAD_REQUEST
        strange = reply.headers.get("api-version") != API_VERSION and reply.status < HTTPStatus.INTERNAL_SERVER_ERROR
        if moved or strange:
            raise Ends(
                UNREACHABLE,
                f"{self._url} answers ({reply.status}), but is no gateway of API version {API_VERSION}. "
                "Check --url or GAPURA_URL.",
            )
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise _declined(reply, proven=bool(self._headers))


async def _reply(response: aiohttp.ClientResponse) -> Reply:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Reply(response.status, headers, await response.read())


def _why(error: Exception) -> str:
    """Say in words why a gateway was not heard."""
    match error:
        case aiohttp.ClientConnectorError() if error.os_error.errno and error.os_error.errno > 0:
            return os.strerror(error.os_error.errno)
        case aiohttp.ClientConnectorError():
            return error.os_error.strerror or str(error)
        case TimeoutError():
            return "nothing came in time"
        case _:
            return str(error) or type(error).__name__


def _declined(reply: Reply, *, proven: bool) -> Ends:
    try:
        problem = cast("dict[str, Any]", msgspec.json.decode(reply.body))
        lines = [f"{problem.get('title', 'Declined')} ({reply.status})", problem.get("detail", "")]
        lines += [f"  {mistake['pointer'] or '/'}: {mistake['detail']}" for mistake in problem.get("errors", [])]
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
        problem, lines = None, [f"The gateway answered {reply.status}."]
    if reply.status == HTTPStatus.UNAUTHORIZED:
        lines.append("  (--token or GAPURA_TOKEN gives yours; `gapura token issue` makes one)")
    elif reply.status == HTTPStatus.NOT_FOUND and proven and (problem or {}).get("detail", "") in {"", NOTHING_HERE}:
        lines.append("  (look at the number of the case, and whether its secret or your token is the right one)")
    if "retry-after" in reply.headers:
        lines.append(f"  (try again in {reply.headers['retry-after']} s)")
    if problem and problem.get("trace_id"):
        lines.append(f"  trace {problem['trace_id']}")
    later = reply.status == HTTPStatus.TOO_MANY_REQUESTS or reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Ends(UNREACHABLE if later else DECLINED, "\n".join(line for line in lines if line), problem)


@asynccontextmanager
async def opened(url: str, token: str) -> AsyncGenerator[Client]:
    """Open a client."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT, trust_env=False) as session:
        yield Client(session, url, token)
