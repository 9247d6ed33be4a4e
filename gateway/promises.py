"""How agencies stand by their promises: the clocks of a case, and what is waited for in all open cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, cast

from contracts.clocks import AgencyPromises, ClockView, DueView, PromisesView
from contracts.events import CaseEvent
from contracts.ids import Instant
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import NotFound
from workflows.core.calendar import after
from workflows.core.state import CaseState
from workflows.ports import CaseFilter
from workflows.projections.clocks import clocks_of
from workflows.projections.due import due_of

MOST_CASES: Final = 500
"""Cases of each state that are looked at for one page, the newest first."""
MOST_DUE: Final = 200
"""Lines of what is due that are shown, the earliest first."""


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

    async def standing(self, *, within_days: int) -> PromisesView:
        """Give how each agency stands in the newest open cases, and what is overdue or due within working days."""
        now, by_agency, soon = self._clock.now(), dict[str, list[DueView]](), list[tuple[Instant, DueView]]()
        for status in ("open", "closing"):
            page = await self._journal.list_cases(CaseFilter(state=status, limit=MOST_CASES))
            for line in page.cases:
                state = await known_case(self._engine, line.case)
                if state is None:
                    continue
                for waited in due_of(state, now):
                    by_agency.setdefault(waited.agency, []).append(waited)
                    if waited.due_at is not None and waited.due_at <= _ends(state, now, within_days):
                        soon.append((waited.due_at, waited))
        soon.sort(key=lambda each: (each[0], each[1].case, each[1].step))
        return PromisesView(
            promises=[agency_promises(agency, found) for agency, found in sorted(by_agency.items())],
            due=[waited for _, waited in soon[:MOST_DUE]],
            more=len(soon) > MOST_DUE,
        )


def _ends(state: CaseState, now: Instant, days: int) -> Instant:
    """Give the end of the last of so many working days from now on, by the calendar of the case's plan."""
    return after(now, f"{days} working days", state.plan.calendar)


def agency_promises(agency: str, waited_for: Iterable[DueView]) -> AgencyPromises:
    """Sum up what one agency is waited for."""
    going = list(waited_for)
    return AgencyPromises(
        agency=agency,
        running=sum(each.due_at is not None for each in going),
        paused=sum(each.due_at is None for each in going),
        overdue=sum(each.overdue for each in going),
        next_due=min((each.due_at for each in going if each.due_at and not each.overdue), default=None),
    )
