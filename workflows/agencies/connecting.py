"""Connections to agencies: names resolved, each address judged by the guard when its socket is made, TLS verified."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from functools import cached_property
from typing import Final

import aiohappyeyeballs
from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver
from msgspec import Struct

from workflows.agencies.addresses import AddressGuard, AddressInfo, AddressRefused
from workflows.agencies.http1 import Connection, NoAnswer

NAMES_KEPT_S: Final = 10.0
"""How long a resolved name is believed; the guard judges its addresses at every connection all the same."""
_NEXT_ADDRESS_S: Final = 0.25
"""After which the next address of a name is tried beside the first (RFC 8305)."""
_MOST_NAMES: Final = 4096


class Origin(Struct, frozen=True):
    """Where connections lead: a host as it is written in a URL, encoded, and a port."""

    secure: bool
    host: str
    port: int


class Connector:
    """Opens connections. Used in one loop."""

    def __init__(
        self, guard: AddressGuard, resolver: AbstractResolver | None = None, *, names_kept_s: float = NAMES_KEPT_S
    ) -> None:
        """Take the guard of addresses, a resolver of names (None: the machine's) and how long a name is believed."""
        self._names_kept_s = names_kept_s
        self._guard = guard
        self._resolver = resolver
        self._known: dict[tuple[str, int], tuple[float, list[AddressInfo]]] = {}

    async def open(self, origin: Origin) -> Connection:
        """Open a connection; http without TLS only into networks that the operator allows by name.

        Raises:
            NoAnswer: none came about, so nothing was sent.

        """
        addresses = await self._addresses(origin)
        make = self._guard.socket_for if origin.secure else self._guard.socket_for_plain
        try:
            made = await aiohappyeyeballs.start_connection(  # pyright: ignore[reportUnknownMemberType] - its tuples are
                addresses, happy_eyeballs_delay=_NEXT_ADDRESS_S, socket_factory=make
            )
        except (OSError, RuntimeError) as error:
            if isinstance(error, OSError) and error.errno == errno.EACCES:
                # The guard's word, or the machine's own: all addresses were refused, and will be a moment later.
                raise NoAnswer(error.strerror or AddressRefused.__name__, sent=False) from error
            raise NoAnswer("no connection", sent=False, again=True) from error
        return await self._speaking(origin, made)

    async def _speaking(self, origin: Origin, made: socket.socket) -> Connection:
        loop = asyncio.get_running_loop()
        tls = self._tls if origin.secure else None
        name = origin.host.rstrip(".") if origin.secure else None
        try:
            _, connection = await loop.create_connection(Connection, sock=made, ssl=tls, server_hostname=name)
        except BaseException as error:
            made.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                raise NoAnswer("the TLS certificate does not hold for this host", sent=False) from error
            if isinstance(error, OSError | ValueError):
                again = not isinstance(error, ssl.SSLError)
                raise NoAnswer("no TLS connection could be made", sent=False, again=again) from error
            raise
        return connection

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    # --- names ------------------------------------------------------------------------------------------------

    async def _addresses(self, origin: Origin) -> list[AddressInfo]:
        host, port = origin.host, origin.port
        # What is written in numbers is taken as it stands: no second reading of it (octal, shortened) is looked for.
        if ":" in host:
            return [_address(socket.AF_INET6, host, port)]
        if host.replace(".", "").isdigit():
            return [_address(socket.AF_INET, host, port)]
        return await self._resolved(host, port)

    async def _resolved(self, host: str, port: int) -> list[AddressInfo]:
        now = asyncio.get_running_loop().time()
        until, found = self._known.get((host, port), (0.0, []))
        if now < until:
            return found
        if self._resolver is None:
            self._resolver = ThreadedResolver()
        try:
            answers = await self._resolver.resolve(host, port, family=socket.AF_UNSPEC)
        except (OSError, ValueError) as error:
            raise NoAnswer("the host name cannot be resolved", sent=False, again=True) from error
        found = [_address(answer["family"], answer["host"], answer["port"]) for answer in answers]
        if not found:
            raise NoAnswer("the host name cannot be resolved", sent=False, again=True)
        if len(self._known) >= _MOST_NAMES:
            self._known.clear()
        self._known[host, port] = now + self._names_kept_s, found
        return found


def _address(family: int, host: str, port: int) -> AddressInfo:
    name: tuple[object, ...] = (host, port, 0, 0) if family == socket.AF_INET6 else (host, port)
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", name
