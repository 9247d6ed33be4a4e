"""The shell around the lanes: it comes back by itself, one agency's trouble is nobody else's, and places come back."""

from __future__ import annotations

import asyncio
import tracemalloc
from datetime import datetime, timedelta

import pytest
from msgspec import structs

from contracts.contract import Contract, PullConnection
from contracts.wire import Ask, Contributed, Lookup, Undo, Unheard
from tests.conformance.agencies import make_ask, make_lookup, make_undo
from tests.unit.workflows.agencies.lanes import ANSWER, SILENCE, SUNDAY, bears
from workflows.agencies.desk import DeskAgency
from workflows.agencies.lane import Place, Ticket
from workflows.agencies.protection import ProtectedAgency, Protection
from workflows.ports import Told

pytestmark = pytest.mark.looptime
ASK = make_ask()


class LoopClock:
    """The loop's own (virtual) time, as a wall clock that can be set."""

    def __init__(self) -> None:
        self._began = asyncio.get_running_loop().time()
        self.shift = timedelta()

    def now(self) -> datetime:
        return SUNDAY + timedelta(seconds=asyncio.get_running_loop().time() - self._began) + self.shift

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Gates:
    """A protection, and whoever it lets in later."""

    def __init__(self) -> None:
        self.clock = LoopClock()
        self.protection = Protection(self.clock)
        self.started: list[str] = []
        self.places: list[Place] = []
        self.told: list[tuple[str, str]] = []

    def wants(self, case: str, contract: Contract) -> Place | None:
        return self.protection.enter(self.ticket(case, contract))

    def ticket(self, case: str, contract: Contract) -> Ticket:
        def start(place: Place) -> None:
            self.started.append(case)
            self.places.append(place)

        return Ticket(
            service="s",
            case=case,
            repeat=False,
            record=lambda: contract,
            start=start,
            hold_back=lambda because: self.told.append((case, because)),
        )


async def test_a_place_is_given_at_once_where_one_is_free_and_later_where_none_is() -> None:
    gates = Gates()
    first = gates.wants("a", bears(in_flight=1))
    assert first is not None
    assert gates.wants("b", bears(in_flight=1)) is None
    assert gates.started == []
    first.leave(ANSWER)
    assert gates.started == ["b"]


async def test_one_agency_that_is_frozen_holds_up_no_other() -> None:
    gates = Gates()
    frozen = bears(in_flight=5)
    well = structs.replace(frozen, agency="other")
    places = [gates.wants(f"c{number}", frozen) for number in range(50)]
    for place in places:
        if place is not None:
            place.leave(SILENCE)
    for place in list(gates.places):
        place.leave(SILENCE)
    assert gates.wants("late", frozen) is None
    assert gates.wants("other", well) is not None
    told = {each.agency: each for each in gates.protection.standings()}
    assert (told["civil"].breaker, told["other"].breaker) == ("open", "closed")
    assert told["civil"].waiting["unreachable"] > 0
    held = gates.protection.held_back(frozen)
    assert held is not None
    assert (held.because, held.until) == ("unreachable", None)
    assert gates.protection.held_back(well) is None


async def test_it_comes_back_by_itself_when_time_lets_somebody_in() -> None:
    gates = Gates()
    for case in "abc":
        gates.wants(case, bears(rate="1/min"))
    await gates.clock.sleep(59)
    assert gates.started == []
    await gates.clock.sleep(100)
    assert gates.started == ["b", "c"]
    assert gates.told == [("b", "queue"), ("c", "queue")]


async def test_a_clock_that_is_set_and_a_record_that_changes_are_seen_within_seconds() -> None:
    gates = Gates()
    night = bears(maintenance=("Sun 19:00-24:00 Asia/Jakarta",))
    assert gates.wants("a", night) is None
    gates.clock.shift = timedelta(hours=6)
    await gates.clock.sleep(16)
    assert gates.started == ["a"]
    gates.clock.shift = timedelta()
    assert gates.wants("b", night) is None
    night.limits.maintenance.clear()
    gates.protection.look_again()
    assert gates.started == ["a", "b"]


async def test_what_is_closed_lets_nobody_in_any_more() -> None:
    gates = Gates()
    first = gates.wants("a", bears(in_flight=1, rate="1/min"))
    assert first is not None
    gates.wants("b", bears(in_flight=1, rate="1/min"))
    gates.protection.close()
    first.leave(ANSWER)
    await gates.clock.sleep(3600)
    assert gates.started == []


async def test_those_who_wait_for_days_are_no_tasks_and_take_little_room() -> None:
    gates = Gates()
    night = bears(maintenance=("daily 00:00-24:00 Asia/Jakarta",))
    tracemalloc.start()
    for number in range(1_000):
        gates.protection.enter(gates.ticket(f"case-{number}", night))
    await gates.clock.sleep(100)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(gates.told) == 1_000
    assert size < 2_500_000
    assert len(asyncio.all_tasks()) == 1


# --- agencies that fetch ------------------------------------------------------------------------------------


def fetched(name: str, *, in_flight: int = 1) -> Contract:
    """Give a contract that its agency's workers fetch."""
    return structs.replace(bears(name=name, in_flight=in_flight), connection=PullConnection())


async def test_what_one_worker_does_not_fetch_stands_before_no_other_contract_of_its_agency() -> None:
    gates = Gates()
    assert gates.wants("a", fetched("slow")) is not None
    assert gates.wants("b", fetched("slow")) is None
    assert gates.wants("c", fetched("quick")) is not None
    (standing,) = gates.protection.standings()
    assert (standing.in_flight, standing.waiting["queue"], standing.breaker) == (2, 1, "closed")


async def test_silent_workers_do_not_keep_the_next_one_from_fetching() -> None:
    gates, contract = Gates(), fetched("slow", in_flight=100)
    for number in range(20):
        place = gates.wants(str(number), contract)
        assert place is not None
        await ProtectedAgency(Silent(), place).ask(ASK, contract, traceparent="")
    assert gates.protection.held_back(contract) is None


class Silent(DeskAgency):
    """An agency's way on which nobody is heard, and that asks to be left alone."""

    def __init__(self) -> None:
        super().__init__(LoopClock())

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        told = await super().ask(ask, contract, traceparent=traceparent)
        return structs.replace(told, heard=Unheard(key=ask.key, reason="silence", retry_after_s=3600))


# --- one attempt --------------------------------------------------------------------------------------------


class Moody:
    """An agency's way that answers asks, breaks at undos, and takes long for lookups."""

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        return await DeskAgency(LoopClock()).ask(ask, contract, traceparent=traceparent)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        raise ConnectionError(f"{undo.key}{contract.name}{traceparent}")

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        await LoopClock().sleep(3600)
        return await DeskAgency(LoopClock()).lookup(lookup, contract, traceparent=traceparent)


def at_work(gates: Gates) -> int:
    return sum(each.in_flight for each in gates.protection.standings())


async def test_an_attempt_gives_its_place_back_however_it_ends() -> None:
    gates, contract = Gates(), bears(in_flight=1)

    def agency() -> ProtectedAgency:
        place = gates.wants("a", contract)
        assert place is not None
        return ProtectedAgency(Moody(), place)

    told = await agency().ask(ASK, contract, traceparent="")
    assert not isinstance(told.heard, Contributed)
    with pytest.raises(ConnectionError):
        await agency().undo(make_undo(ASK), contract, traceparent="")
    assert (await agency().lookup(make_lookup(ASK), contract, traceparent="")).heard.key == ASK.key
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await agency().lookup(make_lookup(ASK), contract, traceparent="")
    assert at_work(gates) == 0
