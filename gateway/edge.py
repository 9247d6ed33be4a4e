"""The outermost ring of every request: its trace, its place among the others, the headers of every reply."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, cast
from urllib.parse import urlsplit

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPDisconnectEvent, HTTPScope, Message, Receive, Scope, Send

from gateway.identity.authentication import client_address
from gateway.limits import Limits
from gateway.problems import PROBLEM_MEDIA_TYPE, Declined, NotFound, headers_of, problem_of
from gateway.requests import Reply
from gateway.settings import Settings, is_loopback
from gateway.unread import Unread
from observability.logs import bind
from observability.tracing import Identity, request_identity
from workflows.ports import Outage

API_VERSION: Final = "1"

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"api-version", API_VERSION.encode()),
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""On every reply. What a reply says about caching itself stands; otherwise nothing is stored."""

NO_STORE: Final = (b"cache-control", b"no-store")
HSTS: Final = (b"strict-transport-security", b"max-age=31536000")

UNCOUNTED: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Answered even when everything else is refused: these say that it is."""

LONGEST_HOST: Final = 260
"""Characters of a name with its port: a name of the DNS has at most 253."""
_HOSTS_KEPT: Final = 256
_HEADS_KEPT: Final = 256
"""Lists of names of header fields of replies: our own code gives a few dozen."""
LOOKED_AT: Final = {
    name.encode(): name
    for name in ("host", "traceparent", "x-forwarded-for", "content-length", "transfer-encoding", "expect")
}
"""Headers of a request, in lower case as they come from the server."""
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]{1,5})?")

Finished = Callable[[str, str, int, float, Identity], None]
"""Is told of each request: method, path template, status, seconds, its place in a trace."""


class Edge:
    """An ASGI application around the application. Knows no route; what it refuses is a problem like every other."""

    def __init__(self, app: ASGIApp, settings: Settings, limits: Limits, finished: Finished) -> None:
        """Take what is inside, and what to tell of each request."""
        self._app, self._settings, self._limits, self._finished = app, settings, limits, finished
        self._extra = (*HEADERS, HSTS, NO_STORE) if settings.secure else (*HEADERS, NO_STORE)
        self._missing = lru_cache(_HEADS_KEPT)(self._missing_from)
        self._is_ours = lru_cache(_HOSTS_KEPT)(partial(_names_us, urlsplit(settings.base_url).hostname or ""))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request through."""
        if scope["type"] == ScopeType.HTTP:
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = headers_in(scope)
        unread = Unread(receive, headers)
        receive = unread.receive
        if scope["method"] == "HEAD":
            scope["method"] = "GET"
            receive, send = without_body(send)
        identity = request_identity(headers.get("traceparent"))
        scope["state"]["identity"] = identity
        bind(trace_id=f"{identity.trace_id:032x}")
        started, status = time.monotonic(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = self._with_headers(list(message["headers"]))
            await send(message)

        async def send_once_heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                await unread.forget()
            await send_with_headers(message)

        try:
            self._check_host(headers.get("host", ""))
            if scope["path"] in UNCOUNTED:
                await self._app(scope, receive, send_with_headers)
            else:
                scope["state"]["address"] = address = self._address(scope, headers)
                self._limits.arrive(address)
                with self._limits.requests.one() as place:
                    scope["state"]["place"] = place
                    await self._app(scope, receive, send_once_heard if unread.announced else send_with_headers)
        except (Declined, Outage) as error:
            problem = problem_of(
                error, base_url=self._settings.base_url, instance=scope["path"], trace_id=f"{identity.trace_id:032x}"
            )
            told = Reply(msgspec.json.encode(problem), problem.status, headers_of(error), media_type=PROBLEM_MEDIA_TYPE)
            await told(scope, receive, send_with_headers)
        finally:
            template = cast("dict[str, str]", scope).get("path_template", "")
            self._finished(scope["method"], template, status, time.monotonic() - started, identity)

    def _with_headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        names = tuple([name for name, _ in given])
        return [*given, *self._missing(names)]

    def _missing_from(self, names: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
        said = {name.lower() for name in names}
        return [line for line in self._extra if line[0] not in said]

    def _address(self, scope: HTTPScope, headers: dict[str, str]) -> str:
        peer = scope["client"][0] if scope["client"] else ""
        return client_address(peer, headers.get("x-forwarded-for"), self._settings.trusted_proxies)

    def _check_host(self, host: str) -> None:
        """Refuse other names: a page elsewhere whose name is made to point here would pass for our own."""
        if len(host) > LONGEST_HOST or not self._is_ours(host):
            raise NotFound("This gateway does not go by that Host. Use its public address.")


def _names_us(own: str, host: str) -> bool:
    found = _HOST.fullmatch(host.lower())
    named = found["name"].strip("[]") if found else ""
    return named == own or is_loopback(named)


def headers_in(scope: HTTPScope) -> dict[str, str]:
    """Give the headers that are looked at here; several lines of one are one list (RFC 9110, 5.2)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        if raw_name in LOOKED_AT:
            name, value = LOOKED_AT[raw_name], raw_value.decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def without_body(send: Send) -> tuple[Receive, Send]:
    """Answer HEAD as GET without its body: after the head the client is gone, so that a stream ends too."""
    sent = asyncio.Event()

    async def gone() -> HTTPDisconnectEvent:
        await sent.wait()
        return {"type": "http.disconnect"}

    async def only_head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            sent.set()

    return gone, only_head
