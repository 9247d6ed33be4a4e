"""What an answer of a bound API means: the first outcome that fits, else what its status means. Never a "no" by itself.

Whatever the bytes are, this gives something to record and raises nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct, structs

from contracts.contract import Contract
from contracts.ids import AskKey, Instant, Verb
from contracts.wire import (
    Accepted,
    Answer,
    Contributed,
    NothingHeld,
    Refused,
    Returned,
    Undone,
    UndoRefused,
    Unheard,
    Unreadable,
)
from workflows.agencies.reading import MAX_TEXT, AnswerChecks, Question, Read, judged_with_documents, unreadable
from workflows.agencies.received import AnswerTooLarge, AnswerUndecodable, Received
from workflows.agencies.statuses import SUCCESS, meaning_of, retry_after_s
from workflows.core.expressions import ExpressionError
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.schema_paths import names_in
from workflows.loading.bindings import BoundCall, Rule

TURNED_AWAY: Final = 429
"""The agency's own limit: it did not take the call up."""
_LARGEST_EXACT: Final = 2**53 - 1
_DEEPEST: Final = 64
_CHARSETS: Final = frozenset({"iso-8859-1", "latin1", "windows-1252", "utf-8", "utf8", "us-ascii"})

Scope: TypeAlias = Mapping[str, object]
Meant: TypeAlias = Answer | Unheard | Unreadable
"""What an answer means, before it is held to the contract."""


class Asked(Struct, frozen=True, kw_only=True):
    """What an answer is an answer to: `scope` is what the request was made of."""

    verb: Verb
    key: AskKey
    contract: Contract
    call: BoundCall
    scope: Scope
    checks: AnswerChecks


async def read_outcome(received: Received, asked: Asked, *, now: Instant) -> Read:
    """Say what an answer means, and give the documents that came with it.

    Raises:
        DocumentUnreachable: a document that it links to cannot be fetched now.

    """
    try:
        body = read_body(received)
    except AnswerTooLarge:
        return Read(_silent(asked, received, now, words="the answer is larger than 4 MiB"))
    scope = {**asked.scope, "status": received.status, "headers": _headers(received), "body": body}
    rule = next((rule for rule in asked.call.rules if _fits(rule, scope)), None)
    meant = _unmapped(received, body, asked, now) if rule is None else _meaning(rule, scope, received, asked, now)
    return Read(meant) if isinstance(meant, Unheard | Unreadable) else await _judged(meant, received, asked)


async def _judged(answer: Answer, received: Received, asked: Asked) -> Read:
    """Take the documents of an answer, and hold it to the contract."""
    question = Question(verb=asked.verb, key=asked.key, contract=asked.contract)
    read = await judged_with_documents(answer, question, asked.checks, received.raw)
    if isinstance(read.heard, Contributed) and (mistakes := _inexact(read.heard.output)):
        return Read(unreadable(asked.key, mistakes, received.raw))
    return read


def read_body(received: Received) -> object:
    """Give the JSON of an answer, whatever it says that it is; None where there is none that can be read."""
    try:
        data = received.decoded()
    except AnswerUndecodable:
        return None
    charset = _charset(received)
    try:
        text = data.decode(charset)
        body = msgspec.json.decode(text)
    except (ValueError, RecursionError, LookupError):
        return None
    return body if _shallow(body, _DEEPEST) else None


def _charset(received: Received) -> str:
    _, _, parameters = received.headers.get("Content-Type", "").lower().partition("charset=")
    named = parameters.partition(";")[0].strip(' "')
    return named if named in _CHARSETS else "utf-8"


def _shallow(value: object, left: int) -> bool:
    if left == 0:
        return False
    parts = value.values() if is_fields(value) else value if is_list(value) else ()
    return all(_shallow(part, left - 1) for part in parts)


def _headers(received: Received) -> dict[str, str]:
    return {name.lower(): value for name, value in received.headers.items()}


def _fits(rule: Rule, scope: Scope) -> bool:
    """Whether an outcome is the one: a condition that cannot be told, of a body like no other, is not met."""
    if rule.when is None:
        return scope["status"] in SUCCESS
    try:
        return rule.when.evaluate(scope) is True
    except ExpressionError:
        return False


