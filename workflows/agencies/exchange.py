"""One HTTP exchange with an agency's own API: connect within the guard, send, read no more than the cap."""

from __future__ import annotations

import errno
import ssl
from types import SimpleNamespace
from typing import NamedTuple

from aiohttp import (
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    TraceConfig,
    TraceConnectionCreateEndParams,
    TraceConnectionReuseconnParams,
)
from aiohttp.abc import AbstractResolver
from yarl import URL

from workflows.agencies.addresses import AddressGuard, AddressRefused, guarded_connector
from workflows.agencies.received import MAX_ANSWER_BYTES, AnswerTooLarge, Received

_NO_TIMEOUT = ClientTimeout(total=None, connect=None, sock_read=None, sock_connect=None)
"""The deadline of the attempt is the only clock."""


class Progress:
    """How far an exchange came. `connected`: a connection was there, so bytes of the request may have left."""

    __slots__ = ("connected",)

    def __init__(self) -> None:
        self.connected = False


class Outgoing(NamedTuple):
    """A request, complete."""

    method: str
    url: URL
    headers: dict[str, str]
    body: bytes


class Way(NamedTuple):
    """How a request travels: under which certificates (None: the machine's list), through which proxy."""

    ssl: ssl.SSLContext | None = None
    proxy: URL | None = None


DIRECT = Way()


class HttpExchange:
    """The client sessions towards agencies, one per scheme: made on first use, in the loop that uses them."""

    def __init__(self, guard: AddressGuard, *, resolver: AbstractResolver | None = None) -> None:
        """Take the guard of addresses, and a resolver of names (None: the machine's)."""
        self._guard = guard
        self._resolver = resolver
        self._sessions: dict[str, ClientSession] = {}

    async def send(self, outgoing: Outgoing, progress: Progress, way: Way = DIRECT) -> Received:
        """Send and read; redirects are not followed.

        Raises:
            ClientError, OSError: no connection, or it was lost.
            AnswerTooLarge: reading stopped at the cap.

        """
        if way.proxy is not None:
            self._refuse_through_proxy(outgoing.url.host or "")
        async with self._opened(outgoing.url.scheme).request(
            outgoing.method,
            outgoing.url,
            data=outgoing.body or None,
            headers=outgoing.headers,
            allow_redirects=False,
            timeout=_NO_TIMEOUT,
            trace_request_ctx=progress,
            ssl=way.ssl or True,
            proxy=way.proxy,
        ) as response:
            return Received(response.status, response.headers, await _read(response, MAX_ANSWER_BYTES))

    async def get(self, url: URL, most_bytes: int) -> Received:
        """Fetch what is at an address, as it is; redirects are not followed. Raises as `post` does."""
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "gapura"}
        session = self._opened(url.scheme)
        async with session.get(url, headers=headers, allow_redirects=False, timeout=_NO_TIMEOUT) as response:
            return Received(response.status, response.headers, await _read(response, most_bytes))

    def _refuse_through_proxy(self, host: str) -> None:
        """Judge where a proxy would connect for us, as far as it can be told; names are the proxy's to resolve."""
        labels = host.lower().rstrip(".").split(".")
        why = "" if labels[-1].isalpha() and labels[-1] != "localhost" else self._guard.objection(host)
        if why:
            raise AddressRefused(host, why)

    async def close(self) -> None:
        """Close every connection; a later exchange opens anew."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _opened(self, scheme: str) -> ClientSession:
        if scheme not in self._sessions:
            session = self._sessions[scheme] = ClientSession(
                connector=guarded_connector(self._guard, plain=scheme != "https", resolver=self._resolver),
                cookie_jar=DummyCookieJar(),
                trace_configs=[_connection_trace()],
                trust_env=False,  # a proxy of the environment would connect for us, past the guard
                auto_decompress=False,  # the digest is over the bytes as they came, and gzip is unfolded with a cap
                skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
            )
            # Else aiohttp sends a PUT or DELETE whose connection broke again, by itself and unseen: attempts are ours
            # to count, and where `repeat` is `never` the second would be one too many. It has no public switch.
            session._retry_connection = False  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        return self._sessions[scheme]


async def _read(response: ClientResponse, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.content.iter_any():
        size += len(part)
        if size > most_bytes:
            response.close()
            raise AnswerTooLarge
        parts.append(part)
    return b"".join(parts)


def _connection_trace() -> TraceConfig:
    trace = TraceConfig()
    trace.on_connection_create_end.append(_connected)
    trace.on_connection_reuseconn.append(_connected)
    return trace


async def _connected(
    _session: ClientSession,
    context: SimpleNamespace,
    _params: TraceConnectionCreateEndParams | TraceConnectionReuseconnParams,
) -> None:
    progress: object = context.trace_request_ctx
    if isinstance(progress, Progress):
        progress.connected = True


FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (AnswerTooLarge, "the answer is larger than 4 MiB"),
    (ClientConnectorDNSError, "the host name cannot be resolved"),
    (ssl.SSLCertVerificationError, "the TLS certificate does not hold for this host"),
    (ClientSSLError, "no TLS connection could be made"),
    (ClientConnectorError, "no connection"),
    (InvalidURL, "the registered address is not an HTTP address"),
    (ServerDisconnectedError, "the connection was closed before an answer"),
    (ClientPayloadError, "the answer broke off"),
    (ClientResponseError, "the answer is not HTTP that can be read"),
    (OSError, "the connection was lost"),
    (ClientError, "the exchange failed"),
)
"""Failures in words of ours, the most special first: an agency's bytes never get into a reason."""


def failure_in_words(error: BaseException) -> str:
    """Say what happened to an exchange, without a word of what the agency sent."""
    if refusal := refused_address(error):
        return refusal.strerror or AddressRefused.__name__
    return next((words for kind, words in FAILURES if isinstance(error, kind)), "the exchange failed")


def refused_address(error: BaseException) -> OSError | None:
    """Give the guard's refusal (or the machine's own) behind a failed connection, if that is what failed it.

    Where a name has several addresses and all are refused, the connector joins the refusals into one OSError that
    keeps only their number.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno == errno.EACCES and not isinstance(cause, ClientConnectorError):
            return cause
        cause = cause.__cause__
    return None
