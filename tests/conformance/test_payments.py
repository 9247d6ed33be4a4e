"""What holds for every provider of payments, judged before the same payer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.ids import AskKey
from contracts.payments import BillHeld
from contracts.wire import NothingHeld, Unheard
from tests.conformance.payments import BEGIN, KEY, OPEN, UNDO, Till, make_billing


@pytest.fixture(params=OPEN)
async def till(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Till]:
    async with OPEN[request.param](tmp_path) as opened:
        yield opened


def held(what: object) -> BillHeld:
    assert isinstance(what, BillHeld)
    return what


async def test_the_same_key_is_the_same_bill_whatever_else_is_said_with_it(till: Till) -> None:
    first = held((await till.payments.create(make_billing())).what)
    again = held((await till.payments.create(make_billing(amount=1))).what)
    assert first == again
    assert (first.state, first.amount, first.bill.until) == ("unpaid", 150_000, BEGIN + timedelta(7))
    assert first.bill.code


async def test_another_key_is_another_bill(till: Till) -> None:
    one = held((await till.payments.create(make_billing())).what)
    other = held((await till.payments.create(make_billing(key=AskKey("case/pay/ask/2")))).what)
    assert one.bill.number != other.bill.number


async def test_a_payment_is_found_with_its_receipt(till: Till) -> None:
    await till.payments.create(make_billing())
    till.pay(KEY, 150_000)
    found = held((await till.payments.find(KEY)).what)
    assert (found.state, found.standing) == ("paid", 150_000)
    assert found.receipt and found.paid_at == BEGIN  # noqa: PT018 - one thing, in two fields


async def test_what_is_known_of_a_bill_has_a_digest_for_the_evidence(till: Till) -> None:
    said = await till.payments.create(make_billing())
    assert said.digest.startswith("sha256:")


async def test_an_unknown_key_holds_nothing(till: Till) -> None:
    assert isinstance((await till.payments.find(KEY)).what, NothingHeld)


async def test_a_bill_that_ended_is_not_paid_any_more(till: Till) -> None:
    await till.payments.create(make_billing())
    till.clock.at += timedelta(days=8)
    assert held((await till.payments.find(KEY)).what).state == "expired"


async def test_cancelling_a_paid_bill_leaves_the_payment_alone(till: Till) -> None:
    await till.payments.create(make_billing())
    till.pay(KEY, 150_000)
    told = held((await till.payments.cancel(KEY)).what)
    assert (told.state, told.standing) == ("paid", 150_000)


async def test_a_cancelled_bill_stays_cancelled_when_it_is_made_again(till: Till) -> None:
    await till.payments.create(make_billing())
    await till.payments.cancel(KEY)
    assert held((await till.payments.create(make_billing())).what).state == "cancelled"


async def test_a_bill_that_is_cancelled_before_it_comes_is_never_to_be_paid(till: Till) -> None:
    await till.payments.cancel(KEY)
    assert held((await till.payments.create(make_billing())).what).state == "cancelled"


async def test_no_payment_is_paid_back_twice_under_one_wish_or_under_two(till: Till) -> None:
    await till.payments.create(make_billing())
    till.pay(KEY, 150_000)
    for under in (UNDO, UNDO, AskKey("case/pay/undo/2")):
        told = held((await till.payments.refund(KEY, under=under, keep=0, reason="withdrawn")).what)
        assert told.standing == 0
    assert list(till.refunds()) == [(UNDO, 150_000)]


async def test_an_unpaid_bill_is_cancelled_and_nothing_is_paid_back(till: Till) -> None:
    await till.payments.create(make_billing())
    told = held((await till.payments.refund(KEY, under=UNDO, keep=0, reason="withdrawn")).what)
    assert (told.state, list(till.refunds())) == ("cancelled", [])


async def test_of_what_was_paid_twice_only_the_second_is_paid_back(till: Till) -> None:
    await till.payments.create(make_billing())
    till.pay(KEY, 150_000)
    till.pay(KEY, 150_000)
    told = held((await till.payments.refund(KEY, under=UNDO, keep=150_000, reason="doubled")).what)
    assert told.standing == 150_000
    assert sum(amount for _, amount in till.refunds()) == 150_000


async def test_money_for_a_bill_that_was_taken_back_is_seen_and_can_be_paid_back(till: Till) -> None:
    await till.payments.create(make_billing())
    await till.payments.refund(KEY, under=UNDO, keep=0, reason="withdrawn")
    till.pay(KEY, 150_000)
    assert held((await till.payments.find(KEY)).what).standing == 150_000
    await till.payments.refund(KEY, under=UNDO, keep=0, reason="late")
    assert held((await till.payments.find(KEY)).what).standing == 0


@pytest.mark.parametrize("kind", OPEN)
async def test_a_provider_that_cannot_now_is_silence_that_says_when(kind: str, tmp_path: Path) -> None:
    async with OPEN[kind](tmp_path, ["busy"]) as till:
        said = await till.payments.create(make_billing())
        assert isinstance(said.what, Unheard)
        assert (said.what.key, said.what.retry_after_s, said.what.final) == (KEY, 1, False)
        assert isinstance((await till.payments.create(make_billing())).what, BillHeld)
