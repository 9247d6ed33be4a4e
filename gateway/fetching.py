"""Agencies that fetch what they are asked: leases, heartbeats, answers and what is given back (docs/reference/wire.md).

What is given out is recorded first, and that it arrived once its worker shows it: with a heartbeat, by giving it back,
or with its answer. An answer is recorded whether or not its lease is still held, for an answer is never dropped.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field, structs

from contracts.commands import RecordFetch, RecordReceipt
from contracts.connection import PullConnection
from contracts.ids import AskKey, Instant, parse_ask_key
from contracts.problems import Mistake
from contracts.units import Duration, seconds
from contracts.views import ErrandView
from contracts.wire import Evidence, Unreadable
from gateway.bodies import JSON_TYPES, media_type, parse_object, take
from gateway.hearing import Hearing, Message, Sender, breaks_contract
from gateway.identity.callers import Caller
from gateway.limits import Limits
from gateway.parts import Parts
from gateway.problems import AnswerInvalid, FormInvalid, LeaseOver
from gateway.waiting import unless
from workflows.agencies.pull import Errand, LeaseLost
from workflows.agencies.signing import Request, Response, sign_response
from workflows.agencies.statuses import masked
from workflows.core.fetching import may_be_fetched
from workflows.loading.hashing import content_digest

LONGEST_WAIT_S: Final = 30
MOST_AT_ONCE: Final = 100
LONGEST_AFTER_S: Final = 86_400.0
_Body = TypeVar("_Body")
_OVER: Final = "This lease is over. If the work is done, answer all the same; if not, stop: it is offered again."


_WORKER: Final = Meta(
    pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)", description="A name of the worker, for people."
)


class LeaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a worker wants: at most so many, under these contracts (none named: all), and what it calls itself."""

    most: Annotated[int, Meta(ge=1, le=MOST_AT_ONCE)] = 1
    contracts: Annotated[list[str], Meta(max_length=MOST_AT_ONCE)] = field(default_factory=list[str])
    worker: Annotated[str, _WORKER] = "worker"


class GiveBackBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is given back, and how long it shall not be offered again. `final`: asking again cannot help."""

    reason: Annotated[str, Meta(max_length=200)] = ""
    after: Duration = "0 s"
    final: bool = False


class Lease(Struct, frozen=True, kw_only=True):
    """One thing that was fetched: `message` is the ask, undo or lookup; the lease ends at `until` unless extended."""

    lease: str
    verb: Literal["ask", "undo", "lookup"]
    until: Instant
    message: msgspec.Raw
    traceparent: str = ""


class Leases(Struct, frozen=True, kw_only=True):
    """What was fetched at once."""

    leases: list[Lease]


class Extended(Struct, frozen=True, kw_only=True):
    """The new end of a lease."""

    lease: str
    until: Instant


class Given(Struct, frozen=True, kw_only=True):
    """A reply to a worker: its body, and the gateway's signature where the worker's own call was signed."""

    body: bytes
    headers: dict[str, str]


class Fetching:
    """Lets agencies' workers fetch, be at it, answer and give back."""

    def __init__(self, parts: Parts, hearing: Hearing, limits: Limits, draining: asyncio.Event) -> None:
        """Take the parts to call upon."""
        self._pull, self._engine, self._clock = parts.pull, parts.engine, parts.clock
        self._key, self._base_url = parts.key, parts.settings.base_url
        self._hearing, self._limits, self._draining = hearing, limits, draining

    async def lease(self, message: Message, caller: Caller, agency: str, *, wait: int) -> Given:
        """Give out what waits for this agency, and wait up to `wait` seconds for the first.

        Raises:
            NotAuthenticated, SignatureRefused, NotFound: it is not this agency's.
            FormInvalid, BodyUnreadable, MediaTypeUnsupported: the body is no wish of that kind.
            Overloaded, TooManyRequests: no place to wait is free.

        """
        sender = await self._hearing.sender(message, caller, agency)
        wanted = _read(message, LeaseBody)
        self._hold_to_own(agency, wanted.contracts)
        leases = await self._given_out(agency, wanted, sender, message)
        if not leases and wait and not self._draining.is_set():
            with self._limits.streams.one(caller.address):
                leases = await self._waited_for(agency, wanted, sender, message, wait)
        body = msgspec.json.encode(Leases(leases=leases))
        return Given(body=body, headers=self._signature(body, message) if sender.verified is not None else {})

    def _signature(self, body: bytes, message: Message) -> dict[str, str]:
        asked = Request(message.method, f"{self._base_url}{message.target}", message.headers, message.body)
        told = Response(200, {"Content-Type": "application/json"}, body)
        return sign_response(told, asked, self._key, now=self._clock.now())

    async def _waited_for(
        self, agency: str, wanted: LeaseBody, sender: Sender, message: Message, wait: float
    ) -> list[Lease]:
        loop = asyncio.get_running_loop()
        until = loop.time() + min(wait, LONGEST_WAIT_S)
        while (left := until - loop.time()) > 0 and not self._draining.is_set():
            seen = self._pull.offers
            if leases := await self._given_out(agency, wanted, sender, message):
                return leases
            await unless(self._draining, self._pull.offered(after=seen), left)
        return []

    async def _given_out(self, agency: str, wanted: LeaseBody, sender: Sender, message: Message) -> list[Lease]:
        """Give out what may leave now; each is recorded before, all side by side in one commit."""
        taken: list[Errand] = []
        while len(taken) < wanted.most:
            errand = self._pull.take(agency, wanted.contracts, wanted.worker, tried=taken)
            if errand is None:
                break
            taken.append(errand)
        outcomes = await asyncio.gather(
            *(self._recorded(errand, sender, message) for errand in taken), return_exceptions=True
        )
        leases: list[Lease] = []
        for errand, outcome in zip(taken, outcomes, strict=True):
            if outcome is True:
                leases.append(self._lease(errand))
        failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failed and not leases:
            raise failed[0]
        return leases

    def _lease(self, errand: Errand) -> Lease:
        return Lease(
            lease=errand.lease,
            verb=errand.verb,
            until=errand.until,
            message=msgspec.Raw(errand.sent),
            traceparent=errand.traceparent,
        )

    async def _recorded(self, errand: Errand, sender: Sender, message: Message) -> bool:
        """Record that this is fetched; say whether it may be given out."""
        if errand.verb == "lookup":
            return True
        case, place, verb = parse_ask_key(errand.key)
        command = RecordFetch(
            step=place.step,
            item=place.item,
            round=place.round,
            verb=verb,  # type: ignore[arg-type]  # no lookup
            attempt=errand.attempt,
            worker=errand.worker,
            evidence=self._evidence(errand, sender, message),
        )
        wanted = False
        try:
            state = await self._engine.submit(case, command)
            wanted = may_be_fetched(state, place, command)
        finally:
            if not wanted:
                self._pull.put_back(errand)
        if not wanted and not state.paused:
            self._pull.drop(errand)
        return wanted

    def _evidence(self, errand: Errand, sender: Sender, message: Message) -> Evidence:
        """Give what shows that it was fetched: the signed call, or our word about the token's holder."""
        evidence = sender.evidence(message.body, self._clock.now())
        return structs.replace(evidence, sent_digest=content_digest(errand.sent))

    async def heartbeat(self, message: Message, caller: Caller, agency: str, lease: str) -> Extended:
        """Let a worker go on. Raises LeaseOver where the lease is lost."""
        sender = await self._hearing.sender(message, caller, agency)
        try:
            until = self._pull.extend(agency, lease)
        except LeaseLost as lost:
            raise LeaseOver(_OVER) from lost
        await self._received(agency, lease, sender, message)
        return Extended(lease=lease, until=until)

    async def give_back(self, message: Message, caller: Caller, agency: str, lease: str) -> None:
        """Take back what a worker cannot do. Raises LeaseOver where the lease is lost: it is offered again anyway."""
        sender = await self._hearing.sender(message, caller, agency)
        given = _read(message, GiveBackBody)
        after_s = _after_s(given.after)
        await self._received(agency, lease, sender, message)
        try:
            self._pull.give_back(agency, lease, masked(given.reason), after_s=after_s, final=given.final)
        except LeaseLost as lost:
            raise LeaseOver(_OVER) from lost

    async def _received(self, agency: str, lease: str, sender: Sender, message: Message) -> None:
        """Record, once for each lease, that the agency has what it asked for: whoever has the lease has read it."""
        with suppress(LeaseLost):
            errand = self._pull.leased(agency, lease)
            if errand.verb == "ask" and not errand.received:
                case, place, _ = parse_ask_key(errand.key)
                command = RecordReceipt(
                    step=place.step,
                    item=place.item,
                    round=place.round,
                    worker=errand.worker,
                    evidence=self._evidence(errand, sender, message),
                )
                await self._engine.submit(case, command)
                errand.received = True

    async def answer(self, message: Message, agency: str, lease: str) -> None:
        """Record an answer; it is durable when this returns. The lease may be lost: the answer counts all the same.

        Raises:
            SignatureRefused: forged, altered, stale, or seen before.
            MediaTypeUnsupported, BodyUnreadable: no JSON object.
            AnswerInvalid: it breaks the contract. That too is recorded: what is signed is the agency's word.
            NotFound: this agency was never asked under that key.
            DocumentUnreachable: a document that it links to cannot be fetched now.

        """
        media_type(message.headers, JSON_TYPES)
        verified = await self._hearing.signed_by(message, agency)
        said = await self._hearing.read(message, verified, lookup=lease.startswith("lookup."))
        key = said.told.heard.key
        self._hold_to_lease(agency, lease, key)
        await self._hearing.record(said)
        if isinstance(said.told.heard, Unreadable):
            raise breaks_contract(said.told.heard)

    def _hold_to_own(self, agency: str, contracts: list[str]) -> None:
        """A worker that waits for what never comes is told so."""
        known = self._engine.directory.contracts.values()
        own = {known.name for known in known if known.agency == agency and isinstance(known.connection, PullConnection)}
        strange = [index for index, name in enumerate(contracts) if name not in own]
        if strange:
            what = f"Is no contract that you fetch. Yours are: {', '.join(sorted(own)) or 'none'}."
            raise FormInvalid("Nothing will ever come.", [Mistake(f"/contracts/{index}", what) for index in strange])

    def _hold_to_lease(self, agency: str, lease: str, key: AskKey) -> None:
        """A worker that mixes two things up is told so, and nothing is recorded."""
        try:
            errand = self._pull.leased(agency, lease)
        except LeaseLost:
            return
        if errand.key != key:
            raise AnswerInvalid("The answer is to something else.", [Mistake("/key", "Repeat the key of this lease.")])

    def errands(self) -> list[ErrandView]:
        """Give what waits to be fetched, and what is with which worker; no payloads."""
        return [self._view(errand) for errand in self._pull.errands()]

    def _view(self, errand: Errand) -> ErrandView:
        case, place, _ = parse_ask_key(errand.key)
        return ErrandView(
            agency=errand.contract.agency,
            contract=errand.contract.name,
            case=case,
            step=place.step,
            item=place.item,
            round=place.round,
            verb=errand.verb,
            attempt=errand.attempt,
            since=errand.since,
            worker=errand.worker,
            fetched_at=errand.fetched_at,
            until=errand.until,
        )

    def close(self) -> None:
        """Let go of everything that waits: it is owed at the next start."""
        self._pull.close()


def _read(message: Message, kind: type[_Body]) -> _Body:
    media_type(message.headers, JSON_TYPES)
    return take(parse_object(message.body), kind)


def _after_s(duration: str) -> float:
    try:
        return min(seconds(duration), LONGEST_AFTER_S)
    except ValueError as error:
        raise FormInvalid("This is no time to wait.", [Mistake("/after", str(error))]) from error
