"""What an agency's protection holds back: not an attempt, and no clock runs, until it is let go."""

from __future__ import annotations

from typing import Literal

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import Instant, Place
from workflows.core.state import CaseState, Round, where


def hold_back(state: CaseState, command: cm.HoldBack, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that the attempt that was to leave has not (nothing: it is no more, or that is known)."""
    place, entry = _found(state, command)
    if entry is None or entry.held_back_at is not None:
        return ()
    held = ev.StepHeldBack(
        verb=command.verb,
        attempt=command.attempt,
        because=command.because,
        sent=command.sent,
        **where(now, place),
    )
    return (held,)


def let_go(state: CaseState, command: cm.LetGo, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that the attempt leaves now (nothing: it is not wanted any more, or the case is paused)."""
    place, entry = _found(state, command)
    if entry is None or entry.held_back_at is None or state.paused:
        return ()
    return (ev.StepLetGo(verb=command.verb, attempt=command.attempt, **where(now, place)),)


def _found(state: CaseState, command: cm.HoldBack | cm.LetGo) -> tuple[Place, Round | None]:
    place = Place(command.step, command.item, command.round)
    return place, round_to_leave(state, place, command.verb, command.attempt)


def round_to_leave(state: CaseState, place: Place, verb: Literal["ask", "undo"], attempt: int) -> Round | None:
    """Give the round whose attempt is to leave, or none where it is to leave no more."""
    entry = state.round_at(place)
    if entry is None:
        return None
    if verb == "ask":
        out = (entry.state == "asked" or entry.asking) and entry.attempt == attempt
    else:
        out = entry.state == "undoing" and entry.undo_out and entry.undo_attempt == attempt
    return entry if out else None
