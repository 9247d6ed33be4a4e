"""What a check sends: the gateway's message, signed, and bent where the step says so."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from contracts.connection import WireConnection
from contracts.contract import Contract
from contracts.ids import Verb
from contracts.units import seconds
from contracts.wire import Ask, Lookup, Undo
from workflows.agencies.messages import Request, digest_of
from workflows.agencies.signing import SigningKey, sign_request
from workflows.loading.hashing import contract_digest
from workflows.proving.steps import Bend, Message, Step, input_of, key_of

OVERSIZE: Final = 16 * 1024 * 1024
"""Beyond what an agency must accept: an ask with documents has at most 14 MiB."""
_NESTED: Final = 20_000
_AGE: Final = timedelta(minutes=10)
_JSON: Final = "application/json"
_TRACE: Final = "00-{}-{}-01"


class Writer(Struct, frozen=True, kw_only=True):
    """What messages of one verification are made with.

    `case` marks them all; `salt` goes into every ask; `url` is where the system is, without a slash at its end.
    """

    contract: Contract
    url: str
    case: str
    key: SigningKey
    callback: str
    salt: str
    stranger: SigningKey

    @property
    def deadline_s(self) -> float:
        """How long one attempt waits."""
        connection = self.contract.connection
        return seconds(connection.deadline) if isinstance(connection, WireConnection) else 0

    def write(self, step: Step, now: datetime, before: Mapping[str, Message]) -> Message:
        """Write the message of a step; `before` has those of earlier steps."""
        if step.bend == "the very bytes that came before":
            return before["repeat"]
        body = msgspec.json.encode(self._said(step, now))
        return _BENDS[step.bend](self, _Draft(step, body, now))

    def sign(self, step: Step, body: bytes, now: datetime, key: SigningKey | None = None, url: str = "") -> Message:
        """Write a signed message with this body; `url` is what the signature says instead of where it is sent."""
        place = f"{self.url}/{step.verb}s"
        fields = {"Content-Type": _JSON, "Idempotency-Key": key_of(self.case, step)}
        signature = sign_request(Request("POST", url or place, fields, body), key or self.key, now=now)
        trace = _TRACE.format(secrets.token_hex(16), secrets.token_hex(8))
        return Message(place, {**fields, "traceparent": trace, **signature}, body)

    def _said(self, step: Step, now: datetime) -> Ask | Undo | Lookup:
        contract, deadline = self.contract, now + timedelta(seconds=self.deadline_s)
        said = _SAID[step.verb]
        return said(self, step, contract, deadline)


class _Draft(Struct, frozen=True):
    step: Step
    body: bytes
    now: datetime


def new_writer(contract: Contract, url: str, key: SigningKey, callback: str) -> Writer:
    """Give what writes the messages of a new verification."""
    return Writer(
        contract=contract,
        url=url.rstrip("/"),
        case=f"verify-{secrets.token_hex(6)}",
        key=key,
        callback=callback,
        salt=secrets.token_urlsafe(16),
        stranger=SigningKey(key.key_id, ec.generate_private_key(ec.SECP256R1())),
    )


def _ask(writer: Writer, step: Step, contract: Contract, deadline: datetime) -> Ask:
    name = f"{contract.agency}/no-such-contract@1" if step.bend == "another contract" else contract.name
    return Ask(
        key=key_of(writer.case, step),
        contract=name,
        contract_digest=contract_digest(contract),
        purpose=contract.purpose,
        legal_basis=contract.legal_basis,
        input=input_of(contract, step),
        salt=writer.salt,
        deadline=deadline,
        callback=writer.callback,
    )


def _undo(writer: Writer, step: Step, contract: Contract, deadline: datetime) -> Undo:
    return Undo(
        key=key_of(writer.case, step),
        undoes=key_of(writer.case, step, "ask"),
        contract=contract.name,
        purpose=contract.purpose,
        reason="withdrawn",
        deadline=deadline,
        callback=writer.callback,
    )


def _lookup(writer: Writer, step: Step, contract: Contract, deadline: datetime) -> Lookup:
    return Lookup(key=key_of(writer.case, step), contract=contract.name, deadline=deadline)


_SAID: Final[Mapping[Verb, Callable[[Writer, Step, Contract, datetime], Ask | Undo | Lookup]]] = {
    "ask": _ask,
    "undo": _undo,
    "lookup": _lookup,
}


# --- bends ----------------------------------------------------------------------------------------------------


def _straight(writer: Writer, draft: _Draft) -> Message:
    return writer.sign(draft.step, draft.body, draft.now)


def _unsigned(writer: Writer, draft: _Draft) -> Message:
    message = _straight(writer, draft)
    kept = {name: value for name, value in message.headers.items() if not name.startswith("Signature")}
    return Message(message.url, kept, message.body)


def _by_stranger(writer: Writer, draft: _Draft) -> Message:
    return writer.sign(draft.step, draft.body, draft.now, writer.stranger)


def _unregistered(writer: Writer, draft: _Draft) -> Message:
    key = SigningKey(f"{writer.key.key_id}-unknown", writer.stranger.private)
    return writer.sign(draft.step, draft.body, draft.now, key)


def _elsewhere(writer: Writer, draft: _Draft) -> Message:
    return writer.sign(draft.step, draft.body, draft.now, url=f"https://elsewhere.example/{draft.step.verb}s")


def _altered(writer: Writer, draft: _Draft) -> Message:
    message = _straight(writer, draft)
    return Message(message.url, message.headers, _other_body(draft.body))


def _altered_with_digest(writer: Writer, draft: _Draft) -> Message:
    message, body = _straight(writer, draft), _other_body(draft.body)
    return Message(message.url, {**message.headers, "Content-Digest": digest_of(body)}, body)


def _other_body(body: bytes) -> bytes:
    """Give a body that says something else, under the same key."""
    said: dict[str, Any] = msgspec.json.decode(body)
    return msgspec.json.encode({**said, "legal_basis": "altered on its way"})


def _aged(by: timedelta) -> Callable[[Writer, _Draft], Message]:
    return lambda writer, draft: writer.sign(draft.step, draft.body, draft.now + by)


def _with_body(make: Callable[[bytes], bytes]) -> Callable[[Writer, _Draft], Message]:
    return lambda writer, draft: writer.sign(draft.step, make(draft.body), draft.now)


def _nested(body: bytes) -> bytes:
    return body[:-1] + b',"more":' + b"[" * _NESTED + b"]" * _NESTED + b"}"


def _oversize(body: bytes) -> bytes:
    return body[:-1] + b',"more":"' + b"x" * (OVERSIZE - len(body)) + b'"}'


_BENDS: Final[Mapping[Bend, Callable[[Writer, _Draft], Message]]] = {
    "": _straight,
    "no signature": _unsigned,
    "the signature of a stranger's key": _by_stranger,
    "the name of a key that nobody registered": _unregistered,
    "a signature for another address": _elsewhere,
    "another body than was signed": _altered,
    "another body and its digest": _altered_with_digest,
    "a signature ten minutes old": _aged(-_AGE),
    "a signature ten minutes ahead": _aged(_AGE),
    "another contract": _straight,
    "another input": _straight,
    "a body that is cut off": _with_body(lambda body: body[: len(body) // 2]),
    "a body that is not UTF-8": _with_body(lambda body: body.replace(b'"key":"', b'"key":"\xff\xfe', 1)),
    "a body nested without end": _with_body(_nested),
    "a body of 16 MiB": _with_body(_oversize),
}
"""How each message is made of the gateway's; whoever takes it is wrong, but for the first."""
