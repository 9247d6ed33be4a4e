"""A stand-in: it answers for a contract from its examples and schemas, remembers keys, and says why it says no.

The same input always gives the same answer: what the contract's example shows, where one has this input, else values
made of the output's schema by a hash of the input.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

from msgspec import Struct, field, structs

from contracts.contract import Contract, Example
from contracts.documents import as_sent, document_fields, without_contents
from contracts.ids import AskKey
from contracts.problems import Mistake
from contracts.wire import Accepted, Answer, Contributed, NothingHeld, Refused, Returned, Undone, UndoRefused
from workflows.loading.hashing import canonical, contract_digest
from workflows.loading.validation import compile_schema
from workflows.proving.papers import paper
from workflows.proving.values import NotMade, value_for
from workflows.proving.wishes import NOTHING, Wished

_MARK: Final = "stand-in"


class Asked(Struct, kw_only=True):
    """An ask, as far as a stand-in reads it: who tries it by hand need not write all of one."""

    key: AskKey
    contract: str
    input: dict[str, Any]
    contract_digest: str = ""
    salt: str = ""
    callback: str = ""


class UndoAsked(Struct, kw_only=True):
    """An undo, as far as a stand-in reads it."""

    key: AskKey
    undoes: AskKey
    contract: str


class LookupAsked(Struct, kw_only=True):
    """A lookup, as far as a stand-in reads it."""

    key: AskKey
    contract: str


class NotTaken(Exception):
    """This cannot be taken as asked: what is wrong (422), and where."""

    def __init__(self, detail: str, errors: list[Mistake] | None = None) -> None:
        """Take what is wrong, and every place."""
        super().__init__(detail)
        self.errors = errors or []


class Held(Struct):
    """What is remembered under a key."""

    ask: Asked | None = None
    wish: str = ""
    """The digest of contract and input: the same key never comes with another."""
    answer: Answer | None = None
    """None: not decided yet."""
    times: int = 1
    wished: Wished = field(default_factory=lambda: NOTHING)
    undone: bool = False


class StandIn:
    """Answers for one contract, from memory: everything is forgotten when it ends."""

    def __init__(self, contract: Contract) -> None:
        """Take the contract."""
        self.contract = contract
        self.digest = contract_digest(contract)
        self.held: dict[AskKey, Held] = {}
        self._check = compile_schema(as_sent(contract.input))

    def ours(self, contract: str) -> None:
        """Take messages under this contract alone.

        Raises:
            NotTaken: it is another.

        """
        if contract != self.contract.name:
            raise NotTaken(f"this stand-in answers for {self.contract.name} only")

    def ask(self, ask: Asked, wished: Wished) -> Answer:
        """Answer an ask; what is accepted is decided when it is `settled`.

        Raises:
            NotTaken: another contract, an input that the contract does not allow, or a known key with another wish.

        """
        self.ours(ask.contract)
        held, wish = self.held.get(ask.key), self._wish(ask)
        if held is not None and held.undone:
            return Undone(key=ask.key)
        if held is not None and held.wish != wish:
            raise NotTaken("this key came before with another input: a key is one wish, and a repeat carries the same")
        if held is not None and not wished.duplicate:
            return held.answer or _accepted(ask.key)
        mistakes = [Mistake(f"/input{each.pointer}", each.detail) for each in self._check(ask.input)]
        if mistakes:
            detail = f"the contract {self.contract.name} does not allow this input; an agency would never be sent it"
            raise NotTaken(detail, mistakes)
        kept = Held(ask=ask, wish=wish, times=held.times + 1 if held else 1, wished=wished)
        if wished.late_callback_s is None:
            kept.answer = self._decided(kept, ask)
        self.held[ask.key] = kept
        return kept.answer or _accepted(ask.key)

    def settled(self, key: AskKey) -> Answer | None:
        """Decide what was accepted; nothing where it was undone meanwhile, or is not known."""
        held = self.held.get(key)
        if held is None or held.ask is None or held.undone:
            return None
        held.answer = held.answer or self._decided(held, held.ask)
        return held.answer

    def undo(self, undo: UndoAsked, wished: Wished) -> Answer:
        """Take back what was asked under a key; an undo that comes before its ask is remembered.

        Raises:
            NotTaken: another contract.

        """
        self.ours(undo.contract)
        held = self.held.get(undo.undoes)
        if wished.refuse_undo and held is not None and not held.undone:
            return UndoRefused(key=undo.key, code=wished.refuse_undo, text=_because("header refuse-undo"))
        self.held.setdefault(undo.undoes, Held()).undone = True
        return Undone(key=undo.key)

    def lookup(self, lookup: LookupAsked) -> Answer:
        """Say what is held under a key.

        Raises:
            NotTaken: another contract.

        """
        self.ours(lookup.contract)
        held = self.held.get(lookup.key)
        if held is None:
            return NothingHeld(key=lookup.key)
        return Undone(key=lookup.key) if held.undone else held.answer or _accepted(lookup.key)

    def signed_input(self, ask: Asked) -> dict[str, Any]:
        """Give the input as its digest in a part is made: documents by their description alone."""
        return without_contents(ask.input, self.contract.input)

    def signed_output(self, answer: Contributed) -> dict[str, Any]:
        """Give the output as an agency signs it: documents by their description alone."""
        return without_contents(answer.output, self.contract.output)

    def _decided(self, held: Held, ask: Asked) -> Answer:
        wished, bare = held.wished, self.signed_input(ask)
        if wished.refuse:
            return self._refused(ask.key, wished.refuse, f"header refuse={wished.refuse}")
        if wished.return_:
            return Returned(key=ask.key, inputs=list(wished.return_), text=_because("header return"))
        example = next((each for each in self.contract.examples if each.input == bare), None)
        if example is not None and example.refusal is not None:
            return self._refused(ask.key, example.refusal, f"example {example.title!r}")
        output = self._output(bare, example, held.times)
        return Contributed(key=ask.key, output={"stand_in": "wrong"} if wished.wrong_output else output)

    def _refused(self, key: AskKey, code: str, why: str) -> Refused:
        """Refuse in the contract's own words, and say why and what may be corrected."""
        refusal = self.contract.refusals[code]
        mend = f"; correct: {', '.join(refusal.correct)}" if refusal.correct else ""
        return Refused(key=key, code=code, text=f"{refusal.title.id}. {_because(why + mend)}")

    def _output(self, bare: dict[str, Any], example: Example | None, times: int) -> dict[str, Any]:
        schema, words = self.contract.output, f"STAND-IN for {self.contract.name}: this document means nothing"
        if example is not None and example.output is not None and times == 1:
            output, papers = dict(example.output), set(example.output)
        else:
            output, papers = self._made(bare, times), set(document_fields(schema))
        for name, kinds in document_fields(schema).items():
            if name in papers:
                said = output.get(name, {})
                output[name] = paper(said.get("type", kinds[0]), name, words, said.get("name", ""))
        return output

    def _made(self, bare: dict[str, Any], times: int) -> dict[str, Any]:
        beginning = hashlib.sha256(self.contract.name.encode() + canonical(bare) + bytes([times % 256])).digest()
        try:
            return value_for(self.contract.output, beginning)
        except NotMade as error:
            raise NotTaken(f"the stand-in has no answer to this input: {error}") from error

    def _wish(self, ask: Asked) -> str:
        try:
            return hashlib.sha256(canonical([ask.contract, ask.input])).hexdigest()
        except ValueError as error:
            raise NotTaken(f"the input has no canonical form: {error}") from error


def with_part(answer: Contributed, part: str) -> Contributed:
    """Give a contribution with its signed part."""
    return structs.replace(answer, part=part)


def _accepted(key: AskKey) -> Accepted:
    return Accepted(key=key, ticket=f"{_MARK}-{hashlib.sha256(key.encode()).hexdigest()[:8]}")


def _because(why: str) -> str:
    return f"({_MARK}: {why})"
