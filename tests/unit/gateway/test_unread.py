"""The rest of a body is read before an early answer, so that the answer is not lost: within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from litestar.types import HTTPReceiveMessage

from gateway.unread import LONGEST_S, MOST_BYTES, Unread

LENGTH = {"content-length": "100"}


class Client:
    """Sends so many pieces of a body, and then nothing more, or the end."""

    def __init__(self, pieces: int, *, size: int = 10, ends: bool = True) -> None:
        self.left, self.size, self.ends, self.read = pieces, size, ends, 0

    async def __call__(self) -> HTTPReceiveMessage:
        if not self.left:
            await asyncio.Event().wait()
        self.left -= 1
        self.read += 1
        more = bool(self.left) or not self.ends
        return {"type": "http.request", "body": b"x" * self.size, "more_body": more}


async def forgotten(client: Client, headers: Mapping[str, str]) -> int:
    await Unread(client, headers).forget()
    return client.read


async def test_all_of_an_unwanted_body_is_read() -> None:
    assert await forgotten(Client(10), LENGTH) == 10
    assert await forgotten(Client(10), {"transfer-encoding": "chunked"}) == 10


async def test_what_was_read_before_is_not_waited_for_again() -> None:
    client = Client(2)
    unread = Unread(client, LENGTH)
    while (await unread.receive()).get("more_body"):
        pass
    await unread.forget()
    assert client.read == 2


@pytest.mark.parametrize("headers", [{}, {"content-length": "0"}, {**LENGTH, "expect": "100-continue"}])
async def test_nothing_is_waited_for_that_will_not_come(headers: dict[str, str]) -> None:
    assert await forgotten(Client(5), headers) == 0


async def test_no_more_is_read_than_the_bound() -> None:
    assert await forgotten(Client(100, size=MOST_BYTES // 4), LENGTH) == 4


@pytest.mark.looptime
async def test_whoever_sends_slowly_is_not_waited_for_long() -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert await forgotten(Client(3, ends=False), LENGTH) == 3
    assert loop.time() - begun == pytest.approx(LONGEST_S)


async def test_a_client_that_left_is_not_waited_for() -> None:
    async def gone() -> HTTPReceiveMessage:
        return {"type": "http.disconnect"}

    await Unread(gone, LENGTH).forget()
