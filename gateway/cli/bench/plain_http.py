"""HTTP/1.1 with next to nothing around it: whoever stands beside what is measured must cost as little as possible.

Bodies have a Content-Length, connections stay open, and nothing is pipelined. Not for strangers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from msgspec import Struct

_END: Final = b"\r\n\r\n"
_LENGTH: Final = b"content-length:"


class Exchanged(Struct, frozen=True):
    """One message: its first line, its header fields as they came, its body."""

    first: bytes
    fields: bytes
    body: bytes

    def headers(self) -> dict[str, str]:
        """Give the header fields by name, in lower case."""
        lines = (line.partition(b":") for line in self.fields.split(b"\r\n") if line)
        return {name.decode().lower(): value.strip().decode() for name, _, value in lines}


class Buffer:
    """Bytes as they come, taken out as whole messages."""

    def __init__(self) -> None:
        """Start empty."""
        self._bytes = bytearray()

    def feed(self, data: bytes) -> Exchanged | None:
        """Take what came; give the message when it is whole."""
        self._bytes += data
        end = self._bytes.find(_END)
        if end < 0:
            return None
        head = bytes(self._bytes[:end])
        begin, whole = end + len(_END), end + len(_END) + _length(head)
        if len(self._bytes) < whole:
            return None
        body = bytes(self._bytes[begin:whole])
        del self._bytes[:whole]
        first, _, fields = head.partition(b"\r\n")
        return Exchanged(first, fields, body)


def _length(head: bytes) -> int:
    at = head.lower().find(_LENGTH)
    return int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0


class Answering(asyncio.Protocol):
    """The server's side of a connection: gives each whole request to a function and sends what that gives."""

    def __init__(self, answer: Callable[[Exchanged], bytes]) -> None:
        """Take the function: from a request to the bytes of a response."""
        self._answer, self._buffer = answer, Buffer()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer a request that is whole."""
        request = self._buffer.feed(data)
        if request is not None and self._transport is not None:
            self._transport.write(self._answer(request))


class Asking(asyncio.Protocol):
    """The client's side of a connection: one request at a time."""

    def __init__(self) -> None:
        """Start unconnected; `asyncio.loop.create_connection` connects."""
        self._buffer = Buffer()
        self._transport: asyncio.WriteTransport | None = None
        self._reply: asyncio.Future[Exchanged] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where requests go."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Give a reply that is whole to whoever waits."""
        reply = self._buffer.feed(data)
        if reply is not None and self._reply is not None and not self._reply.done():
            self._reply.set_result(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(exc or ConnectionError("the connection was closed before a reply"))

    async def ask(self, request: bytes) -> Exchanged:
        """Send a request and give its reply.

        Raises:
            ConnectionError: the connection is gone.

        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the connection is closed")
        self._reply = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()


def message(first: str, fields: dict[str, str], body: bytes) -> bytes:
    """Write a message."""
    lines = [first, *(f"{name}: {value}" for name, value in fields.items()), f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body
