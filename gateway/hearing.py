"""What agencies send by themselves: callbacks and registrations, signed by their own keys (RFC 9421)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from msgspec import Struct, structs

from contracts.commands import RecordAnswer
from contracts.ids import AskKey, CaseId, Instant, Place, Verb, ask_key, parse_ask_key
from contracts.problems import Mistake
from contracts.wire import Evidence, Unreadable
from gateway.bodies import JSON_TYPES, media_type, parse_object
from gateway.identity.callers import Caller
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import (
    AnswerInvalid,
    NotAuthenticated,
    NotFound,
    ParameterInvalid,
    SignatureRefused,
)
from workflows.agencies.evidence import evidence_of_answer
from workflows.agencies.reading import Question, read_answer
from workflows.agencies.signing import Request, SignatureInvalid, Verified, refuse_replay, verify_request
from workflows.core.state import CaseState, Round
from workflows.loading.hashing import content_digest
from workflows.ports import Told

LONGEST_KEY: Final = 400
"""Characters of an ask key."""


class Message(Struct, frozen=True):
    """A request as it came: `target` is path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Sender(Struct, frozen=True, kw_only=True):
    """Who sends a message in an agency's name: the actor to record, and the signature where it is signed."""

    actor: str
    verified: Verified | None = None

    def evidence(self, body: bytes, received_at: Instant) -> Evidence:
        """Give what shows that this was said: the agency's signature, or who sent it."""
        signed = self.verified
        if signed is None:
            return Evidence(kind="attested", received_at=received_at, digest=content_digest(body), actor=self.actor)
        return Evidence(
            kind="agency",
            received_at=received_at,
            digest=content_digest(body),
            key_id=signed.key_id,
            signature=signed.proof,
        )


class Said(Struct, frozen=True, kw_only=True):
    """An answer that was read: to what of which case, what it says, and what shows it."""

    case: CaseId
    place: Place
    verb: Verb
    told: Told


