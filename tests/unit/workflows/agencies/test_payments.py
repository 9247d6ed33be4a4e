"""What a provider's word means for a step: nothing counts as paid, ended or paid back that it did not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

import pytest
from msgspec import structs

from contracts.ids import AskKey
from contracts.payments import Bill, Billed, BillHeld, Billing, NotRefunded
from contracts.units import Text
from contracts.wire import (
    Accepted,
    Ask,
    Contributed,
    Known,
    Lookup,
    NothingHeld,
    Refused,
    Undo,
    Undone,
    UndoRefused,
    Unheard,
    Unreadable,
)
from tests.gateways import CONTRACTS
from workflows.agencies.payments import PaymentsAgency
from workflows.core.step_kinds import EXPIRED, PROVIDER
from workflows.ports import Said, Told

KEY, UNDO_KEY = AskKey("case/fee/ask/1"), AskKey("case/fee/undo/1")
NOW = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)
UNTIL = NOW + timedelta(7)
CONTRACT = next(iter(CONTRACTS.values()))
BILLING = Billing(key=KEY, amount=150_000, title=Text("R", "C"), payee=Text("K", "T"), until=UNTIL)
HELD = BillHeld(key=KEY, bill=Bill(number="B-1", until=UNTIL, code="8800"), amount=150_000, state="unpaid")
PAID = structs.replace(HELD, state="paid", standing=150_000, paid_at=NOW, receipt="R-1")

Answered: TypeAlias = BillHeld | NotRefunded | NothingHeld
State: TypeAlias = Literal["unpaid", "paid", "expired", "cancelled"]


class Still:
    def now(self) -> datetime:
        return NOW

    async def sleep(self, seconds: float) -> None:
        del seconds


class Says:
    """A provider that says one thing, and keeps what it was asked."""

    def __init__(self, what: Answered) -> None:
        self.said = Said(what=what, digest="sha256:answer", sent_digest="sha256:asked")
        self.asked: list[tuple[Any, ...]] = []

    async def create(self, billing: Billing) -> Said:
        self.asked.append(("create", billing))
        return self.said

    async def find(self, key: AskKey) -> Said:
        self.asked.append(("find", key))
        return self.said

    async def cancel(self, key: AskKey) -> Said:
        self.asked.append(("cancel", key))
        return self.said

    async def refund(self, key: AskKey, *, under: AskKey, keep: int, reason: str) -> Said:
        self.asked.append(("refund", key, under, keep, reason))
        return self.said


async def asked(what: Answered) -> Told:
    ask = Ask(
        key=KEY,
        contract="",
        contract_digest="",
        purpose="",
        legal_basis="",
        input={},
        salt="",
        deadline=UNTIL,
        callback="",
        known=Known(billing=BILLING),
    )
    return await PaymentsAgency(Says(what), Still()).ask(ask, CONTRACT, traceparent="")


def undo(keep: int) -> Undo:
    return Undo(
        key=UNDO_KEY,
        undoes=KEY,
        contract="",
        purpose="",
        reason="withdrawn",
        deadline=UNTIL,
        callback="",
        known=Known(keep=keep),
    )


async def test_a_bill_of_another_amount_than_was_asked_is_shown_to_be_paid() -> None:
    for amount in (1_500_000, 15_000, 0):
        heard = (await asked(structs.replace(HELD, amount=amount))).heard
        assert isinstance(heard, Unreadable), amount
        assert heard.mistakes == [f"the bill is of {amount} rupiah, not of 150000"]


async def test_a_provider_gives_itself_longer_than_was_asked_and_the_case_never_goes_on() -> None:
    for until, shown in ((UNTIL + timedelta(days=3650), UNTIL), (UNTIL - timedelta(1), UNTIL - timedelta(1))):
        heard = (await asked(structs.replace(HELD, bill=structs.replace(HELD.bill, until=until)))).heard
        assert isinstance(heard, Billed)
        assert heard.bill.until == shown


async def test_what_was_paid_loses_its_amount_its_moment_or_its_receipt() -> None:
    told = await asked(PAID)
    assert isinstance(told.heard, Contributed)
    assert told.heard.output == {"amount": 150_000, "paid_at": NOW.isoformat(), "receipt": "R-1"}
    assert (told.evidence.actor, told.evidence.digest) == (PROVIDER, "sha256:answer")
    told = await asked(structs.replace(PAID, method="QRIS"))
    assert isinstance(told.heard, Contributed)
    assert told.heard.output["method"] == "QRIS"


@pytest.mark.parametrize("state", ["unpaid", "expired", "cancelled"])
async def test_money_on_a_bill_that_has_ended_is_not_seen(state: State) -> None:
    assert isinstance((await asked(structs.replace(PAID, state=state))).heard, Contributed)


@pytest.mark.parametrize("state", ["paid", "expired", "cancelled"])
async def test_a_bill_without_money_counts_as_paid_because_it_says_so(state: State) -> None:
    heard = (await asked(structs.replace(HELD, state=state))).heard
    assert heard == Refused(key=KEY, code=EXPIRED)


async def test_what_belongs_to_a_refund_ends_a_bill() -> None:
    heard = (await asked(NotRefunded(key=KEY, code="x"))).heard
    assert isinstance(heard, Unheard)


@pytest.mark.parametrize(("closes", "called"), [(False, "find"), (True, "cancel")])
async def test_the_last_look_leaves_the_bill_open_or_any_other_ends_it(*, closes: bool, called: str) -> None:
    provider = Says(HELD)
    lookup = Lookup(key=KEY, contract="", deadline=UNTIL, known=Known(closes=closes))
    told = await PaymentsAgency(provider, Still()).lookup(lookup, CONTRACT, traceparent="")
    assert isinstance(told.heard, Billed)
    assert provider.asked == [(called, KEY)]


@pytest.mark.parametrize(
    ("what", "keep", "heard"),
    [
        (structs.replace(HELD, state="cancelled"), 0, Undone(key=UNDO_KEY)),
        (structs.replace(PAID, standing=0), 0, Undone(key=UNDO_KEY)),
        (PAID, 150_000, Undone(key=UNDO_KEY)),
        (structs.replace(PAID, refunding=True), 0, Accepted(key=UNDO_KEY, ticket="B-1")),
        (PAID, 0, UndoRefused(key=UNDO_KEY, code="not_refunded", text="")),
        (structs.replace(PAID, standing=150_001), 150_000, UndoRefused(key=UNDO_KEY, code="not_refunded", text="")),
        (HELD, 0, UndoRefused(key=UNDO_KEY, code="not_refunded", text="")),
        (
            NotRefunded(key=KEY, code="bank_closed", text="t"),
            0,
            UndoRefused(key=UNDO_KEY, code="bank_closed", text="t"),
        ),
        (NothingHeld(key=KEY), 0, Unheard(key=UNDO_KEY, reason="the provider knows no such bill")),
    ],
    ids=[
        "cancelled",
        "paid back",
        "kept",
        "under way",
        "not yet",
        "a rupiah too much",
        "still open",
        "refused",
        "unknown",
    ],
)
async def test_money_counts_as_paid_back_that_still_stands(what: Answered, keep: int, heard: object) -> None:
    told = await PaymentsAgency(Says(what), Still()).undo(undo(keep), CONTRACT, traceparent="")
    assert told.heard == heard


async def test_a_refund_asks_for_more_or_less_than_the_case_decided() -> None:
    provider = Says(PAID)
    await PaymentsAgency(provider, Still()).undo(undo(7), CONTRACT, traceparent="")
    assert provider.asked == [("refund", KEY, UNDO_KEY, 7, "withdrawn")]


async def test_without_a_provider_a_step_is_refused_or_something_counts_as_sent() -> None:
    nobody = PaymentsAgency(None, Still())
    lookup = Lookup(key=KEY, contract="", deadline=UNTIL)
    told = await nobody.lookup(lookup, CONTRACT, traceparent="")
    assert isinstance(told.heard, Unheard)
    assert (told.heard.sent, told.heard.final) == (False, False)
    assert "payments_url" in told.heard.reason
