"""How agencies stand by their promises: the clocks of a case, and what is waited for in all open cases.

Cases are looked at in the order in which their clocks are due, as the journal lists them: what is longest overdue comes
first, however many cases are newer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, cast

from contracts.clocks import AgencyPromises, ClockView, DueView, PromisesView
from contracts.events import CaseEvent
from contracts.ids import Instant
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import NotFound, ParameterInvalid
from workflows.core.calendar import after
from workflows.projections.clocks import clocks_of
from workflows.projections.due import due_of
from workflows.waiting import DueCursor, place_of

MOST_SUMMED: Final = 5_000
"""Cases that are summed up by agency, those first whose clocks are due first."""
MOST_DUE: Final = 100
"""Cases of which what is due is listed on one page."""
_PAGE: Final = 500
_CURSOR: Final = re.compile(r"([0-9]{1,19})\.([0-9]{1,15})")


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

    async def standing(self, *, within_days: int, cursor: str = "", limit: int = MOST_DUE) -> PromisesView:
        """Give how each agency stands in open cases, and what is overdue or due within working days, of `limit` cases.

        Raises:
            ParameterInvalid: the cursor is none of ours.

        """
        at = read_cursor(cursor) if cursor else None
        now = self._clock.now()
        promises, summed, cut = await self._summed(now)
        due, following = await self._due(now, self._ends(now, within_days), at, limit)
        return PromisesView(
            promises=promises,
            due=due,
            more=following is not None,
            next=f"{following[0]}.{following[1]}" if following is not None else "",
            summed=summed,
            cut=cut,
        )

    async def _summed(self, now: Instant) -> tuple[list[AgencyPromises], int, bool]:
        """Sum up by agency; give how many cases that took, and whether there are others."""
        by_agency, count = defaultdict[str, list[Instant | None]](list), 0
        at: DueCursor | None = None
        while True:
            page = await self._journal.waited(after=at, limit=min(_PAGE, MOST_SUMMED - count))
            count += len(page.cases)
            for each in page.cases:
                at = each.at
                for wait in each.line.waits:
                    by_agency[wait.agency].append(wait.due_at)
            if not page.more or count >= MOST_SUMMED:
                return (
                    [agency_promises(agency, by_agency[agency], now) for agency in sorted(by_agency)],
                    count,
                    page.more,
                )

    async def _due(
        self, now: Instant, ends: Instant, at: DueCursor | None, limit: int
    ) -> tuple[list[DueView], DueCursor | None]:
        """List what is due up to a moment, case by case; give where the next page begins, if there is one."""
        found: list[DueView] = []
        page = await self._journal.waited(after=at, limit=limit + 1)
        within = [each for each in page.cases if each.at[0] <= place_of(ends)]
        for each in within[:limit]:
            state = await known_case(self._engine, each.line.case)
            waits = due_of(state, now) if state is not None else ()
            found += sorted((wait for wait in waits if wait.due_at is not None and wait.due_at <= ends), key=_earliest)
        return found, within[limit - 1].at if len(within) > limit else None

    def _ends(self, now: Instant, days: int) -> Instant:
        """Give the end of the last of so many working days from now on, by the slowest of the calendars of plans."""
        if not days:
            return now
        of_name = {published.plan.calendar: digest for digest, published in self._engine.directory.plans.items()}
        calendars = [self._engine.plan(digest).calendar for digest in of_name.values()]
        return max((after(now, f"{days} working days", calendar) for calendar in calendars), default=now)


def read_cursor(text: str) -> DueCursor:
    """Read where a page begins; raises ParameterInvalid."""
    found = _CURSOR.fullmatch(text)
    if found is None or int(found[1]) >= 2**63:
        raise ParameterInvalid("cursor is the `next` of the page before.")
    return int(found[1]), int(found[2])


def _earliest(waited: DueView) -> tuple[Instant | None, str, str]:
    return waited.due_at, waited.step, waited.item


def agency_promises(agency: str, due: Iterable[Instant | None], now: Instant) -> AgencyPromises:
    """Sum up until when one agency is waited for; None stands still."""
    going = list(due)
    running = [each for each in going if each is not None]
    return AgencyPromises(
        agency=agency,
        running=len(running),
        paused=len(going) - len(running),
        overdue=sum(each <= now for each in running),
        next_due=min((each for each in running if each > now), default=None),
    )
