"""How agencies stand by their promises: the clocks of a case, and those that run in all open cases."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Final, cast

from msgspec import Struct

from contracts.clocks import ClockView
from contracts.events import CaseEvent
from contracts.ids import Instant
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import NotFound
from workflows.ports import CaseFilter
from workflows.projections.clocks import clocks_of

MOST_CASES: Final = 500
"""Open cases that are looked at for one page, the newest first."""


class AgencyPromises(Struct, frozen=True, kw_only=True):
    """One agency's clocks that have not stopped, and the next moment that is due."""

    agency: str
    running: int
    paused: int
    overdue: int
    next_due: Instant | None


class Promises:
    """Reads clocks. Who may see them has been judged before."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock

    async def of_case(self, case: str) -> list[ClockView]:
        """Give the clocks of a case. Raises NotFound."""
        state = await known_case(self._engine, case)
        if state is None:
            raise NotFound
        recorded = await self._journal.read(state.case)
        return clocks_of(state, (cast("CaseEvent", row.event) for row in recorded), self._clock.now())

    async def by_agency(self) -> list[AgencyPromises]:
        """Give how each agency stands, in the newest open cases, by name."""
        clocks: dict[str, list[ClockView]] = {}
        for status in ("open", "closing"):
            page = await self._journal.list_cases(CaseFilter(state=status, limit=MOST_CASES))
            for line in page.cases:
                with suppress(NotFound):
                    for clock in await self.of_case(line.case):
                        if clock.state != "stopped":
                            clocks.setdefault(clock.agency, []).append(clock)
        return [agency_promises(agency, found) for agency, found in sorted(clocks.items())]


def agency_promises(agency: str, clocks: Iterable[ClockView]) -> AgencyPromises:
    """Sum up one agency's clocks, none of which has stopped."""
    going = list(clocks)
    return AgencyPromises(
        agency=agency,
        running=sum(clock.state == "running" for clock in going),
        paused=sum(clock.state == "paused" for clock in going),
        overdue=sum(clock.overdue for clock in going),
        next_due=min((clock.due_at for clock in going if clock.due_at and not clock.overdue), default=None),
    )
