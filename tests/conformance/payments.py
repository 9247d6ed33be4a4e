"""Providers of payments for the suite: in memory, and the sandbox over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from contracts.ids import AskKey
from contracts.payments import Billing
from contracts.units import Text
from examples.purbalingga.agencies.bills import Books
from examples.purbalingga.agencies.payments import Provider
from tests.conformance.agencies import LOOPBACK, serving
from tests.conformance.rest_office import KnownSecrets
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.payments_http import HttpPayments
from workflows.agencies.payments_memory import MemoryPayments, PaymentsBehave
from workflows.ports import Payments

KEY, UNDO = AskKey("case/pay/ask/1"), AskKey("case/pay/undo/1")
BEGIN = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
SECRET = "a-shared-secret"


class Moment:
    """A clock that is moved."""

    def __init__(self) -> None:
        self.at = BEGIN

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Payer(Protocol):
    """Whoever pays: the amount, on a bill that has ended too."""

    def __call__(self, key: AskKey, amount: int) -> None: ...


class Till(Struct):
    """A provider under test, with a payer before it, and what it has paid back, by the wish."""

    payments: Payments
    pay: Payer
    refunds: Callable[[], Sequence[tuple[str, int]]]
    clock: Moment


def make_billing(amount: int = 150_000, key: AskKey = KEY) -> Billing:
    return Billing(
        key=key,
        amount=amount,
        title=Text("Retribusi", "Charge"),
        payee=Text("Kas", "Treasury"),
        until=BEGIN + timedelta(7),
    )


@asynccontextmanager
async def open_memory(_: Path, script: Sequence[PaymentsBehave] = ()) -> AsyncGenerator[Till]:
    clock = Moment()
    payments = MemoryPayments(clock, script=script)
    yield Till(payments, payments.pay, lambda: payments.refunds, clock)


@asynccontextmanager
async def open_http(folder: Path, script: Sequence[PaymentsBehave] = ()) -> AsyncGenerator[Till]:
    clock = Moment()
    books = Books(folder / "books.sqlite", now=clock.now)
    provider = Provider(books, SECRET, fail_first=len(script))
    exchange = HttpExchange(LOOPBACK)

    def pay(key: AskKey, amount: int) -> None:
        bill = books.row("key", key)
        assert bill is not None
        books.pay(bill["number"], amount, late=True)

    async with serving(provider.application()) as url:
        payments = HttpPayments(
            url,
            secret="PAYMENTS__SECRET",
            secrets=KnownSecrets(PAYMENTS__SECRET=SECRET),
            notify="",
            clock=clock,
            exchange=exchange,
        )
        try:
            yield Till(payments, pay, books.refunded, clock)
        finally:
            await exchange.close()
    books.close()


OPEN = {"memory": open_memory, "http": open_http}
