"""Whether the gateway was there to hear: a sign of life is kept every so often, and a gap between two is recorded.

A gap is told by the clock on the wall, whatever made it: a kill, a power cut, a machine that slept, a full disk.
Nothing is decided before it is recorded (`Driver`), so that no silence counts that nobody listened to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Final, NoReturn

import structlog

from contracts.events import GatewayWasAway, RegisterEvent
from contracts.ids import Instant
from workflows.ports import Clock, Journal, Outage

_log = structlog.get_logger(__name__)

EVERY_S: Final = 30.0
LONGEST_SILENCE: Final = timedelta(minutes=2)
"""A longer gap between two signs of life is an absence; a restart takes seconds."""
UNTIL_TOLD_AGAIN: Final = timedelta(minutes=30)
"""For how long after an absence agencies may take to tell again what nobody took: they try every 10 minutes at least
(docs/reference/wire.md), so each has three chances."""


class Presence:
    """Keeps signs of life; `register` records in the register. It begins with the first sign."""

    def __init__(
        self, journal: Journal, clock: Clock, register: Callable[[Sequence[RegisterEvent]], Awaitable[None]]
    ) -> None:
        """Take where signs are kept, and how an absence is recorded."""
        self._journal, self._clock, self._register = journal, clock, register
        self._turn = asyncio.Lock()
        self._last: Instant | None = None
        self._owed = False

    @property
    def late(self) -> bool:
        """Whether a sign is owed before anything is decided: this process slept, or could not write."""
        return self._owed or (self._last is not None and _absent(self._last, self._clock.now()))

    async def show(self) -> None:
        """Keep a sign of life, and before it that nobody was here, where the last one is too old.

        A clock that was set back tells of no absence; one that was set forward tells of one that was none.

        Raises:
            JournalUnavailable: nothing was kept.

        """
        async with self._turn:
            self._owed = True
            last, now = self._last or await self._journal.last_sign(), self._clock.now()
            if last is not None and _absent(last, now):
                _log.warning("gateway_was_away", since=last.isoformat(), seconds=(now - last).total_seconds())
                await self._register([GatewayWasAway(at=now, since=last, until=now + UNTIL_TOLD_AGAIN)])
            await self._journal.keep_sign(now)
            self._last, self._owed = now, False

    async def keep(self) -> NoReturn:
        """Show that somebody is here, every so often, until cancelled."""
        while True:
            try:
                await self.show()
            except Outage as outage:
                _log.warning("no_sign_of_life_kept", reason=str(outage))
            await self._clock.sleep(EVERY_S)


def _absent(last: Instant, now: Instant) -> bool:
    return now - last > LONGEST_SILENCE
