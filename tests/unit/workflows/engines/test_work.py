"""Work beside the caller: every task is held, and a failure is told, never lost."""

# pyright: reportPrivateUsage=false, reportUnknownArgumentType=false
# They look inside the engine: what it remembers and has under way.
from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from workflows.engines.work import Work

pytestmark = pytest.mark.looptime


class Slow:
    """Takes its time; says whether it came to its end."""

    def __init__(self, seconds: float, error: Exception | None = None) -> None:
        self.seconds, self.error = seconds, error
        self.done = False

    async def run(self) -> str:
        await asyncio.sleep(self.seconds)
        self.done = True
        if self.error is not None:
            raise self.error
        return "done"

    async def work(self) -> None:
        await self.run()


async def test_what_is_running_is_waited_for() -> None:
    work, slow = Work(), Slow(5)
    work.start(slow.work())
    await work.finish(within_s=8)
    assert slow.done


async def test_what_takes_too_long_is_ended_and_gone() -> None:
    work, slow = Work(), Slow(60)
    work.start(slow.work())
    await work.finish(within_s=8)
    assert not slow.done
    assert not work._tasks


async def test_nothing_to_wait_for_is_no_error() -> None:
    await Work().finish(within_s=8)


async def test_a_failure_is_told() -> None:
    work = Work()
    with capture_logs() as told:
        work.start(Slow(1, ZeroDivisionError()).work())
        await work.finish(within_s=8)
    assert [line["event"] for line in told] == ["work_failed"]


async def test_whole_work_gives_its_caller_what_it_gave_or_raised() -> None:
    work = Work()
    assert await work.whole(Slow(1).run()) == "done"
    with capture_logs() as told, pytest.raises(ZeroDivisionError):
        await work.whole(Slow(1, ZeroDivisionError()).run())
    assert told == []


async def test_whole_work_comes_to_its_end_also_when_its_caller_is_gone() -> None:
    work, slow = Work(), Slow(5)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await work.whole(slow.run())
    assert not slow.done
    await work.finish(within_s=8)
    assert slow.done


async def test_a_failure_of_whole_work_is_told_when_its_caller_is_gone() -> None:
    work = Work()
    with capture_logs() as told:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await work.whole(Slow(5, ZeroDivisionError()).run())
        await work.finish(within_s=8)
        await asyncio.sleep(0)
    assert [line["event"] for line in told] == ["work_failed"]
