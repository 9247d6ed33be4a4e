"""What agencies fetch, carried by the engine: over restarts, over lost leases, and when the gateway stops."""

from __future__ import annotations

import asyncio

import pytest
from msgspec import structs

from contracts import events as ev
from contracts.connection import PullConnection
from contracts.contract import Limits
from contracts.ids import CaseId
from contracts.wire import Contributed, Evidence
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.engines.stage import CASE, START, Stage, answer, key, staged
from workflows.agencies.pull import Errand, LeaseLost
from workflows.core.compiled import CompiledPlan
from workflows.ports import Told

pytestmark = pytest.mark.looptime


def fetched(in_flight: int = 10) -> CompiledPlan:
    spec, contract = part("form.x")
    connection = PullConnection(lease="1 min", deadline="10 min")
    return plan(a=(spec, structs.replace(contract, connection=connection, limits=Limits(in_flight=in_flight))))


async def taken(stage: Stage) -> Errand:
    """Fetch as a worker does, as soon as something is offered."""
    while (errand := stage.pull.take("a", (), "w", tried=())) is None:
        await stage.pull.offered(after=stage.pull.offers)
    return errand


def told(errand: Errand) -> Told:
    evidence = Evidence(kind="attested", received_at=START, digest="")
    return Told(Contributed(key=errand.key, output={"number": "1"}), evidence)


async def test_a_killed_engine_loses_no_ask_and_its_leases_are_nobodys() -> None:
    async with staged(fetched()) as stage:
        await stage.open()
        before = await taken(stage)
        old = stage.engine
        await stage.started_beside()
        again = await taken(stage)
        assert (again.key, again.attempt) == (before.key, before.attempt) == (key("a"), 1)
        with pytest.raises(LeaseLost):
            stage.pull.extend("a", before.lease)
        await stage.engine.submit(CASE, answer("a"))  # the late answer of who fetched first
        stage.pull.settle("a", "ask", told(again))
        await stage.status("issued")
        contributed = [event for event in await stage.facts() if isinstance(event, ev.StepContributed)]
        assert len(contributed) == 1
        await old.drain()


async def test_a_lost_lease_is_offered_again_under_the_same_key() -> None:
    async with staged(fetched()) as stage:
        await stage.open()
        first = await taken(stage)
        second = await taken(stage)
        assert (second.key, first.attempt, second.attempt) == (first.key, 1, 2)
        stage.pull.settle("a", "ask", told(second))
        await stage.status("issued")
        failed = [event for event in await stage.facts() if isinstance(event, ev.StepFailed)]
        assert [(event.sent, event.reason) for event in failed] == [
            (True, "w fetched it, and was silent for 1 min without an answer")
        ]


async def test_what_nobody_fetches_is_an_incident_once_waiting_is_spent() -> None:
    async with staged(fetched()) as stage:
        await stage.open()
        state = await stage.at("a", "exhausted")
        assert [entry.cause for _, _, entry in state.currents()] == ["attempts"]


async def test_no_more_is_offered_than_the_contract_bears() -> None:
    async with staged(fetched(in_flight=2)) as stage:
        for number in range(5):
            await stage.open(CaseId(f"c{number}"))
        await stage.clock.sleep(1)
        assert len(list(stage.pull.errands())) == 2
        stage.pull.settle("a", "ask", told(await taken(stage)))
        await stage.clock.sleep(1)
        assert len(list(stage.pull.errands())) == 2


async def test_an_engine_that_drains_waits_for_no_worker() -> None:
    async with staged(fetched()) as stage:
        await stage.open()
        await taken(stage)
        stage.pull.close()
        began = asyncio.get_running_loop().time()
        await stage.engine.drain()
        assert asyncio.get_running_loop().time() - began < 1
