"""A town whose time is moved on: the real gateway in this process, agencies' offices beside it, one clock for all.

The gateway is what `gapura serve` puts together, on its file and at a loopback port, so that what is tried is what a
front end would meet. It lives in this process, so that it can be ended after each event. The offices serve by HTTP
too, and live on while the gateway is started anew.
"""

# pyright: reportPrivateUsage=false
# It waits for what the engine has under way.
from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from contracts.ids import Instant
from examples.purbalingga.agencies.bills import Books
from examples.purbalingga.agencies.duties import Agency
from examples.purbalingga.agencies.office import Office
from examples.purbalingga.agencies.office import Settings as OfficeSettings
from examples.purbalingga.agencies.payments import SECRET_FILE, Provider, shared_secret
from examples.purbalingga.start import start_all, stop_all
from gapura_agency import Request, Response
from gateway.app import create_app
from gateway.bootstrap import open_parts
from gateway.cli.demo.town import Town
from gateway.pages import pages
from gateway.serving import run
from gateway.settings import Settings
from tests.integration.moves import Moves, OneMove
from tests.integration.purbalingga_stage import OFFICES
from workflows.agencies.lane import Now as LaneNow
from workflows.agencies.protection import LaneName
from workflows.engines.driver import UnderWay
from workflows.engines.embedded import EmbeddedEngine
from workflows.engines.timers import Timers
from workflows.ports import Journal

OLDER = ("bakeuda",)
"""Agencies whose systems know nothing of the gateway, nor of its clock: they are processes."""


class MovedClock:
    """A clock that stands still until it is moved on."""

    def __init__(self, start: Instant) -> None:
        """Take the moment at which it stands at first."""
        self._now = start
        self._sleepers: dict[asyncio.Future[None], Instant] = {}
        self.slept_on = asyncio.Event()
        """Set while somebody waits for it."""

    def now(self) -> Instant:
        """Give the present moment."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until it was moved on so far."""
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers[sleeper] = self._now + timedelta(seconds=seconds)
        self.slept_on.set()
        try:
            await sleeper
        finally:
            self._leave(sleeper)

    def go_on_to(self, moment: Instant) -> None:
        """Move it on, and wake who waited for that."""
        assert moment >= self._now, "time never goes back"
        self._now = moment
        for sleeper in [each for each, until in self._sleepers.items() if until <= moment]:
            sleeper.set_result(None)
            self._leave(sleeper)

    def _leave(self, sleeper: asyncio.Future[None]) -> None:
        self._sleepers.pop(sleeper, None)
        if not self._sleepers:
            self.slept_on.clear()


class OfficeInTheLoop(Office):
    """An office that answers at once where it is asked, so that everything keeps its order."""

    _known: frozenset[str] = frozenset()

    async def handle(self, asked: Request) -> Response:
        """Answer in this loop, as soon as the gateway's key is known: that is fetched from this loop."""
        for key in re.findall(r'keyid="([^"]+)"', asked.headers.get("Signature-Input")):
            if key not in self._known:
                await asyncio.to_thread(self.agency.gateway.find_key, key)
                self._known |= {key}
        return self.agency.handle(asked)


