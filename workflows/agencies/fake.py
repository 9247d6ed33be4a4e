"""An agency without a network: a register of its own, idempotent, with tombstones, behaving as a script says."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, TypeAlias, cast

import msgspec
from msgspec import structs

from contracts.contract import Contract
from contracts.documents import TYPES, document_fields
from contracts.ids import AskKey, Verb
from contracts.wire import (
    Accepted,
    Answer,
    Ask,
    Contributed,
    Evidence,
    Heard,
    Lookup,
    NothingHeld,
    Refused,
    Undo,
    Undone,
    Unheard,
    Unreadable,
)
from workflows.agencies.documents import nothing_fetched, take_documents
from workflows.loading.hashing import content_digest
from workflows.ports import Clock, Told

Behaviour: TypeAlias = Literal[
    "answers",  # does the work and answers
    "unreachable",  # not a byte arrives
    "deaf",  # the call arrives and is lost: no work, no answer
    "mute",  # does the work; the answer is lost
    "busy",  # 503 with Retry-After 1
    "rejects",  # a 4xx that is no refusal
    "later",  # accepts now, and answers when `decide_later` says so
    "garbles",  # does the work and answers something that breaks the contract
]

DecideAnswer: TypeAlias = Callable[[Ask, Contract], Answer]
"""What the agency would say to an ask that reaches it."""

_SILENCE: dict[Behaviour, Callable[[AskKey], Heard]] = {
    "unreachable": lambda key: Unheard(key=key, reason="no connection", sent=False),
    "deaf": lambda key: Unheard(key=key, reason="no whole answer within the deadline"),
    "mute": lambda key: Unheard(key=key, reason="the answer broke off"),
    "busy": lambda key: Unheard(key=key, reason="503: the agency cannot answer at the moment", retry_after_s=1),
    "rejects": lambda key: Unheard(key=key, reason="400: the agency does not take this request", final=True),
    "garbles": lambda key: Unreadable(key=key, mistakes=["the body is no answer"], body="<html>"),
}
_WORKS: frozenset[Behaviour] = frozenset({"answers", "mute", "later", "garbles"})


def answer_by_examples(ask: Ask, contract: Contract) -> Answer:
    """Answer as the contract's example with this very input says, else with the first example that contributes."""
    for example in contract.examples:
        if example.input == ask.input:
            return _of_example(ask.key, example.output, example.refusal)
    outputs = [example.output for example in contract.examples if example.output is not None]
    return Contributed(key=ask.key, output=outputs[0] if outputs else {})


class FakeAgency:
    """Every agency at once, for tests and simulations.

    Asking and undoing run down `script` (contract name to behaviours, one per attempt); after its end, and without
    one, the agency behaves well. `effects` counts how often the work was done per key: more than once is a bug of
    whoever repeats without the key.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        decide: DecideAnswer = answer_by_examples,
        script: Mapping[str, Iterable[Behaviour]] | None = None,
    ) -> None:
        """Take the clock, what the agency thinks of asks, and how it behaves."""
        self._clock = clock
        self._decide = decide
        self._script = {name: list(behaviours) for name, behaviours in (script or {}).items()}
        self._held: dict[AskKey, Answer] = {}
        self._later: set[AskKey] = set()
        self.effects: Counter[AskKey] = Counter()
        self.calls: list[tuple[Verb, AskKey]] = []

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Do the work once per key, and answer as the script says."""
        self.calls.append(("ask", ask.key))
        behaviour = self._next(contract)
        if behaviour in _WORKS and ask.key not in self._held:
            self._work(ask, contract)
            if behaviour == "later":
                self._later.add(ask.key)
        return await self._told(ask.key, behaviour, self._answer(ask.key), contract)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Take back what the key did, or remember that it must never be done."""
        self.calls.append(("undo", undo.key))
        behaviour = self._next(contract)
        if behaviour in _WORKS:
            self._held[undo.undoes] = Undone(key=undo.undoes)
            self._later.discard(undo.undoes)
        return await self._told(undo.key, behaviour, Undone(key=undo.key), contract)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Say what is held under the key; lookups are not in the script."""
        self.calls.append(("lookup", lookup.key))
        held = self._answer(lookup.key) if lookup.key in self._held else NothingHeld(key=lookup.key)
        return await self._told(lookup.key, "answers", held, contract)

    async def decide_later(self, key: AskKey, contract: Contract) -> Told:
        """Give the answer that was put off, as a callback would bring it."""
        self._later.discard(key)
        return await self._told(key, "answers", self._held[key], contract)

    def standing(self) -> dict[AskKey, dict[str, Any]]:
        """Give the register: every contribution that stands, by ask key."""
        return {key: answer.output for key, answer in self._held.items() if isinstance(answer, Contributed)}

    def _next(self, contract: Contract) -> Behaviour:
        coming = self._script.get(contract.name, [])
        return coming.pop(0) if coming else "answers"

    def _work(self, ask: Ask, contract: Contract) -> None:
        self.effects[ask.key] += 1
        self._held[ask.key] = self._decide(ask, contract)

    def _answer(self, key: AskKey) -> Answer:
        if key in self._later:
            return Accepted(key=key, ticket="later")
        return self._held.get(key, Accepted(key=key))

    async def _told(self, key: AskKey, behaviour: Behaviour, answer: Answer, contract: Contract) -> Told:
        silence = _SILENCE.get(behaviour)
        heard: Heard = silence(key) if silence else answer
        documents: tuple[bytes, ...] = ()
        if isinstance(heard, Contributed):
            taken = await take_documents(_with_contents(heard.output, contract), contract.output, nothing_fetched)
            heard, documents = structs.replace(heard, output=taken.output), taken.contents
        digest = content_digest(msgspec.json.encode(heard))
        now = self._clock.now()
        if isinstance(heard, Unheard | Unreadable):
            return Told(heard, Evidence(kind="attested", received_at=now, digest=""))
        evidence = Evidence(kind="agency", received_at=now, digest=digest, key_id=f"{contract.agency}/fake")
        return Told(heard, evidence, documents)


def _with_contents(output: dict[str, Any], contract: Contract) -> dict[str, Any]:
    """Give each document that is only described (an example has no content) some content of its type."""
    made: dict[str, Any] = {}
    for name, types in document_fields(contract.output).items():
        if not isinstance(output.get(name), dict):
            continue
        given = cast("dict[str, Any]", output[name])
        if not given.keys() & {"bytes", "link"}:
            content = TYPES[types[0]] + f" {contract.name} {name}".encode()
            made[name] = {"name": given.get("name", name), "bytes": b64encode(content).decode()}
    return {**output, **made}


def _of_example(key: AskKey, output: dict[str, Any] | None, refusal: str | None) -> Answer:
    return Contributed(key=key, output=output or {}) if refusal is None else Refused(key=key, code=refusal)
