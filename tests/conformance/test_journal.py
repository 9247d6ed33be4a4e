"""What every journal does, whatever it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress

import pytest

from contracts.events import CaseEvent, RegisterEvent, StatusSet, TokenRevoked
from contracts.ids import CaseId
from tests.conformance.journals import (
    NOON,
    Opening,
    after,
    asked,
    claim,
    contributed,
    line,
    opened,
    opening_of,
)
from workflows.ports import REGISTER, Append, CaseFilter, Conflict, Erased, Journal, KeyTaken


async def following(versions: AsyncIterator[int]) -> int:
    return await anext(versions)


async def test_events_come_back_as_they_were_recorded_in_order(journal: Journal) -> None:
    events: list[CaseEvent] = [opened("A"), asked(), asked("place"), contributed()]
    assert await journal.append(Append(stream="A", expected_version=0, events=events[:3])) == 3
    assert await journal.append(Append(stream="A", expected_version=3, events=events[3:])) == 4

    recorded = await journal.read("A")

    assert [each.event for each in recorded] == events
    assert [each.version for each in recorded] == [1, 2, 3, 4]
    assert [each.stream for each in recorded] == ["A"] * 4
    assert await journal.read("A", after=3) == recorded[3:]
    assert await journal.read("A", after=9) == []
    assert await journal.read("nobody's") == []


async def test_sequence_numbers_grow_over_all_streams(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    await journal.append(opening_of("B"))
    await journal.append(Append(stream="A", expected_version=1, events=[asked(), contributed()]))

    recorded = await journal.read_all()

    assert [(each.stream, each.version) for each in recorded] == [("A", 1), ("B", 1), ("A", 2), ("A", 3)]
    sequences = [each.sequence for each in recorded]
    assert sequences == sorted(set(sequences))
    assert await journal.read_all(after=sequences[1]) == recorded[2:]
    assert await journal.read_all(after=sequences[0], limit=2) == recorded[1:3]
    assert [each.sequence for each in await journal.read("A")] == [sequences[0], *sequences[2:]]


async def test_the_register_is_a_stream_like_others(journal: Journal) -> None:
    events: list[RegisterEvent] = [
        TokenRevoked(at=NOON, digest="sha256:1"),
        StatusSet(at=NOON, status_index=4, case=CaseId("A")),
    ]
    assert await journal.append(Append(stream=REGISTER, expected_version=0, events=events)) == 2
    assert [each.event for each in await journal.read(REGISTER)] == events
    assert (await journal.list_cases(CaseFilter())).cases == []


@pytest.mark.parametrize("expected", [0, 2, 7])
async def test_an_append_at_another_version_is_a_conflict_and_changes_nothing(journal: Journal, expected: int) -> None:
    await journal.append(opening_of("A", line=line("A"), owes=True))
    with pytest.raises(Conflict, match=f"A is at version 1, not {expected}") as raised:
        await journal.append(
            Append(stream="A", expected_version=expected, events=[asked()], line=line("A", state="closing"))
        )
    assert (raised.value.stream, raised.value.expected, raised.value.actual) == ("A", expected, 1)
    assert len(await journal.read("A")) == 1
    assert await journal.owing() == ["A"]
    assert (await journal.list_cases(CaseFilter())).cases == [line("A")]


async def test_an_unknown_stream_is_at_version_zero(journal: Journal) -> None:
    with pytest.raises(Conflict):
        await journal.append(Append(stream="A", expected_version=1, events=[asked()]))
    assert await journal.read("A") == []


async def test_a_conflict_fails_only_its_own_append_of_many_at_once(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    appends = [opening_of(f"B{number}") for number in range(20)]
    appends.insert(10, Append(stream="A", expected_version=0, events=[asked(), asked("place")], owes=True))

    outcomes = await asyncio.gather(*map(journal.append, appends), return_exceptions=True)

    assert isinstance(outcomes.pop(10), Conflict)
    assert outcomes == [1] * 20
    assert len(await journal.read("A")) == 1
    assert len(await journal.read_all()) == 21
    assert await journal.owing() == []


async def test_of_many_appends_at_one_version_one_is_recorded(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    same = [Append(stream="A", expected_version=1, events=[asked(f"step{number}")]) for number in range(30)]
    outcomes = await asyncio.gather(*map(journal.append, same), return_exceptions=True)
    assert sorted(map(str, outcomes)) == ["2"] + ["A is at version 2, not 1"] * 29
    assert len(await journal.read("A")) == 2


async def test_a_claim_is_found_with_what_it_was_made_with(journal: Journal) -> None:
    assert await journal.claimed(claim("A").scope, "key-1") is None
    await journal.append(opening_of("A", claim=claim("A")))
    assert await journal.claimed(claim("A").scope, "key-1") == claim("A")
    assert await journal.claimed("somebody else POST /v1/cases", "key-1") is None
    assert await journal.claimed(claim("A").scope, "key-2") is None


async def test_of_fifty_submissions_with_one_key_one_opens_a_case(journal: Journal) -> None:
    submissions = [opening_of(f"C{number}", claim=claim(f"C{number}"), line=line(f"C{number}")) for number in range(50)]

    outcomes = await asyncio.gather(*map(journal.append, submissions), return_exceptions=True)

    assert outcomes.count(1) == 1
    winner = await journal.claimed(claim("").scope, "key-1")
    assert winner is not None
    assert winner.stream == f"C{outcomes.index(1)}"
    losers = [outcome for outcome in outcomes if isinstance(outcome, KeyTaken)]
    assert [loser.claim for loser in losers] == [winner] * 49
    assert len(await journal.read_all()) == 1
    assert len((await journal.list_cases(CaseFilter())).cases) == 1


async def test_a_key_claimed_before_is_told_before_a_conflict(journal: Journal) -> None:
    await journal.append(opening_of("A", claim=claim("A")))
    with pytest.raises(KeyTaken):
        await journal.append(opening_of("A", claim=claim("A")))


async def test_a_conflict_makes_no_claim(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    with pytest.raises(Conflict):
        await journal.append(opening_of("A", claim=claim("A")))
    assert await journal.claimed(claim("A").scope, "key-1") is None


async def test_a_claim_without_events_is_refused(journal: Journal) -> None:
    with pytest.raises(ValueError, match="this append has none"):
        await journal.append(Append(stream="A", expected_version=0, events=[], claim=claim("A")))


async def test_old_claims_are_forgotten_and_their_keys_are_free(journal: Journal) -> None:
    await journal.append(opening_of("A", claim=claim("A")))
    assert await journal.purge(NOON) == 0
    assert await journal.purge(after(1)) == 1
    assert await journal.claimed(claim("A").scope, "key-1") is None
    assert await journal.append(opening_of("B", claim=claim("B"))) == 1


async def test_the_last_sign_of_life_counts_and_is_kept_over_a_restart(opening: Opening) -> None:
    async with opening() as journal:
        assert await journal.last_sign() is None
        await journal.keep_sign(after(5))
        await journal.keep_sign(after(2))  # the clock was set back
        assert await journal.last_sign() == after(2)
    async with opening() as again:
        assert await again.last_sign() == after(2)


async def test_a_watch_gives_the_current_version_then_each_growth(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    async with aclosing(journal.watch("A")) as versions:
        assert await anext(versions) == 1
        await journal.append(Append(stream="A", expected_version=1, events=[asked()]))
        assert await anext(versions) == 2
        await journal.append(Append(stream="A", expected_version=2, events=[asked("place")]))
        await journal.append(Append(stream="A", expected_version=3, events=[contributed()]))
        assert await anext(versions) == 4


async def test_a_watch_of_an_unknown_stream_waits_for_its_first_event(journal: Journal) -> None:
    versions = journal.watch("A")
    assert await anext(versions) == 0
    async with asyncio.TaskGroup() as tasks:
        grown = tasks.create_task(following(versions))
        await journal.append(opening_of("B"))
        await journal.append(opening_of("A"))
    assert grown.result() == 1


async def test_an_append_without_events_wakes_nobody_and_keeps_the_version(journal: Journal) -> None:
    await journal.append(opening_of("A", owes=True, line=line("A")))
    assert await journal.append(Append(stream="A", expected_version=1, events=[], wake_at=after(5))) == 1
    assert await journal.owing() == []
    assert await journal.next_wake() == after(5)
    assert (await journal.list_cases(CaseFilter())).cases == [line("A")]


async def test_closing_ends_a_watch(opening: Opening) -> None:
    async with opening() as journal:
        versions = journal.watch("A")
        assert await anext(versions) == 0
        await journal.close()
        assert [version async for version in versions] == []


async def test_due_cases_come_longest_overdue_first(journal: Journal) -> None:
    for case, minutes in (("A", 3), ("B", 1), ("C", 2), ("D", 9)):
        await journal.append(opening_of(case, wake_at=after(minutes)))
    await journal.append(opening_of("E"))

    assert await journal.due(after(3)) == ["B", "C", "A"]
    assert await journal.due(after(3), limit=1) == ["B"]
    assert await journal.due(after(0.5)) == []
    assert await journal.next_wake() == after(1)

    await journal.append(Append(stream="B", expected_version=1, events=[asked()]))
    assert await journal.due(after(3)) == ["C", "A"]
    assert await journal.next_wake() == after(2)


async def test_nothing_wakes_where_nothing_waits(journal: Journal) -> None:
    assert await journal.next_wake() is None
    await journal.append(opening_of("A"))
    assert await journal.next_wake() is None


async def test_owing_names_exactly_the_cases_whose_last_append_said_so(journal: Journal) -> None:
    await journal.append(opening_of("A", owes=True))
    await journal.append(opening_of("B", owes=True))
    await journal.append(opening_of("C"))
    await journal.append(Append(stream="A", expected_version=1, events=[asked()], owes=False))
    await journal.append(Append(stream="C", expected_version=1, events=[asked()], owes=True))
    assert await journal.owing() == ["B", "C"]


async def test_the_list_pages_newest_first_without_gap_or_repeat(journal: Journal) -> None:
    for number in range(7):
        await journal.append(opening_of(f"C{number}", line=line(f"C{number}")))
    await journal.append(opening_of("unlisted"))

    seen: list[str] = []
    before: int | None = None
    while True:
        page = await journal.list_cases(CaseFilter(before=before, limit=3))
        seen += [each.case for each in page.cases]
        await journal.append(opening_of(f"later{len(seen)}", line=line(f"later{len(seen)}")))
        before = page.next_before
        if before is None:
            break

    assert seen == ["C6", "C5", "C4", "C3", "C2", "C1", "C0"]


async def test_a_full_last_page_has_no_next(journal: Journal) -> None:
    for number in range(3):
        await journal.append(opening_of(f"C{number}", line=line(f"C{number}")))
    assert (await journal.list_cases(CaseFilter(limit=3))).next_before is None


async def test_the_list_shows_the_newest_line_of_each_case_and_keeps_its_place(journal: Journal) -> None:
    await journal.append(opening_of("A", line=line("A")))
    await journal.append(opening_of("B", line=line("B")))
    changed = line("A", state="issued", marks=("paused",))
    await journal.append(Append(stream="A", expected_version=1, events=[asked()], line=changed))
    await journal.append(Append(stream="A", expected_version=2, events=[asked("place")]))
    assert (await journal.list_cases(CaseFilter())).cases == [line("B"), changed]


async def test_the_list_is_filtered_by_state_mark_and_service(journal: Journal) -> None:
    for number, shown in enumerate(
        [
            line("C0", marks=("held",)),
            line("C1", state="closing", marks=("held", "paused")),
            line("C2", service="mulai", marks=("paused",)),
            line("C3"),
        ]
    ):
        await journal.append(opening_of(f"C{number}", line=shown))

    async def found(wanted: CaseFilter) -> list[str]:
        return [each.case for each in (await journal.list_cases(wanted)).cases]

    assert await found(CaseFilter(mark="held")) == ["C1", "C0"]
    assert await found(CaseFilter(mark="pause")) == []
    assert await found(CaseFilter(state="closing")) == ["C1"]
    assert await found(CaseFilter(service="mulai")) == ["C2"]
    assert await found(CaseFilter(service="mulai-usaha", state="open", mark="held")) == ["C0"]
    assert await found(CaseFilter(mark="paused", limit=1)) == ["C2"]


async def test_no_index_is_given_twice(journal: Journal) -> None:
    taken = await asyncio.gather(*(journal.take_index("status") for _ in range(20)))
    assert sorted(taken) == list(range(20))
    assert await journal.take_index("other") == 0


async def test_a_salt_is_stable_secret_long_and_its_own(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    await journal.append(opening_of("B"))
    salt = await journal.salt("A", "A/identity/ask/1")
    assert len(salt) == 16
    assert await journal.salt("A", "A/identity/ask/1") == salt
    assert await journal.salt("A", "A/identity/ask/2") != salt
    assert await journal.salt("B", "A/identity/ask/1") != salt
    with pytest.raises(Erased):
        await journal.salt("nobody's", "x")


async def test_an_erased_stream_is_unreadable_and_does_nothing_more(journal: Journal) -> None:
    await journal.append(opening_of("A", claim=claim("A"), line=line("A"), owes=True, wake_at=after(1)))
    await journal.append(opening_of("B"))

    await journal.erase("A")
    await journal.erase("nobody's")

    for reading in (journal.read("A"), journal.salt("A", "x")):
        with pytest.raises(Erased):
            await reading
    with pytest.raises(Erased):
        await journal.append(Append(stream="A", expected_version=1, events=[asked()]))
    assert [each.stream for each in await journal.read_all()] == ["B"]
    assert await journal.owing() == []
    assert await journal.next_wake() is None
    assert await journal.claimed(claim("A").scope, "key-1") is None
    (shown,) = (await journal.list_cases(CaseFilter())).cases
    assert (shown.case, shown.last_error) == ("A", "")


async def test_a_caller_that_is_cancelled_loses_nothing_and_breaks_nothing(journal: Journal) -> None:
    await journal.append(opening_of("A"))
    acknowledged: list[int] = []

    async def write(version: int) -> None:
        append = Append(stream="A", expected_version=version, events=[asked(f"step{version}")])
        acknowledged.append(await journal.append(append))

    for version in range(1, 20):
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(write(version))
            for _ in range(version % 4):
                await asyncio.sleep(0)
            writing.cancel()
        with suppress(Conflict):  # it was recorded all the same
            await write(version)
        assert len(await journal.read("A")) == version + 1

    names = [getattr(each.event, "step", "") for each in await journal.read("A")]
    assert names == ["", *(f"step{number}" for number in range(1, 20))]
    assert set(acknowledged) <= set(range(2, 21))


async def test_a_restart_reads_the_same(opening: Opening) -> None:
    async with opening() as journal:
        events: list[CaseEvent] = [opened("A"), asked(), contributed()]
        await journal.append(
            Append(stream="A", expected_version=0, events=events, line=line("A"), owes=True, wake_at=after(7))
        )
        await journal.append(opening_of("B", claim=claim("B")))
        before = await journal.read_all()
        salt = await journal.salt("A", "x")
        assert await journal.take_index("status") == 0

    async with opening() as journal:
        assert await journal.read_all() == before
        assert [each.event for each in await journal.read("A")] == events
        assert await journal.salt("A", "x") == salt
        assert await journal.owing() == ["A"]
        assert await journal.next_wake() == after(7)
        assert await journal.claimed(claim("B").scope, "key-1") == claim("B")
        assert (await journal.list_cases(CaseFilter())).cases == [line("A")]
        assert await journal.take_index("status") > 0
        assert await journal.append(Append(stream="A", expected_version=3, events=[asked("place")])) == 4
        with pytest.raises(KeyTaken):
            await journal.append(opening_of("C", claim=claim("C")))


async def test_a_fresh_journal_is_healthy(journal: Journal) -> None:
    assert journal.healthy
