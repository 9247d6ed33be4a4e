"""Checks of everything that was said: words, outputs, signatures, parts and times."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc.jwk import ECKey
from msgspec import structs

from contracts.ids import AskKey
from contracts.wire import Contributed, NothingHeld, Refused
from tests.unit.workflows.proving.talk import CASE, KKPR, answered, judging, silent, step
from workflows.loading.hashing import contract_digest
from workflows.outputs.sdjwt import Bindings, input_digest, issue_part
from workflows.proving.checks import judged
from workflows.proving.rows import Judging, Row
from workflows.proving.steps import Exchange

MAIN = AskKey(f"{CASE}/example-1/ask/1")
SHOWN = dict(KKPR.examples[0].output or {})
KEY = ECKey.generate_key("P-256", {"kid": "1"})
JWKS = {"keys": [dict(KEY.as_dict(private=False))]}
SALT = "AAAA"


def row(found: Judging, name: str) -> Row:
    return next(each for each in judged(found) if each.name == name)


def first(output: dict[str, Any] | None = None, *, part: str = "", key: AskKey = MAIN, **more: Any) -> Exchange:
    output = SHOWN if output is None else output
    return answered(step("example 1"), Contributed(key=key, output=output, part=part), **more)


@pytest.mark.parametrize(
    ("exchange", "words"),
    [
        (first(key=AskKey("another/example-1/ask/1")), "/key"),
        (answered(step("example 1"), NothingHeld(key=MAIN)), "is no answer to this ask"),
        (answered(step("example 1"), Refused(key=MAIN, code="own_code")), "not among the contract's refusals"),
        (structs.replace(first(), answer=None, unread="the body is no answer: x"), "the body is no answer: x"),
        (structs.replace(first(), headers={"content-type": "text/plain"}), "must be application/json"),
    ],
)
def test_words_that_are_none_pass(exchange: Exchange, words: str) -> None:
    told = row(judging(example_1=exchange), "answers")
    assert (told.state, told.at) == ("failed", "example 1")
    assert words in told.got


def test_an_output_that_does_not_fit_passes() -> None:
    told = row(judging(example_1=first({"number": 7})), "output")
    assert told.state == "failed"
    assert "/output/number" in told.got
    assert "/output/zone" in told.got
    told = row(judging(example_1=first(wrong=["/output/x: its content is no PDF"])), "output")
    assert "its content is no PDF" in told.got


def test_an_unsigned_answer_passes() -> None:
    told = row(judging(undo=structs.replace(judging().talk["undo"], fault="nobody signed it")), "signed")
    assert (told.state, told.at, told.got) == ("failed", "undo", "200, nobody signed it")


def test_a_late_answer_passes() -> None:
    told = row(judging(repeat=structs.replace(judging().talk["repeat"], took_s=6)), "deadline")
    assert (told.state, told.got) == ("failed", "a whole answer after 6.0 s")
    assert row(judging(lookup=silent(step("lookup"))), "deadline").state == "failed"
    assert row(judging(oversize=silent(step("oversize"))), "deadline").state == "passed", "its own row fails"


def test_nothing_that_was_said_is_judged() -> None:
    silence = {name.replace(" ", "_"): silent(each.step) for name, each in judging().talk.items()}
    found = judging(**silence)
    assert [row(found, name).state for name in ("answers", "output", "signed", "part")] == ["blocked"] * 4


def part(**other: str) -> str:
    given = KKPR.examples[0].input
    bound = {
        "agency": "dpupr",
        "ask_key": MAIN,
        "contract_digest": contract_digest(KKPR),
        "input_digest": input_digest(urlsafe_b64decode(SALT), given),
    }
    return issue_part(SHOWN, Bindings(**(bound | other)), key=KEY, issued_at=datetime(2026, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        (part(), ""),
        (part(ask_key="other/place/ask/1"), "its ask_key is 'other/place/ask/1'"),
        (part(contract_digest="sha256:0"), "its contract_digest"),
        (part(input_digest="x"), "its input_digest"),
        (part(agency="oss"), "its iss"),
        (part().rsplit("~", 2)[0] + "~", "discloses something else"),
        ("no part", "does not hold"),
    ],
)
def test_a_part_that_is_bound_to_another_ask_passes(signed: str, words: str) -> None:
    found = structs.replace(judging(example_1=first(part=signed), repeat=first(part="")), jwks=JWKS)
    told = row(found, "part")
    assert (told.state, words in told.got) == ("failed" if words else "passed", True)
