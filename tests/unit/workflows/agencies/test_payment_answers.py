"""A provider's answers that break the protocol: each would make somebody pay, or be believed, wrongly."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from multidict import CIMultiDict

from contracts.ids import AskKey
from contracts.payments import MOST_RUPIAH, BillHeld, NotRefunded
from contracts.wire import NothingHeld, Unheard, Unreadable
from workflows.agencies.payment_answers import read_answer
from workflows.agencies.received import MAX_ANSWER_BYTES, Received

KEY = AskKey("case/pay/ask/1")
BILL = {"number": "B-1", "until": "2026-11-09T03:00:00Z", "code": "8800", "code_for": "virtual account"}
PAID: dict[str, Any] = {
    "key": KEY,
    "bill": BILL,
    "amount": 150_000,
    "state": "paid",
    "standing": 150_000,
    "paid_at": "2026-11-03T03:00:00Z",
    "receipt": "R-1",
}


def read(body: bytes | dict[str, Any], status: int = 200, *, plain: bool = False, coding: str = "identity") -> object:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read_answer(Received(status, CIMultiDict({"Content-Encoding": coding}), raw), KEY, plain=plain, later=None)


def mistake(what: object) -> str:
    assert isinstance(what, Unreadable)
    (said,) = what.mistakes
    return said


def billed(**changes: Any) -> dict[str, Any]:
    return {**PAID, "bill": {**BILL, **changes}}


def test_a_right_answer_is_taken_for_a_wrong_one() -> None:
    held = read({**PAID, "currency": "IDR", "more": "of a newer protocol"})
    assert isinstance(held, BillHeld)
    assert (held.standing, held.bill.number) == (150_000, "B-1")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"currency": "USD"}, "currency"),
        ({"currency": "idr"}, "currency"),
        ({"standing": -150_000}, ">= 0"),
        ({"amount": -1}, ">= 0"),
        ({"standing": MOST_RUPIAH + 1}, "<="),
        ({"standing": 10**30}, "int"),
        ({"standing": 150_000.5}, "int"),
        ({"standing": "150000"}, "int"),
        ({"standing": True}, "int"),
        ({"standing": None}, "int"),
        ({"state": "settled"}, "state"),
        ({"key": "other-case/pay/ask/1"}, "another bill"),
        ({"key": 5}, "str"),
        ({"paid_at": None}, "no paid_at"),
        ({"paid_at": "2026-11-03T03:00:00"}, "timezone"),
        ({"paid_at": "9999-12-31T23:59:59Z"}, "year 9999"),
        ({"paid_at": "0001-01-01T00:00:00Z"}, "year 1"),
        ({"receipt": "R" * 201}, "receipt is longer"),
        ({"method": "m" * 101}, "method is longer"),
        ({"refunding": "yes"}, "bool"),
        (billed(number="9" * 101), "number is longer"),
        (billed(code="0" * 1001), "code is longer"),
        (billed(code_for="c" * 101), "code_for is longer"),
        (billed(url=f"https://p.example/{'x' * 2000}"), "url is longer"),
        (billed(url="javascript:alert(1)"), "no https address"),
        (billed(url="http://p.example/1"), "no https address"),
        (billed(url="//p.example/1"), "no https address"),
        (billed(url="https://p.example/ 1"), "no address"),
        (billed(url="https://p.example/\u202e1"), "no address"),
        (billed(until="2026-11-09"), "datetime"),
        (billed(until="9999-12-31T23:59:59Z"), "year 9999"),
    ],
)
def test_what_breaks_the_protocol_is_believed(changes: dict[str, Any], said: str) -> None:
    assert said in mistake(read({**PAID, **changes}))


@pytest.mark.parametrize("lacking", ["key", "bill", "amount", "state"])
def test_half_an_answer_is_filled_up_by_guesses(lacking: str) -> None:
    assert lacking in mistake(read({name: value for name, value in PAID.items() if name != lacking}))


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><title>Sign in</title>",
        b"",
        b"[]",
        b"null",
        b'"paid"',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps(PAID).encode()[:-1],
    ],
    ids=["html", "nothing", "a list", "null", "a word", "no text", "deep", "cut off"],
)
def test_a_page_or_rubbish_with_200_is_a_word_on_the_bill(body: bytes) -> None:
    assert isinstance(read(body), Unreadable)


def test_an_answer_that_unfolds_beyond_the_cap_is_read_or_raises() -> None:
    bomb = gzip.compress(b" " * (MAX_ANSWER_BYTES + 1))
    assert mistake(read(bomb, coding="gzip")) == "the answer is larger than 4 MiB"
    assert "coding" in mistake(read(b"x", coding="br"))


def test_the_providers_own_words_and_numbers_get_into_what_is_told_of_its_mistakes() -> None:
    assert "3303055203900000" not in mistake(read({**PAID, "state": "paid by 3303055203900000 <b>"}))
    assert "<b>" not in mistake(read({**PAID, "state": "<b>"}))


def test_a_page_without_tls_is_refused_to_a_provider_that_has_none_itself() -> None:
    assert isinstance(read(billed(url="http://127.0.0.1/bayar/1"), plain=True), BillHeld)
    assert "no http(s) address" in mistake(read(billed(url="ftp://p.example"), plain=True))


def test_any_404_is_taken_for_there_is_no_bill_and_another_one_is_made() -> None:
    assert read({"code": "nothing_held"}, 404) == NothingHeld(key=KEY)
    for body in ({"code": "not_found"}, {"error": "nothing_held"}):
        answer = read(body, 404)
        assert isinstance(answer, Unheard)
        assert answer.final
    assert not isinstance(read(b"[]", 404), NothingHeld)
    assert not isinstance(read(b"<html>nothing_held</html>", 404), NothingHeld)


def test_a_no_to_a_refund_is_of_another_bill_or_has_no_end() -> None:
    assert read({"key": KEY, "code": "not_supported", "text": "t"}, 409) == NotRefunded(
        key=KEY, code="not_supported", text="t"
    )
    assert "another bill" in mistake(read({"key": "x", "code": "c"}, 409))
    assert "code of the refusal" in mistake(read({"key": KEY, "code": "c" * 65}, 409))
    assert "text of the refusal" in mistake(read({"key": KEY, "code": "c", "text": "t" * 501}, 409))


@pytest.mark.parametrize(
    ("status", "final"),
    [(301, True), (302, False), (307, False), (401, True), (429, False), (500, False), (600, False)],
)
def test_a_status_without_an_answer_is_an_answer(status: int, *, final: bool) -> None:
    answer = read({**PAID}, status)
    assert isinstance(answer, Unheard)
    assert answer.final is final
