"""What only the fake does; what every journal does stands in tests/conformance."""

from __future__ import annotations

from tests.conformance.journals import opening_of
from workflows.journal.memory import MemoryJournal
from workflows.ports import Append, Recorded


async def test_it_tells_what_each_append_recorded() -> None:
    told: list[Recorded] = []
    journal = MemoryJournal(on_commit=told.extend)
    await journal.append(opening_of("A"))
    await journal.append(Append(stream="A", expected_version=1, events=[]))
    assert told == await journal.read_all()
    assert len(told) == 1


async def test_two_runs_give_the_same_salts() -> None:
    journals = [MemoryJournal(), MemoryJournal()]
    for journal in journals:
        await journal.append(opening_of("A"))
    assert len({await journal.salt("A", "x") for journal in journals}) == 1
