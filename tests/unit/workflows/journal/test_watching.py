from __future__ import annotations

import asyncio
from contextlib import aclosing

from workflows.journal.watching import Watchers


async def test_what_is_committed_while_the_current_version_is_read_is_not_missed() -> None:
    watchers = Watchers()

    async def current(_: str) -> int:
        watchers.notify("A", 5)
        return 4

    async with aclosing(watchers.watch("A", current)) as versions:
        assert await anext(versions) == 5
        watchers.notify("A", 6)
        assert await anext(versions) == 6


async def test_only_watchers_of_the_stream_are_told_and_late_news_is_no_news() -> None:
    watchers = Watchers()

    async def current(_: str) -> int:
        return 3

    async with aclosing(watchers.watch("A", current)) as versions:
        assert await anext(versions) == 3
        watchers.notify("B", 9)
        watchers.notify("A", 2)
        watchers.notify("A", 4)
        assert await anext(versions) == 4


async def test_leaving_leaves_nothing() -> None:
    watchers = Watchers()

    async def current(_: str) -> int:
        return 0

    async with aclosing(watchers.watch("A", current)) as first, aclosing(watchers.watch("A", current)) as second:
        assert await anext(first) == await anext(second) == 0
        assert len(watchers) == 2
    assert len(watchers) == 0


async def test_a_watch_that_begins_after_closing_gives_the_version_and_ends() -> None:
    watchers = Watchers()
    watchers.close()

    async def current(_: str) -> int:
        await asyncio.sleep(0)
        return 7

    assert [version async for version in watchers.watch("A", current)] == [7]
