"""Attempts, one after the other: the table, what ends it, and that one receiver holds up no other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from aiohttp import ClientConnectionError

from contracts import events as ev
from tests.eventually import eventually_async
from tests.hooks import Sent
from tests.unit.workflows.hooks.stage import Stage
from workflows.agencies.exchange import Outgoing, Progress
from workflows.agencies.received import Received
from workflows.hooks.retrying import WAITS_S


async def test_the_table_is_not_kept_or_ends_without_anybody_knowing(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda _: 500)
    await stage.hook()
    await stage.case()
    for tries, wait_s in enumerate(WAITS_S[1:], 1):
        await stage.turn()
        assert len(stage.names()) == 2 * tries
        stage.clock.move(seconds=wait_s - 1)
        await stage.turn()
        assert len(stage.names()) == 2 * tries, "tried too early"
        stage.clock.move(seconds=1)
    assert stage.state() == "on"
    await stage.turn()
    assert len(stage.names()) == 2 * len(WAITS_S) - 1, "told on after its table is spent"
    assert len(set(stage.names())) == 2, "under another name"
    assert stage.state() == "spent"
    found, _ = await stage.ledger.page("h", "undelivered")
    assert [len(each.attempts) for each in found] == [7, 8]
    assert {attempt.status for attempt in found[0].attempts} == {500}
    stage.clock.move(days=1)
    await stage.case("c2")
    await stage.turn()
    assert len(stage.names()) == 2 * len(WAITS_S) - 1, "a disabled hook is told"
    assert (await stage.ledger.counts())["h"].undelivered == 4


async def test_one_thing_that_a_receiver_never_takes_disables_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda sent: 500 if b'"opened"' in sent.body else 204)
    await stage.hook()
    await stage.case()
    for wait_s in WAITS_S:
        stage.clock.move(seconds=wait_s)
        await stage.turn()
    assert stage.state() == "on"
    (given_up,), _ = await stage.ledger.page("h", "undelivered")
    assert (given_up.delivery, given_up.next_at) == ("c1-1-case-changed", None)
    await stage.ledger.resend("h", stage.clock.now(), since=stage.clock.now().replace(year=2020))
    await stage.turn()
    assert stage.names().count("c1-1-case-changed") == 9, "sent again, the table does not begin anew"
    found, _ = await stage.ledger.page("h", "waiting")
    assert [each.delivery for each in found] == ["c1-1-case-changed"]
    await stage.ledger.resend("h", stage.clock.now(), since=stage.clock.now().replace(year=2020), delivered=True)
    await stage.turn()
    assert stage.names().count("c1-2-case-changed") == 2


@pytest.mark.parametrize("status", [301, 302, 307, 404, 429, 500])
async def test_what_is_no_yes_counts_as_one(status: int, tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda _: status)
    await stage.hook()
    await stage.case()
    await stage.turn()
    found, _ = await stage.ledger.page("h")
    assert {each.state for each in found} == {"waiting"}
    assert await stage.turn() == 5


async def test_silence_is_not_tried_again_or_its_reason_is_lost(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda _: ClientConnectionError("secret words of a receiver"))
    await stage.hook()
    await stage.case()
    await stage.turn()
    found, _ = await stage.ledger.page("h")
    assert {(each.attempts[0].status, each.attempts[0].error) for each in found} == {(0, "the exchange failed")}


async def test_a_receiver_that_hangs_holds_up_another(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook("slow")
    await stage.hook("quick")
    hangs, plain = asyncio.Event(), stage.receivers.send

    async def send(outgoing: Outgoing, progress: Progress) -> Received:
        if "slow" in str(outgoing.url):
            await hangs.wait()
        return await plain(outgoing, progress)

    stage.receivers.send = send  # type: ignore[method-assign]  # a fake that waits
    await stage.case()
    async with asyncio.TaskGroup() as group:
        for _ in range(100):
            await stage.sending.step(group)
            if len(stage.names("quick")) == 2:
                break
            await asyncio.sleep(0)
        assert len(stage.names("quick")) == 2
        assert stage.names("slow") == []
        hangs.set()
    await stage.turn()
    assert len(stage.names("slow")) == 2


def taken(_: Sent) -> int | Exception:
    return 204


async def test_a_receiver_that_says_gone_is_told_more(tmp_path: Path) -> None:
    stage = Stage(tmp_path, lambda _: 410)
    await stage.hook()
    await stage.case()
    await stage.turn()
    assert len(stage.names()) == 1
    assert stage.state() == "gone"
    await stage.register([ev.HookEnabled(at=stage.clock.now(), hook="h", actor="op")])
    stage.receivers.answer = taken
    await stage.turn()
    assert len(stage.names()) == 1, "what was held back leaves without being asked for"
    await stage.case("c2")
    await stage.turn()
    assert len(stage.names()) == 3


async def test_a_kill_between_disabling_and_holding_back_lets_more_leave(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook()
    await stage.case()
    await stage.telling.catch_up()
    await stage.register([ev.HookDisabled(at=stage.clock.now(), hook="h", because="gone")])
    await stage.turn()
    assert stage.names() == []
    assert (await stage.ledger.counts())["h"].undelivered == 2


async def test_a_fault_of_ours_at_one_hook_stops_the_gateway_or_turns_in_circles(tmp_path: Path) -> None:
    def answer(sent: Sent) -> int | Exception:
        return KeyError("a bug") if "bad" in sent.url else 204

    stage = Stage(tmp_path, answer)
    await stage.hook("bad")
    await stage.hook("good")
    await stage.case()
    await stage.turn()
    assert len(stage.names("good")) == 2
    assert len(stage.names("bad")) == 1
    stage.clock.move(seconds=31)
    await stage.turn()
    assert len(stage.names("bad")) == 2


async def test_a_ledger_that_cannot_be_written_stops_the_gateway(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook()
    await stage.case()
    stage.path.mkdir()
    assert await stage.turn() == 5
    stage.path.rmdir()
    await stage.turn()
    assert len(stage.names()) == 2


async def test_it_runs_on_after_it_was_cancelled_or_does_not_wake(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.hook()

    async def told() -> bool:
        return bool(stage.names())

    async with asyncio.TaskGroup() as group:
        running = group.create_task(stage.sending.run())
        await stage.case()
        stage.sending.wake()
        await eventually_async(told)
        running.cancel()
    assert running.cancelled()
    await stage.sending.close()
