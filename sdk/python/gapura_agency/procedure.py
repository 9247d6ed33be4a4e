"""What an agency does with an ask, an undo and a lookup, in the order of the wire protocol. Knows no HTTP."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import rfc8785
from msgspec import Struct, structs

from gapura_agency.asked import Accept, Ask, AskFunction, ConfirmFunction, Given, Refuse, Undo, UndoFunction
from gapura_agency.contracts import Contract
from gapura_agency.keys import SigningKey
from gapura_agency.messages import (
    Accepted,
    Answer,
    AskMessage,
    LookupMessage,
    NothingHeld,
    UndoMessage,
    Undone,
    UndoRefused,
    read_message,
)
from gapura_agency.stores import Held, Owed, Store, Transaction
from gapura_agency.tracing import Tracer
from gapura_agency.wording import AnswerWrong, worded

AGAIN_AFTER_S = 60.0
"""Work that was put off and failed is tried again so late."""

_log = logging.getLogger("gapura_agency")


class NotAsked(Exception):
    """This cannot be taken as an ask of this agency (422); the text says why, without personal data."""


class Duty(Struct):
    """What the agency does under one contract."""

    contract: Contract
    decide: AskFunction | None = None
    later_s: float | None = None
    take_back: UndoFunction | None = None
    confirm: ConfirmFunction | None = None


class Reply(Struct, frozen=True):
    """An answer to be signed and sent."""

    body: bytes

    @property
    def outcome(self) -> str:
        """Give the word that says which answer it is."""
        return msgspec.json.decode(self.body, type=_Outcome).outcome

    @property
    def status(self) -> int:
        """Give the HTTP status."""
        return 202 if self.outcome == "accepted" else 200


class _Outcome(Struct):
    outcome: str


class Procedure:
    """Answers for one agency: remembers every key, does each wish once, and takes back once."""

    def __init__(
        self, key: SigningKey, duties: Mapping[str, Duty], store: Store, tracer: Tracer, now: Callable[[], float]
    ) -> None:
        """Take whose key signs, the duties by contract name, where it remembers, and its clock (seconds since 1970)."""
        self._key, self._duties, self._store, self._tracer, self._now = key, duties, store, tracer, now

    def ask(self, body: bytes, traceparent: str) -> Reply:
        """Answer an ask: from memory where its key is known, else by deciding it.

        Raises:
            NotAsked: another contract, an input that is not valid, or a known key with another wish.
            AnswerWrong: the agency's own function answers what its contract does not have.
            Unreadable: the body is no ask.

        """
        ask = read_message(body, AskMessage)
        duty = self._duty(ask.contract)
        digest = _digest(ask)
        with self._store.transaction() as memory:
            held = memory.held(ask.key)
            if held is not None:
                memory.hold(structs.replace(held, attempts=held.attempts + 1))
                return _repeated(held, digest)
            values = _input(duty.contract, ask)
            fresh = Held(key=ask.key, state="working", digest=digest, message=body, traceparent=traceparent)
            if duty.later_s is not None:
                accepted = structs.replace(fresh, ticket=_ticket(ask.key), due_at=self._now() + duty.later_s)
                memory.hold(accepted)
                return _reply(Accepted(ask.key, accepted.ticket))
            decided, answer = self._decided(memory, duty, ask, values, fresh)
            memory.hold(decided)
            return _reply(answer)

    def undo(self, body: bytes) -> Reply:
        """Answer an undo; one that comes before its ask is remembered too.

        Raises:
            NotAsked: another contract.
            AnswerWrong: the agency's own function returns what is no answer to an undo.
            Unreadable: the body is no undo.

        """
        undo = read_message(body, UndoMessage)
        duty = self._duty(undo.contract)
        digest = hashlib.sha256(f"{undo.contract} {undo.undoes}".encode()).hexdigest()
        with self._store.transaction() as memory:
            earlier = memory.held(undo.key)
            if earlier is not None:
                return _repeated(earlier, digest)
            answer = self._taken_back(memory, duty, undo)
            reply = _reply(answer)
            memory.hold(Held(key=undo.key, state="answered", digest=digest, message=body, answer=reply.body))
            return reply

    def lookup(self, body: bytes) -> Reply:
        """Say what is held under a key, and change nothing; raises as `undo` does."""
        lookup = read_message(body, LookupMessage)
        self._duty(lookup.contract)
        with self._store.transaction() as memory:
            held = memory.held(lookup.key)
        return _reply(NothingHeld(lookup.key)) if held is None else _repeated(held, held.digest)

    def answer(self, key: str, given: Given, callback: str) -> bool:
        """Answer what was accepted earlier, and owe the gateway the answer; see `Agency.answer`."""
        with self._store.transaction() as memory:
            held = memory.held(key)
            if held is None:
                raise KeyError(key)
            if held.state != "working":
                return False
            ask = msgspec.json.decode(held.message, type=AskMessage)
            with self._tracer.span(f"{self._key.agency} answers", held.traceparent) as span:
                held = structs.replace(held, traceparent=span.traceparent)
                answer = self._answer_late(memory, held, ask, given, callback)
                span.note("gapura.outcome", str(answer.__struct_config__.tag))
            return True

    def decide_due(self, callback: str) -> None:
        """Do the work that was put off and is due, and owe the gateway each answer."""
        with self._store.transaction() as memory:
            keys = memory.due(self._now())
        for key in keys:
            try:
                self._decide_later(key, callback)
            except Exception:  # noqa: BLE001 - whatever a function of the agency raises
                _log.exception("work on %s failed; it is tried again in %.0f s", key, AGAIN_AFTER_S)
                with self._store.transaction() as memory:
                    held = memory.held(key)
                    if held is not None and held.state == "working":
                        memory.hold(structs.replace(held, due_at=self._now() + AGAIN_AFTER_S))

    # --- deciding -----------------------------------------------------------------------------------------

    def _decide_later(self, key: str, callback: str) -> None:
        with self._store.transaction() as memory:
            held = memory.held(key)
            if held is None or held.state != "working" or held.due_at is None:
                return  # another process was faster, or it was taken back
            ask = msgspec.json.decode(held.message, type=AskMessage)
            duty = self._duty(ask.contract)
            with self._tracer.span(f"{self._key.agency} decides", held.traceparent) as span:
                held = structs.replace(held, traceparent=span.traceparent, due_at=None)
                given = self._call(memory, duty, ask, _input(duty.contract, ask), held.traceparent)
                if isinstance(given, Accept):
                    memory.hold(structs.replace(held, ticket=given.ticket or held.ticket))
                else:
                    answer = self._answer_late(memory, held, ask, given, callback)
                    span.note("gapura.outcome", str(answer.__struct_config__.tag))

    def _answer_late(self, memory: Transaction, held: Held, ask: AskMessage, given: Given, callback: str) -> Answer:
        decided, answer = self._worded(self._duty(ask.contract), ask, given, held)
        if isinstance(answer, Accepted):
            raise AnswerWrong(f"{ask.contract}: accept() was said already; answer with what came of it")
        memory.hold(decided)
        address = ask.callback or callback
        owed = Owed(
            key=held.key, address=address, body=decided.answer, traceparent=held.traceparent, next_at=self._now()
        )
        memory.owe(owed)
        return answer

    def _decided(
        self, memory: Transaction, duty: Duty, ask: AskMessage, values: dict[str, Any], held: Held
    ) -> tuple[Held, Answer]:
        return self._worded(duty, ask, self._call(memory, duty, ask, values, held.traceparent), held)

    def _worded(self, duty: Duty, ask: AskMessage, given: Given, held: Held) -> tuple[Held, Answer]:
        """Give the answer, and what is remembered of it."""
        answer = worded(given, ask, duty.contract, self._key, now=self._now())
        if isinstance(answer, Accepted):
            return structs.replace(held, ticket=answer.ticket), answer
        done_at = self._now() if not isinstance(given, Refuse) and isinstance(given, Mapping) else None
        body = msgspec.json.encode(answer)
        return structs.replace(held, state="answered", answer=body, done_at=done_at, due_at=None), answer

    def _call(
        self, memory: Transaction, duty: Duty, ask: AskMessage, values: dict[str, Any], traceparent: str
    ) -> Given:
        decide = duty.decide
        if decide is None:
            raise NotAsked(f"this agency has no function for {ask.contract}")
        return decide(
            Ask(
                key=ask.key,
                contract=ask.contract,
                input=values,
                purpose=ask.purpose,
                legal_basis=ask.legal_basis,
                traceparent=traceparent,
                now=datetime.fromtimestamp(self._now(), UTC),
                connection=lambda: memory.database,
            )
        )

    # --- taking back --------------------------------------------------------------------------------------

    def _taken_back(self, memory: Transaction, duty: Duty, undo: UndoMessage) -> Undone | UndoRefused:
        held = memory.held(undo.undoes)
        if held is None:
            memory.hold(Held(key=undo.undoes, state="undone", attempts=0))
            return Undone(undo.key)
        if held.state != "undone":
            refused = self._refused(memory, duty, undo, held)
            if refused is not None:
                return refused
            memory.hold(structs.replace(held, state="undone", done_at=None, due_at=None))
            memory.settle(undo.undoes)
        return Undone(undo.key)

    def _refused(self, memory: Transaction, duty: Duty, undo: UndoMessage, held: Held) -> UndoRefused | None:
        """Take back what stands or still goes on; give why not, where the agency says no."""
        contract = duty.contract
        if held.done_at is not None and contract.is_final:
            return UndoRefused(undo.key, "final", "Tidak dapat dibatalkan. It is final.")
        within = contract.undo_within_s
        if held.done_at is not None and within is not None and self._now() - held.done_at > within:
            days = f"{within / 86_400:.0f}"
            text = f"Sudah lebih dari {days} hari; tidak dapat dibatalkan lagi. More than {days} days ago."
            return UndoRefused(undo.key, "too_late", text)
        stands = held.done_at is not None or held.state == "working"
        if duty.take_back is None or not stands:
            return None
        ask = msgspec.json.decode(held.message, type=AskMessage)
        said: object = duty.take_back(
            Undo(
                key=undo.key,
                ask_key=undo.undoes,
                contract=undo.contract,
                input=msgspec.json.decode(ask.input),
                reason=undo.reason,
                done_at=datetime.fromtimestamp(held.done_at, UTC) if held.done_at is not None else None,
                now=datetime.fromtimestamp(self._now(), UTC),
                connection=lambda: memory.database,
            )
        )
        if isinstance(said, Refuse):
            return UndoRefused(undo.key, said.code, said.text)
        if said is not None:
            kind = type(said).__name__
            raise AnswerWrong(f"{undo.contract}: the undo function returns nothing or refuse(), not {kind}")
        return None

    def _duty(self, contract: str) -> Duty:
        duty = self._duties.get(contract)
        if duty is None:
            raise NotAsked(f"this agency answers for {', '.join(self._duties)} only")
        return duty


def _input(contract: Contract, ask: AskMessage) -> dict[str, Any]:
    values = read_message(ask.input, dict[str, Any])
    if mistakes := contract.input_mistakes(values):
        raise NotAsked(f"the input does not fit {contract.name}: {'; '.join(mistakes)}")
    return values


def _digest(ask: AskMessage) -> str:
    """Give what must be the same in every repeat: contract and input, however they are written."""
    wish: list[Any] = [ask.contract, read_message(ask.input, dict[str, Any])]
    try:
        return hashlib.sha256(rfc8785.dumps(wish)).hexdigest()
    except rfc8785.CanonicalizationError as error:
        raise NotAsked(f"the input has no canonical form: {error}") from error


def _repeated(held: Held, digest: str) -> Reply:
    if held.state == "undone":
        return _reply(Undone(held.key))
    if held.digest != digest:
        raise NotAsked("this key came before with another contract or input; a key is one wish")
    return Reply(held.answer) if held.state == "answered" else _reply(Accepted(held.key, held.ticket))


def _reply(answer: Answer) -> Reply:
    return Reply(msgspec.json.encode(answer))


def _ticket(key: str) -> str:
    return f"T-{hashlib.sha256(key.encode()).hexdigest()[:12].upper()}"
