"""What an office does with an ask, an undo and a lookup, in the order of the wire protocol's page. Knows no HTTP."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
import rfc8785
from msgspec import Raw, Struct

from examples.purbalingga.agencies import messages, parts
from examples.purbalingga.agencies.documents import Document
from examples.purbalingga.agencies.keys import SigningKey
from examples.purbalingga.agencies.register import HeldAsk, OwedCallback, Register
from examples.purbalingga.agencies.tracing import Tracer

Wish = TypeVar("Wish", bound=Struct)

WESTERN_INDONESIA = ZoneInfo("Asia/Jakarta")
_DAY_S = 86_400


class NotAsked(Exception):
    """This cannot be taken as an ask of ours (422); the message says why, without personal data."""


class Contribution(Struct):
    """Yes: what the agency adds, and the documents among it, each by its output field."""

    output: dict[str, object]
    documents: dict[str, Document] = {}


class Refusal(Struct):
    """No: a code of the contract's list, and a sentence for the applicant."""

    code: str
    text: str


class Duty(ABC, Generic[Wish]):
    """What an agency does under one contract: its tables, what it reads, how it decides, how it takes back."""

    contract: ClassVar[str]
    schema: ClassVar[str]
    undo_within_days: ClassVar[int | None] = None
    wish: type[Wish]
    """What the contract's `input` looks like."""

    @abstractmethod
    def seed(self, database: sqlite3.Connection) -> None:
        """Put in what the agency knew before: every person is invented. Called at every start; must not double."""

    @abstractmethod
    def decide(self, database: sqlite3.Connection, ask_key: str, wish: Wish, today: date) -> Contribution | Refusal:
        """Decide and do it, inside the transaction that remembers the ask."""

    def kept(self, database: sqlite3.Connection, ask_key: str) -> object | None:
        """Give what the register now has of the input that the contract confirms; None: nothing under this key."""

    def enter(self, database: sqlite3.Connection, ask_key: str, value: Any) -> None:  # noqa: ANN401 - the input's own
        """Enter what was given again, where the register has something else."""

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Take back what was done under a key, inside the transaction that remembers the undo."""


class Agency(Struct, frozen=True):
    """An agency: its name, what it says of itself, and its duties, in one register."""

    name: str
    about: str
    duties: tuple[Duty[Any], ...]

    @property
    def schema(self) -> str:
        """Give the tables of all its duties."""
        return "".join(duty.schema for duty in self.duties)


class Reply(Struct):
    """A body to be signed and sent, and its status (202 for an `accepted`)."""

    body: bytes
    outcome: str

    @property
    def status(self) -> int:
        """Give the HTTP status."""
        return 202 if self.outcome == "accepted" else 200


class Procedure:
    """Answers for one agency: remembers every key, does each wish once, and takes back once."""

    def __init__(
        self,
        agency: Agency,
        register: Register,
        key: SigningKey,
        tracer: Tracer,
        *,
        answer_after_s: float | None = None,
        mistype_first: int = 0,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Take an agency, its register and clock; with `answer_after_s` every ask is accepted, and decided so late.

        Of what the contract confirms, the first `mistype_first` are entered with a letter missing.
        """
        self.agency, self.register, self.now = agency, register, now
        self._key, self._tracer, self._answer_after_s = key, tracer, answer_after_s
        self._mistypes_left = mistype_first
        self._duties = {duty.contract: duty for duty in agency.duties}
        with register.transaction() as database:
            for duty in agency.duties:
                duty.seed(database)

    def ask(self, body: bytes, traceparent: str) -> Reply:
        """Answer an ask: from memory where its key is known, else by deciding it.

        Raises:
            NotAsked: another contract, an input that is no valid one, or a known key with another wish.
            msgspec.DecodeError: the body is no ask.

        """
        ask = msgspec.json.decode(body, type=messages.Ask)
        duty = self._ours(ask.contract)
        digest = _digest_of_wish(ask)
        with self.register.transaction() as database:
            held = self.register.held(ask.key)
            if held is not None:
                self.register.count_attempt(ask.key)
                return self._repeated(held, digest)
            wish = _read(duty, ask.input)
            memory = HeldAsk(ask.key, digest, body, "working", None, traceparent)
            if self._answer_after_s is not None:
                self.register.remember(memory, decide_at=self.now() + self._answer_after_s)
                return _accepted(ask.key)
            reply = self._decided(database, ask, duty, wish)
            memory.state, memory.answer = "answered", reply.body
            self.register.remember(memory)
            return reply

    def undo(self, body: bytes) -> Reply:
        """Answer an undo; one that comes before its ask is remembered too.

        Raises:
            NotAsked: another contract.
            msgspec.DecodeError: the body is no undo.

        """
        undo = msgspec.json.decode(body, type=messages.Undo)
        duty = self._ours(undo.contract)
        now = self.now()
        with self.register.transaction() as database:
            done_at = self.register.done_at(undo.undoes)
            days = duty.undo_within_days
            if done_at is not None and days is not None and now - done_at > days * _DAY_S:
                text = f"Sudah lebih dari {days} hari; tidak dapat dibatalkan lagi."
                return _reply(messages.UndoRefused(undo.key, "too_late", text))
            if done_at is not None:
                duty.take_back(database, undo.undoes)
                self.register.took_back(undo.undoes, now)
            self.register.bury(undo.undoes)
            self.register.settle_callback(undo.undoes, "not_needed")
        return _reply(messages.Undone(undo.key))

    def lookup(self, body: bytes) -> Reply:
        """Say what is held under a key, and change nothing.

        Raises:
            NotAsked: another contract.
            msgspec.DecodeError: the body is no lookup.

        """
        lookup = msgspec.json.decode(body, type=messages.Lookup)
        self._ours(lookup.contract)
        held = self.register.held(lookup.key)
        return self._repeated(held, held.digest) if held else _reply(messages.NothingHeld(lookup.key))

    def confirm(self, key: str, value: object, *, correct: bool) -> str:
        """Say whether the register still has what was given under a key: same, different or unknown.

        With `correct` what was given is entered again, where it differs.
        """
        with self.register.transaction() as database:
            held = self.register.held(key)
            if held is None or held.state != "answered":
                return "unknown"
            duty = self._ours(msgspec.json.decode(held.body, type=messages.Ask).contract)
            kept = duty.kept(database, key)
            if kept is None:
                return "unknown"
            if kept != value and correct:
                duty.enter(database, key, value)
                kept = duty.kept(database, key)
            return "same" if kept == value else "different"

    def decide_due(self, now: float) -> None:
        """Decide the work that was accepted earlier and is due, and owe the gateway each answer."""
        for key, decide_at in self.register.undecided():
            if decide_at > now:
                break
            with self.register.transaction() as database:
                held = self.register.held(key)
                if held is not None and held.state == "working":
                    self._decide_later(database, held, now)

    def _decide_later(self, database: sqlite3.Connection, held: HeldAsk, now: float) -> None:
        ask = msgspec.json.decode(held.body, type=messages.Ask)
        with self._tracer.span(f"{self.agency.name} decides", held.traceparent) as span:
            duty = self._ours(ask.contract)
            reply = self._decided(database, ask, duty, _read(duty, ask.input))
            span.note("gapura.outcome", reply.outcome)
            self.register.answered(ask.key, reply.body)
            if ask.callback:
                self.register.owe(OwedCallback(ask.key, ask.callback, reply.body, span.traceparent, 0), next_at=now)

    def _decided(self, database: sqlite3.Connection, ask: messages.Ask, duty: Duty[Any], wish: Struct) -> Reply:
        today = datetime.fromtimestamp(self.now(), WESTERN_INDONESIA).date()
        decision = duty.decide(database, ask.key, wish, today)
        if isinstance(decision, Refusal):
            return _reply(messages.Refused(ask.key, decision.code, decision.text))
        self._mistype(database, duty, ask.key)
        now = self.now()
        self.register.did(ask.key, now)
        signed = decision.output | {name: document.described() for name, document in decision.documents.items()}
        part = parts.sign_part(self._key, ask, signed, at_s=int(now))
        sent = decision.output | {name: document.sent() for name, document in decision.documents.items()}
        return _reply(messages.Contributed(ask.key, sent, part))

    def _mistype(self, database: sqlite3.Connection, duty: Duty[Any], key: str) -> None:
        """Enter what was just decided as a clerk does who is in a hurry; what was answered stays as it was."""
        kept = duty.kept(database, key) if self._mistypes_left else None
        if kept is not None:
            self._mistypes_left -= 1
            duty.enter(database, key, _a_letter_short(kept))

    def _repeated(self, held: HeldAsk, digest: str) -> Reply:
        if held.state == "undone":
            return _reply(messages.Undone(held.key))
        if held.digest != digest:
            raise NotAsked("this key came before with another contract or input; a key is one wish")
        if held.answer is None:
            return _accepted(held.key)
        return Reply(held.answer, msgspec.json.decode(held.answer, type=_Outcome).outcome)

    def _ours(self, contract: str) -> Duty[Any]:
        duty = self._duties.get(contract)
        if duty is None:
            raise NotAsked(f"this office answers for {', '.join(self._duties)} only")
        return duty


def _a_letter_short(value: object) -> object:
    """Give a text without its last letter, or fields of which the first is so."""
    if isinstance(value, str):
        return value[:-1]
    (first, text), *others = msgspec.convert(value, dict[str, Any]).items()
    return {first: _a_letter_short(text), **dict(others)}


def _read(duty: Duty[Wish], raw: Raw) -> Wish:
    try:
        return msgspec.json.decode(raw, type=duty.wish)
    except msgspec.ValidationError as mistake:
        raise NotAsked(f"the input does not fit the contract: {mistake}") from None


def _digest_of_wish(ask: messages.Ask) -> str:
    """Give what must be the same in every repeat: contract and input, however they are written."""
    wish = [ask.contract, msgspec.json.decode(ask.input)]
    return hashlib.sha256(rfc8785.dumps(wish)).hexdigest()


class _Outcome(Struct):
    outcome: str


def _reply(answer: messages.Answer) -> Reply:
    return Reply(msgspec.json.encode(answer), str(answer.__struct_config__.tag))


def _accepted(key: str) -> Reply:
    return _reply(messages.Accepted(key, f"T-{hashlib.sha256(key.encode()).hexdigest()[:12].upper()}"))
