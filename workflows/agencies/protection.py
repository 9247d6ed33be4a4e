"""What stands between the engine and an agency's system, so that neither harms the other.

`ProtectedAgency` wraps any way of reaching agencies and lets each attempt in through every protection, in order. Today
there is one, the limit of attempts in flight; rate, breaker and maintenance windows are further `Protection`s. An
attempt that is held back here has not begun: no clock of its own runs, and nothing was sent.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

from contracts.contract import Contract
from contracts.wire import Ask, Lookup, Undo
from workflows.ports import Agency, Told


class Protection(Protocol):
    """Lets attempts towards an agency in, one way or another."""

    def admit(self, contract: Contract) -> AbstractAsyncContextManager[None]:
        """Give the context in which one attempt runs; entering it may wait."""
        ...


class InFlight:
    """At most `limits.in_flight` attempts at once per agency, first come, first served.

    The limit is the operational record's of the contract at hand, read each time: a change counts at once. Contracts of
    one agency share its places, since they share its system.
    """

    def __init__(self) -> None:
        """Start with nothing in flight."""
        self._lanes: dict[str, _Lane] = {}

    @asynccontextmanager
    async def admit(self, contract: Contract) -> AsyncGenerator[None]:
        """Wait for a place, and give it back afterwards, cancelled or not."""
        lane = self._lanes.setdefault(contract.agency, _Lane())
        await lane.enter(contract.limits.in_flight)
        try:
            yield
        finally:
            lane.leave()
            if lane.idle:
                self._lanes.pop(contract.agency, None)

    def waiting(self, agency: str) -> int:
        """Say how many attempts towards this agency wait for a place."""
        lane = self._lanes.get(agency)
        return len(lane.queue) if lane else 0

    def running(self, agency: str) -> int:
        """Say how many attempts towards this agency are in flight."""
        lane = self._lanes.get(agency)
        return lane.running if lane else 0


class ProtectedAgency:
    """A way to reach agencies, through every protection in order."""

    def __init__(self, reached: Agency, protections: Sequence[Protection]) -> None:
        """Take what is protected, and the protections from the outermost."""
        self._reached = reached
        self._protections = tuple(protections)

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an ask, once it is let in."""
        async with self._admitted(contract):
            return await self._reached.ask(ask, contract, traceparent=traceparent)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an undo, once it is let in."""
        async with self._admitted(contract):
            return await self._reached.undo(undo, contract, traceparent=traceparent)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        """Ask what is held under a key, once it is let in."""
        async with self._admitted(contract):
            return await self._reached.lookup(lookup, contract, traceparent=traceparent)

    @asynccontextmanager
    async def _admitted(self, contract: Contract) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            for protection in self._protections:
                await stack.enter_async_context(protection.admit(contract))
            yield


class _Lane:
    """The attempts towards one agency: how many run, and who waits with which limit."""

    def __init__(self) -> None:
        self.running = 0
        self.queue: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def idle(self) -> bool:
        return self.running == 0 and not self.queue

    async def enter(self, limit: int) -> None:
        if self.running < limit and not self.queue:
            self.running += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiter = (limit, turn)
        self.queue.append(waiter)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place came at the very moment of the cancellation: pass it on
            else:
                self.queue.remove(waiter)
                self._call_next()
            raise

    def leave(self) -> None:
        self.running -= 1
        self._call_next()

    def _call_next(self) -> None:
        """Give free places to those who wait longest. A place is taken here, before its holder wakes up."""
        while self.queue and self.running < self.queue[0][0]:
            _, turn = self.queue.popleft()
            self.running += 1
            turn.set_result(None)
