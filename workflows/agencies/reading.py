"""Reading an authenticated answer: whether it belongs to the question and keeps the contract.

Whatever the answer is, this gives something to record and raises nothing: an answer that breaks the contract becomes
`Unreadable`, kept as it came. Used for responses and for callbacks alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias, cast

import msgspec
from msgspec import Struct, structs

from contracts.contract import Contract
from contracts.ids import AskKey, Verb
from contracts.problems import Mistake
from contracts.wire import (
    Accepted,
    Answer,
    Contributed,
    Heard,
    NothingHeld,
    Refused,
    Returned,
    Undone,
    UndoRefused,
    Unreadable,
)
from workflows.agencies.documents import Fetch, nothing_fetched, take_documents
from workflows.loading.hashing import contract_digest

MAX_TEXT = 4_000
"""Characters of a text for the applicant."""
MAX_CODE = 128
MAX_KEPT = 65_536
"""Characters of an unreadable answer that are kept for the person who looks at it."""
MAX_MISTAKES = 20

BELONGS: dict[Verb, tuple[type[Answer], ...]] = {
    "ask": (Contributed, Refused, Returned, Accepted, Undone),
    "undo": (Undone, UndoRefused, Accepted),
    "lookup": (Contributed, Refused, Returned, Accepted, Undone, NothingHeld),
}
"""Which answers belong to which question."""


class PartClaim(Struct, frozen=True, kw_only=True):
    """A signed part, and what it must be bound to. `input` None: not known here, so not compared."""

    part: str
    output: dict[str, Any]
    agency: str
    ask_key: AskKey
    contract_digest: str
    input: dict[str, Any] | None = None
    salt: str = ""


CheckOutput: TypeAlias = Callable[[Contract, dict[str, Any]], list[Mistake]]
"""Gives every mistake of an output under its contract."""
VerifyPart: TypeAlias = Callable[[PartClaim], list[str]]
"""Gives what is wrong with a signed part; nothing if it holds and discloses exactly the output."""


class AnswerChecks(Struct, frozen=True):
    """What adapters cannot judge themselves, given to them when the product is put together."""

    check_output: CheckOutput
    verify_part: VerifyPart
    fetch: Fetch = nothing_fetched


class Question(Struct, frozen=True, kw_only=True):
    """What was asked, as far as an answer must fit it.

    `input` and `salt` are those of the ask, where they are known. A part must be bound to `key` (a lookup's key is the
    ask's) and to `contract_digest` (nothing: the digest of `contract`).
    """

    verb: Verb
    key: AskKey
    contract: Contract
    contract_digest: str = ""
    input: dict[str, Any] | None = None
    salt: str = ""


_decoder = msgspec.json.Decoder(Answer)
_QUOTED = re.compile(r"'[^']*'")
_WORD = re.compile(r"[A-Za-z_][A-Za-z_-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Read(Struct, frozen=True):
    """What an answer says, and the contents of the documents that came with it, described in its output."""

    heard: Heard
    documents: tuple[bytes, ...] = ()


async def read_answer(body: bytes, question: Question, checks: AnswerChecks) -> Read:
    """Read the body of an authenticated answer; `Unreadable`, with every mistake, if it breaks the contract.

    Raises:
        DocumentUnreachable: a document that it links to cannot be fetched now.

    """
    try:
        answer = _decoder.decode(body)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError, and no DecodeError
        return Read(unreadable(question.key, [f"the body is no answer: {_QUOTED.sub('…', str(error))}"], body))
    return await judged_with_documents(answer, question, checks, body)


async def judged_with_documents(answer: Answer, question: Question, checks: AnswerChecks, body: bytes) -> Read:
    """Take the documents out of an answer and judge it; `Unreadable`, with every mistake, if it breaks the contract.

    `body` is what is kept of it then.

    Raises:
        DocumentUnreachable: a document that it links to cannot be fetched now.

    """
    contents: tuple[bytes, ...] = ()
    mistakes: list[str] = []
    if isinstance(answer, Contributed):
        taken = await take_documents(answer.output, question.contract.output, checks.fetch)
        answer = structs.replace(answer, output=taken.output)
        contents = taken.contents
        mistakes = [f"/output/{name}: {wrong}" for name, wrong in taken.mistakes.items()]
    mistakes = mistakes or judge(answer, question, checks)
    return Read(unreadable(question.key, mistakes, body)) if mistakes else Read(cast("Heard", answer), contents)


def unreadable(key: AskKey, mistakes: list[str], body: bytes) -> Unreadable:
    """Keep an answer that cannot be used, cut to what a person would read."""
    text = body[: 4 * MAX_KEPT].decode("utf-8", "replace")[:MAX_KEPT]
    return Unreadable(key=key, mistakes=mistakes[:MAX_MISTAKES], body=text)


def judge(answer: Answer, question: Question, checks: AnswerChecks) -> list[str]:
    """Give every way in which an answer does not belong to the question, or breaks the contract."""
    if not isinstance(answer, BELONGS[question.verb]):
        return [f"/outcome: {answer.__struct_config__.tag!r} is no answer to this {question.verb}"]
    other = [] if answer.key == question.key else ["/key: not the key that was asked: repeat it as it came"]
    return other + _field_mistakes(answer, question, checks)


def _field_mistakes(answer: Answer, question: Question, checks: AnswerChecks) -> list[str]:
    if isinstance(answer, Contributed):
        return _contribution_mistakes(answer, question, checks)
    if isinstance(answer, Refused):
        return _refusal_mistakes(answer, question.contract)
    if isinstance(answer, Returned):
        return _return_mistakes(answer, question.contract)
    if isinstance(answer, UndoRefused):
        return _short("/code", answer.code) + _text_mistakes(answer.text)
    return _short("/ticket", answer.ticket) if isinstance(answer, Accepted) else []


def _refusal_mistakes(answer: Refused, contract: Contract) -> list[str]:
    if answer.code in contract.refusals:
        return _text_mistakes(answer.text)
    known = ", ".join(contract.refusals) or "it has none"
    return [f"/code: {_word(answer.code)} is not among the contract's refusals ({known})"]


def _return_mistakes(answer: Returned, contract: Contract) -> list[str]:
    known = contract.input.get("properties", {})
    strange = [_word(name) for name in answer.inputs if name not in known]
    return [f"/inputs: {name} is no input of the contract" for name in strange] + _text_mistakes(answer.text)


def _contribution_mistakes(answer: Contributed, question: Question, checks: AnswerChecks) -> list[str]:
    found = checks.check_output(question.contract, answer.output)
    mistakes = [f"/output{mistake.pointer}: {mistake.detail}" for mistake in found]
    if answer.part and not mistakes:
        claim = PartClaim(
            part=answer.part,
            output=answer.output,
            agency=question.contract.agency,
            ask_key=question.key,
            contract_digest=question.contract_digest or contract_digest(question.contract),
            input=question.input,
            salt=question.salt,
        )
        mistakes += [f"/part: {wrong}" for wrong in checks.verify_part(claim)]
    return mistakes


def _word(said: str) -> str:
    """Repeat a word of an answer in a mistake, which operators read: a name in a list it may be, not a person's."""
    return repr(said) if _WORD.fullmatch(said) else "what it says"


def _short(pointer: str, text: str) -> list[str]:
    if len(text) > MAX_CODE or _CONTROL.search(text):
        return [f"{pointer}: longer than {MAX_CODE} characters, or with control characters"]
    return []


def _text_mistakes(text: str) -> list[str]:
    if len(text) > MAX_TEXT:
        return [f"/text: longer than {MAX_TEXT} characters"]
    return ["/text: with control characters"] if _CONTROL.search(text) else []
