"""Until when joint outputs are valid, and since when they can be renewed: for lists, and for whoever verifies one."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.after_issue import Ending
from contracts.ids import CaseId, Instant
from contracts.views import CaseLine
from gateway.known import known_case
from gateway.parts import Engine
from workflows.core.renewing import last_renewal, renewable_from
from workflows.core.state import CaseState


def ending_of(state: CaseState) -> Ending | None:
    """Say when an output ends, and since when it can be renewed; None: it does not end, or does not stand."""
    since, until = renewable_from(state), state.valid_until
    if since is None or until is None:
        return None
    return Ending(valid_until=until, renewable_from=since)


async def endings(engine: Engine, lines: Iterable[CaseLine]) -> dict[CaseId, Ending]:
    """Give when the outputs of a list end: of those that are issued, and whose service has outputs that end."""
    plans = (published.plan for published in engine.directory.plans.values())
    services = {plan.service for plan in plans if plan.output.valid_for is not None}
    found: dict[CaseId, Ending] = {}
    for line in lines:
        state = await known_case(engine, line.case) if line.state == "issued" and line.service in services else None
        ending = ending_of(state) if state is not None else None
        if ending is not None:
            found[line.case] = ending
    return found


async def renewed_at(engine: Engine, state: CaseState) -> Instant | None:
    """Give when the output was issued by which this one is renewed; None: there is none that stands."""
    last = last_renewal(state)
    newer = await known_case(engine, last) if last else None
    return newer.sealed_at if newer is not None and newer.status == "issued" else None
