"""What stands between the engine and agencies' systems, so that neither harms the other, nor one agency another.

An attempt takes a ticket and goes when it is its turn: within the agency's rate and attempts in flight, outside of its
maintenance, not while nobody is heard there, not before it wants to be asked again, repeats within their budget, and
services and cases in fair order. An attempt that is held back here has not begun: nothing was sent, and no clock runs.

What is known of an agency is of this process: after a restart every breaker is closed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from functools import partial
from itertools import groupby
from typing import Final, TypeAlias

from msgspec import Struct

from contracts.contract import Contract, PullConnection
from contracts.views import HeldBackView
from contracts.wire import Ask, Heard, Lookup, Undo, Unheard
from workflows.agencies.breaker import Standing
from workflows.agencies.lane import Lane, Now, Place, Ticket
from workflows.ports import Agency, Clock, Told

_LONGEST_SLEEP_S: Final = 15.0
"""A clock that is set, or a changed record, must not be missed for longer than this."""


LaneName: TypeAlias = tuple[str, str]
"""An agency, and one of its contracts where that has a lane of its own."""


class AgencyStanding(Struct, frozen=True, kw_only=True):
    """How an agency stands; `waiting` counts by what is waited for."""

    agency: str
    breaker: Standing
    in_flight: int
    waiting: dict[str, int]


class Protection:
    """Every agency's lane. Contracts of one agency share it, since they share its system.

    What an agency fetches has a lane for each contract: each may have workers of its own, and what waits for those that
    do not come must not stand before what others would fetch.
    """

    def __init__(self, clock: Clock) -> None:
        """Take the clock that says when maintenance is."""
        self._clock = clock
        self._lanes: dict[LaneName, Lane] = {}
        self._timers: dict[LaneName, asyncio.TimerHandle] = {}
        self._closed = False

    def enter(self, ticket: Ticket) -> Place | None:
        """Give a place at once, or None: then `ticket.start` is called with it later."""
        contract, now = ticket.record(), self._now()
        name = _lane_of(contract)
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane()
        if self._closed or lane.enter_at_once(ticket, contract, now, partial(self._left, name, lane)) is None:
            lane.add(ticket, now)
            self._move_on(name, now)
        ticket.waits = True
        return ticket.place

    def look_again(self) -> None:
        """Look whether anybody may go now: operational records have changed."""
        for name in list(self._lanes):
            self._move_on(name, self._now())

    def close(self) -> None:
        """Let nobody in any more."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def held_back(self, contract: Contract) -> HeldBackView | None:
        """Say why nothing is let in under this contract at the moment, if so."""
        lane = self._lanes.get(_lane_of(contract)) or Lane()
        return lane.held_back(contract, self._now())

    def standings(self) -> Iterator[AgencyStanding]:
        """Say how every agency stands that was called since the start."""
        now = self._now()
        for agency, named in groupby(sorted(self._lanes.items(), key=lambda item: item[0]), lambda item: item[0][0]):
            lanes, waiting = [lane for _, lane in named], Counter[str]()
            for lane in lanes:
                waiting.update(lane.waiting(now))
            # Only the first, the agency's own, can be anything but closed: who fetches is never called in vain.
            standing, running = lanes[0].standing(now), sum(lane.running for lane in lanes)
            yield AgencyStanding(agency=agency, breaker=standing, in_flight=running, waiting=dict(waiting))

    def _now(self) -> Now:
        return Now(asyncio.get_running_loop().time(), self._clock.now())

    def _move_on(self, name: LaneName, now: Now) -> None:
        """Let in whose turn it is, tell those who wait for long, and come back when time may change something."""
        if self._closed:
            return
        lane = self._lanes[name]
        for ticket in lane.admit(now, partial(self._left, name, lane)):
            if ticket.waits and ticket.place is not None:
                ticket.start(ticket.place)
        for ticket, because in lane.impatient(now):
            if ticket.hold_back is not None:
                ticket.hold_back(because)
        self._come_back(name, lane.look_again_at(now), now)

    def _left(self, name: LaneName, lane: Lane, place: Place, heard: Heard | None) -> None:
        """Take a place back, and let in whose turn it is now, if anybody waits."""
        now = self._now()
        lane.leave(place, heard, now)
        if not lane.idle or name in self._timers:
            self._move_on(name, now)

    def _come_back(self, name: LaneName, at: float | None, now: Now) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
        if at is not None:
            loop = asyncio.get_running_loop()
            when = min(at, now.seconds + _LONGEST_SLEEP_S)
            self._timers[name] = loop.call_at(when, lambda: self._move_on(name, self._now()))


def _lane_of(contract: Contract) -> LaneName:
    return contract.agency, contract.name if isinstance(contract.connection, PullConnection) else ""


class ProtectedAgency:
    """A way to reach an agency for one attempt that has its place: it gives it back with what was heard."""

    def __init__(self, reached: Agency, place: Place) -> None:
        """Take the way, and the place."""
        self._reached, self._place = reached, place

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an ask."""
        return await self._told(self._reached.ask(ask, contract, traceparent=traceparent), contract)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an undo."""
        return await self._told(self._reached.undo(undo, contract, traceparent=traceparent), contract)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        """Ask what is held under a key."""
        return await self._told(self._reached.lookup(lookup, contract, traceparent=traceparent), contract)

    async def _told(self, attempt: Awaitable[Told], contract: Contract) -> Told:
        heard: Heard | None = None
        try:
            told = await attempt
            # Silence of a worker says nothing about the next one: whoever fetches is there.
            if not (isinstance(contract.connection, PullConnection) and isinstance(told.heard, Unheard)):
                heard = told.heard
        finally:
            self._place.leave(heard)
        return told
