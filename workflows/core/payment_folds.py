"""What the events of a payment make of its round. Part of `evolve`, as `rounds` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from workflows.core.moves import change, move, round_of
from workflows.core.state import CaseState


def _bill_made(state: CaseState, event: ev.BillMade) -> CaseState:
    entry = round_of(state, event)
    return move(
        state,
        event,
        "accepted",
        sent=True,
        received_at=entry.received_at or event.at,
        in_doubt=False,
        again_at=None,
        evidence=event.evidence,
        ticket=event.bill.number,
        give_up_at=event.bill.until,
        looking=False,
        lookup_at=event.lookup_at,
        theirs=True,
        owner="",
        reason="",
        cause="",
        paying=structs.replace(entry.paying, bill=event.bill),
    )


def _check_asked(state: CaseState, event: ev.BillCheckAsked) -> CaseState:
    paying = round_of(state, event).paying
    changed = structs.replace(
        paying,
        closes=paying.closes or event.closes,
        declined=paying.declined or event.declined,
        told_at=event.at,
    )
    return change(state, event, lookup=event.attempt, looking=True, lookup_at=None, paying=changed)


def _doubted(state: CaseState, event: ev.PaymentDoubted) -> CaseState:
    return change(state, event, paying=structs.replace(round_of(state, event).paying, doubted=True))


def _stands(state: CaseState, event: ev.PaymentStands) -> CaseState:
    return change(state, event, paying=structs.replace(round_of(state, event).paying, doubted=False))


def _refund_asked(state: CaseState, event: ev.RefundAsked) -> CaseState:
    asked = structs.replace(
        round_of(state, event).paying,
        refund=event.attempt,
        keep=event.keep,
        refunding=True,
        refunded=False,
        not_refunded="",
    )
    return change(state, event, paying=asked)


def _refund_made(state: CaseState, event: ev.RefundMade) -> CaseState:
    made = structs.replace(round_of(state, event).paying, keep=0, refunding=False, refunded=True)
    return change(state, event, paying=made)


def _refund_failed(state: CaseState, event: ev.RefundFailed) -> CaseState:
    failed = structs.replace(round_of(state, event).paying, keep=0, refunding=False, not_refunded=event.reason)
    return change(state, event, paying=failed)


PAYMENT_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.BillMade: _bill_made,
    ev.BillCheckAsked: _check_asked,
    ev.PaymentDoubted: _doubted,
    ev.PaymentStands: _stands,
    ev.RefundAsked: _refund_asked,
    ev.RefundMade: _refund_made,
    ev.RefundFailed: _refund_failed,
}
