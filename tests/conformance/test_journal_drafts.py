"""What every journal knows of drafts: streams with a timer and no line in the list of cases."""

from __future__ import annotations

from msgspec import structs

from tests.conformance.journals import after, claim, line, opening_of
from workflows.ports import Append, CaseFilter, Journal


async def test_drafts_are_counted_and_weighed_until_they_are_cases_or_gone(journal: Journal) -> None:
    assert await journal.weigh_drafts() == (0, 0)
    for draft in ("A", "B", "C"):
        await journal.append(opening_of(draft, wake_at=after(60)))
    await journal.append(opening_of("case", wake_at=after(60), line=line("case")))
    await journal.keep_document("A", b"x" * 1_000)
    await journal.keep_document("A", b"y" * 1_000)
    await journal.keep_document("case", b"z" * 1_000)
    count, size = await journal.weigh_drafts()
    assert (count, 2_000 <= size < 2_200) == (3, True)
    assert [shown.case for shown in (await journal.list_cases(CaseFilter())).cases] == ["case"]
    opening = structs.replace(opening_of("B"), expected_version=1, line=line("B"), claim=claim("B"))
    assert await journal.append(opening) == 2
    await journal.erase("A")
    assert await journal.weigh_drafts() == (1, 0)
    assert await journal.claimed("anyone POST /v1/cases", "key-1") is not None
    await journal.append(Append(stream="C", expected_version=1, events=opening_of("C").events, owes=True))
    assert (await journal.weigh_drafts(), await journal.owing()) == ((0, 0), ["C"])
