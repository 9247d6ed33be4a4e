"""What tests of hooks need: receivers on this machine, a clock that is moved by hand, and the way to tell them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec import Struct, field
from multidict import CIMultiDict

from gateway.settings import Settings
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.exchange import HttpExchange, Outgoing, Progress
from workflows.agencies.received import Received
from workflows.engines.embedded import EmbeddedEngine
from workflows.hooks.ledger import Ledger
from workflows.hooks.sending import Sending
from workflows.hooks.telling import Telling
from workflows.ports import Clock, Journal

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


def hooks_of(engine: EmbeddedEngine, journal: Journal, clock: Clock, settings: Settings) -> Sending:
    """Give what tells hooks, with a ledger in memory."""
    telling = Telling(journal, Ledger(None), lambda: engine.directory, clock, settings.base_url)
    return Sending(telling, HttpExchange(AddressGuard(settings.networks)), engine.register)


class HandClock:
    """A time that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:  # noqa: ARG002 - it stands, however long one waits
        await asyncio.Event().wait()

    def move(self, **by: float) -> None:
        self.moment += timedelta(**by)


class Sent(Struct, frozen=True):
    """One request as a receiver got it."""

    url: str
    headers: CIMultiDict[str]
    body: bytes


class FakeReceivers:
    """Answers by address, without a network: a status, or an exception that is raised instead of an answer."""

    def __init__(self, answer: Callable[[Sent], int | Exception] = lambda _: 204) -> None:
        self.answer, self.sent = answer, list[Sent]()

    async def send(self, outgoing: Outgoing, progress: Progress) -> Received:  # noqa: ARG002 - the port's
        self.sent.append(Sent(str(outgoing.url), CIMultiDict(outgoing.headers), outgoing.body))
        answered = self.answer(self.sent[-1])
        if isinstance(answered, Exception):
            raise answered
        return Received(answered, CIMultiDict[str](), b"")

    async def close(self) -> None:
        """Hold nothing."""


class Receiver(Struct):
    """A real receiver: what it got, and what it answers next (the last answer again and again)."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    sent: list[Sent] = field(default_factory=list[Sent])

    def kinds(self) -> Sequence[str]:
        return [each.headers["webhook-id"].split("-", maxsplit=5)[-1] for each in self.sent]


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver, None]:
    """Run a receiver on loopback."""
    receiver = Receiver()

    async def take(request: web.Request) -> web.Response:
        receiver.sent.append(Sent(str(request.url), CIMultiDict(request.headers), await request.read()))
        status = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
        return web.Response(status=status, headers={"Location": "/elsewhere"} if status == 302 else None)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/gapura"))
        yield receiver