def _meaning(rule: Rule, scope: Scope, received: Received, asked: Asked, now: Instant) -> Meant:
    outcome = rule.outcome
    if outcome.fail or outcome.exhaust:
        words = "the binding says that this is no answer"
        return _silent(asked, received, now, words=words, final=outcome.exhaust)
    try:
        return _answer(rule, scope, asked)
    except ExpressionError as error:
        return _broken(asked, received, f"the outcome cannot be read from this answer: {error}")


def _answer(rule: Rule, scope: Scope, asked: Asked) -> Answer:
    outcome, key = rule.outcome, asked.key
    text = _text(rule, scope)
    if rule.contribute is not None:
        output = rule.contribute.fill(scope)
        if not is_fields(output):
            raise ExpressionError("what it contributes is no group of fields")
        return Contributed(key=key, output=dict(output))
    if outcome.refuse is not None:
        refused = UndoRefused if asked.verb == "undo" else Refused
        return refused(key=key, code=outcome.refuse, text=text)
    if outcome.return_ is not None:
        return Returned(key=key, inputs=outcome.return_, text=text)
    if rule.accepted is not None:
        ticket = rule.accepted.evaluate(scope)
        if not isinstance(ticket, str | int) or isinstance(ticket, bool):
            raise ExpressionError("it is accepted, and there is no ticket")
        return Accepted(key=key, ticket=str(ticket))
    return Undone(key=key) if outcome.undone else NothingHeld(key=key)


def _text(rule: Rule, scope: Scope) -> str:
    """Give the agency's words, cut and cleaned: they never spoil an answer."""
    if rule.text is None:
        return ""
    try:
        value = rule.text.evaluate(scope)
    except ExpressionError:
        return ""
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else " " for letter in value[:MAX_TEXT])


# --- where no outcome fits ----------------------------------------------------------------------------------


def _unmapped(received: Received, body: object, asked: Asked, now: Instant) -> Meant:
    if received.status not in SUCCESS:
        meaning = meaning_of(received.status)
        return _silent(asked, received, now, words=meaning.words, final=meaning.final)
    return _BY_VERB[asked.verb](received, body, asked)


def _contributes(received: Received, body: object, asked: Asked) -> Meant:
    """A 2xx contributes the fields of the contract's output, unless the binding says itself what contributes."""
    if any(rule.contribute is not None for rule in asked.call.rules):
        return _broken(asked, received, f"{received.status}: none of the binding's outcomes fits this answer")
    if not is_fields(body):
        return _broken(asked, received, f"{received.status}: the body is no JSON with fields")
    output = {name: body[name] for name in names_in(asked.contract.output, "properties") if name in body}
    return Contributed(key=asked.key, output=output)


def _undone(_received: Received, _body: object, asked: Asked) -> Meant:
    return Undone(key=asked.key)


_BY_VERB: Final[Mapping[Verb, Callable[[Received, object, Asked], Meant]]] = {
    "ask": _contributes,
    "lookup": _contributes,
    "undo": _undone,
}


def _broken(asked: Asked, received: Received, mistake: str) -> Unreadable:
    return unreadable(asked.key, [mistake], received.raw)


def _silent(asked: Asked, received: Received, now: Instant, *, words: str, final: bool = False) -> Unheard:
    heard = Unheard(
        key=asked.key,
        reason=f"{received.status}: {words}",
        final=final,
        retry_after_s=retry_after_s(received.headers.get("Retry-After", "") or None, now=now),
    )
    return structs.replace(heard, sent=False) if received.status == TURNED_AWAY and not final else heard


def _inexact(value: Any, pointer: str = "/output") -> list[str]:  # noqa: ANN401 - any JSON
    """Say which numbers do not fit a double: they would be other numbers to whoever reads them next."""
    if is_fields(value):
        return [told for name, part in value.items() for told in _inexact(part, f"{pointer}/{name}")]
    if is_list(value):
        return [told for index, part in enumerate(value) for told in _inexact(part, f"{pointer}/{index}")]
    wrong = (isinstance(value, int) and abs(value) > _LARGEST_EXACT) or (
        isinstance(value, float) and not math.isfinite(value)
    )
    return [f"{pointer}: a number that is too large to be exact"] if wrong else []
