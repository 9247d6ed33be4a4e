"""From effects of a payment to what the provider of payments is told with them."""

from __future__ import annotations

from contracts import effects as ef
from contracts.ids import Instant
from contracts.payments import Billing
from contracts.units import Text
from contracts.wire import Known
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.graph import AMOUNT

_NOBODY = Text("", "")


def known_of(effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, step: CompiledStep, now: Instant) -> Known:
    """Give the bill that is to be made, whether a look is the last, how much may stay paid."""
    if isinstance(effect, ef.SendLookup):
        return Known(closes=effect.closes)
    if isinstance(effect, ef.SendUndo):
        return Known(keep=effect.keep)
    task = step.spec.applicant
    billing = Billing(
        key=effect.key,
        amount=effect.input[AMOUNT],
        title=step.title,
        payee=(task.payee if task else None) or _NOBODY,
        # Counted from when the bill can be there: whatever made it late is not the applicant's time.
        until=after(now, step.contract.promise.within, step.calendar),
        legal_basis=step.contract.legal_basis,
    )
    return Known(billing=billing)
