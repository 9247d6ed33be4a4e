"""The loop that everybody is measured with."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from gateway.cli.bench.driving import Order, cpu_s, drive, memory_mb, percentile


async def test_cases_of_the_warming_up_are_counted() -> None:
    done = 0

    async def case() -> None:
        nonlocal done
        done += 1
        await asyncio.sleep(0)

    run = await drive(Order(in_flight=4, seconds=0), [case] * 4)
    assert run.cases == 1
    assert done >= 5


async def test_more_run_at_once_than_was_ordered() -> None:
    running = most = 0

    async def case() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await drive(Order(in_flight=3, seconds=0), [case] * 3)
    assert most == 3


async def test_a_case_that_fails_is_passed_over() -> None:
    async def case() -> None:
        await asyncio.sleep(0)
        raise ConnectionError

    with pytest.raises(ExceptionGroup):
        await drive(Order(in_flight=1, seconds=0), [case])


def test_a_percentile_is_off_by_one() -> None:
    values = [float(value) for value in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (51, 100)
    assert percentile([7.0], 0.99) == 7


def test_a_process_that_is_gone_breaks_the_measurement() -> None:
    assert cpu_s(2**30) is None
    assert memory_mb(2**30) is None


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this machine has no /proc")
def test_this_process_has_used_nothing() -> None:
    assert (cpu_s(os.getpid()) or 0) > 0
    assert 1 < (memory_mb(os.getpid()) or 0) < 10_000
