"""Whoever takes payments, where a plan is tried: a bill until its time is over, and a payment that is looked up."""

from __future__ import annotations

from datetime import datetime

from contracts import effects as ef
from contracts import wire
from contracts.ids import AskKey
from contracts.payments import Bill, Billed
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.graph import AMOUNT
from workflows.core.state import Round
from workflows.core.step_kinds import EXPIRED


def billed(key: AskKey, step: CompiledStep, now: datetime) -> Billed:
    """Give the bill of a step, from now on."""
    return Billed(key=key, bill=Bill(number="T-1", until=after(now, step.contract.promise.within, step.calendar)))


def paid(key: AskKey, entry: Round, now: datetime) -> wire.Contributed:
    """Give the payment of what a round asks."""
    amount = (entry.input or {}).get(AMOUNT, 0)
    return wire.Contributed(key=key, output={AMOUNT: amount, "paid_at": now.isoformat(), "receipt": "R-1"})


def not_paid(effect: ef.SendLookup, entry: Round | None) -> wire.Heard:
    """Give what is said of a bill that nobody paid; under any other key nothing is held."""
    bill = None if entry is None else entry.paying.bill
    if bill is None:
        return wire.NothingHeld(key=effect.key)
    return wire.Refused(key=effect.key, code=EXPIRED) if effect.closes else Billed(key=effect.key, bill=bill)
