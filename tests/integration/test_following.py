"""Following a case: server-sent events over real HTTP."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running
from workflows.journal.memory import MemoryJournal


async def read_events(response: aiohttp.ClientResponse, count: int) -> list[dict[str, Any]]:
    """Read so many events of a stream; each is held to its id."""
    events: list[dict[str, Any]] = []
    seen = ""
    while len(events) < count:
        line = (await response.content.readline()).decode().rstrip("\n")
        if line.startswith("id: "):
            seen = line.removeprefix("id: ")
        if line.startswith("data: "):
            event = json.loads(line.removeprefix("data: "))
            assert str(event["version"]) == seen
            events.append(event)
    return events


def watchers_of(gateway: Gateway) -> int:
    journal = gateway.parts.journal
    assert isinstance(journal, MemoryJournal)
    return journal.watchers


def stream(gateway: Gateway, receipt: dict[str, Any], **headers: str) -> Any:  # noqa: ANN401 - aiohttp's own type
    url = f"{gateway.url}/v1/cases/{receipt['case']}/events"
    return gateway.client.get(url, headers={**bearer(receipt["secret"]), **headers})


async def test_every_event_comes_once_in_order_from_the_first(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("quick", Prefer="wait=10")
        async with stream(gateway, receipt) as response:
            assert response.content_type == "text/event-stream"
            events = await read_events(response, receipt["view"]["version"])
        assert [event["version"] for event in events] == list(range(1, receipt["view"]["version"] + 1))
        assert events[0]["event"] == "CaseOpened"
        assert events[-1]["event"] == "CaseIssued"


async def test_a_reconnect_misses_and_doubles_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("quick", Prefer="wait=10")
        last = receipt["view"]["version"]
        async with stream(gateway, receipt, **{"Last-Event-ID": "3"}) as response:
            events = await read_events(response, last - 3)
        assert [event["version"] for event in events] == list(range(4, last + 1))


async def test_an_event_arrives_as_it_happens_and_tells_no_personal_datum(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        async with stream(gateway, receipt) as response:
            while (await read_events(response, 1))[0].get("step") != "beta":
                pass
            while (await read_events(response, 1))[0]["event"] != "StepAccepted":
                pass
            decision = {"decision": "contribute", "output": {"number": "B-1"}}
            async with gateway.client.post(
                f"{gateway.url}/v1/tasks/{receipt['case']}:beta:ask:1/decision",
                json=decision,
                headers=bearer(TOKENS["officer"]),
            ) as decided:
                assert decided.status == 204
            claimed, contributed = await read_events(response, 2)
            assert (claimed["event"], contributed["event"]) == ("TaskClaimed", "StepContributed")
            assert "B-1" not in json.dumps(contributed)


async def test_a_last_event_id_that_is_no_number_is_told(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        async with stream(gateway, receipt, **{"Last-Event-ID": "yesterday"}) as response:
            assert response.status == 400


async def test_streams_and_waits_end_when_the_gateway_stops(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        async with stream(gateway, receipt) as response, asyncio.TaskGroup() as group:
            await read_events(response, 1)
            waiting = group.create_task(gateway.apply("desk", Prefer="wait=30"))

            async def is_waiting() -> bool:
                return gateway.calls.limits.streams.taken == 2

            await eventually_async(is_waiting)
            gateway.stopping.set()
            async with asyncio.timeout(5):
                await response.content.read()
                assert (await waiting)["view"]["state"] == "open"


async def test_whoever_leaves_frees_their_place_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        for _ in range(20):
            async with stream(gateway, receipt) as response:
                await read_events(response, 1)
                response.close()

        async def all_free() -> bool:
            return gateway.calls.limits.streams.taken == 0 and watchers_of(gateway) == 0

        await eventually_async(all_free, within_s=2)


async def test_who_waits_takes_no_place_from_who_works(tmp_path: Path) -> None:
    async with running(tmp_path, requests_in_flight=1) as gateway:
        receipt = await gateway.apply("desk")
        async with stream(gateway, receipt) as response, asyncio.TaskGroup() as group:
            await read_events(response, 1)
            waiting = group.create_task(gateway.apply("desk", Prefer="wait=1"))

            async def both_wait() -> bool:
                return gateway.calls.limits.streams.taken == 2

            await eventually_async(both_wait)
            async with gateway.client.get(f"{gateway.url}/v1/services") as other:
                assert other.status == 200
            await waiting
        assert gateway.calls.limits.requests.taken == 0


async def test_more_streams_than_there_are_places_are_told_to_come_back(tmp_path: Path) -> None:
    async with running(tmp_path, streams=1) as gateway:
        receipt = await gateway.apply("desk")
        async with stream(gateway, receipt) as first:
            await read_events(first, 1)
            async with stream(gateway, receipt) as second:
                assert second.status == 503
                assert int(second.headers["Retry-After"]) >= 1


async def test_a_head_is_a_get_without_its_body_streams_included(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        for path in ("/v1/services", f"/v1/cases/{receipt['case']}/events", "/nothing"):
            async with (
                gateway.client.get(gateway.url + path, headers=bearer(receipt["secret"])) as whole,
                gateway.client.head(gateway.url + path, headers=bearer(receipt["secret"])) as head,
            ):
                assert (head.status, head.content_type) == (whole.status, whole.content_type)
                assert await head.read() == b""
