"""One exchange over the wire protocol: on a connection that is open already, or on a new one within the guard."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from aiohttp.abc import AbstractResolver
from msgspec import Struct

from workflows.agencies.addresses import KEEP_ALIVE_S, AddressGuard
from workflows.agencies.connecting import Connector, Origin
from workflows.agencies.http1 import Connection, Late, NoAnswer
from workflows.agencies.received import Received


class Target(Struct, frozen=True):
    """Where a POST goes: `begin` is its request line and every header field that is always the same."""

    url: str
    origin: Origin
    begin: str


class WireExchange:
    """The connections towards agencies, kept while they are used; opened in the loop that uses them.

    There is no limit of its own: each agency has its own (`protection`), so one slow agency holds up no other.
    """

    def __init__(
        self, guard: AddressGuard, *, resolver: AbstractResolver | None = None, keep_alive_s: float = KEEP_ALIVE_S
    ) -> None:
        """Take the guard of addresses, a resolver of names (None: the machine's) and how long connections are kept."""
        self._keep_alive_s = keep_alive_s
        self._connector = Connector(guard, resolver)
        self._idle: defaultdict[Origin, list[Connection]] = defaultdict(list)
        self._busy: set[Connection] = set()
        self._tidying: asyncio.TimerHandle | None = None

    async def post(self, target: Target, fields: Sequence[tuple[str, str]], body: bytes, *, until: float) -> Received:
        """Send and read, by the loop's clock `until` at the latest; redirects are not followed.

        Nothing is sent a second time: a connection that was closed meanwhile may have carried the request.

        Raises:
            NoAnswer: says what came instead.

        """
        request = _written(target, fields, body)
        connection = self._taken(target.origin) or await self._opened(target.origin, until)
        self._busy.add(connection)
        try:
            received = await connection.exchange(request, until=until)
        finally:
            self._busy.discard(connection)
        if connection.open:
            self._keep(target.origin, connection)
        else:
            connection.close()
        return received

    async def close(self) -> None:
        """Close every connection; a later exchange opens anew."""
        connections = [*self._busy, *(each for idle in self._idle.values() for each in idle)]
        self._idle.clear()
        if self._tidying is not None:
            self._tidying.cancel()
            self._tidying = None
        for connection in connections:
            connection.close()
        # Transports tell their end in the loop's next turn; nobody may find them half closed after it.
        await asyncio.sleep(0)

    def _taken(self, origin: Origin) -> Connection | None:
        """Take the connection that was used last, if one is still good."""
        idle, oldest = self._idle.get(origin), asyncio.get_running_loop().time() - self._keep_alive_s
        while idle:
            connection = idle.pop()
            if connection.open and connection.idle_since > oldest:
                return connection
            connection.close()
        return None

    async def _opened(self, origin: Origin, until: float) -> Connection:
        try:
            async with asyncio.timeout_at(until):
                return await self._connector.open(origin)
        except TimeoutError as error:
            raise Late(sent=False) from error

    def _keep(self, origin: Origin, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle[origin].append(connection)
        if self._tidying is None:
            self._tidying = loop.call_later(self._keep_alive_s, self._tidy)

    def _tidy(self) -> None:
        """Close what nobody has used for long."""
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._keep_alive_s
        for origin, connections in list(self._idle.items()):
            for connection in connections:
                if connection.idle_since <= oldest:
                    connection.close()
            kept = [connection for connection in connections if connection.open]
            if kept:
                self._idle[origin] = kept
            else:
                del self._idle[origin]
        self._tidying = loop.call_later(self._keep_alive_s, self._tidy) if self._idle else None


def _written(target: Target, fields: Sequence[tuple[str, str]], body: bytes) -> bytes:
    """Write a request; nothing in a field can begin another one."""
    lines = [f"{name}: {value}\r\n" for name, value in fields]
    text = "".join([name + value for name, value in fields])
    if not (text.isascii() and text.isprintable()):
        raise NoAnswer("a header field of ours cannot be sent", sent=False, final=True)
    return f"{target.begin}{''.join(lines)}Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body
