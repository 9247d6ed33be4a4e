"""Sends what hooks are told: one delivery of a hook at a time, all hooks side by side: a slow one holds up itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Final, NoReturn, Protocol

import structlog
from aiohttp import ClientError
from yarl import URL

from contracts.events import HookDisabled
from contracts.hooks import AttemptView, HookState
from contracts.ids import Instant
from workflows.agencies.exchange import Outgoing, Progress, failure_in_words
from workflows.agencies.received import AnswerTooLarge, Received
from workflows.hooks.ledger import Due
from workflows.hooks.retrying import is_gone, is_taken, next_at
from workflows.hooks.signing import secret_key, signed_headers
from workflows.hooks.telling import Record, Telling
from workflows.ports import Outage
from workflows.projections.hooks import Hook

DEADLINE_S: Final = 15.0
"""For one attempt, from connecting to the last byte of the answer."""
CONTENT_TYPE: Final = "application/cloudevents+json"
_LONGEST_SLEEP_S: Final = 15.0
"""A clock that is set, or an event that nobody woke us for, must not hide a delivery for longer than this."""
_SHORTEST_SLEEP_S: Final = 0.005
_GATHER_S: Final = 0.02
"""What is committed within it is looked at once."""
_PAUSE: Final = timedelta(seconds=30)
"""How long a hook rests after something of ours went wrong."""

_log = structlog.get_logger(__name__)


class Exchange(Protocol):
    """Sends one request, to addresses that may be connected to, and follows no redirect."""

    async def send(self, outgoing: Outgoing, progress: Progress) -> Received:
        """Send and read."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Sending:
    """Runs beside the gateway until it is cancelled; what was not finished then is begun again at the next start."""

    def __init__(
        self, telling: Telling, exchange: Exchange, record: Record, *, committed: asyncio.Event | None = None
    ) -> None:
        """Take what makes deliveries, who sends them, and who records in the register that a hook is disabled.

        `committed` is set whenever something was committed.
        """
        self.ledger = telling.ledger
        self._telling, self._exchange, self._record = telling, exchange, record
        self._journal, self._register, self._clock = telling.journal, telling.register, telling.clock
        self._sooner = committed or asyncio.Event()
        self._busy: set[str] = set()
        self._resting: dict[str, Instant] = {}

    def wake(self) -> None:
        """Look at once: something was committed, or is to be sent again."""
        self._sooner.set()

    async def run(self) -> NoReturn:
        """Make deliveries and send them, until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                self._sooner.clear()
                wait_s = await self.step(group)
                await self._sleep(wait_s)
                await self._clock.sleep(_GATHER_S)
        raise AssertionError

    async def close(self) -> None:
        """Let go of connections and of the file."""
        await self._exchange.close()
        await self.ledger.close()

    async def step(self, group: asyncio.TaskGroup) -> float:
        """Make deliveries, and begin what is due within a group; give the seconds until something is due again."""
        try:
            heads = await self.ledger.heads() if await self._telling.catch_up() else {}
        except Outage as outage:
            _log.warning("hooks_wait", reason=str(outage))
            return outage.retry_after_s
        except Exception:  # noqa: BLE001 - what others are told must not take the gateway down with it
            _log.exception("hooks_not_told")
            return _LONGEST_SLEEP_S
        now = self._clock.now()
        wait_s = _LONGEST_SLEEP_S
        for name, head in heads.items():
            if name in self._busy:
                continue
            at = max(head, self._resting.get(name, head))
            if at <= now:
                self._busy.add(name)
                group.create_task(self._one(name, now))
            else:
                wait_s = min(wait_s, max(_SHORTEST_SLEEP_S, (at - now).total_seconds()))
        return wait_s

    async def _one(self, name: str, now: Instant) -> None:
        try:
            hook, due = self._register().hooks.get(name), await self.ledger.due(name, now)
            if hook is None or hook.state != "on":
                await self.ledger.hold(name)
            elif due is not None:
                await self._deliver(hook, due)
            self._resting.pop(name, None)
        except Outage as outage:
            self._resting[name] = self._clock.now() + timedelta(seconds=outage.retry_after_s)
        except Exception:  # noqa: BLE001 - one hook that cannot be told must not stop all others
            self._resting[name] = self._clock.now() + _PAUSE
            _log.exception("hook_not_told", hook=name)
        finally:
            self._busy.discard(name)
            self._sooner.set()

    async def _deliver(self, hook: Hook, due: Due) -> None:
        attempt = await self._attempt(hook, due)
        if is_taken(attempt.status):
            await self.ledger.tried(due, attempt, "delivered", None)
            return
        again = None if is_gone(attempt.status) else next_at(due.tries + 1, self._clock.now())
        await self.ledger.tried(due, attempt, "waiting" if again else "undelivered", again)
        if is_gone(attempt.status):
            await self._disable(hook, "gone")
        elif again is None and not await self.ledger.heard_since(hook.name, due.made_at):
            await self._disable(hook, "spent")

    async def _disable(self, hook: Hook, because: HookState) -> None:
        if because != "on":
            await self._record([HookDisabled(at=self._clock.now(), hook=hook.name, because=because)])
        await self.ledger.hold(hook.name)
        _log.warning("hook_disabled", hook=hook.name, because=because)

    async def _attempt(self, hook: Hook, due: Due) -> AttemptView:
        """Make one attempt; whatever goes wrong there is an attempt that was not heard, never an exception."""
        began = self._clock.now()
        keys = [await secret_key(self._journal, hook.name, each) for each in hook.generations(began)]
        headers = {"Content-Type": CONTENT_TYPE, "User-Agent": "gapura", "Accept-Encoding": "identity"}
        headers |= signed_headers(keys, due.id, int(began.timestamp()), due.body)
        status, error = 0, ""
        try:
            outgoing = Outgoing("POST", URL(hook.url), headers, due.body)
            async with asyncio.timeout(DEADLINE_S):
                status = (await self._exchange.send(outgoing, Progress())).status
        except TimeoutError:
            error = f"no whole answer within {DEADLINE_S:.0f} s"
        except (ClientError, OSError, AnswerTooLarge, ValueError) as failure:
            error = failure_in_words(failure)
        took_ms = round((self._clock.now() - began).total_seconds() * 1000)
        return AttemptView(at=began, status=status, took_ms=max(0, took_ms), error=error)

    async def _sleep(self, seconds: float) -> None:
        async with asyncio.TaskGroup() as group:
            sooner = group.create_task(_coroutine(self._sooner.wait()))
            slept = group.create_task(self._clock.sleep(seconds))
            await asyncio.wait({sooner, slept}, return_when=asyncio.FIRST_COMPLETED)
            sooner.cancel()
            slept.cancel()


async def _coroutine(waiting: Awaitable[object]) -> None:
    await waiting
