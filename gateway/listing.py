"""Pages of lists that are read off cases as they now stand: what each list shows of a case is its own."""

from __future__ import annotations

from typing import Final

from msgspec import structs

from gateway.known import known_case
from gateway.parts import Engine
from gateway.requests import number_in
from workflows.core.state import CaseState
from workflows.ports import CaseFilter, Journal

LISTED: Final = 50
"""Cases that are looked through for one page."""


async def listed_cases(
    engine: Engine, journal: Journal, wanted: CaseFilter, cursor: str
) -> tuple[list[CaseState], str]:
    """Give the cases of one page, newest first, and the cursor of the next page (blank: there is none).

    Raises:
        ParameterInvalid: the cursor is none of ours.

    """
    before = number_in(cursor, "cursor", least=0, most=2**53) if cursor else None
    page = await journal.list_cases(structs.replace(wanted, before=before, limit=LISTED))
    found = [await known_case(engine, line.case) for line in page.cases]
    following = "" if page.next_before is None else str(page.next_before)
    return [state for state in found if state is not None], following
