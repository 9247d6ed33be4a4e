"""Agencies whose systems can only call out: what is asked of them waits here until a worker of theirs fetches it.

What waits here, and who has fetched what, is of this process alone (docs/adr/0013-fetching.md): after a restart
everything that is owed waits here again, under the same keys. An attempt ends when it is answered (by whatever way: the
answer is recorded first, then told here), given back, not fetched in time, or when its worker is silent for too long.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Final, TypeAlias

import msgspec
from msgspec import structs

from contracts.connection import PullConnection
from contracts.contract import Contract
from contracts.ids import AskKey, Instant, Verb
from contracts.units import seconds
from contracts.wire import Ask, Lookup, Undo, Unheard
from workflows.agencies.evidence import evidence_of_silence
from workflows.ports import Clock, Told

Message: TypeAlias = Ask | Undo | Lookup
_LEASE_BYTES: Final = 12


class LeaseLost(Exception):
    """Nobody has this lease (any more): it ended, or the gateway was started anew."""


class Errand:
    """One attempt that waits to be fetched, or that a worker has fetched: then it has a `lease`."""

    def __init__(self, verb: Verb, message: Message, contract: Contract, traceparent: str, since: Instant) -> None:
        """Take what is to be fetched; `since` is now."""
        connection = contract.connection
        if not isinstance(connection, PullConnection):
            text = f"{contract.name} does not fetch what it is asked"
            raise TypeError(text)
        self.verb: Verb = verb
        self.key, self.message, self.traceparent = AskKey(message.key), message, traceparent
        self.contract, self.connection, self.since = contract, connection, since
        self.attempt = 0 if isinstance(message, Lookup) else message.attempt
        self.told: asyncio.Future[Told] = asyncio.get_running_loop().create_future()
        self.alarm: asyncio.TimerHandle | None = None
        self.ends = 0.0
        """When the attempt ends by itself, by the loop's clock; `until` is the same, or the lease's end, for people."""
        self.until = since
        self.lease = self.worker = ""
        self.fetched_at: Instant | None = None
        self.received = False
        """Whether it is on record that its worker has it."""
        self.sent = b""
        """What is given to whoever has fetched it."""


class PullAgency:
    """Reaches agencies that fetch: an attempt waits for a worker, then for its answer."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that dates evidence; waiting is counted on the loop's, which nobody sets."""
        self._clock = clock
        self._errands: dict[str, dict[Errand, None]] = {}
        self._leases: dict[str, Errand] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._closed = False
        self.offers = 0
        """How often something could be fetched that could not before."""

    # --- the port ---------------------------------------------------------------------------------------------

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an ask."""
        return await self._attempt(Errand("ask", ask, contract, traceparent, self._clock.now()))

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an undo."""
        return await self._attempt(Errand("undo", undo, contract, traceparent, self._clock.now()))

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        """Ask what is held under a key."""
        return await self._attempt(Errand("lookup", lookup, contract, traceparent, self._clock.now()))

    async def _attempt(self, errand: Errand) -> Told:
        errands = self._errands.setdefault(errand.contract.agency, {})
        errands[errand] = None
        try:
            self._offer(errand)
            return await errand.told
        finally:
            if errand.alarm is not None:
                errand.alarm.cancel()
            self._leases.pop(errand.lease, None)
            del errands[errand]

    def _offer(self, errand: Errand) -> None:
        """Let it be fetched from now on."""
        if self._closed:
            errand.told.cancel()
        patience = errand.connection.deadline
        errand.ends = self._now() + seconds(patience)
        self._ends_by_itself(errand, errand.ends, f"nobody fetched it within {patience}", sent=False)
        self.offers += 1
        for waiting in self._waiting:
            waiting.set_result(None)
        self._waiting.clear()

    def _ends_by_itself(self, errand: Errand, at: float, reason: str, *, sent: bool) -> None:
        if errand.alarm is not None:
            errand.alarm.cancel()
        heard = Unheard(key=errand.key, reason=reason, sent=sent)
        errand.alarm = asyncio.get_running_loop().call_at(at, self._end, errand, heard)
        errand.until = self._clock.now() + timedelta(seconds=at - self._now())

    def _end(self, errand: Errand, heard: Unheard) -> None:
        """End an attempt unheard."""
        sent = errand.sent if heard.sent else b""
        self._tell(errand, Told(heard, evidence_of_silence(None, received_at=self._clock.now(), sent=sent)))

    def _tell(self, errand: Errand, told: Told) -> None:
        if not errand.told.done():
            errand.told.set_result(told)

    # --- fetching ---------------------------------------------------------------------------------------------

    async def offered(self, *, after: int) -> None:
        """Come back once `offers` is above `after`."""
        if self.offers > after:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await waiting
        finally:
            self._waiting.discard(waiting)

    def take(self, agency: str, contracts: Collection[str], worker: str, *, tried: Collection[Errand]) -> Errand | None:
        """Give one attempt that waits, oldest first, to this worker alone; none: there is none beside those tried.

        `contracts` are the names that the worker wants, all of the agency's where there are none.
        """
        for errand in self._errands.get(agency, ()):
            wanted = not contracts or errand.contract.name in contracts
            if wanted and not errand.lease and errand not in tried and not errand.told.done():
                self._lease(errand, worker)
                return errand
        return None

    def _lease(self, errand: Errand, worker: str) -> None:
        errand.lease = f"{errand.verb}.{secrets.token_urlsafe(_LEASE_BYTES)}"
        errand.worker, errand.fetched_at = worker, self._clock.now()
        self._leases[errand.lease] = errand
        deadline = seconds(errand.connection.deadline)
        errand.ends = self._now() + deadline
        message = structs.replace(errand.message, deadline=errand.fetched_at + timedelta(seconds=deadline))
        errand.sent = msgspec.json.encode(message)
        self._extend(errand)

    def _extend(self, errand: Errand) -> None:
        """Let the worker be silent for one more lease, but not beyond the end of the attempt."""
        connection = errand.connection
        until = min(self._now() + seconds(connection.lease), errand.ends)
        silent = f"was silent for {connection.lease}" if until < errand.ends else f"had it for {connection.deadline}"
        self._ends_by_itself(errand, until, f"{errand.worker} fetched it, and {silent} without an answer", sent=True)

    def put_back(self, errand: Errand) -> None:
        """Let an attempt that was taken, and not given out, be fetched by somebody."""
        self._leases.pop(errand.lease, None)
        errand.lease = errand.worker = ""
        errand.fetched_at = None
        patience = errand.connection.deadline
        self._ends_by_itself(errand, errand.ends, f"nobody fetched it within {patience}", sent=False)

    def drop(self, errand: Errand) -> None:
        """End an attempt that nobody wants any more; it was never given out."""
        self.put_back(errand)
        self._end(errand, Unheard(key=errand.key, reason="not wanted any more", sent=False))

    # --- what a worker does with what it has fetched ------------------------------------------------------------

    def leased(self, agency: str, lease: str) -> Errand:
        """Give what an agency has fetched under this lease.

        Raises:
            LeaseLost: nothing (any more).

        """
        errand = self._leases.get(lease)
        if errand is None or errand.contract.agency != agency or errand.told.done():
            raise LeaseLost
        return errand

    def extend(self, agency: str, lease: str) -> Instant:
        """Take a heartbeat; give the new end of the lease.

        Raises:
            LeaseLost: it is over, or was another agency's.

        """
        errand = self.leased(agency, lease)
        self._extend(errand)
        return errand.until

    def give_back(self, agency: str, lease: str, reason: str, *, after_s: float = 0, final: bool = False) -> None:
        """End an attempt that its worker cannot make: it is made again, not before `after_s`; `final`: a person looks.

        Raises:
            LeaseLost: it is over, or was another agency's.

        """
        errand = self.leased(agency, lease)
        why = f"given back by {errand.worker}" + (f": {reason}" if reason else "")
        self._end(errand, Unheard(key=errand.key, reason=why, final=final, retry_after_s=after_s or None))

    def settle(self, agency: str, verb: Verb, told: Told) -> None:
        """End the attempts under this answer's key: it is recorded."""
        for errand in self._errands.get(agency, ()):
            if (errand.verb, errand.key) == (verb, told.heard.key):
                self._tell(errand, told)

    # --- looking on ---------------------------------------------------------------------------------------------

    def errands(self) -> Iterator[Errand]:
        """Give everything that waits or is fetched, agency by agency, oldest first."""
        for _, errands in sorted(self._errands.items()):
            yield from errands

    def close(self) -> None:
        """Let go of everything: it is owed at the next start. Answers that come meanwhile are recorded all the same."""
        self._closed = True
        for errand in self.errands():
            errand.told.cancel()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
