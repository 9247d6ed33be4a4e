"""What every journal lists of the cases in which somebody is waited for: the earliest due first, none left out."""

from __future__ import annotations

from msgspec import structs

from contracts.ids import Instant
from contracts.views import CaseLine
from contracts.waits import AgencyWait
from tests.conformance.journals import after, asked, line, opening_of
from workflows.ports import Append, Journal
from workflows.waiting import DueCursor


def waits(case: str, *due: Instant | None, state: str = "open") -> CaseLine:
    return structs.replace(line(case, state=state), waits=[AgencyWait(agency="oss", due_at=each) for each in due])


async def begun(journal: Journal, case: str, *due: Instant | None) -> None:
    await journal.append(opening_of(case, line=waits(case, *due)))


async def listed(journal: Journal, limit: int = 2) -> list[str]:
    found: list[str] = []
    at: DueCursor | None = None
    while True:
        page = await journal.waited(after=at, limit=limit)
        assert len(page.cases) == limit or not page.more, "a page is cut"
        found += [each.line.case for each in page.cases]
        if not page.more:
            return found
        at = page.cases[-1].at


async def test_what_is_longest_overdue_comes_first_and_what_stands_still_last(journal: Journal) -> None:
    await begun(journal, "still", None)
    await begun(journal, "old", after(-1000), after(5))
    await begun(journal, "done")
    await journal.append(opening_of("unlisted"))
    await begun(journal, "two-clocks", None, after(3))
    await begun(journal, "soon", after(1))
    await begun(journal, "with-it", after(1))
    for limit in (1, 2, 5, 100):
        assert await listed(journal, limit) == ["old", "soon", "with-it", "two-clocks", "still"], limit
    assert (await journal.waited(limit=1)).cases[0].line == waits("old", after(-1000), after(5))


async def test_a_case_keeps_the_place_of_a_clock_that_moved_or_stopped(journal: Journal) -> None:
    for number, case in enumerate(("A", "B", "C")):
        await begun(journal, case, after(number))
    await journal.append(Append(stream="A", expected_version=1, events=[], line=waits("A", after(9))))
    await journal.append(Append(stream="B", expected_version=1, events=[asked()], line=waits("B")))
    await journal.append(Append(stream="C", expected_version=1, events=[asked()]))
    assert await listed(journal) == ["C", "A"], "an append without a line changes none"
    await journal.append(Append(stream="B", expected_version=2, events=[asked()], line=waits("B", None)))
    assert await listed(journal) == ["C", "A", "B"]


async def test_a_case_whose_key_is_destroyed_is_waited_for(journal: Journal) -> None:
    await begun(journal, "A", after(1))
    await begun(journal, "B", after(2))
    await journal.erase("A")
    assert await listed(journal) == ["B"]
