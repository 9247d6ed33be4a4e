"""A case and those that are steps of it, a service and those that it needs."""

from __future__ import annotations

from typing import Final

from contracts.ids import Instant
from gateway.agreeing import why_not_agreed
from gateway.known import known_case
from gateway.parts import Engine
from workflows.core.state import CaseState
from workflows.projections.directory import Directory

_LIVE: Final = frozenset({"open", "issuing", "closing", "revoking"})


async def live_within(engine: Engine, state: CaseState) -> list[CaseState]:
    """Give the sub-cases of a case that are not at an end, and theirs, in the order of its steps."""
    found: list[CaseState] = []
    for step, _, entry in state.currents():
        child = await known_case(engine, entry.ticket) if step.spec.service is not None and entry.ticket else None
        if child is not None and child.status in _LIVE:
            found += [child, *await live_within(engine, child)]
    return found


def why_not_offered(directory: Directory, service: str, now: Instant) -> str:
    """Say why a service is not on offer: its signatures, or another service that it has as a step."""
    newest = [published for published in directory.plans.values() if published.plan.service == service][-1]
    missing = directory.not_offered(newest, now)
    if missing and directory.agreement_of(newest.digest, now):
        return f"This service is not offered at the moment, because {', '.join(missing)}, a step of it, is not."
    return f"This service is not offered at the moment: {why_not_agreed(directory, service, now)}"
