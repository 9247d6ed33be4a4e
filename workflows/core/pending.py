"""`pending`: what is owed to the world now, and when time itself will move the case: both follow from the state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from contracts import effects as ef
from contracts.ids import Instant, ask_key
from workflows.core import payments, revoking_parts, waits, watching
from workflows.core.allowed_moves import LOOKED_UP, MAY_BE_CORRECTED
from workflows.core.clocks import WITH_DEADLINE, deadline_of
from workflows.core.confirmations import urged_at
from workflows.core.objections import overdue_at
from workflows.core.state import CaseState
from workflows.core.sub_cases import parts_fallen, untold
from workflows.core.unknown import unsettled

_TIMED: Final = WITH_DEADLINE | MAY_BE_CORRECTED | {"undoing", "asked"}
"""States that time itself may end."""


def pending(state: CaseState) -> tuple[ef.CaseEffect, ...]:
    """Give every effect that is owed; nothing leaves while the case is paused."""
    return () if state.paused else tuple(owed(state))


def owed(state: CaseState) -> Iterator[ef.CaseEffect]:
    """Walk over every effect that is owed, whether or not a pause holds it back."""
    case = state.case
    for step, place, entry in state.everything():
        if entry.state == "asked" or (entry.asking and unsettled(step, entry)):
            key = ask_key(case, place)
            yield ef.SendAsk(case=case, key=key, place=place, attempt=entry.attempt, input=entry.input or {})
        elif (entry.state == "undoing" and entry.undo_out) or entry.paying.refunding:
            yield ef.SendUndo(
                case=case,
                key=ask_key(case, place, "undo"),
                undoes=ask_key(case, place),
                place=place,
                attempt=entry.paying.refund if entry.paying.refunding else entry.undo_attempt,
                cause=entry.undo_cause or "refund",
                keep=entry.paying.keep,
            )
        elif entry.looking:
            yield ef.SendLookup(
                case=case,
                key=ask_key(case, place),
                place=place,
                attempt=entry.lookup,
                closes=entry.paying.closes and entry.state == "accepted",
            )
        if entry.status_owed and entry.status_index is not None:
            yield revoking_parts.status_of(case, place, entry, entry.status_index)
    if state.status == "issuing" and state.seal_again_at is None:
        yield ef.SealOutput(case=case, attempt=state.seal_attempt + 1)
    if (word := untold(state)) is not None:
        yield ef.TellParent(
            case=case, parent=state.parent, word=word, telling=state.tellings + 1, parts=len(parts_fallen(state))
        )
    if state.status_owed and state.status_index is not None:
        yield ef.PublishStatus(case=case, status_index=state.status_index)
    for index in state.voids_owed:
        yield ef.PublishStatus(case=case, status_index=index)


def wake_at(state: CaseState) -> Instant | None:
    """Give the next moment at which time itself moves the case (None: never)."""
    if state.opened_at is None:
        return state.expires_at
    if state.paused:
        return None
    if not (state.status == "issuing" or watching.goes_on(state) or state.has_any(_TIMED) or state.plan.paid):
        return None
    return min(_moments(state), default=None)


def _moments(state: CaseState) -> Iterator[Instant]:
    for _, _, entry in state.everything():
        if entry.again_at is not None and entry.state in {"failed", "undoing"}:
            yield entry.again_at
        if entry.lookup_at is not None and entry.state in LOOKED_UP:
            yield entry.lookup_at
    for step, place, entry in state.currents():
        if entry.correcting and entry.correct_until is not None and state.status == "open":
            yield entry.correct_until
        deadline = waits.due_at(state, step, entry) or deadline_of(state, step, place, entry)
        shown = urged_at(state, step, place, entry), overdue_at(state, step, entry)
        yield from (moment for moment in (deadline, *shown) if moment is not None)
    if state.status == "issuing" and state.seal_again_at is not None:
        yield state.seal_again_at
    yield from (entry.lookup_at for _, entry in payments.late_looks(state) if entry.lookup_at is not None)
    yield from watching.moments(state)
