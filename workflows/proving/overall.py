"""Checks of all that a system said in a verification: its words, outputs, signatures, parts, times, callbacks."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from typing import Final

from contracts.documents import described, without_contents
from contracts.wire import Accepted, Contributed
from workflows.agencies.reading import AnswerChecks, Question, judge
from workflows.agencies.statuses import SUCCESS
from workflows.loading.hashing import contract_digest
from workflows.loading.validation import compile_schema
from workflows.outputs.sdjwt import Bindings, PartInvalid, input_digest, verify_part
from workflows.proving.rows import Check, Judging, Row, about, brief, got_words
from workflows.proving.steps import Exchange, input_of, key_of

_WORDS_ALONE: Final = AnswerChecks(check_output=lambda _contract, _output: [], verify_part=lambda _claim: [])
"""Outputs and parts have rows of their own."""


def _straight(judging: Judging) -> Iterator[Exchange]:
    """Give what came of messages as the gateway sends them."""
    return (exchange for exchange in judging.talk.values() if exchange.step.bend == "")


def _answers(judging: Judging) -> list[Exchange]:
    return [exchange for exchange in _straight(judging) if exchange.status in SUCCESS]


def _failed(check: Check, judging: Judging, exchange: Exchange, got: str, expected: str) -> Row:
    return about(check.row("failed", got=got, expected=expected), exchange, judging)


def _all_well(check: Check, answers: Sequence[object], expected: str) -> Row:
    count = "1 answer" if len(answers) == 1 else f"{len(answers)} answers"
    return check.row("passed", sent="everything that the gateway would send", got=f"{count}, all so", expected=expected)


_NOTHING_CONTRIBUTED: Final = "nothing was contributed; see the rows of the examples"
_NOBODY_SPOKE: Final = "nothing was answered with a 2xx; see the other rows"


def words(check: Check, judging: Judging) -> Row:
    """Judge that every answer is one of the wire protocol, to this question, under this key."""
    expected = "an answer of the wire protocol to this question, under its key"
    answers = _answers(judging)
    for exchange in answers:
        wrong = _word_mistakes(exchange, judging)
        if wrong:
            return _failed(check, judging, exchange, f"{got_words(exchange)}: {'; '.join(wrong)}", expected)
    return _all_well(check, answers, expected) if answers else check.row("blocked", why=_NOBODY_SPOKE)


def _word_mistakes(exchange: Exchange, judging: Judging) -> list[str]:
    kind = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        return ["Content-Type: must be application/json"]
    if exchange.answer is None:
        return [exchange.unread]
    step = exchange.step
    question = Question(verb=step.verb, key=key_of(judging.case, step), contract=judging.contract)
    return judge(exchange.answer, question, _WORDS_ALONE)


def outputs(check: Check, judging: Judging) -> Row:
    """Judge that every contribution fits the contract's output, its documents included."""
    expected = "an output that fits the contract's `output`"
    found = judging.contributions()
    fits = compile_schema(described(judging.contract.output))
    for _, exchange, answer in found:
        wrong = exchange.wrong or [f"/output{each.pointer}: {each.detail}" for each in fits(exchange.output)]
        if wrong:
            got = f"{brief(exchange.body)}: {' '.join(wrong)}" if answer is exchange.answer else " ".join(wrong)
            return _failed(check, judging, exchange, got, expected)
    if found:
        return _all_well(check, found, expected)
    return check.row("blocked", why=_NOTHING_CONTRIBUTED)


def signatures(check: Check, judging: Judging) -> Row:
    """Judge that every answer is signed with a key of the agency, and bound to its request."""
    expected = "an answer signed with a key of the agency, bound to exactly this request"
    answers = _answers(judging)
    for exchange in answers:
        if exchange.fault:
            return _failed(check, judging, exchange, f"{exchange.status}, {exchange.fault}", expected)
    return _all_well(check, answers, expected) if answers else check.row("blocked", why=_NOBODY_SPOKE)


def parts(check: Check, judging: Judging) -> Row:
    """Judge that every signed part is bound to its ask and discloses exactly the output."""
    expected = "a part signed by the agency, bound to the ask, its contract and its input, over exactly the output"
    contributions = judging.contributions()
    found = [(exchange, answer) for _, exchange, answer in contributions if answer.part]
    if not contributions:
        return check.row("blocked", why=_NOTHING_CONTRIBUTED)
    if not found:
        why = "it signs no parts: the gateway attests what it receives, and the joint output says so"
        return check.row("not applicable", why=why)
    for exchange, answer in found:
        wrong = _part_mistake(exchange, answer, judging)
        if wrong:
            return _failed(check, judging, exchange, wrong, expected)
    return _all_well(check, found, expected)


def _part_mistake(exchange: Exchange, answer: Contributed, judging: Judging) -> str:
    contract, salt = judging.contract, urlsafe_b64decode(judging.salt + "=" * (-len(judging.salt) % 4))
    given = without_contents(input_of(contract, exchange.step), contract.input)
    expected = Bindings(
        agency=contract.agency,
        ask_key=key_of(judging.case, exchange.step, "ask"),
        contract_digest=contract_digest(contract),
        input_digest=input_digest(salt, given),
    )
    try:
        found = verify_part(answer.part, judging.jwks, expected)
    except (PartInvalid, ValueError) as error:
        return f"a part that does not hold: {error}"
    return "" if found.disclosed == exchange.output else "a part that discloses something else than the output"


def times(check: Check, judging: Judging) -> Row:
    """Judge that every message was answered whole, in time."""
    expected = f"a whole answer within {judging.deadline_s:g} s (connection.deadline)"
    slowest = 0.0
    for exchange in _straight(judging):
        if exchange.silence:
            return _failed(check, judging, exchange, exchange.silence, expected)
        if exchange.took_s > judging.deadline_s:
            return _failed(check, judging, exchange, f"a whole answer after {exchange.took_s:.1f} s", expected)
        slowest = max(slowest, exchange.took_s)
    sent = "everything that the gateway would send"
    return check.row("passed", sent=sent, got=f"the slowest after {slowest:.2f} s", expected=expected)


def callbacks(check: Check, judging: Judging) -> Row:
    """Judge that what was accepted was called back, signed."""
    expected = f"a signed callback under the ask's key within {judging.waited_s:g} s"
    accepted = [each for each in _straight(judging) if each.step.waits and isinstance(each.answer, Accepted)]
    if not accepted:
        return check.row("not applicable", why="it answered every ask at once")
    for exchange in accepted:
        if not exchange.called:
            got = f"{got_words(exchange)}, and no callback"
            return _failed(check, judging, exchange, got, expected)
        first = exchange.called[0]
        if first.fault:
            got = f"a callback that was answered {first.status}: {first.fault}"
            return _failed(check, judging, exchange, got, expected)
    return _all_well(check, accepted, expected)
