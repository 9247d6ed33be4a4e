"""What was measured, as medians over rounds, and the ratios between those who were measured in the same round. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import Final

from msgspec import Struct

from gateway.cli.bench.driving import Run

GAPURA: Final = "Gapura"
SIGNED: Final = "Gapura, signed parts"
FLOOR: Final = "aiohttp floor"
KEPT_FLOOR: Final = "kept floor"
DBOS: Final = "DBOS on SQLite"
SPIFF: Final = "SpiffWorkflow"
STAND_IN: Final = "stand_in"
SERVER: Final = "server"
"""Whoever answers requests that are measured alone: the gateway's process, or that of the bare routes."""

Key = tuple[str, int]
"""Who, and how many cases in flight."""


class Figures(Struct, frozen=True):
    """Every run by who was measured and how many were in flight; the n-th runs of all belong to one round."""

    runs: Mapping[Key, list[Run]]
    alone: Mapping[Key, list[Run]]
    """Requests to the gateway alone (`intake`, `case`, `catalogue`) and to bare routes (`bare intake` and so on)."""
    journal_bytes: float = 0
    """Bytes that one case leaves in the journal."""

    def levels(self) -> list[int]:
        """Give how many were in flight, of everything that was measured."""
        return sorted({in_flight for _, in_flight in self.runs})

    def names(self) -> list[str]:
        """Give who was measured, in order."""
        return list(dict.fromkeys(name for name, _ in self.runs))


def middle(runs: Iterable[Run], value: Callable[[Run], float | None]) -> float | None:
    """Give the median of a value over runs; None where no run has it."""
    values = [found for run in runs if (found := value(run)) is not None]
    return median(values) if values else None


def ratio(these: Iterable[Run], those: Iterable[Run], value: Callable[[Run], float]) -> float | None:
    """Give the median over rounds of this one's value over that one's; None where they have no round together."""
    ratios = [value(this) / value(that) for this, that in zip(these, those, strict=False) if value(that)]
    return median(ratios) if ratios else None


def per_second(run: Run) -> float:
    """Give cases a second."""
    return run.per_second


def cpu_per_thousand(run: Run) -> float | None:
    """Give CPU seconds per 1,000 cases of every process but the stand-in; None where this machine does not tell."""
    used = [spent for name, spent in run.cpu_s.items() if name != STAND_IN]
    return 1000 * sum(used) / run.cases if used else None


def stand_in_per_thousand(run: Run) -> float | None:
    """Give the stand-in's CPU seconds per 1,000 cases."""
    return 1000 * run.cpu_s[STAND_IN] / run.cases if STAND_IN in run.cpu_s else None


def server_per_thousand(run: Run) -> float | None:
    """Give the CPU seconds per 1,000 requests of whoever answered them; None where this machine does not tell."""
    return 1000 * run.cpu_s[SERVER] / run.cases if SERVER in run.cpu_s else None


def memory(run: Run) -> float | None:
    """Give the megabytes that the engine's process holds: the gateway's, or that of whoever drives itself."""
    return run.memory_mb.get("gateway", run.memory_mb.get("driver"))
