"""An authenticated answer is used only if it belongs to the question and keeps the contract."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.contract import Contract
from contracts.ids import Verb
from contracts.problems import Mistake
from contracts.wire import (
    Accepted,
    Answer,
    Contributed,
    NothingHeld,
    Refused,
    Returned,
    Undone,
    UndoRefused,
    Unreadable,
)
from tests.conformance.agencies import CHECKS, make_ask, make_contract
from workflows.agencies.reading import (
    MAX_KEPT,
    MAX_MISTAKES,
    AnswerChecks,
    PartClaim,
    Question,
    read_answer,
    unreadable,
)
from workflows.loading.hashing import contract_digest

CONTRACT = make_contract("http://127.0.0.1:1")
KEY = make_ask().key
ANSWERS: list[Answer] = [
    Contributed(key=KEY, output={"number": "N-1"}),
    Refused(key=KEY, code="unknown"),
    Returned(key=KEY, inputs=["name"]),
    Accepted(key=KEY, ticket="T"),
    Undone(key=KEY),
    UndoRefused(key=KEY, code="too_late"),
    NothingHeld(key=KEY),
]
BELONGING: dict[Verb, set[str]] = {
    "ask": {"contributed", "refused", "returned", "accepted", "undone"},
    "undo": {"undone", "undo_refused", "accepted"},
    "lookup": {"contributed", "refused", "returned", "accepted", "undone", "nothing_held"},
}


def question(verb: Verb = "ask", **known: Any) -> Question:
    return Question(verb=verb, key=KEY, contract=CONTRACT, **known)


@pytest.mark.parametrize("verb", BELONGING)
async def test_each_question_takes_its_own_answers_and_no_others(verb: Verb) -> None:
    taken: set[str] = set()
    for answer in ANSWERS:
        heard = (await read_answer(msgspec.json.encode(answer), question(verb), CHECKS)).heard
        if not isinstance(heard, Unreadable):
            assert heard == answer
            taken.add(str(answer.__struct_config__.tag))
    assert taken == BELONGING[verb]


@pytest.mark.parametrize(
    ("answer", "pointer"),
    [
        (Accepted(key=KEY, ticket="x" * 129), "/ticket"),
        (Accepted(key=KEY, ticket="a\x1bb"), "/ticket"),
        (Returned(key=KEY, inputs=["name", "salary"]), "/inputs"),
        (Returned(key=KEY, text="x" * 4001), "/text"),
        (Refused(key=KEY, code="never"), "/code"),
    ],
)
async def test_a_mistake_points_at_its_field(answer: Answer, pointer: str) -> None:
    heard = (await read_answer(msgspec.json.encode(answer), question(), CHECKS)).heard
    assert isinstance(heard, Unreadable)
    assert [mistake.partition(":")[0] for mistake in heard.mistakes] == [pointer]


async def test_an_undo_refusal_is_kept_short() -> None:
    answer = UndoRefused(key=KEY, code="x" * 129, text="\0")
    heard = (await read_answer(msgspec.json.encode(answer), question("undo"), CHECKS)).heard
    assert isinstance(heard, Unreadable)
    assert len(heard.mistakes) == 2


async def test_a_part_is_bound_to_what_was_asked_and_a_lookup_to_the_promise_itself() -> None:
    claims: list[PartClaim] = []

    def verify(claim: PartClaim) -> list[str]:
        claims.append(claim)
        return ["it is forged"] if claim.input is None else []

    checks = AnswerChecks(CHECKS.check_output, verify)
    body = msgspec.json.encode(Contributed(key=KEY, output={"number": "N-1"}, part="p"))
    asked = question(contract_digest="sha256:1", input={"name": "Sari"}, salt="c2FsdA")
    assert isinstance((await read_answer(body, asked, checks)).heard, Contributed)
    heard = (await read_answer(body, question("lookup"), checks)).heard
    assert isinstance(heard, Unreadable)
    assert heard.mistakes == ["/part: it is forged"]
    assert [claim.contract_digest for claim in claims] == ["sha256:1", contract_digest(CONTRACT)]
    assert (claims[0].agency, claims[0].ask_key, claims[0].salt) == ("civil", KEY, "c2FsdA")


async def test_a_part_of_a_wrong_output_is_not_even_looked_at() -> None:
    def check(_contract: Contract, _output: dict[str, Any]) -> list[Mistake]:
        return [Mistake(f"/{number}", "wrong") for number in range(100)]

    def verify(claim: PartClaim) -> list[str]:
        raise AssertionError(claim)

    body = msgspec.json.encode(Contributed(key=KEY, output={}, part="p"))
    heard = (await read_answer(body, question(), AnswerChecks(check, verify))).heard
    assert isinstance(heard, Unreadable)
    assert len(heard.mistakes) == MAX_MISTAKES
    assert heard.mistakes[0] == "/output/0: wrong"


def test_what_is_kept_of_an_unreadable_answer_has_a_bound() -> None:
    assert len(unreadable(KEY, ["x"], "\u20ac".encode() * 500_000).body) == MAX_KEPT
    assert unreadable(KEY, ["x"], b"a\xffb").body == "a\ufffdb"
