"""Decisions that wait for their second officer while the law counts: none of them is one before it is confirmed.

Silence grants (docs/adr/0015-what-the-law-counts.md). So that nothing is granted for want of a second look alone, the
case is held a working day before: operators see it, and may give the task to somebody who is there.
"""

from __future__ import annotations

from typing import Final

from contracts import events as ev
from contracts.ids import Instant, Place
from workflows.core.allowed_moves import OUT
from workflows.core.calendar import before
from workflows.core.compiled import CompiledStep
from workflows.core.deeming import deemed_at
from workflows.core.state import CaseState, Round, where

_WORKING_DAYS_BEFORE: Final = 1


def urged_at(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> Instant | None:
    """Give the moment at which a proposal becomes urgent (None: nothing waits that silence would overtake)."""
    proposal = entry.claim.proposal
    if proposal is None or entry.claim.verb != "ask" or entry.urged or step.contract.deemed is None:
        return None
    due = deemed_at(state, step, place)
    return None if due is None else max(proposal.at, before(due, _WORKING_DAYS_BEFORE, step.calendar))


def urge(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let people see what silence is about to grant although somebody has decided it."""
    if state.paused or not state.has_any(OUT):
        return ()
    return tuple(
        ev.ConfirmationUrged(**where(now, place))
        for step, place, entry in state.currents()
        if (due := urged_at(state, step, place, entry)) is not None and due <= now
    )
