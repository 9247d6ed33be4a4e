"""What waits to be fetched: taken by one worker alone, ended by silence, and let go of when the gateway stops."""

from __future__ import annotations

import asyncio

import pytest

from contracts.connection import PullConnection
from contracts.wire import Contributed, Evidence, Unheard
from tests.conformance.agencies import TRACEPARENT, PromptClock, make_ask, make_contract, make_lookup, make_undo
from workflows.agencies.pull import Errand, LeaseLost, PullAgency
from workflows.ports import Told

CONTRACT = make_contract(connection=PullConnection(lease="2 s", deadline="5 s"))
AGENCY = CONTRACT.agency


def told(key: str) -> Told:
    answer = Contributed(key=make_ask(key).key, output={"number": "1"})
    return Told(answer, Evidence(kind="attested", received_at=PromptClock().now(), digest=""))


async def offered(pull: PullAgency, key: str = "c/s/ask/1") -> asyncio.Task[Told]:
    attempt = asyncio.get_running_loop().create_task(pull.ask(make_ask(key), CONTRACT, traceparent=TRACEPARENT))
    await asyncio.sleep(0)
    return attempt


def taken(pull: PullAgency, *contracts: str) -> Errand:
    errand = pull.take(AGENCY, contracts, "w", tried=())
    assert errand is not None
    return errand


def unheard(attempt: asyncio.Task[Told]) -> Unheard:
    heard = attempt.result().heard
    assert isinstance(heard, Unheard)
    return heard


@pytest.mark.looptime
async def test_what_nobody_fetches_was_not_sent_and_ends_at_its_deadline() -> None:
    pull, loop = PullAgency(PromptClock()), asyncio.get_running_loop()
    begun, attempt = loop.time(), await offered(PullAgency(PromptClock()))
    await attempt
    assert loop.time() - begun == pytest.approx(5)
    assert (unheard(attempt).sent, unheard(attempt).reason) == (False, "nobody fetched it within 5 s")
    assert attempt.result().evidence.sent_digest == ""
    assert list(pull.errands()) == []


@pytest.mark.looptime
async def test_a_silent_worker_loses_its_lease_and_it_may_have_worked() -> None:
    pull, loop = PullAgency(PromptClock()), asyncio.get_running_loop()
    attempt = await offered(pull)
    errand, begun = taken(pull), loop.time()
    await attempt
    assert loop.time() - begun == pytest.approx(2)
    assert (unheard(attempt).sent, unheard(attempt).reason) == (
        True,
        "w fetched it, and was silent for 2 s without an answer",
    )
    assert attempt.result().evidence.sent_digest.startswith("sha256:")
    with pytest.raises(LeaseLost):
        pull.extend(AGENCY, errand.lease)


@pytest.mark.looptime
async def test_heartbeats_do_not_hold_an_attempt_beyond_its_deadline() -> None:
    pull, loop = PullAgency(PromptClock()), asyncio.get_running_loop()
    attempt = await offered(pull)
    errand, begun = taken(pull), loop.time()
    while not attempt.done():
        await asyncio.wait({attempt}, timeout=1)
        if not attempt.done():
            pull.extend(AGENCY, errand.lease)
    assert loop.time() - begun == pytest.approx(5)
    assert unheard(attempt).reason == "w fetched it, and had it for 5 s without an answer"


async def test_one_attempt_is_one_workers_and_the_oldest_is_first() -> None:
    pull = PullAgency(PromptClock())
    attempts = [await offered(pull, key) for key in ("a/s/ask/1", "b/s/ask/1")]
    first = taken(pull)
    assert first.key == "a/s/ask/1"
    second = taken(pull, "civil/other@1", CONTRACT.name)
    assert second.key == "b/s/ask/1"
    assert pull.take(AGENCY, (), "w", tried=()) is None
    assert pull.take("other", (), "w", tried=()) is None
    pull.settle("other", "ask", told(first.key))
    pull.settle(AGENCY, "undo", told(first.key))
    assert not any(attempt.done() for attempt in attempts)
    for errand in (first, second):
        pull.settle(AGENCY, "ask", told(errand.key))
    assert [(await attempt).heard.key for attempt in attempts] == ["a/s/ask/1", "b/s/ask/1"]


async def test_a_worker_gets_only_what_it_wants() -> None:
    pull = PullAgency(PromptClock())
    attempt = await offered(pull)
    assert pull.take(AGENCY, ("civil/other@1",), "w", tried=()) is None
    errand = taken(pull)
    pull.put_back(errand)
    assert pull.take(AGENCY, (), "w", tried=[errand]) is None
    assert (errand.lease, errand.worker, errand.fetched_at) == ("", "", None)
    again = taken(pull)
    pull.drop(again)
    await attempt
    assert (unheard(attempt).sent, unheard(attempt).reason) == (False, "not wanted any more")


async def test_a_lease_is_its_agencys_alone() -> None:
    pull = PullAgency(PromptClock())
    attempt = await offered(pull)
    lease = taken(pull).lease
    for lost in (lambda: pull.extend("other", lease), lambda: pull.give_back("other", lease, "x")):
        with pytest.raises(LeaseLost):
            lost()
    assert not attempt.done()
    pull.give_back(AGENCY, lease, "no paper", after_s=3)
    await attempt
    assert (unheard(attempt).reason, unheard(attempt).retry_after_s) == ("given back by w: no paper", 3)


async def test_every_kind_of_errand_says_what_it_is() -> None:
    pull, ask = PullAgency(PromptClock()), make_ask("c/s/ask/1", attempt=4)
    calls = [
        pull.ask(ask, CONTRACT, traceparent=""),
        pull.undo(make_undo(ask), CONTRACT, traceparent=""),
        pull.lookup(make_lookup(ask), CONTRACT, traceparent=""),
    ]
    attempts = [asyncio.get_running_loop().create_task(call) for call in calls]
    await asyncio.sleep(0)
    assert [(each.verb, each.attempt) for each in pull.errands()] == [("ask", 4), ("undo", 1), ("lookup", 0)]
    assert [taken(pull).lease.partition(".")[0] for _ in attempts] == ["ask", "undo", "lookup"]
    pull.close()
    assert [
        isinstance(each, asyncio.CancelledError) for each in await asyncio.gather(*attempts, return_exceptions=True)
    ]


async def test_a_gateway_that_stops_lets_go_of_what_waits_and_takes_nothing_new() -> None:
    pull = PullAgency(PromptClock())
    before = await offered(pull)
    pull.close()
    after = await offered(pull)
    await asyncio.wait({before, after})
    assert (before.cancelled(), after.cancelled()) == (True, True)


async def test_whoever_waits_is_told_once_something_is_offered() -> None:
    pull = PullAgency(PromptClock())
    seen = pull.offers
    waiting = asyncio.get_running_loop().create_task(pull.offered(after=seen))
    attempt = await offered(pull)
    await waiting
    await pull.offered(after=seen)  # at once: it was offered meanwhile
    attempt.cancel()


async def test_a_contract_by_another_connection_is_not_fetched() -> None:
    with pytest.raises(TypeError):
        await PullAgency(PromptClock()).ask(make_ask(), make_contract("http://x.example"), traceparent="")
