"""Answers that come later: decided when due, sent until the gateway has taken them, across restarts of this office."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
from yarl import URL

from examples.purbalingga.agencies.keys import SigningKey
from examples.purbalingga.agencies.procedure import Procedure
from examples.purbalingga.agencies.register import OwedCallback
from examples.purbalingga.agencies.signatures import sign_request

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 600.0
_ATTEMPT_S = 10.0
_FOR_NOTHING = frozenset({400, 404, 413, 415, 422})
"""The gateway will never take this body: sending it again cannot help, and a person must look at it."""

_log = logging.getLogger(__name__)


class LaterAnswers:
    """Decides accepted work when it is due and delivers the answers, one after another."""

    def __init__(
        self,
        procedure: Procedure,
        key: SigningKey,
        session: aiohttp.ClientSession,
        *,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        """Take the procedure whose register holds what is due and owed, and how long to wait at most between tries."""
        self._longest_wait_s = longest_wait_s
        self._procedure, self._key, self._session = procedure, key, session
        self._register = procedure.register
        self._news = asyncio.Event()

    def look(self) -> None:
        """Say that something was accepted: look what is due."""
        self._news.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._news.clear()
            self._procedure.decide_due(self._procedure.now())
            for callback in self._register.due_callbacks(self._procedure.now()):
                await self._deliver(callback)
            await self._until_something_is_due()

    async def _until_something_is_due(self) -> None:
        """Wait for news or for the next moment at which something is due."""
        moments = [decide_at for _, decide_at in self._register.undecided()[:1]]
        next_callback_at = self._register.next_callback_at()
        moments += [] if next_callback_at is None else [next_callback_at]
        wait_s = max(0.0, min(moments) - self._procedure.now()) if moments else None
        try:
            async with asyncio.timeout(wait_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def _deliver(self, callback: OwedCallback) -> None:
        """Send one answer, signed afresh; then it is taken, given up, or tried again later."""
        status, retry_after_s = await self._send(callback)
        outcome = {204: "taken"}.get(status) or ("given_up" if status in _FOR_NOTHING else "later")
        _log.info("callback %s: %s, attempt %d, %s", callback.ask_key, status, callback.attempts + 1, outcome)
        if outcome == "later":
            wait_s = min(FIRST_WAIT_S * 2.0**callback.attempts, self._longest_wait_s)
            self._register.postpone(callback.ask_key, next_at=self._procedure.now() + max(wait_s, retry_after_s))
        else:
            self._register.settle_callback(callback.ask_key, outcome)

    async def _send(self, callback: OwedCallback) -> tuple[int, float]:
        """Give the status (0: not heard) and how long the gateway asks to wait, in seconds."""
        target = URL(callback.address)
        headers = sign_request(
            self._key,
            target,
            idempotency_key=callback.ask_key,
            body=callback.answer,
            created=int(self._procedure.now()),
        )
        headers["traceparent"] = callback.traceparent
        timeout = aiohttp.ClientTimeout(total=_ATTEMPT_S)
        try:
            async with self._session.post(
                target, data=callback.answer, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                asked = response.headers.get("Retry-After", "")
                return response.status, float(asked) if asked.isdecimal() else 0.0
        except (aiohttp.ClientError, TimeoutError) as mistake:
            _log.info("callback %s: not heard (%s)", callback.ask_key, type(mistake).__name__)
            return 0, 0.0
