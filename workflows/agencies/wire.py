"""Agencies that speak the wire protocol (`docs/reference/wire.md`): one signed exchange per attempt."""

from __future__ import annotations

import asyncio
from functools import lru_cache

import msgspec
from aiohttp.abc import AbstractResolver
from msgspec import Struct
from yarl import URL

from contracts.contract import Contract, WireConnection
from contracts.documents import without_contents
from contracts.problems import Problem
from contracts.units import seconds
from contracts.wire import Ask, Lookup, Undo, Unheard
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.connecting import Origin
from workflows.agencies.documents import DocumentUnreachable
from workflows.agencies.evidence import evidence_of_answer, evidence_of_silence
from workflows.agencies.http1 import TOO_LARGE, Late, NoAnswer
from workflows.agencies.patience import patiently
from workflows.agencies.reading import AnswerChecks, Question, Read, read_answer, unreadable
from workflows.agencies.received import AnswerTooLarge, AnswerUndecodable, Received
from workflows.agencies.signing import (
    KeyResolver,
    Request,
    Response,
    SignatureInvalid,
    SigningKey,
    sign_request,
    verify_response,
)
from workflows.agencies.statuses import SUCCESS, masked, meaning_of, retry_after_s
from workflows.agencies.wire_exchange import Target, WireExchange
from workflows.ports import Clock, Told

_NO_ADDRESS = "the registered address is not an HTTP address"
_ALWAYS = {"Content-Type": "application/json"}


class _Call(Struct, frozen=True):
    """One attempt: where to, what, about which question, and by when (by the loop's clock)."""

    target: Target
    body: bytes
    question: Question
    traceparent: str
    until: float


