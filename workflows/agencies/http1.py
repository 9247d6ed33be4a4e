"""One connection that speaks HTTP/1.1 to an agency: one request at a time, and no more read of an answer than the cap.

The parser is httptools' (llhttp, strict). A general client costs as much as everything else that an attempt does; this
is what an attempt needs of one: no redirects, cookies, proxies, upgrades, pipelining or trailers.
"""

from __future__ import annotations

import asyncio
from typing import Final, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from workflows.agencies.messages import Lines
from workflows.agencies.received import MAX_ANSWER_BYTES, Received

MAX_HEAD_BYTES: Final = 64 * 1024
"""Of an answer's status line and header fields, with those of every `100 Continue` before it."""
MAX_FRAMING_BYTES: Final = 1024 * 1024
"""Of everything else that comes: the sizes of chunks and what is written beside them, trailers."""

_FINAL: Final = 200


class NoAnswer(Exception):
    """An exchange without an answer; `str()` says why, in words of ours: an agency's bytes never get into a reason.

    `sent`: a connection was there, so bytes of the request may have left. `again`: another connection may come about a
    moment later. `final`: repeating it cannot help.
    """

    def __init__(self, words: str, *, sent: bool = True, again: bool = False, final: bool = False) -> None:
        """Say what happened."""
        super().__init__(words)
        self.sent, self.again, self.final = sent, again, final


class Late(NoAnswer):
    """The deadline passed."""

    def __init__(self, *, sent: bool) -> None:
        """Say whether a connection was there by then."""
        super().__init__("no whole answer within the deadline", sent=sent)


CLOSED_BEFORE: Final = "the connection was closed before an answer"
BROKE_OFF: Final = "the answer broke off"
LOST: Final = "the connection was lost"
TOO_LARGE: Final = "the answer is larger than 4 MiB"
UNREADABLE: Final = "the answer is not HTTP that can be read"


class Connection(asyncio.Protocol):
    """A connection; `reusable` says whether another request may follow the answer that was read."""

    def __init__(self) -> None:
        """Start unconnected; `asyncio.loop.create_connection` connects."""
        self._transport: asyncio.Transport | None = None
        self._parser = HttpResponseParser(self)
        self._waiting: asyncio.Future[Received] | None = None
        self._lost = False
        self.reusable = True
        self.idle_since = 0.0
        self._begin()

    def _begin(self) -> None:
        self._lines, self._parts = Lines(), list[bytes]()
        self._came = self._head = self._body = self._status = 0
        self._headed = self._whole = self._to_the_end = False

    # --- asking -----------------------------------------------------------------------------------------------

    async def exchange(self, request: bytes, *, until: float) -> Received:
        """Send a request and give its response, by the loop's clock `until` at the latest.

        Raises:
            NoAnswer: says what came instead. The connection is closed then, and where the caller is cancelled.

        """
        loop = asyncio.get_running_loop()
        if self._transport is None or self._lost or self._transport.is_closing():
            self.reusable = False
            raise NoAnswer(CLOSED_BEFORE)
        self._begin()
        self._waiting = loop.create_future()
        clock = loop.call_at(until, self._late)
        try:
            self._transport.write(request)
            return await self._waiting
        except BaseException:
            self.close()
            raise
        finally:
            clock.cancel()
            self._waiting = None

    def close(self) -> None:
        """Close the connection at once, whatever is under way."""
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()

    @property
    def open(self) -> bool:
        """Whether a request may be sent."""
        return self.reusable and not self._lost and self._transport is not None and not self._transport.is_closing()

    def _late(self) -> None:
        self._fail(Late(sent=True))

    def _fail(self, why: NoAnswer) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(why)
        self.close()

    def _answer(self) -> None:
        if self._transport is not None and self._transport.get_write_buffer_size():
            # An answer before its request was read: the next request would wait behind what is left of this one.
            self.reusable = False
        if self._waiting is not None and not self._waiting.done():
            raw = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._waiting.set_result(Received(self._status, self._lines, raw))

    # --- what the transport tells -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where requests go."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Read on; what comes while nobody asks is no answer to anything, so the connection is given up."""
        if self._waiting is None or self._waiting.done():
            self.close()
            return
        self._came += len(data)
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):  # the latter is none of the former
            # What follows a whole answer can take nothing from it.
            self.reusable = False
            if not self._whole:
                self._fail(NoAnswer(UNREADABLE))
                return
        if self._whole:
            self._answer()
        elif (self._head if self._headed else self._came) > MAX_HEAD_BYTES:
            self._fail(NoAnswer(UNREADABLE))
        elif max(self._body, self._came - MAX_FRAMING_BYTES) > MAX_ANSWER_BYTES:
            self._fail(NoAnswer(TOO_LARGE))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits: an answer without a length ends with its connection."""
        self._lost, self.reusable = True, False
        if self._headed and self._to_the_end and exc is None:
            self._answer()
        else:
            self._fail(NoAnswer(LOST if exc else BROKE_OFF if self._came else CLOSED_BEFORE))

    # --- what the parser tells --------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """A message begins: after the answer, it is one that nobody asked for."""
        if self._whole:
            self.reusable = False
        else:
            self._lines.by_name.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field; a trailer says nothing that counts."""
        self._head += len(name) + len(value) + 4
        if not self._headed and self._head <= MAX_HEAD_BYTES:
            text = value.decode("latin-1").strip(" \t")
            self._lines.by_name.setdefault(name.decode("latin-1").lower(), []).append(text)

    def on_headers_complete(self) -> None:
        """Know what the answer is, and how it ends."""
        status = self._parser.get_status_code()
        if self._whole or status < _FINAL:
            return  # 100 Continue, 103 Early Hints: the answer comes after them
        self._status, self._headed = status, True
        lines = self._lines.by_name
        self._to_the_end = "content-length" not in lines and "transfer-encoding" not in lines
        self.reusable = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, up to the cap."""
        self._body += len(body)
        if self._headed and not self._whole and self._body <= MAX_ANSWER_BYTES:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        """Know that the answer is whole, unless it was only told to wait for it."""
        self._whole = self._headed and self._body <= MAX_ANSWER_BYTES and self._head <= MAX_HEAD_BYTES
