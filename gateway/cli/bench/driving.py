"""Cases one after another on so many lanes, and what they cost: the loop that every measured process runs.

A process that drives says `ready` on its standard output and then, for each line of JSON on its standard input (an
`Order`), gives one line back (a `Run`). It ends when its input does.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, field, structs

WARM_S: Final = 0.4
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MEGABYTE: Final = 1_000_000


class Order(Struct, frozen=True, kw_only=True):
    """What is to be measured: on how many lanes, for how long at least, and which processes are looked at."""

    in_flight: int
    seconds: float
    processes: dict[str, int] = field(default_factory=dict[str, int])
    work: dict[str, Any] = field(default_factory=dict[str, Any])


class Run(Struct, frozen=True, kw_only=True):
    """What was measured. Times in milliseconds; CPU and memory by process, as long as this machine tells them."""

    cases: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_s: dict[str, float] = field(default_factory=dict[str, float])
    memory_mb: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def per_second(self) -> float:
        """Cases a second."""
        return self.cases / self.seconds


Case = Callable[[], Awaitable[None]]
"""Carries one case out; raises when it did not come to its end."""


def cpu_s(pid: int) -> float | None:
    """Give the CPU seconds that a process has used, its threads and ended children included; None: not told here."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return None
    return sum(map(int, fields[11:15])) / _TICKS


def memory_mb(pid: int) -> float | None:
    """Give the memory that a process holds now, in megabytes; None: not told here."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1]) * _PAGE / _MEGABYTE
    except OSError:
        return None


def percentile(values: list[float], share: float) -> float:
    """Give the value below which a share of the values lies, of values in order."""
    return values[min(len(values) - 1, int(share * len(values)))]


class _Window:
    """Counts the cases that end while it is open. It opens once as many have ended as run at once: all is warm then."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._took: list[float] = []
        self._ended = 0
        self._began_at = time.monotonic()
        self._opened_at: float | None = None
        self._cpu: dict[str, float] = {}
        self.run: Run | None = None

    def case_ended(self, took_s: float) -> None:
        """Count a case; open or close the window when its moment has come."""
        now = time.monotonic()
        self._ended += 1
        if self._opened_at is None:
            warm_s = min(WARM_S, self._order.seconds)
            if self._ended >= self._order.in_flight and now - self._began_at >= warm_s:
                self._opened_at, self._cpu = now, _told(cpu_s, self._order.processes)
        elif self.run is None:
            self._took.append(took_s)
            if now - self._opened_at >= self._order.seconds:
                self.run = self._close(now - self._opened_at)

    def _close(self, seconds: float) -> Run:
        after, took = _told(cpu_s, self._order.processes), sorted(self._took)
        return Run(
            cases=len(took),
            seconds=seconds,
            p50_ms=1000 * percentile(took, 0.5),
            p99_ms=1000 * percentile(took, 0.99),
            cpu_s={name: after[name] - used for name, used in self._cpu.items() if name in after},
            memory_mb=_told(memory_mb, self._order.processes),
        )


def _told(ask: Callable[[int], float | None], processes: Mapping[str, int]) -> dict[str, float]:
    """Ask the machine about each process; those of which it tells nothing are left out."""
    found = {name: ask(pid) for name, pid in processes.items()}
    return {name: value for name, value in found.items() if value is not None}


async def drive(order: Order, lanes: list[Case]) -> Run:
    """Run cases on every lane until the order is carried out; what is under way then ends uncounted.

    This process is looked at too, as `driver`.

    Raises:
        ExceptionGroup: a case did not come to its end.

    """
    window = _Window(structs.replace(order, processes={**order.processes, "driver": os.getpid()}))

    async def lane(case: Case) -> None:
        while window.run is None:
            began = time.monotonic()
            await case()
            window.case_ended(time.monotonic() - began)

    async with asyncio.TaskGroup() as group:
        for case in lanes:
            group.create_task(lane(case))
    if window.run is None:
        raise AssertionError
    return window.run


async def carry_orders_out(measure: Callable[[Order], Awaitable[Run]]) -> None:
    """Say that this process is ready, and carry out each order of its standard input."""
    _say(b"ready")
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        _say(msgspec.json.encode(await measure(msgspec.json.decode(line, type=Order))))


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()
