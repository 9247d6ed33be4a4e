"""Revoking what was issued: complete when its status says so, and what is taken back with it is settled."""

from __future__ import annotations

from contracts import events as ev
from contracts.ids import Instant
from workflows.core import undoing
from workflows.core.allowed_moves import GRANTED, UNDO_OPEN
from workflows.core.revoking_parts import statuses_owed
from workflows.core.state import CaseState


def undo_all(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take back every contribution that can be; each undo leaves in its turn, those of dependants first."""
    return tuple(
        event
        for step, place, entry in state.everything()
        if entry.state in GRANTED
        for event in undoing.take_back(step, place, entry, "revoked", now)
    )


def completes(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Complete a revocation: the status lists say so, and nothing is left to be taken back."""
    if state.status != "revoking" or statuses_owed(state) or state.has_any(UNDO_OPEN):
        return ()
    return (ev.CaseRevoked(at=now),)
