"""A provider of payments without a network: its books in memory, behaving as a script says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct, structs

from contracts.ids import AskKey, Instant
from contracts.payments import Bill, BillHeld, Billing, NotRefunded
from contracts.units import Text
from contracts.wire import NothingHeld, Unheard, Unreadable
from workflows.loading.hashing import content_digest
from workflows.ports import Clock, Said

PaymentsBehave: TypeAlias = Literal[
    "answers",  # does what it is asked and answers
    "unreachable",  # not a byte arrives
    "deaf",  # the call arrives and is lost: nothing is done
    "mute",  # does it; the answer is lost
    "busy",  # 503 with Retry-After 1
    "garbles",  # does it, and answers something that is no answer
    "keeps",  # does not pay back
]
_WORKS: Final = frozenset({"answers", "mute", "garbles"})


class Paid(Struct, frozen=True):
    """One payment; `returned` is how much of it was paid back."""

    amount: int
    at: Instant
    receipt: str
    returned: int = 0


class MemoryPayments:
    """Bills by our key. `refunds` are the wishes under which something was paid back, and how much."""

    def __init__(self, clock: Clock, *, script: Iterable[PaymentsBehave] = ()) -> None:
        """Take the clock, and how it behaves call by call; well after the script's end."""
        self._clock = clock
        self._script = list(script)
        self._bills: dict[AskKey, BillHeld] = {}
        self._payments: dict[AskKey, list[Paid]] = {}
        self.refunds: list[tuple[AskKey, int]] = []
        self.calls: list[tuple[str, AskKey]] = []

    async def create(self, billing: Billing) -> Said:
        """Make a bill once per key."""
        behaviour = self._next("create", billing.key)
        if behaviour in _WORKS and billing.key not in self._bills:
            number = f"B-{len(self._bills) + 1}"
            code = f"8800{len(self._bills) + 1:012}"
            bill = Bill(number=number, until=billing.until, code=code, code_for="virtual account")
            self._bills[billing.key] = BillHeld(key=billing.key, bill=bill, amount=billing.amount, state="unpaid")
        return self._said(billing.key, behaviour)

    async def find(self, key: AskKey) -> Said:
        """Say how a bill stands."""
        return self._said(key, self._next("find", key))

    async def cancel(self, key: AskKey) -> Said:
        """Let nobody pay it any more, unless it is paid."""
        behaviour = self._next("cancel", key)
        if behaviour in _WORKS:
            self._close(key)
        return self._said(key, behaviour)

    async def refund(self, key: AskKey, *, under: AskKey, keep: int, reason: str) -> Said:  # noqa: ARG002 - the port's
        """Pay back what is above `keep`, newest payments first."""
        behaviour = self._next("refund", key)
        if behaviour in _WORKS:
            self._close(key)
            above, left = self.standing(key) - keep, list[Paid]()
            for paid in reversed(self._payments.get(key, [])):
                returned = max(0, min(above, paid.amount - paid.returned))
                above -= returned
                left.insert(0, structs.replace(paid, returned=paid.returned + returned))
                if returned:
                    self.refunds.append((under, returned))
            self._payments[key] = left
        return self._said(key, behaviour)

    # --- what payers do -----------------------------------------------------------------------------------------

    def pay(self, key: AskKey, amount: int | None = None) -> None:
        """Pay a bill, the whole of it where no amount is named; banks take money for bills that have ended too."""
        bill = self._held(key) or self._bills[key]
        paid = self._payments.setdefault(key, [])
        paid.append(Paid(bill.amount if amount is None else amount, self._clock.now(), f"R-{key}-{len(paid) + 1}"))
        if bill.state == "unpaid":
            self._bills[key] = structs.replace(bill, state="paid")

    def standing(self, key: AskKey) -> int:
        """Give what was received under a key and not paid back."""
        return sum(paid.amount - paid.returned for paid in self._payments.get(key, []))

    def states(self) -> dict[AskKey, str]:
        """Give every bill's state by now."""
        return {key: held.state for key in self._bills if (held := self._held(key)) is not None}

    # --- inside -------------------------------------------------------------------------------------------------

    def _next(self, call: str, key: AskKey) -> PaymentsBehave:
        self.calls.append((call, key))
        return self._script.pop(0) if self._script else "answers"

    def _close(self, key: AskKey) -> None:
        held = self._held(key)
        if held is None:  # a bill that never came: it is never made
            bill = Bill(number="", until=self._clock.now())
            self._bills[key] = BillHeld(key=key, bill=bill, amount=0, state="cancelled")
        elif held.state == "unpaid":
            self._bills[key] = structs.replace(held, state="cancelled")

    def _held(self, key: AskKey) -> BillHeld | None:
        held = self._bills.get(key)
        if held is None:
            return None
        payments = self._payments.get(key, [])
        over = held.state == "unpaid" and held.bill.until <= self._clock.now()
        last = payments[-1] if payments else None
        return structs.replace(
            held,
            state="expired" if over else held.state,
            standing=self.standing(key),
            paid_at=last.at if last else None,
            receipt=last.receipt if last else "",
            method="virtual account" if last else "",
        )

    def _said(self, key: AskKey, behaviour: PaymentsBehave) -> Said:
        if behaviour == "keeps":
            return Said(what=NotRefunded(key=key, code="not_supported", text=_NOT_SUPPORTED.id))
        if behaviour == "garbles":
            return Said(what=Unreadable(key=key, mistakes=["the body is no answer"], body="<html>"))
        if behaviour != "answers":
            sent, busy = behaviour != "unreachable", behaviour == "busy"
            return Said(what=Unheard(key=key, reason=behaviour, sent=sent, retry_after_s=1 if busy else None))
        held = self._held(key)
        what = NothingHeld(key=key) if held is None else held
        return Said(what=what, digest=content_digest(msgspec.json.encode(what)))


_NOT_SUPPORTED: Final = Text("Cara bayar ini tidak dapat dikembalikan otomatis", "This way is not paid back by itself")
