"""A provider of payments as the way in which steps that are paid are carried out: a bill is an ask, a refund an undo.

Only the provider's own word counts, asked by us: what anybody else says (a notice, a page that payers come back to)
is no more than a reason to ask.
"""

from __future__ import annotations

from typing import Any

from msgspec import structs

from contracts.contract import Contract
from contracts.ids import AskKey
from contracts.payments import Billed, BillHeld, Billing, NotRefunded
from contracts.wire import (
    Accepted,
    Ask,
    Contributed,
    Evidence,
    Heard,
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
from workflows.core.step_kinds import EXPIRED, PROVIDER
from workflows.ports import Clock, Payments, Said, Told

_NOT_SET_UP = "payments are not set up at this gateway: an operator writes payments_url and its secret"


class PaymentsAgency:
    """Reaches the provider, as an agency is reached; without one, whatever is asked is held up until there is one."""

    def __init__(self, payments: Payments | None, clock: Clock) -> None:
        """Take the provider (None: this gateway has none) and the clock."""
        self._payments, self._clock = payments, clock

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002 - the port's
        """Make the bill."""
        if self._payments is None:
            return self._nobody(ask.key)
        billing = (ask.known or Known()).billing
        assert billing is not None  # noqa: S101 - whoever asks for a payment says how much
        said = await self._payments.create(billing)
        return self._told(said, _made(said, billing))

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002 - the port's
        """Ask how the bill stands; the last time, let it end there unless it is paid."""
        if self._payments is None:
            return self._nobody(lookup.key)
        closes = lookup.known is not None and lookup.known.closes
        said = await (self._payments.cancel(lookup.key) if closes else self._payments.find(lookup.key))
        return self._told(said, _stands(said))

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002 - the port's
        """Pay back what was paid, and let nobody pay any more."""
        if self._payments is None:
            return self._nobody(undo.key)
        keep = undo.known.keep if undo.known else 0
        said = await self._payments.refund(undo.undoes, under=undo.key, keep=keep, reason=undo.reason)
        return self._told(said, _taken_back(said, undo.key, keep))

    def _nobody(self, key: AskKey) -> Told:
        heard = Unheard(key=key, reason=_NOT_SET_UP, sent=False)
        return Told(heard, Evidence(kind="attested", received_at=self._clock.now(), digest=""))

    def _told(self, said: Said, heard: Heard) -> Told:
        evidence = Evidence(
            kind="attested",
            received_at=self._clock.now(),
            digest=said.digest,
            sent_digest=said.sent_digest,
            actor=PROVIDER,
        )
        return Told(heard, evidence)


def _made(said: Said, billing: Billing) -> Heard:
    """Say how a bill stands that was to be made: the one that was asked for, and to be paid no later than that.

    A bill of another amount is never shown to anybody: they would be asked for one, and charged another.
    """
    what, heard = said.what, _stands(said)
    if not isinstance(heard, Billed) or not isinstance(what, BillHeld):
        return heard
    if what.amount != billing.amount:
        return Unreadable(key=what.key, mistakes=[f"the bill is of {what.amount} rupiah, not of {billing.amount}"])
    return structs.replace(heard, bill=structs.replace(heard.bill, until=min(heard.bill.until, billing.until)))


def _stands(said: Said) -> Heard:
    """Say what a bill's standing means: money that stands was paid, late or not; else it is unpaid, or has ended."""
    what = said.what
    if isinstance(what, NotRefunded):
        return Unheard(key=what.key, reason="the provider answered something else")
    if not isinstance(what, BillHeld):
        return what
    if what.standing > 0 and what.paid_at is not None:
        output: dict[str, Any] = {"amount": what.standing, "paid_at": what.paid_at.isoformat(), "receipt": what.receipt}
        return Contributed(key=what.key, output={**output, "method": what.method} if what.method else output)
    if what.state == "unpaid":
        return Billed(key=what.key, bill=what.bill)
    return Refused(key=what.key, code=EXPIRED)


def _taken_back(said: Said, key: AskKey, keep: int) -> Heard:
    what = said.what
    if isinstance(what, NotRefunded):
        return UndoRefused(key=key, code=what.code, text=what.text)
    if isinstance(what, NothingHeld):
        return Unheard(key=key, reason="the provider knows no such bill")
    if not isinstance(what, BillHeld):
        return what
    if what.refunding:
        return Accepted(key=key, ticket=what.bill.number)
    if what.standing <= keep and (keep or what.state != "unpaid"):
        return Undone(key=key)
    return UndoRefused(key=key, code="not_refunded", text="")
