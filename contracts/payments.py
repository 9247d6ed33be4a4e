"""What travels between the gateway and whoever takes payments: a bill, and what was paid on it. Whole rupiah."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

from contracts.ids import AskKey, Instant
from contracts.units import Text

MOST_RUPIAH: Final = 999_999_999_999_999
"""The largest amount that can be asked: every reader of JSON still takes it for what it is."""
Rupiah = Annotated[int, Meta(ge=0, le=MOST_RUPIAH)]


PaymentState = Literal[
    "preparing",  # the bill is being made
    "to_pay",
    "checking",  # the provider is asked how it stands
    "paid",
    "expired",
    "declined",
    "held",  # a person looks at it
    "refunding",  # what was paid, or may be paid yet, is taken back
    "refunded",
    "not_refunded",
    "dropped",
]
"""How a payment stands, for people."""


class Billing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a bill is to say: how much, for what, to whom, until when, and where payers go back to."""

    key: AskKey
    amount: int
    title: Text
    payee: Text
    until: Instant
    legal_basis: str = ""
    back: str = ""


class Bill(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bill as the provider made it: its number there, until when it is paid, and how.

    `url` is a page of the provider; `code` what people type or show at a bank (a virtual account number, a billing
    code, the text of a QRIS), and `code_for` says what it is.
    """

    number: str
    until: Instant
    url: str = ""
    code: str = ""
    code_for: str = ""


class BillHeld(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A bill as the provider has it now.

    `standing` is what was received on it and not paid back, late and doubled payments included; `paid_at`, `receipt`
    and `method` are of the newest payment. `refunding`: paying back is under way. No other `currency` is taken.
    """

    key: AskKey
    bill: Bill
    amount: Rupiah
    state: Literal["unpaid", "paid", "expired", "cancelled"]
    currency: Literal["IDR"] = "IDR"
    standing: Rupiah = 0
    paid_at: Instant | None = None
    receipt: str = ""
    method: str = ""
    refunding: bool = False


class NotRefunded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The provider does not pay back, and why, in a word and in words."""

    key: AskKey
    code: str
    text: str = ""


class Billed(Struct, frozen=True, kw_only=True, tag_field="outcome", tag="billed"):
    """The bill is there, and not paid."""

    key: AskKey
    bill: Bill


class ChargeView(Struct, frozen=True, kw_only=True):
    """What is paid on the way: for what, to whom, and how much in whole rupiah (None: that is assessed on the way).

    `within`: so long it can be paid once it is asked for; `sometimes`: it depends on the case whether it is.
    """

    title: Text
    payee: Text
    amount: int | None
    legal_basis: str = ""
    within: str = ""
    sometimes: bool = False
    optional: bool = False
