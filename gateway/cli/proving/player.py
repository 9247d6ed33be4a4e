"""Plays the conversation of a verification over HTTP, and undoes what it made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from io import BytesIO
from typing import Final

import aiohttp
import msgspec
from msgspec import structs
from yarl import URL

from contracts.documents import LARGEST_BYTES
from contracts.wire import Accepted, Answer, Contributed
from gateway.cli.proving.hearing import Hearing
from gateway.cli.proving.keys import NotThere
from gateway.clock import SystemClock
from workflows.agencies.documents import DocumentTooLarge, DocumentUnreachable, take_documents
from workflows.agencies.keys import KeyResolver
from workflows.agencies.messages import Request, Response, SignatureInvalid
from workflows.agencies.received import MAX_ANSWER_BYTES, AnswerTooLarge, AnswerUndecodable, Received
from workflows.agencies.signing import verify_response
from workflows.agencies.statuses import SUCCESS
from workflows.proving.messages import Writer
from workflows.proving.rows import asked_again
from workflows.proving.steps import Exchange, Message, Step, key_of, outcome_of

_PATIENCE: Final = 2
"""How many deadlines are waited for an answer: one that is late is late, and still says something."""
_MOST_SILENCES: Final = 2
_LAST_ROUND: Final = 9


class Player:
    """Sends one step after another, and keeps what came of each."""

    def __init__(
        self,
        writer: Writer,
        keys: KeyResolver,
        hearing: Hearing,
        session: aiohttp.ClientSession,
        waits_s: float,
    ) -> None:
        """Take what writes messages, the agency's keys, what hears callbacks, and how long those are waited for."""
        self._writer, self._keys, self._hearing, self._session, self._waits_s = writer, keys, hearing, session, waits_s
        self._clock = SystemClock()
        self.talk: dict[str, Exchange] = {}
        self.stopped = ""

    async def play(self, steps: Iterable[Step]) -> None:
        """Play steps in their order, until the system is silent.

        Raises:
            NotThere: nothing answers at its address.

        """
        silences = 0
        for step in steps:
            exchange = await self._play(step)
            silences += step.bend == "" and bool(exchange.silence)
            if silences >= _MOST_SILENCES:
                self.stopped = "nothing more was sent after two messages without an answer; see the row `deadline`"
                return

    async def undo_all(self) -> tuple[list[str], list[str]]:
        """Take back what stands; give the keys that were undone, and those that still stand."""
        undone: list[str] = []
        standing: list[str] = []
        for step in self._standing():
            key = key_of(self._writer.case, step, "ask")
            answer = None
            if self._writer.contract.effect == "reversible":
                last = structs.replace(step, name=f"cleaning {step.wish}", verb="undo", round=_LAST_ROUND, bend="")
                answer = (await self._play(last, keep=False)).word
            (undone if answer == "undone" else standing).append(key)
        return undone, standing

    def _standing(self) -> list[Step]:
        """Give the asks whose last word is that something was, or will be, done."""
        last: dict[str, tuple[Step, bool]] = {}
        for exchange in self.talk.values():
            word = outcome_of(exchange.later)
            if exchange.step.verb != "lookup" and word in _DONE:
                last[exchange.step.wish] = (exchange.step, _DONE[word])
        effect = self._writer.contract.effect != "none"
        return [step for step, stands in last.values() if stands and effect]

    async def _play(self, step: Step, *, keep: bool = True) -> Exchange:
        before = {name: exchange.sent for name, exchange in self.talk.items()}
        message = self._writer.write(step, self._clock.now(), before)
        exchange = await self._exchanged(step, message)
        if keep:
            self.talk[step.name] = exchange
        if step.waits and isinstance(exchange.answer, Accepted):
            await self._wait(exchange)
        answer = exchange.later
        if isinstance(answer, Contributed):
            await self._take(exchange, answer)
        return exchange

    async def _wait(self, exchange: Exchange) -> None:
        """Wait for the callback of an accepted ask; where none comes, the repeat of the ask may tell."""
        exchange.called = await self._hearing.called(key_of(self._writer.case, exchange.step), self._waits_s)
        if not exchange.called:
            step = exchange.step
            await self._play(structs.replace(step, name=asked_again(step.name), waits=False))

    async def _exchanged(self, step: Step, message: Message) -> Exchange:
        exchange = Exchange(step=step, sent=message)
        timeout = aiohttp.ClientTimeout(total=self._writer.deadline_s * _PATIENCE)
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with self._session.post(
                URL(message.url, encoded=True),
                data=BytesIO(message.body),  # a large one as plain bytes would hold up the loop
                headers=message.headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                received = Received(response.status, response.headers, await _read(response))
            _hear(exchange, received, self._keys, message)
        except AnswerTooLarge:
            exchange.silence = f"an answer over {MAX_ANSWER_BYTES // 2**20} MiB"
        except aiohttp.ClientConnectorError as error:
            if not self.talk:
                raise NotThere(error) from error
            exchange.silence = f"no connection: {error.os_error.strerror or error}"
        except TimeoutError:
            exchange.silence = f"no whole answer after {self._writer.deadline_s * _PATIENCE:g} s"
        except (aiohttp.ClientError, OSError) as error:
            exchange.silence = (
                f"the connection was closed without a whole answer ({str(error) or type(error).__name__})"
            )
        exchange.took_s = loop.time() - began
        return exchange

    async def _take(self, exchange: Exchange, answer: Contributed) -> None:
        """Take the documents out of a contribution."""
        try:
            taken = await take_documents(answer.output, self._writer.contract.output, self._fetch)
        except DocumentUnreachable as error:
            exchange.wrong = [f"a document's link gives nothing: {error}"]
        else:
            exchange.output = taken.output
            exchange.wrong = [f"/output/{name}: {wrong}" for name, wrong in taken.mistakes.items()]

    async def _fetch(self, link: str) -> bytes:
        try:
            async with self._session.get(link, allow_redirects=False) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            raise DocumentUnreachable(str(error) or type(error).__name__) from error
        if response.status not in SUCCESS:
            raise DocumentUnreachable(f"{response.status}")
        if len(content) > LARGEST_BYTES:
            raise DocumentTooLarge
        return content


_DONE: Final = {"contributed": True, "accepted": True, "undone": False}
"""Outcomes after which something stands, or no longer does."""


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read a body up to what a gateway reads of an answer."""
    body = bytearray()
    async for piece in response.content.iter_chunked(2**16):
        body += piece
        if len(body) > MAX_ANSWER_BYTES:
            raise AnswerTooLarge
    return bytes(body)


def _hear(exchange: Exchange, received: Received, keys: KeyResolver, message: Message) -> None:
    """Read what came: whether it is an answer, and whether its signature may be believed are two things here."""
    exchange.status, exchange.body = received.status, received.raw
    exchange.headers = {name.lower(): value for name, value in received.headers.items()}
    if received.status not in SUCCESS:
        return
    try:
        response = Response(received.status, received.headers, received.raw)
        verify_response(response, Request("POST", message.url, message.headers, message.body), keys, now=_CLOCK.now())
    except SignatureInvalid as error:
        exchange.fault = f"its signature is not valid: {error}"
    try:
        exchange.body = received.decoded()
        exchange.answer = msgspec.json.decode(exchange.body, type=Answer)
    except (ValueError, RecursionError, AnswerUndecodable, AnswerTooLarge) as error:
        exchange.unread = f"the body is no answer: {str(error) or type(error).__name__}"


_CLOCK: Final = SystemClock()
