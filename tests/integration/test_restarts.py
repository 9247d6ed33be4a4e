"""Samples with a restart of the gateway between every two events: the same comes of them.

The real engine, SQLite journal, wire and agencies' processes; the gateway lives in this process, so that it can be
ended after each event. One session lets each case make one move at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.app import create_app
from gateway.bootstrap import open_parts
from gateway.cli.demo.town import Town
from gateway.pages import pages
from gateway.serving import run
from gateway.settings import Settings
from tests.integration.moves import OneMove
from tests.integration.players import ENDS, Player
from tests.integration.test_samples_live import interrupted, players_of, quick_town
from workflows.engines.embedded import EmbeddedEngine

MOST_SESSIONS = 80
QUIET_S = 0.25
"""A session in which nothing was recorded for so long has nothing to do any more but wait."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    opened = quick_town(tmp_path)
    opened.gateway.stop()
    yield opened
    opened.stop()


@pytest.mark.timeout(600)
def test_a_restart_between_two_events_changes_what_comes_of_a_sample(town: Town) -> None:
    asyncio.run(_restart_between_events(town))


async def _restart_between_events(town: Town) -> None:
    settings = Settings(
        data=town.gateway.data,
        port=town.gateway.port,
        allow_networks=("127.0.0.0/8",),
        secrets_folder=town.secrets,
    )
    players: list[Player] = []

    async def apply() -> None:
        players.extend(await players_of(town, interrupted()))
        await asyncio.gather(*(player.apply() for player in players))

    await _session(settings, apply)
    async with asyncio.timeout(580), asyncio.TaskGroup() as group:
        playing = [group.create_task(player.play()) for player in players]
        for _ in range(MOST_SESSIONS):
            await _session(settings, None)
            if all(task.done() for task in playing):
                break
        else:
            stuck = {player.name: player.view.get("state") for player in players}
            pytest.fail(f"not at rest after {MOST_SESSIONS} sessions: {stuck}")
    assert all(player.view["state"] in ENDS for player in players)
    await _session(settings, lambda: _check(players))


async def _check(players: list[Player]) -> None:
    for player in players:
        await player.check()


async def _session(settings: Settings, work: Callable[[], Any] | None) -> None:
    """Run a gateway until each of its cases has moved once, or nothing moves; with `work`, until that is done."""
    stopping, ready = asyncio.Event(), asyncio.Event()
    async with open_parts(settings) as parts:
        engine = parts.engine
        assert isinstance(engine, EmbeddedEngine)
        moves = OneMove(engine)
        async with asyncio.TaskGroup() as group:
            group.create_task(
                run(
                    create_app(parts, pages()),
                    settings,
                    stopping=stopping,
                    up=engine.start,
                    ready=lambda _: ready.set(),
                )
            )
            await ready.wait()
            await (work() if work else _until_quiet(moves))
            stopping.set()
        await engine.drain()


async def _until_quiet(moves: OneMove) -> None:
    while True:
        moves.recorded.clear()
        try:
            await asyncio.wait_for(moves.recorded.wait(), QUIET_S)
        except TimeoutError:
            return
