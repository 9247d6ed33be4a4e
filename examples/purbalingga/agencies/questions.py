"""What the gateway asks after issue: "is it still X?". Fetched every so often, and answered from the office's register.

The answer is one word. What the register has instead is never sent; asked to correct it, the office enters what it was
given, and says that it is the same again.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

import msgspec
from msgspec import Struct

from examples.purbalingga.agencies.calling import Gateway
from examples.purbalingga.agencies.procedure import Procedure

EVERY_S = 60.0
_ATTEMPT_S = 10.0

_log = logging.getLogger(__name__)


class Question(Struct):
    """One question: its name, the key of the ask that it concerns, and what the office was given."""

    question: str
    key: str
    value: object
    correct: bool = False


class Questions(Struct):
    """A page of questions, and where the list goes on."""

    questions: list[Question]
    next: str = ""


class Confirming:
    """Fetches and answers for one office, for as long as it is let."""

    def __init__(self, procedure: Procedure, gateway: Gateway, every_s: float = EVERY_S) -> None:
        """Take the procedure, the gateway, and how long it rests between looks, in seconds."""
        self._procedure, self._gateway, self._every_s = procedure, gateway, every_s

    async def run(self) -> None:
        """Look and answer until cancelled; a gateway that is away, or does not know us yet, is asked again later."""
        while True:
            await self.look()
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Answer everything that is asked now; what is not taken is asked again by itself."""
        cursor, more = "", True
        while more:
            body = msgspec.json.encode({"cursor": cursor})
            status, said = await self._call("questions", "questions", body)
            page = msgspec.json.decode(said, type=Questions) if status == HTTPStatus.OK else Questions([])
            for question in page.questions:
                await self._answer(question)
            cursor, more = page.next, bool(page.next)

    async def _answer(self, question: Question) -> None:
        word = self._procedure.confirm(question.key, question.value, correct=question.correct)
        body = msgspec.json.encode({"question": question.question, "answer": word})
        status, _ = await self._call("confirmations", question.question, body)
        _log.info("%s: %s, answered: %s", question.question, word, status)

    async def _call(self, path: str, key: str, body: bytes) -> tuple[int, bytes]:
        return await self._gateway.call(self._gateway.agency / path, key, body, within_s=_ATTEMPT_S)
