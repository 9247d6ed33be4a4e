"""A connection takes exactly one answer to each request, and nothing that follows or stands in for it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from workflows.agencies.http1 import (
    MAX_FRAMING_BYTES,
    Connection,
    Late,
    NoAnswer,
)
from workflows.agencies.received import MAX_ANSWER_BYTES, Received

OK = b"HTTP/1.1 200 OK\r\nContent-Type: Application/JSON; x=y\r\nContent-Length: 2\r\n\r\n{}"


class Wire(asyncio.Transport):
    """What the connection writes to; an abort is told in the loop's next turn, as a real transport does."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection, self.written, self.aborted, self.unsent = connection, b"", False, 0
        connection.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        if not self.aborted:
            self.aborted = True
            asyncio.get_running_loop().call_soon(self.connection.connection_lost, None)


async def told(*pieces: bytes, end: bool = False, lost: Exception | None = None) -> tuple[Received, Connection]:
    """Give what an exchange gives when these bytes come one after the other."""
    connection = Connection()
    wire = Wire(connection)
    loop = asyncio.get_running_loop()
    asking = loop.create_task(connection.exchange(b"POST", until=loop.time() + 5))
    await asyncio.sleep(0)
    assert wire.written == b"POST"
    for piece in pieces:
        connection.data_received(piece)
    if end:
        connection.connection_lost(lost)
    return await asking, connection


async def test_an_answer_leaves_the_connection_for_the_next_request() -> None:
    received, connection = await told(OK)
    assert (received.status, received.raw, received.media_type()) == (200, b"{}", "application/json")
    assert connection.open
    loop = asyncio.get_running_loop()
    again = loop.create_task(connection.exchange(b"POST", until=loop.time() + 5))
    await asyncio.sleep(0)
    connection.data_received(OK.replace(b"{}", b"[]"))
    assert (await again).raw == b"[]"


async def test_another_request_follows_one_that_was_answered_before_it_was_sent() -> None:
    connection = Connection()
    wire, loop = Wire(connection), asyncio.get_running_loop()
    asking = loop.create_task(connection.exchange(b"POST", until=loop.time() + 5))
    await asyncio.sleep(0)
    wire.unsent = 1
    connection.data_received(OK)
    assert ((await asking).raw, connection.open) == (b"{}", False)


async def test_an_answer_in_single_bytes_is_the_same_answer() -> None:
    received, connection = await told(*(OK[at : at + 1] for at in range(len(OK))))
    assert (received.status, received.raw, connection.open) == (200, b"{}", True)


async def test_a_word_to_wait_is_not_the_answer() -> None:
    received, connection = await told(b"HTTP/1.1 100 Continue\r\nX: early\r\n\r\n", OK)
    assert (received.status, received.headers.get("x", ""), connection.open) == (200, "", True)


UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"


async def test_another_protocol_than_was_asked_is_taken_for_an_answer() -> None:
    with pytest.raises(NoAnswer, match="not HTTP that can be read"):
        await told(UPGRADE + OK)


@pytest.mark.parametrize(
    "surplus", [OK, b"x", b"HTTP/1.1", UPGRADE], ids=["an answer", "a byte", "a beginning", "another protocol"]
)
async def test_what_follows_an_answer_spoils_the_connection_and_not_the_answer(surplus: bytes) -> None:
    received, connection = await told(OK + surplus)
    assert (received.raw, connection.open) == (b"{}", False)


async def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one() -> None:
    _, connection = await told(OK)
    connection.data_received(OK)
    assert not connection.open
    with pytest.raises(NoAnswer):
        await connection.exchange(b"POST", until=asyncio.get_running_loop().time() + 5)


async def test_an_agency_that_closes_is_not_asked_on_that_connection_again() -> None:
    _, connection = await told(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert not connection.open
    _, connection = await told(OK.replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert not connection.open


async def test_a_trailer_is_no_header_field() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nSignature: x\r\n\r\n"
    received, _ = await told(chunked)
    assert (received.raw, received.headers.get("signature", "")) == (b"{}", "")


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
    received, _ = await told(head, b"{", b"}", end=True)
    assert received.raw == b"{}"
    with pytest.raises(NoAnswer, match="lost"):
        await told(head, b"{", end=True, lost=ConnectionResetError())


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([], "closed before an answer"),
        ([OK[:-1]], "broke off"),
        ([b"HTTP/1.1 200 OK\r\nX: y"], "broke off"),
    ],
)
async def test_a_connection_that_ends_early_says_how_far_it_came(pieces: list[bytes], words: str) -> None:
    with pytest.raises(NoAnswer, match=words) as silence:
        await told(*pieces, end=True)
    assert silence.value.sent


@pytest.mark.parametrize(
    "head", [b"X: " + b"x" * 70_000, b"X: y\r\n" * 12_000], ids=["one long field", "many short fields"]
)
async def test_a_head_has_an_end(head: bytes) -> None:
    for rest in (b"", b"\r\nContent-Length: 0\r\n\r\n"):
        with pytest.raises(NoAnswer, match="not HTTP"):
            await told(b"HTTP/1.1 200 OK\r\n" + head + rest)


async def test_words_to_wait_have_an_end() -> None:
    with pytest.raises(NoAnswer, match="not HTTP"):
        await told(*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 3_000)


async def test_chunks_that_are_mostly_framing_have_an_end() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"1;" + b"x" * 65_536 + b"\r\nx\r\n"
    with pytest.raises(NoAnswer, match="larger"):
        await told(head, *[piece] * ((MAX_ANSWER_BYTES + MAX_FRAMING_BYTES) // 65_536 + 1))


async def test_an_answer_of_exactly_the_cap_is_taken() -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {MAX_ANSWER_BYTES}\r\n\r\n".encode()
    received, _ = await told(head, b"x" * MAX_ANSWER_BYTES)
    assert len(received.raw) == MAX_ANSWER_BYTES


async def test_the_deadline_closes_the_connection() -> None:
    connection = Connection()
    wire = Wire(connection)
    with pytest.raises(Late):
        await connection.exchange(b"POST", until=asyncio.get_running_loop().time() + 0.01)
    assert wire.aborted
    assert not connection.open


async def test_a_caller_that_is_cancelled_closes_the_connection() -> None:
    connection = Connection()
    wire = Wire(connection)
    loop = asyncio.get_running_loop()
    asking = loop.create_task(connection.exchange(b"POST", until=loop.time() + 5))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert wire.aborted