class Hearing:
    """Takes agencies' own messages: nothing counts before its signature is verified and new."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._nonces, self._checks, self._pull = parts.nonces, parts.checks, parts.pull
        self._base_url = parts.settings.base_url

    async def agency_of(self, message: Message, caller: Caller, agency: str) -> str:
        """Give the actor for what is done in the name of `agency`: by its token, or by its signature.

        Raises:
            NotAuthenticated: neither came.
            SignatureRefused: the signature is not valid.
            NotFound: it is another agency's, or there is no such agency.

        """
        return (await self.sender(message, caller, agency)).actor

    async def sender(self, message: Message, caller: Caller, agency: str) -> Sender:
        """Give who sends this in the name of `agency`; raises as `agency_of` does."""
        grant = caller.granted("agency")
        if grant is not None:
            if grant.agency != agency:
                raise NotFound
            return Sender(actor=grant.actor)
        if "signature-input" not in message.headers:
            raise NotAuthenticated("Sign the request with the agency's key (RFC 9421), or send the agency's token.")
        verified = await self.signed_by(message, agency)
        return Sender(actor=verified.key_id, verified=verified)

    async def signed_by(self, message: Message, agency: str) -> Verified:
        """Give the signature of this agency, new and valid.

        Raises:
            SignatureRefused: forged, altered, stale, or seen before.
            NotFound: it is another agency's.

        """
        verified = await self._verified(message)
        if verified.party != agency:
            raise NotFound
        return verified

    async def hear(self, message: Message) -> None:
        """Record an agency's later answer; it is durable when this returns.

        Raises:
            SignatureRefused: forged, altered, stale, or seen before.
            MediaTypeUnsupported, BodyUnreadable: no JSON object.
            AnswerInvalid: no answer to what was asked, or it breaks the contract; every mistake.
            NotFound: this agency was never asked under that key.
            DocumentUnreachable: a document that it links to cannot be fetched now.

        """
        media_type(message.headers, JSON_TYPES)
        verified = await self._verified(message)
        said = await self.read(message, verified)
        if isinstance(said.told.heard, Unreadable):
            raise breaks_contract(said.told.heard)
        await self.record(said)

    async def read(self, message: Message, verified: Verified, *, lookup: bool = False) -> Said:
        """Read an answer; one that breaks the contract is `Unreadable`. `lookup`: a lookup asked, under the ask's key.

        Raises:
            MediaTypeUnsupported, BodyUnreadable: no JSON object.
            AnswerInvalid: it has no key.
            NotFound: this agency was never asked under that key.
            DocumentUnreachable: a document that it links to cannot be fetched now.

        """
        key = _key_in(message)
        case, place, verb = _parsed(key)
        state = await known_case(self._engine, case)
        entry = state.round_at(place) if state is not None else None
        if state is None or entry is None or state.step(place.step).contract.agency != verified.party:
            raise NotFound("No ask of yours has this key.")
        question = await self._question(state, place, verb, entry)
        if lookup and verb == "ask":
            verb = "lookup"
            question = structs.replace(question, verb=verb)
        read = await read_answer(message.body, question, self._checks)
        evidence = evidence_of_answer(verified, message.body, read.heard, received_at=self._clock.now())
        return Said(case=case, place=place, verb=verb, told=Told(read.heard, evidence, read.documents))

    async def record(self, said: Said) -> None:
        """Record what was read, with its documents; it is durable when this returns. Whoever waits for it is told."""
        for content in said.told.documents:
            await self._journal.keep_document(said.case, content)
        place = said.place
        answer = RecordAnswer(
            step=place.step,
            item=place.item,
            round=place.round,
            verb=said.verb,
            heard=said.told.heard,
            evidence=said.told.evidence,
        )
        state = await self._engine.submit(said.case, answer)
        self._pull.settle(state.step(place.step).contract.agency, said.verb, said.told)

    async def _verified(self, message: Message) -> Verified:
        request = Request(message.method, f"{self._base_url}{message.target}", message.headers, message.body)
        try:
            verified = verify_request(request, self._engine.directory.agency_key, now=self._clock.now())
            await refuse_replay(verified, self._nonces)
        except SignatureInvalid as invalid:
            raise SignatureRefused(str(invalid)) from invalid
        return verified

    async def _question(self, state: CaseState, place: Place, verb: Verb, entry: Round) -> Question:
        step = state.step(place.step)
        salt = await self._journal.salt(state.case, ask_key(state.case, place))
        return Question(
            verb=verb,
            key=ask_key(state.case, place, verb),
            contract=step.contract,
            contract_digest=step.contract_digest,
            input=dict(entry.input) if entry.input is not None else None,
            salt=_base64url(salt),
        )


def _key_in(message: Message) -> AskKey:
    key = parse_object(message.body).get("key")
    if not isinstance(key, str) or not key or len(key) > LONGEST_KEY:
        raise AnswerInvalid("The answer has no key.", [Mistake("/key", "Repeat the key that was asked, as it came.")])
    header = message.headers.get("idempotency-key")
    if header is not None and header.strip() != key:
        raise ParameterInvalid("Idempotency-Key must be the key of the body, as it is, without quotes.")
    return AskKey(key)


def _parsed(key: AskKey) -> tuple[CaseId, Place, Verb]:
    try:
        case, place, verb = parse_ask_key(key)
    except ValueError as error:
        raise NotFound("No ask of yours has this key.") from error
    if verb == "lookup":  # answered at once or not at all; a part bound to such a key could never be verified
        raise NotFound("A lookup has no later answer. Answer the ask itself, under its key.")
    return case, place, verb


def breaks_contract(unreadable: Unreadable) -> AnswerInvalid:
    """Give what the agency is told of an answer that breaks the contract."""
    return AnswerInvalid("The answer breaks the contract.", [_pointed(text) for text in unreadable.mistakes])


def _pointed(text: str) -> Mistake:
    """Take a mistake that begins with its pointer apart."""
    pointer, colon, detail = text.partition(": ")
    return Mistake(pointer, detail) if colon and pointer.startswith("/") else Mistake("", text)


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
