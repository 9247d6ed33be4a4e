"""An agency's limit in flight holds whatever happens: order, other agencies, cancellation, changed limits."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from contracts.contract import Contract
from contracts.wire import Ask, Lookup, Undo, Undone
from tests.conformance.agencies import PromptClock, make_ask, make_contract, make_lookup, make_undo
from workflows.agencies.desk import DeskAgency
from workflows.agencies.protection import InFlight, ProtectedAgency
from workflows.ports import Told

ASK = make_ask()


class Gated:
    """An agency that answers when it is let, and knows how many are with it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.inside = 0
        self.most = 0
        self.order: list[str] = []

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.order.append(ask.key)
        try:
            await self.gate.wait()
            return await DeskAgency(PromptClock()).ask(ask, contract, traceparent=traceparent)
        finally:
            self.inside -= 1

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        raise ConnectionError(f"{undo.key}{contract.name}{traceparent}")

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        return await DeskAgency(PromptClock()).lookup(lookup, contract, traceparent=traceparent)


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_no_more_than_the_limit_are_in_flight_and_the_first_come_first() -> None:
    gated, limit = Gated(), InFlight()
    agency = ProtectedAgency(gated, [limit])
    contract = make_contract(in_flight=3)
    async with asyncio.TaskGroup() as group:
        for number in range(10):
            group.create_task(agency.ask(make_ask(f"c/s/ask/{number + 1}"), contract, traceparent=""))
        await settle()
        assert (gated.inside, limit.running("civil"), limit.waiting("civil")) == (3, 3, 7)
        gated.gate.set()
    assert gated.most == 3
    assert gated.order == [f"c/s/ask/{number + 1}" for number in range(10)]
    assert (limit.running("civil"), limit.waiting("civil")) == (0, 0)


async def test_one_slow_agency_holds_up_no_other_and_contracts_of_one_share_its_places() -> None:
    gated = Gated()
    agency = ProtectedAgency(gated, [InFlight()])
    first = make_contract(in_flight=1)
    second = msgspec.structs.replace(first, contract="other-work")
    elsewhere = msgspec.structs.replace(first, agency="other")
    async with asyncio.TaskGroup() as group:
        for contract in (first, second, elsewhere):
            group.create_task(agency.ask(ASK, contract, traceparent=""))
        await settle()
        assert gated.inside == 2
        gated.gate.set()


async def test_cancelled_waiting_and_cancelled_running_give_their_places_back() -> None:
    gated, limit = Gated(), InFlight()
    agency = ProtectedAgency(gated, [limit])
    contract = make_contract(in_flight=1)
    loop = asyncio.get_running_loop()
    running, waiting, last = (loop.create_task(agency.ask(ASK, contract, traceparent="")) for _ in range(3))
    await settle()
    waiting.cancel()
    await settle()
    assert (limit.running("civil"), limit.waiting("civil")) == (1, 1)
    running.cancel()
    await settle()
    assert (limit.running("civil"), limit.waiting("civil")) == (1, 0)
    gated.gate.set()
    assert (await last).heard.key == ASK.key
    assert limit.running("civil") == 0
    await asyncio.gather(running, waiting, return_exceptions=True)


async def test_a_place_given_at_the_moment_of_cancellation_is_passed_on() -> None:
    limit = InFlight()
    contract = make_contract(in_flight=1)
    entered: list[int] = []

    async def enter(number: int) -> None:
        async with limit.admit(contract):
            entered.append(number)

    loop = asyncio.get_running_loop()
    async with limit.admit(contract):
        unlucky, next_in_line = loop.create_task(enter(1)), loop.create_task(enter(2))
        await settle()
    unlucky.cancel()  # its turn has come just now, and it has not run yet
    await asyncio.gather(unlucky, next_in_line, return_exceptions=True)
    assert entered == [2]
    assert limit.running("civil") == 0


async def test_a_changed_limit_counts_at_once() -> None:
    gated = Gated()
    agency = ProtectedAgency(gated, [InFlight()])
    async with asyncio.TaskGroup() as group:
        for limit in (1, 1, 2):
            group.create_task(agency.ask(ASK, make_contract(in_flight=limit), traceparent=""))
        await settle()
        assert gated.inside == 1
        gated.gate.set()


async def test_a_failure_gives_the_place_back_and_lookups_pass() -> None:
    limit = InFlight()
    agency = ProtectedAgency(Gated(), [limit])
    contract = make_contract(in_flight=1)
    with pytest.raises(ConnectionError):
        await agency.undo(make_undo(ASK), contract, traceparent="")
    told = await agency.lookup(make_lookup(ASK), contract, traceparent="")
    assert not isinstance(told.heard, Undone)
    assert limit.running("civil") == 0
