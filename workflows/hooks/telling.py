"""Makes deliveries of what was committed: nothing is told before the event behind it is on the disk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol, cast

import msgspec

from contracts.events import HookRegistered, RegisterEvent
from contracts.ids import Instant
from contracts.plan import PublishedPlan
from workflows.hooks.kinds import Life, Told, is_told, life_of, message, told_of
from workflows.hooks.ledger import Ledger, NewDelivery
from workflows.ports import REGISTER, Clock, Erased, Journal, Recorded
from workflows.projections.hooks import Hook

AT_ONCE: Final = 500
"""Events that are read and noted in one transaction."""
TIDY_EVERY: Final = timedelta(hours=1)
KEPT: Final = timedelta(days=30)
_encode = msgspec.json.Encoder().encode


class Register(Protocol):
    """What must be known of the register."""

    @property
    def hooks(self) -> Mapping[str, Hook]:
        """The addresses that are told, by name."""
        ...

    @property
    def plans(self) -> Mapping[str, PublishedPlan]:
        """Every plan ever published, by digest."""
        ...


Record = Callable[[Sequence[RegisterEvent]], Awaitable[None]]
"""Records events of the register."""


class Telling:
    """Reads the journal from the place where it was, and notes what each hook is to be told."""

    def __init__(
        self, journal: Journal, ledger: Ledger, register: Callable[[], Register], clock: Clock, source: str
    ) -> None:
        """Take what is read, where deliveries are noted, the register as it stands, and this gateway's address."""
        self.journal, self.ledger, self.clock, self._source = journal, ledger, clock, source
        self.register = register
        self._tidied: Instant | None = None
        self._nobody = self._checked = False

    async def catch_up(self) -> bool:
        """Note everything that was committed since; say whether there is anybody to be told.

        Raises:
            Outage: the journal or the ledger is not there at the moment; nothing is lost.

        """
        hooks = self.register().hooks
        if not hooks and self._nobody:
            return False
        if not hooks:  # whoever comes later is told of nothing that happened before
            await self.ledger.move(None)
            await self.ledger.forget([], self.clock.now())
            self._nobody = True
            return False
        self._nobody = False
        await self._tidy()
        place = await self.ledger.place()
        if place is None or not (self._checked or await self.journal.read_all(after=place - 1, limit=1)):
            place = await self._beginning(hooks)  # else an older journal was put back, and events have numbers again
        self._checked = True
        while rows := await self.journal.read_all(after=place, limit=AT_ONCE):
            deliveries = await self._deliveries(rows)
            place = rows[-1].sequence
            await self.ledger.move(place, deliveries)
        return True

    async def _beginning(self, hooks: Mapping[str, Hook]) -> int:
        """Give the place of the first hook's own registration."""
        for row in await self.journal.read(REGISTER):
            if isinstance(row.event, HookRegistered) and row.event.hook in hooks:
                return row.sequence
        return 0

    async def _deliveries(self, rows: Sequence[Recorded]) -> list[NewDelivery]:
        lives: dict[str, Life | None] = {}
        made: list[NewDelivery] = []
        for row in rows:
            if row.stream == REGISTER or not is_told(row.event):
                continue
            if row.stream not in lives:
                lives[row.stream] = await self._life(row.stream)
            life = lives[row.stream]
            for told in told_of(row, life) if life is not None else ():
                made += self._of(told, row, cast("Life", life))
        return made

    async def _life(self, stream: str) -> Life | None:
        try:
            return life_of(await self.journal.read(stream), self.register().plans)
        except Erased:
            return None

    def _of(self, told: Told, row: Recorded, life: Life) -> list[NewDelivery]:
        at, now = row.event.at, self.clock.now()
        return [
            NewDelivery(
                hook=hook.name,
                id=(body := message(told, row, life, agency=hook.agency, source=self._source)).id,
                kind=told.kind,
                subject=row.stream,
                body=_encode(body),
                made_at=at,
                next_at=now if hook.state == "on" else None,
            )
            for hook in self.register().hooks.values()
            if told.kind in hook.made.kinds
            and hook.agency in {"", *told.agencies}
            and at >= hook.made.at
            and now - at < KEPT
        ]

    async def _tidy(self) -> None:
        now = self.clock.now()
        if self._tidied is None or now - self._tidied >= TIDY_EVERY:
            await self.ledger.forget(list(self.register().hooks), now - KEPT)
            self._tidied = now
