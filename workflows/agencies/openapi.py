"""Agencies with a REST API of their own (`connection.kind: openapi`): a binding maps, nothing changes on their side."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from aiohttp import ClientError, InvalidURL
from aiohttp.abc import AbstractResolver
from msgspec import Struct

from contracts.connection import ByKey, OpenApiConnection
from contracts.contract import Contract
from contracts.ids import AskKey, Verb
from contracts.units import seconds
from contracts.wire import Ask, Known, Lookup, Undo, Unheard
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.authorization import Authorization, Secrets, Unauthorized
from workflows.agencies.documents import DocumentUnreachable
from workflows.agencies.evidence import evidence_of_silence
from workflows.agencies.exchange import HttpExchange, Progress, failure_in_words
from workflows.agencies.outcomes import Asked, read_outcome
from workflows.agencies.patience import patiently
from workflows.agencies.reading import AnswerChecks, Read
from workflows.agencies.received import AnswerTooLarge, Received
from workflows.agencies.requests import Prepared, Unsendable, prepare
from workflows.loading.binding_requests import set_by_itself
from workflows.loading.bindings import Binding, BindingInvalid, BoundCall, Purpose, compile_binding
from workflows.ports import Clock, Told

REFUSED_TOKEN: Final = 401
_REMEMBERED: Final = 256
_NOTHING: Final = Known()


class _Attempt(Struct, frozen=True, kw_only=True):
    """One attempt: about which question, of which contract, with what is known."""

    verb: Verb
    purpose: Purpose
    key: AskKey
    contract: Contract
    scope: Mapping[str, object]
    traceparent: str


class OpenApiAgency:
    """Reaches agencies by bindings to their own APIs; all share one client session."""

    def __init__(  # each is a part of its own, given once when the product is put together
        self,
        *,
        checks: AnswerChecks,
        secrets: Secrets,
        clock: Clock,
        guard: AddressGuard | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Take the checks of answers, the secrets, the clock and the address guard."""
        self._checks = checks
        self._clock = clock
        self._exchange = HttpExchange(guard or AddressGuard(), resolver=resolver)
        self._authorization = Authorization(secrets, self._exchange, clock)
        self._bindings: OrderedDict[int, tuple[OpenApiConnection, Binding]] = OrderedDict()

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an ask."""
        known = ask.known or Known(input=ask.input)
        named = {"key": ask.key, "purpose": ask.purpose, "legal_basis": ask.legal_basis}
        scope = {"input": ask.input, "case": _case(known, ask.key), "ask": named}
        return await self._attempt(
            _Attempt(verb="ask", purpose="ask", key=ask.key, contract=contract, scope=scope, traceparent=traceparent)
        )

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an undo."""
        scope = _later(undo.known or _NOTHING, undo.undoes, contract)
        return await self._attempt(
            _Attempt(verb="undo", purpose="undo", key=undo.key, contract=contract, scope=scope, traceparent=traceparent)
        )

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        """Ask what is held under a key: by `poll` after an accepted, where there is one, else by `lookup`."""
        known = lookup.known or _NOTHING
        connection = _connection_of(contract)
        purpose: Purpose = "poll" if connection.poll is not None and known.accepted else "lookup"
        scope = _later(known, lookup.key, contract)
        return await self._attempt(
            _Attempt(
                verb="lookup", purpose=purpose, key=lookup.key, contract=contract, scope=scope, traceparent=traceparent
            )
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._exchange.close()

    async def _attempt(self, attempt: _Attempt) -> Told:
        """Exchange under the deadline; whatever goes wrong there is an answer of silence, never an exception."""
        connection = _connection_of(attempt.contract)
        try:
            binding = self._binding(connection)
            call = _call(binding, attempt)
            prepared = prepare(binding.base, call, attempt.scope, set_by_itself(connection))
        except (BindingInvalid, Unsendable) as error:
            return self._unheard(attempt, None, f"not sent: {error}", sent=False, final=True)
        progress = Progress()
        try:
            async with asyncio.timeout(seconds(connection.deadline)):
                received = await self._exchanged(prepared, attempt, connection, progress)
        except Unauthorized as error:
            return self._unheard(attempt, None, f"not sent: {error}", sent=False)
        except TimeoutError:
            reason = f"no whole answer within {connection.deadline}"
            return self._unheard(attempt, prepared, reason, sent=progress.connected)
        except (ClientError, OSError, AnswerTooLarge) as error:
            final = isinstance(error, InvalidURL)
            return self._unheard(attempt, prepared, failure_in_words(error), sent=progress.connected, final=final)
        return await self._read(received, attempt, call, prepared)

    async def _exchanged(
        self, prepared: Prepared, attempt: _Attempt, connection: OpenApiConnection, progress: Progress
    ) -> Received:
        """Send, once more where a fetched token was refused: a call that was not let in did nothing."""
        own = prepared.under(_own_headers(attempt, connection))
        way = self._authorization.way(connection)
        outgoing = await self._authorization.prove(own, connection, way)
        received = await patiently(lambda: self._exchange.send(outgoing, progress, way), self._clock)
        if received.status != REFUSED_TOKEN or not self._authorization.forget(connection, outgoing):
            return received
        again = await self._authorization.prove(own, connection, way)
        return await patiently(lambda: self._exchange.send(again, progress, way), self._clock)

    async def _read(self, received: Received, attempt: _Attempt, call: BoundCall, prepared: Prepared) -> Told:
        asked = Asked(
            verb=attempt.verb,
            key=attempt.key,
            contract=attempt.contract,
            call=call,
            scope=attempt.scope,
            checks=self._checks,
        )
        try:
            read = await read_outcome(received, asked, now=self._clock.now())
        except DocumentUnreachable as error:
            read = Read(Unheard(key=attempt.key, reason=str(error)))
        proof = evidence_of_silence(received.raw, received_at=self._clock.now(), sent=prepared.told)
        return Told(read.heard, proof, read.documents)

    def _binding(self, connection: OpenApiConnection) -> Binding:
        """Give a connection ready to use; each is made ready once. Raises BindingInvalid."""
        known = self._bindings.get(id(connection))
        if known is None:
            known = self._bindings[id(connection)] = (connection, compile_binding(connection))
            if len(self._bindings) > _REMEMBERED:
                self._bindings.popitem(last=False)
        return known[1]

    def _unheard(
        self, attempt: _Attempt, prepared: Prepared | None, reason: str, *, sent: bool, final: bool = False
    ) -> Told:
        heard = Unheard(key=attempt.key, reason=reason, sent=sent, final=final)
        told = prepared.told if prepared is not None and sent else b""
        return Told(heard, evidence_of_silence(None, received_at=self._clock.now(), sent=told))


def _connection_of(contract: Contract) -> OpenApiConnection:
    connection = contract.connection
    if not isinstance(connection, OpenApiConnection):
        message = f"{contract.name} is not connected by its own API"
        raise TypeError(message)
    return connection


def _call(binding: Binding, attempt: _Attempt) -> BoundCall:
    call = binding.calls.get(attempt.purpose)
    if call is None:
        raise Unsendable(f"the binding has no operation for {attempt.purpose}")
    return call


def _case(known: Known, key: AskKey) -> Mapping[str, object]:
    return known.case or {"id": key.partition("/")[0]}


def _later(known: Known, key: AskKey, contract: Contract) -> Mapping[str, object]:
    named = {"key": key, "purpose": contract.purpose, "legal_basis": contract.legal_basis}
    return {
        "input": known.input,
        "case": _case(known, key),
        "ask": named,
        "output": known.output,
        "ticket": known.ticket,
    }


def _own_headers(attempt: _Attempt, connection: OpenApiConnection) -> dict[str, str]:
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "gapura"}
    if attempt.traceparent:
        headers["traceparent"] = attempt.traceparent
    if isinstance(connection.repeat, ByKey) and attempt.verb != "lookup":
        headers[connection.repeat.by_key] = attempt.key
    return headers
