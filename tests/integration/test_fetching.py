"""An agency behind a firewall, over real HTTP: its workers fetch, are at it, answer, give back, and die."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from functools import partial

import pytest
import pytest_asyncio

from contracts.connection import PullConnection
from tests.eventually import eventually_async
from tests.gateways import TOKENS, bearer
from tests.integration.pull_stage import AGENCY, Stage, pull_stage
from workflows.agencies.signing import SigningKey

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="stage")
async def _stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage, None]:
    async with pull_stage(tmp_path_factory.mktemp("gateway")) as stage:
        yield stage


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="hasty")
async def _hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Stage, None]:
    """The same, with leases of two seconds."""
    connection = PullConnection(lease="2 s", deadline="1 min")
    async with pull_stage(tmp_path_factory.mktemp("hasty"), connection=connection) as stage:
        yield stage


async def test_what_is_asked_is_fetched_answered_and_issued_and_its_receipt_is_recorded_before(stage: Stage) -> None:
    worker = stage.worker()
    waiting = asyncio.get_running_loop().create_task(worker.lease(wait=10))
    receipt = await stage.apply()
    (leased,) = await waiting
    assert leased.verb == "ask"
    assert leased.message["input"] == {"name": "Siti Contoh"}
    assert leased.traceparent
    assert (await stage.events(receipt))[-1] == "StepFetched"
    assert await worker.answer(leased) == 204
    await eventually_async(lambda: _is(stage, receipt, "issued"))
    step = await stage.step(receipt)
    assert (step["state"], step["attempt"]) == ("contributed", 1)


async def test_two_workers_that_race_get_nothing_twice(stage: Stage) -> None:
    receipts = [await stage.apply() for _ in range(3)]
    both = await asyncio.gather(*(stage.worker(name).lease(2, wait=5) for name in ("w1", "w2")))
    got = [leased for each in both for leased in each]
    assert sorted(leased.message["key"].split("/")[0] for leased in got) == sorted(each["case"] for each in receipts)
    for leased in got:
        assert await stage.worker().answer(leased) == 204
    assert await stage.worker().lease() == []


async def test_a_lost_lease_is_taken_over_under_the_same_key_and_the_late_answer_still_counts(hasty: Stage) -> None:
    stage = hasty
    slow, other = stage.worker("slow"), stage.worker("other")
    receipt = await stage.apply()
    (lost,) = await slow.lease(wait=5)
    (taken,) = await other.lease(wait=10)
    assert (taken.key, taken.message["attempt"]) == (lost.key, 2)
    assert taken.lease != lost.lease
    assert (await slow.heartbeat(lost), await other.heartbeat(taken)) == (410, 200)
    assert await slow.answer(lost) == 204
    await eventually_async(lambda: _is(stage, receipt, "issued"))
    assert await other.answer(taken) == 204  # the same word, said twice, by who took over
    events = await stage.events(receipt)
    assert events.count("StepContributed") == 1
    assert events[2:5] == ["StepFetched", "StepFailed", "StepAsked"]
    assert events.count("StepReceived") == 1, "who lost it never showed that it had it; who took it over did"


async def test_a_heartbeat_keeps_the_lease_beyond_its_length(hasty: Stage) -> None:
    stage, worker = hasty, hasty.worker()
    receipt = await stage.apply()
    (leased,) = await worker.lease(wait=5)
    for _ in range(3):
        assert await stage.worker("idle").lease(wait=1) == []
        assert await worker.heartbeat(leased) == 200
    assert await worker.answer(leased) == 204
    events = await stage.events(receipt)
    assert (events.count("StepFetched"), events.count("StepReceived")) == (1, 1)


async def test_what_is_given_back_is_offered_to_another_and_says_why(stage: Stage) -> None:
    first, second = stage.worker("first"), stage.worker("second")
    receipt = await stage.apply()
    (given,) = await first.lease(wait=5)
    assert await first.release(given, reason="printer of 3303010101900001 is out of paper", after="1 s") == 204
    assert await first.release(given) == 410
    assert "StepReceived" in await stage.events(receipt), "who gives it back had it"
    (again,) = await second.lease(wait=10)
    assert again.key == given.key
    rows = await stage.gateway.parts.journal.read(receipt["case"])
    reasons = [getattr(row.event, "reason", "") for row in rows if type(row.event).__name__ == "StepFailed"]
    assert reasons == ["given back by first: printer of … is out of paper"]
    assert await second.answer(again) == 204


async def test_no_worker_can_hoard_more_than_the_contract_bears(stage: Stage) -> None:
    receipts = [await stage.apply() for _ in range(5)]
    worker = stage.worker("greedy")
    held = await worker.lease(100, wait=5)
    held += await worker.lease(100)
    assert len(held) == 3
    assert await worker.lease(100, wait=1) == []
    for leased in held:
        assert await worker.answer(leased) == 204
    rest = await worker.lease(100, wait=5)
    while len(rest) < 2:
        rest += await worker.lease(100, wait=5)
    for leased in rest:
        assert await worker.answer(leased) == 204
    for receipt in receipts:
        await eventually_async(partial(_is, stage, receipt, "issued"))


async def test_an_undo_goes_first_where_its_ask_was_never_fetched(stage: Stage) -> None:
    receipt = await stage.apply()
    url = f"{stage.gateway.url}/v1/cases/{receipt['case']}/withdrawal"
    async with stage.gateway.client.post(url, json={}, headers=bearer(receipt["secret"])) as response:
        assert response.status == 200
    worker = stage.worker()
    (undo,) = await worker.lease(5, wait=5)
    assert (undo.verb, undo.message["undoes"]) == ("undo", f"{receipt['case']}/fetched/ask/1")
    assert await worker.answer(undo, outcome="undone") == 204
    await eventually_async(lambda: _is(stage, receipt, "withdrawn"))


async def test_nothing_is_given_out_in_a_pause(stage: Stage) -> None:
    receipt = await stage.apply()
    acts = f"{stage.gateway.url}/v1/operations/cases/{receipt['case']}/acts"
    operator = bearer(TOKENS["operator"])
    async with stage.gateway.client.post(acts, json={"act": "pause", "reason": "audit"}, headers=operator) as response:
        assert response.status == 200
    assert await stage.worker().lease(wait=1) == []
    async with stage.gateway.client.post(acts, json={"act": "resume", "reason": "done"}, headers=operator) as response:
        assert response.status == 200
    (leased,) = await stage.worker().lease(wait=5)
    assert await stage.worker().answer(leased) == 204


async def test_an_answer_that_is_not_this_agencys_own_and_fresh_word_moves_nothing(stage: Stage) -> None:
    worker, receipt = stage.worker(), await stage.apply()
    (leased,) = await worker.lease(wait=5)
    path, body = f"/{leased.lease}/answer", {"outcome": "contributed", "key": leased.key, "output": {"number": "X"}}
    other = SigningKey.from_jwk("alpha", stage.gateway.keys["alpha"])
    forged = SigningKey(worker.key.key_id, other.private)
    assert (await worker.call(path, body, key=forged))[0] == 401
    assert (await worker.call(path, body, key=other))[0] == 404
    assert (await worker.call(path, body, key=other, agency="alpha"))[0] == 404
    assert (await worker.call("", {}, key=other))[0] == 404
    where = f"{stage.gateway.url}/v1/agencies/{AGENCY}/leases{path}"
    async with stage.gateway.client.post(where, json=body, headers=bearer(TOKENS["agency"])) as response:
        assert response.status == 401
    assert (await worker.call(path, {**body, "key": f"{receipt['case']}/fetched/ask/2"}))[0] == 404
    assert (await worker.call(path, {**body, "output": {"number": "x" * 1_100_000}}))[0] == 413
    assert (await stage.events(receipt))[-1] == "StepFetched"
    assert await worker.answer(leased) == 204


async def test_an_answer_that_breaks_the_contract_is_the_agencys_word_and_a_person_looks(stage: Stage) -> None:
    worker, receipt = stage.worker(), await stage.apply()
    (leased,) = await worker.lease(wait=5)
    assert await worker.answer(leased, output={"number": 7}) == 422
    assert (await stage.step(receipt))["state"] == "exhausted"
    assert await worker.lease(wait=1) == []
    assert await worker.answer(leased) == 204
    await eventually_async(lambda: _is(stage, receipt, "issued"))


async def test_a_wish_that_can_never_be_met_is_told_so(stage: Stage) -> None:
    worker = stage.worker()
    for body in (
        {"most": 0},
        {"most": 101},
        {"worker": "a b"},
        {"worker": "a\n"},
        {"contracts": ["hilltop/other@1"]},
        {"mots": 1},
    ):
        assert (await worker.call("", body))[0] == 422


async def test_operators_see_what_waits_and_who_has_it(stage: Stage) -> None:
    worker, receipt = stage.worker("counter-3"), await stage.apply()
    (leased,) = await worker.lease(wait=5)
    url = f"{stage.gateway.url}/v1/operations/leases"
    async with stage.gateway.client.get(url, headers=bearer(TOKENS["operator"])) as response:
        (errand,) = (await response.json())["errands"]
    assert (errand["agency"], errand["worker"], errand["case"]) == (AGENCY, "counter-3", receipt["case"])
    assert await worker.answer(leased) == 204


async def _is(stage: Stage, receipt: dict[str, str], state: str) -> bool:
    return bool((await stage.view(receipt))["state"] == state)