class NearOffice:
    """An agency's office that serves in this process."""

    def __init__(self, agency: Agency, data: Path, gateway_keys: str, now: Callable[[], float]) -> None:
        """Take the agency, everybody's folder, where the gateway's keys are, and the time in seconds since 1970."""
        self.agency, self.data, self.url = agency.name, data / agency.name, ""
        self._about, self._keys, self._now = agency, gateway_keys, now
        self._gateway = gateway_keys.removesuffix("/v1/keys")
        self._office: Office | None = None
        self._runner: web.AppRunner | None = None

    @property
    def office(self) -> Office:
        """Give the office while it serves."""
        assert self._office is not None, f"{self.agency} does not serve"
        return self._office

    def fails(self, times: int) -> None:
        """Answer so many asks with 503 from now on, and let no ask wait for that of another."""
        self.office.agency.failures_left, self.office.agency.fails_for_s = times, 0

    def never_calls_back(self) -> None:
        """Accept every ask from now on, and say nothing more of it."""
        for duty in self.office.agency._duties.values():
            duty.later_s = 1e9

    async def moves(self) -> None:
        """Serve at another address: what is signed for the old one is believed no more."""
        assert self._runner is not None
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[-1][:2]
        self.url = f"http://{host}:{port}"
        self.office.agency.url = self.url

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Serve until the end of the block."""
        settings = OfficeSettings(
            host="127.0.0.1",
            port=0,
            url="",
            data=self.data,
            gateway_keys=self._keys,
            gateway=self._gateway,
            answer_after_s=None,
            fail_first=0,
            delay_s=0,
            lose_answer_once=False,
        )
        self._office = office = OfficeInTheLoop(settings, self._about, self._now)
        self._runner = runner = web.AppRunner(office.application(), access_log=None, shutdown_timeout=0)
        await runner.setup()
        # Where it serves is known only now, and what was signed for one address is believed for no other.
        await self.moves()
        try:
            yield
        finally:
            await runner.cleanup()
            office.close()

    def stop(self) -> None:
        """Do nothing: it ends with its block."""

    kill = start = launch = wait = stop


class NearTill:
    """The sandbox of payments, in this process: it counts days by the same clock, and what it tells is sent at once."""

    def __init__(self, folder: Path, clock: MovedClock) -> None:
        """Take a folder for its books."""
        folder.mkdir(parents=True)
        self.books = Books(folder / "books.sqlite", now=clock.now)
        self.secret = shared_secret(folder / SECRET_FILE)
        self._provider = Provider(self.books, self.secret)

    @property
    def url(self) -> str:
        """Where it serves; empty while it does not."""
        return self.books.pages

    @asynccontextmanager
    async def serving(self) -> AsyncGenerator[None]:
        """Serve until the end of the block."""
        runner = web.AppRunner(self._provider.application(), access_log=None, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.books.pages = f"http://{host}:{port}"
        try:
            yield
        finally:
            await runner.cleanup()
            self.books.close()

    async def pay(self, page: str, *, told: bool) -> None:
        """Pay at the provider's page, in full; the gateway is told of it at once, or never."""
        self._provider.notices = 1 if told else 0
        async with (
            aiohttp.ClientSession() as session,
            session.post(page, data={"do": "pay"}, allow_redirects=False) as response,
        ):
            assert response.status == HTTPStatus.SEE_OTHER, await response.text()
        await self._provider.tell_all()

    def money(self, case: str) -> tuple[int, int]:
        """Give what was received for a case, and what of it was not paid back."""
        held = [bill for key, bill in self.books.dump().items() if key.startswith(f"{case}/")]
        return sum(bill["received"] for bill in held), sum(bill["standing"] for bill in held)


