"""Renewing an output that ends: a new case in full, begun as a draft by the holder of the old one.

The old case records only that it was begun. Its output stays what it is until its end: renewed is not revoked.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import CaseId, Instant
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState

BEFORE_ITS_END: Final = timedelta(days=90)
"""How long before its end an output can be renewed; after it, too."""


def renewable_from(state: CaseState) -> Instant | None:
    """Give since when a case can be renewed; None: never, it has no end, does not stand, or is part of another."""
    if state.valid_until is None or state.status != "issued" or state.parent:
        return None
    return state.valid_until - BEFORE_ITS_END


def last_renewal(state: CaseState) -> CaseId:
    """Give the renewal that was begun last, or nothing."""
    return state.renewals[-1] if state.renewals else CaseId("")


def begin(state: CaseState, command: cm.BeginRenewal, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that a renewal is begun; `instead_of` is the one before, which the caller has seen come to nothing.

    Raises:
        Rejection: there is nothing to renew (yet), or another renewal was begun meanwhile.

    """
    if state.parent:
        raise Rejection("not_now", "This case is part of another one: renew that.")
    if state.status != "issued":
        raise Rejection("not_open", f"The case is {state.status}: only an output that stands is renewed. Apply anew.")
    since = renewable_from(state)
    if since is None:
        raise Rejection("not_now", "This joint output has no end: there is nothing to renew.")
    if now < since:
        raise Rejection(
            "not_now", f"It can be renewed from {since:%Y-%m-%d} on, {BEFORE_ITS_END.days} days before its end."
        )
    if command.instead_of != last_renewal(state):
        raise Rejection("not_now", "Another renewal was begun at the same moment: load the case again.")
    return (ev.RenewalBegun(at=now, renewal=command.renewal),)


def begun(state: CaseState, event: ev.RenewalBegun) -> CaseState:
    """Fold that a renewal was begun."""
    return structs.replace(state, renewals=(*state.renewals, event.renewal))
