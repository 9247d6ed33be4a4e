"""What operations see of payments: each bill, every time that its provider was asked, and what came of it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from contracts.ids import Instant, StepName
from contracts.units import Text
from contracts.views import IncidentView, PaymentView

BillCall = Literal["make", "look", "last-look", "refund", "refund-by-hand"]
"""What the provider was asked for; with the last look the bill ends unless it is paid."""

BillWord = Literal[
    "under_way",
    "made",
    "nothing_new",
    "not_heard",
    "paid",
    "another_amount",
    "paid_beside",
    "ended",
    "overtaken",
    "held",
    "accepted",
    "paid_back",
    "not_paid_back",
]
"""What came of it."""


class BillEntry(Struct, frozen=True, kw_only=True):
    """One call to the provider: since when, because of whom, and what it gave.

    `amount` is what the provider says that was paid; `again_at` is when it is asked again by itself.
    """

    at: Instant
    call: BillCall
    by: str
    result: BillWord = "under_way"
    amount: int | None = None
    reason: str = ""
    again_at: Instant | None = None


class BillView(Struct, frozen=True, kw_only=True):
    """One bill of a case: what is to be paid in a round of a step, how that stands, and every call to the provider."""

    step: StepName
    round: int
    title: Text
    payment: PaymentView
    due_at: Instant | None = None
    entries: list[BillEntry] = field(default_factory=list[BillEntry])
    incident: IncidentView | None = None
