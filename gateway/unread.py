"""What is left of a request's body when it is answered early.

An answer that is given while the client still writes is lost to many: the connection is closed, what arrives after that
is answered with a reset, and a reset throws away what the client has not read yet (RFC 9112, 9.6). So the rest is read
and forgotten first, up to a bound and for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from litestar.types import HTTPReceiveMessage, Receive

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of a body that nobody wants. Whoever sends more may find the connection closed."""
LONGEST_S: Final = 1.0


class Unread:
    """Passes a request's body on, and knows whether there is more of it."""

    def __init__(self, receive: Receive, headers: Mapping[str, str]) -> None:
        """Take where the body comes from; a client that waits for `100 Continue` sends nothing unless it is read."""
        self._receive = receive
        self.announced = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
        self._more = self.announced and "expect" not in headers

    async def receive(self) -> HTTPReceiveMessage:
        """Give the next message of the request."""
        message = await self._receive()
        self._more = self._more and message["type"] == "http.request" and message["more_body"]
        return message  # type: ignore[return-value]  # of an HTTP request no other ones come

    async def forget(self) -> None:
        """Read the rest, within the bounds."""
        if self._more:
            await self._read_on()

    async def _read_on(self) -> None:
        read = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(LONGEST_S):
                while self._more and read < MOST_BYTES:
                    message = await self.receive()
                    read += len(message["body"]) if message["type"] == "http.request" else 0
