"""When an agency's silence says nothing, as the register knows it: made ready for the core to count by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import tzinfo
from itertools import pairwise
from typing import TypeAlias

from msgspec import structs

from contracts.connection import DeskConnection
from contracts.events import GatewayWasAway
from contracts.ids import Instant
from workflows.core.compiled import CompiledPlan, CompiledStep
from workflows.core.maintenance import Window, read_window
from workflows.core.outages import Maintenance
from workflows.core.working_time import Stop
from workflows.loading.zones import zone_of

Declared: TypeAlias = Sequence[tuple[Instant, tuple[str, ...]]]
"""Maintenance windows as they were registered, each list from when on."""


def with_outages(
    plan: CompiledPlan, absences: Sequence[GatewayWasAway], declared: Callable[[str], Declared]
) -> CompiledPlan:
    """Give a plan that knows when the gateway was away, and what maintenance its agencies declared, by digest."""
    stops = tuple(sorted((Stop(away.since, away.until) for away in absences), key=lambda stop: stop.begin))
    steps = {name: _with_maintenance(step, declared(step.contract_digest)) for name, step in plan.steps.items()}
    return structs.replace(plan, absences=stops, steps=steps)


def _with_maintenance(step: CompiledStep, declared: Declared) -> CompiledStep:
    # A desk is people, and the desk is ours: there is no system that could be closed.
    if not declared or step.contract.deemed is None or isinstance(step.contract.connection, DeskConnection):
        return step
    return structs.replace(step, maintenance=tuple(_versions(declared)))


def _versions(declared: Declared) -> Iterator[Maintenance]:
    ends: list[Instant | None] = [following[0] for _, following in pairwise(declared)]
    for (since, texts), until in zip(declared, [*ends, None], strict=True):
        windows: list[tuple[Window, tzinfo]] = []
        for text in texts:
            # What was registered before it was checked, and is none, stops no clock.
            with suppress(ValueError):
                window = read_window(text)
                zone = zone_of(window.zone)
                if zone is not None:
                    windows.append((window, zone))
        yield Maintenance(since, until, tuple(windows))