class WireAgency:
    """Reaches agencies over the wire protocol; all share one client session."""

    def __init__(  # each is a part of its own, given once when the product is put together
        self,
        *,
        key: SigningKey,
        keys: KeyResolver,
        checks: AnswerChecks,
        clock: Clock,
        guard: AddressGuard | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Take our signing key, all agencies' public keys, the checks of answers, the clock and the address guard."""
        self._key = key
        self._keys = keys
        self._checks = checks
        self._clock = clock
        self._exchange = WireExchange(guard or AddressGuard(), resolver=resolver)

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an ask."""
        question = Question(
            verb="ask",
            key=ask.key,
            contract=contract,
            contract_digest=ask.contract_digest,
            input=without_contents(ask.input, contract.input),
            salt=ask.salt,
        )
        return await self._attempt("asks", ask, question, traceparent)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        """Make one attempt of an undo."""
        return await self._attempt("undos", undo, Question(verb="undo", key=undo.key, contract=contract), traceparent)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        """Ask what is held under a key."""
        question = Question(verb="lookup", key=lookup.key, contract=contract)
        return await self._attempt("lookups", lookup, question, traceparent)

    async def close(self) -> None:
        """Close every connection."""
        await self._exchange.close()

    async def _attempt(self, path: str, message: Ask | Undo | Lookup, question: Question, traceparent: str) -> Told:
        """Exchange under the deadline; whatever goes wrong there is an answer of silence, never an exception."""
        connection = question.contract.connection
        if not isinstance(connection, WireConnection):
            message_text = f"{question.contract.name} is not connected by wire"
            raise TypeError(message_text)
        body = msgspec.json.encode(message)
        try:
            until = asyncio.get_running_loop().time() + seconds(connection.deadline)
            call = _Call(_target(connection.url, path), body, question, traceparent, until)
            received, request = await patiently(lambda: self._exchange_once(call), self._clock, until=until)
        except NoAnswer as silence:
            late = isinstance(silence, Late)
            reason = f"no whole answer within {connection.deadline}" if late else str(silence)
            return self._unheard(question, body, reason, sent=silence.sent, final=silence.final)
        return await self._judge(received, request, question)

    async def _exchange_once(self, call: _Call) -> tuple[Received, Request]:
        fields = {**_ALWAYS, "Idempotency-Key": call.question.key}
        signature = sign_request(Request("POST", call.target.url, fields, call.body), self._key, now=self._clock.now())
        fields |= signature
        request = Request("POST", call.target.url, fields, call.body)
        sent = [("Idempotency-Key", call.question.key), *signature.items()]
        if call.traceparent:
            sent.append(("traceparent", call.traceparent))
        return await self._exchange.post(call.target, sent, call.body, until=call.until), request

    async def _judge(self, received: Received, request: Request, question: Question) -> Told:
        """Say what a response means: an answer only if it is signed, bound to this request, and keeps the contract."""
        if received.status not in SUCCESS:
            return self._unanswered(received, request, question)
        try:
            response = Response(received.status, received.headers, received.raw)
            verified = verify_response(response, request, self._keys_of(question), now=self._clock.now())
            read = await self._read(received, question)
        except (SignatureInvalid, AnswerUndecodable, DocumentUnreachable) as error:
            return self._unheard(question, request.body, f"not an answer: {error}", raw=received.raw)
        except AnswerTooLarge:
            return self._unheard(question, request.body, TOO_LARGE, raw=received.raw)
        at = self._clock.now()
        evidence = evidence_of_answer(verified, received.raw, read.heard, received_at=at, sent=request.body)
        return Told(read.heard, evidence, read.documents)

    async def _read(self, received: Received, question: Question) -> Read:
        if received.media_type() != "application/json":
            return Read(unreadable(question.key, ["Content-Type: must be application/json"], received.decoded()))
        return await read_answer(received.decoded(), question, self._checks)

    def _unanswered(self, received: Received, request: Request, question: Question) -> Told:
        meaning = meaning_of(received.status)
        title = _problem_title(received)
        return self._unheard(
            question,
            request.body,
            f"{received.status}: {meaning.words}" + (f" ({title})" if title else ""),
            final=meaning.final,
            retry_after=retry_after_s(received.headers.get("Retry-After", "") or None, now=self._clock.now()),
            raw=received.raw,
        )

    def _keys_of(self, question: Question) -> KeyResolver:
        """Trust only the keys of the agency that was asked."""
        prefix = f"{question.contract.agency}/"
        return lambda key_id: self._keys(key_id) if key_id.startswith(prefix) else None

    def _unheard(
        self,
        question: Question,
        sent_body: bytes,
        reason: str,
        *,
        sent: bool = True,
        final: bool = False,
        retry_after: float | None = None,
        raw: bytes | None = None,
    ) -> Told:
        heard = Unheard(key=question.key, reason=reason, sent=sent, final=final, retry_after_s=retry_after)
        body = sent_body if sent else b""
        return Told(heard, evidence_of_silence(raw, received_at=self._clock.now(), sent=body))


@lru_cache(maxsize=1024)
def _target(base: str, path: str) -> Target:
    """Give a route under a registered address: http or https, no credentials, query or fragment.

    Raises:
        NoAnswer: it is not such an address.

    """
    try:
        url = URL(f"{base.rstrip('/')}/{path}")
    except ValueError as error:
        raise NoAnswer(_NO_ADDRESS, sent=False, final=True) from error
    host, port = url.raw_host, url.port
    plain = url.scheme in {"http", "https"} and not (url.user or url.password or url.query_string)
    if not plain or not host or not port:
        raise NoAnswer(_NO_ADDRESS, sent=False, final=True)
    fields = {"Host": url.host_port_subcomponent or host, **_ALWAYS, "Accept": "application/json"}
    fields |= {"Accept-Encoding": "identity", "User-Agent": "gapura"}
    begin = f"POST {url.raw_path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return Target(str(url), Origin(url.scheme == "https", host, port), begin)


def _problem_title(received: Received) -> str:
    """Give the title of a problem (a fixed text by RFC 9457), with what could be an identifier or a value masked."""
    if received.media_type() != "application/problem+json":
        return ""
    try:
        problem = msgspec.json.decode(received.raw, type=Problem)
    except (ValueError, RecursionError):
        return ""
    return masked(problem.title)