class WeeksTown(Town):
    """The agencies of one service, and a gateway for each session."""

    def __init__(self, folder: Path, service: str, clock: MovedClock) -> None:
        """Take an empty folder and the service that people apply for."""
        super().__init__(folder, options={}, clock=clock)
        self.moved_clock = clock
        self.lives, self.most_moves = 0, 0
        """How often a gateway was started, and how often one of them recorded something of one case at most."""
        self.till = NearTill(folder / "payments", clock)
        self.plans = {name: self.plans[name] for name in self._offered_with(service)}
        parties = {agency for name in self.plans for agency in self.parties(name)}
        self.people["agencies"] = {name: self.people["agencies"][name] for name in parties}

    def _offered_with(self, service: str) -> list[str]:
        """Give a service with those that it rests on, these first."""
        steps = self.plans[service]["steps"].values()
        inner = [step["service"].partition("@")[0] for step in steps if "service" in step]
        return [*(name for each in inner for name in self._offered_with(each)), service]

    @property
    def desks(self) -> list[str]:
        """Give the agencies whose officers decide something."""
        return sorted({each["agency"] for each in self._contracts() if each["connection"]["kind"] == "desk"})

    @property
    def settings(self) -> Settings:
        """Give what each of the gateway's lives is started with."""
        return Settings(
            data=self.gateway.data,
            port=self.gateway.port,
            allow_networks=("127.0.0.0/8",),
            secrets_folder=self.secrets,
            payments_url=self.till.url,
            guesses_per_min=10_000.0,
        )

    @asynccontextmanager
    async def offices(self) -> AsyncGenerator[None]:
        """Let every office serve until the end of the block."""
        async with AsyncExitStack() as stack:
            for agency in OFFICES:
                if agency.name in self.by_wire:
                    office = NearOffice(
                        agency,
                        self.folder / "agencies",
                        f"{self.gateway.url}/v1/keys",
                        lambda: self.moved_clock.now().timestamp(),
                    )
                    await stack.enter_async_context(office.serving())
                    self.agencies[agency.name] = office
            others = [name for name in OLDER if name in self.people["agencies"]]
            processes = await asyncio.to_thread(start_all, self.folder / "agencies", "", {}, others)
            stack.callback(stop_all, processes.values())
            self.agencies.update(processes)
            await stack.enter_async_context(self.till.serving())
            self._hand_over_keys()
            (self.secrets / "PAYMENTS__SECRET").write_text(self.till.secret, encoding="ascii")
            yield

    async def open(self) -> None:
        """Register everything, and let everybody sign."""
        async with self.life():
            await self.register()
            await self.sign_all()

    @asynccontextmanager
    async def life(self, *, unheard: set[UnderWay] | None = None) -> AsyncGenerator[Life]:
        """Let a gateway live until the end of the block, and end it without courtesy.

        `unheard`: in this life each case moves at most once, and what comes of an effect is lost the first time.
        """
        self.lives += 1
        stopping, ready = asyncio.Event(), asyncio.Event()
        async with open_parts(self.settings, self.moved_clock) as parts:
            engine = parts.engine
            assert isinstance(engine, EmbeddedEngine)
            moves = Moves(engine) if unheard is None else OneMove(engine, unheard)
            async with asyncio.TaskGroup() as group:
                app = create_app(parts, pages())
                group.create_task(
                    run(app, self.settings, stopping=stopping, up=engine.start, ready=lambda _: ready.set())
                )
                await ready.wait()
                try:
                    yield Life(engine, parts.journal, self.moved_clock, moves)
                finally:
                    for task in engine._work._tasks:
                        task.cancel()
                    stopping.set()
                    self.most_moves = max(self.most_moves, *moves.times.values(), 0)
            await engine.drain()


class Life:
    """One life of the gateway."""

    def __init__(self, engine: EmbeddedEngine, journal: Journal, clock: MovedClock, moves: Moves) -> None:
        """Take its parts."""
        self._engine, self._journal, self._clock, self.moves = engine, journal, clock, moves
        self._turns: dict[str, Instant] = {}
        self._live_by_the_clock()

    def _live_by_the_clock(self) -> None:
        """Let what stands between the gateway and agencies count its minutes by the same clock as everybody."""
        protection, began = self._engine.protection, self._clock.now()

        def now() -> LaneNow:
            return LaneNow((self._clock.now() - began).total_seconds(), self._clock.now())

        def come_back(name: LaneName, at: float | None, now: LaneNow) -> None:
            del now
            self._turns.pop("/".join(name), None)
            if at is not None:
                self._turns["/".join(name)] = began + timedelta(seconds=at)

        protection._now = now  # type: ignore[method-assign]  # its own is the machine's, which goes on by itself
        protection._come_back = come_back  # type: ignore[method-assign]  # the same

    async def rest(self) -> None:
        """Wait until nothing is under way: everything waits for people, or for time."""
        while True:
            await self._clock.slept_on.wait()
            working = [task for task in self._engine._work._tasks if not _is_clockwork(task)]
            if working:
                await asyncio.wait(working)
            elif self._engine._timers._sooner.is_set():
                await asyncio.sleep(0)
            else:
                return

    @property
    def over(self) -> bool:
        """Whether it is to be ended: something moved, and nothing more may."""
        return isinstance(self.moves, OneMove) and bool(self.moves.moved)

    async def next_wake(self) -> Instant | None:
        """Say when time itself moves a case next, or lets an attempt go that is held back."""
        wake = await self._journal.next_wake()
        return min([*self._turns.values(), *([] if wake is None else [wake])], default=None)

    async def go_on_to(self, moment: datetime) -> None:
        """Move the clock on, and let that have its effect."""
        self._clock.go_on_to(moment)
        self._engine.protection.look_again()
        await self.rest()


def _is_clockwork(task: asyncio.Task[Any]) -> bool:
    return getattr(task.get_coro(), "cr_code", None) is Timers.run.__code__
