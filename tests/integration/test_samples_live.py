"""Every sample at a live gateway with the agencies' real processes, by the command line; many by API over kills."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from gateway.cli.calling import at, connect
from gateway.cli.demo.town import FIRST, Town
from gateway.cli.exits import DECLINED
from gateway.cli.main import main
from tests.integration.players import ENDS, Player, patiently, refused_mistakes
from tests.integration.samples import Sample, load_samples

SAMPLES = load_samples()
DRAFT_SAVES = 60
KILLS = int(os.environ.get("GAPURA_KILLS", "25"))
LATER = ("--answer-after", "0.2", "--longest-wait", "5")
"""However long a gateway takes to be there again, an answer that it missed comes soon after."""
QUICK = {"oss": (), **dict.fromkeys(("bpjs", "bpjs-kesehatan"), LATER)}
OFFICERS = ("djp", "dpmptsp", "bakeuda", "dukcapil", "desa")


def quick_town(folder: Path) -> Town:
    """A town whose agencies answer at once, with everything registered and agreed."""
    town = Town(folder, options=QUICK)
    town.start()
    try:
        asyncio.run(_open(town))
    except BaseException:
        town.stop()
        raise
    return town


async def _open(town: Town) -> None:
    await town.register()
    await town.sign_all()


async def players_of(town: Town, samples: dict[str, Sample]) -> list[Player]:
    officers = {agency: await town.token("officer", f"Officer of {agency}", agency) for agency in OFFICERS}
    return [Player(town, sample, name, officers) for name, sample in samples.items()]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    opened = quick_town(tmp_path)
    yield opened
    opened.stop()


OVER_KILLS = (
    "kelahiran/01-both-parents",
    "pindah-domisili/16-lease-handed-in",
    "pindah-domisili/07-registered-elsewhere",
)
"""Beside every sample of the first service: of the others, where most agencies take part, and most is undone."""


def interrupted() -> dict[str, Sample]:
    """Samples for gateways that are killed and restarted, which is much work for each; the others run without."""
    return {
        name: sample
        for name, sample in acceptable(faulty=False).items()
        if sample.service == FIRST or name in OVER_KILLS
    }


def acceptable(*, faulty: bool) -> dict[str, Sample]:
    return {
        name: sample for name, sample in SAMPLES.items() if sample.expect.accepted and bool(sample.faults) == faulty
    }


@pytest.mark.timeout(600)
def test_a_kill_loses_a_case_or_does_a_wish_twice_or_closes_a_case_half(town: Town) -> None:
    """Samples run beside each other while the gateway is killed (-9) again and again at random moments."""
    asyncio.run(_over_kills(town))


async def _over_kills(town: Town) -> None:
    rng = Random(os.environ.get("GAPURA_SEED", "kills"))  # noqa: S311 - moments, not secrets
    players = await players_of(town, interrupted())
    async with asyncio.timeout(580), asyncio.TaskGroup() as group:
        tasks = [group.create_task(player.play()) for player in players]
        tasks.append(group.create_task(_goes_on_with_a_draft(town, SAMPLES["pindah-domisili/16-lease-handed-in"])))
        for _ in range(KILLS):
            await asyncio.sleep(rng.uniform(0.02, 0.6))
            await asyncio.to_thread(town.gateway.kill)
            await asyncio.to_thread(town.gateway.start)
        del tasks
    for player in players:
        await player.check()
    assert town.gateway.stop() == 0, "the gateway does not end by itself when it is told to"


async def _goes_on_with_a_draft(town: Town, sample: Sample) -> None:
    """Save a draft with a file again and again, and send it: what was acknowledged last is there after every kill."""
    where, body = at("services", sample.service, "drafts"), {"agreement": sample.form["agreement"]}
    begun = await _calls(town, "", "POST", where, body, {"Idempotency-Key": f'"draft-{id(sample):032x}"'})
    draft, secret = f"{where}/{begun['draft']}", begun["secret"]
    kept = begun["view"]["form"]
    for number in range(DRAFT_SAVES):
        wanted = {**sample.form, **kept, "phone": f"08120000{number:04}"}
        await _calls(town, secret, "PUT", draft, wanted)
        assert (await _calls(town, secret, "GET", draft))["form"] == wanted
    sent = await _calls(town, secret, "POST", f"{draft}/case")
    assert sent["case"] == begun["draft"]
    assert (await _calls(town, secret, "POST", f"{draft}/case"))["case"] == begun["draft"]


async def _calls(
    town: Town, secret: str, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> Any:  # noqa: ANN401 - whatever is answered
    async def send() -> Any:  # noqa: ANN401 - the same
        async with connect(town.url, secret) as client:
            if body is None:
                return (await client.call(method, path, headers=headers)).json()
            return (await client.send(method, path, body, headers)).json()

    return await patiently(send)


@pytest.mark.timeout(300)
def test_a_fault_of_an_agency_changes_what_comes_of_a_sample(town: Town) -> None:
    asyncio.run(_with_faults(town))


async def _with_faults(town: Town) -> None:
    for player in await players_of(town, acceptable(faulty=True)):
        for agency, options in player.sample.faults.items():
            process = town.agencies[agency]
            await asyncio.to_thread(process.stop)
            process.options = tuple(options)  # type: ignore[attr-defined]  # the example's own process
            await asyncio.to_thread(process.start)
        async with asyncio.timeout(200):
            await player.play()
        await player.check()


@pytest.mark.timeout(400)
def test_the_command_line_gives_something_else_than_the_sample_says(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GAPURA_URL", town.url)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    players = asyncio.run(players_of(town, SAMPLES))
    accepted: list[Player] = []
    for player in players:
        form = tmp_path / f"{player.name.replace('/', '-')}.yaml"
        form.write_text(yaml.safe_dump(player.sample.form), encoding="utf-8")
        result = CliRunner().invoke(main, ["case", "submit", player.sample.service, str(form), "--json"])
        if not player.sample.expect.accepted:
            assert result.exit_code == DECLINED
            assert asyncio.run(refused_mistakes(town, player.sample)) == set(player.sample.expect.mistakes)
            assert all(pointer in result.stderr for pointer in player.sample.expect.mistakes)
        elif not player.sample.faults:
            receipt = msgspec.json.decode(result.stdout)
            player.case, player.secret = receipt["case"], receipt["secret"]
            accepted.append(player)
    asyncio.run(_play_all(accepted))
    for player in accepted:
        shown = CliRunner().invoke(main, ["case", "show", player.case, "--json"])
        assert shown.exit_code == 0, shown.stderr
        assert msgspec.json.decode(shown.stdout)["view"]["state"] == player.sample.expect.state in ENDS
        watched = CliRunner().invoke(main, ["case", "watch", player.case])
        assert watched.exit_code == (0 if player.sample.expect.state == "issued" else 1)


async def _play_all(players: list[Player]) -> None:
    async with asyncio.timeout(300), asyncio.TaskGroup() as group:
        for player in players:
            group.create_task(player.play())
    for player in players:
        await player.check()
