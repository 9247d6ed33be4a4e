"""How a payment stands, for whoever pays and for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from contracts.payments import PaymentState
from contracts.units import Text
from contracts.views import PaymentView
from workflows.core.allowed_moves import OUT, UNDO_OPEN, StepState
from workflows.core.compiled import CompiledStep
from workflows.core.graph import AMOUNT
from workflows.core.state import CaseState, Round
from workflows.core.step_kinds import DECLINED

_STATES: Final[Mapping[StepState, PaymentState]] = {
    "asked": "preparing",
    "failed": "preparing",
    "accepted": "to_pay",
    "contributed": "paid",
    "refused": "expired",
    "exhausted": "held",
    "dropped": "dropped",
    "skipped": "dropped",
    "undoing": "refunding",
    "undone": "refunded",
    "undo_refused": "not_refunded",
    "undo_exhausted": "not_refunded",
    "kept": "not_refunded",
}
_NOBODY: Final = Text("", "")


def payment_view(state: CaseState, step: CompiledStep, entry: Round) -> PaymentView | None:
    """Give how a step stands that is paid; None of any other, and of one whose turn has not come."""
    task = step.spec.applicant
    if task is None or not step.spec.pays or entry.input is None:
        return None
    paid, paying, bill = entry.output or {}, entry.paying, entry.paying.bill
    stands = _state(entry)
    open_now = stands in {"to_pay", "checking"} and state.status == "open" and not paying.declined
    again = entry.again_at if entry.state == "failed" else entry.lookup_at if stands == "checking" else None
    return PaymentView(
        amount=entry.input[AMOUNT],
        payee=task.payee or _NOBODY,
        legal_basis=task.legal_basis,
        state=stands,
        until=bill.until if bill is not None and entry.state == "accepted" else None,
        number=bill.number if bill is not None else "",
        code=bill.code if bill is not None and open_now else "",
        code_for=bill.code_for if bill is not None and open_now else "",
        url=bill.url if bill is not None and open_now else "",
        receipt=str(paid.get("receipt", "")),
        paid_at=str(paid.get("paid_at", "")),
        method=str(paid.get("method", "")),
        again_at=again,
        reason=paying.not_refunded or (entry.reason if entry.state in OUT | UNDO_OPEN else ""),
        refund="asked" if paying.refunding else "made" if paying.refunded else "failed" if paying.not_refunded else "",
    )


def _state(entry: Round) -> PaymentState:
    if entry.state == "accepted" and (entry.looking or entry.paying.closes):
        return "checking"
    if entry.state == "refused" and entry.code == DECLINED:
        return "declined"
    return _STATES.get(entry.state, "preparing")


def can_refund(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    """Whether money that nobody asked for may be paid back by hand now."""
    if not step.spec.pays or state.paused or entry.paying.refunding or entry.state in UNDO_OPEN:
        return False
    owned = all(
        incident.owner
        for incident in state.incidents
        if (incident.place.step, incident.place.round) == (step.name, entry.number)
    )
    return not (entry.paying.refunded and owned)
