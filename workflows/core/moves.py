"""Moving along the tables: the only places where the state of a case or of a round changes."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from contracts import events as ev
from contracts.ids import Place
from workflows.core.allowed_moves import CASE_MOVES, OUT, STEP_MOVES, CaseStatus, StepState
from workflows.core.state import CaseState, Round
from workflows.core.working_time import Stop


class IllegalMove(Exception):
    """An event that the table of moves does not have: a bug, or a journal that was altered."""


def round_of(state: CaseState, event: ev.StepEvent) -> Round:
    """Give the round that an event is of.

    Raises:
        IllegalMove: there is no such round.

    """
    return _round_at(state, event, event.place)


def _round_at(state: CaseState, event: ev.StepEvent, place: Place) -> Round:
    entry = state.round_at(place)
    if entry is None:
        message = f"{type(event).__name__} at {place}: there is no such round"
        raise IllegalMove(message)
    return entry


def change(state: CaseState, event: ev.StepEvent, **changes: Any) -> CaseState:
    """Change what is known of a round that stays in its state; raises IllegalMove as `round_of` does."""
    place = event.place
    _round_at(state, event, place)
    return state.with_round(place, **changes)


def move(state: CaseState, event: ev.StepEvent, target: StepState, **changes: Any) -> CaseState:
    """Move a round along the table.

    Raises:
        IllegalMove: there is no such round, or the table does not have this move.

    """
    place = event.place
    entry = _round_at(state, event, place)
    if target not in STEP_MOVES[entry.state]:
        message = f"{type(event).__name__} at {place}: {entry.state} does not move to {target}"
        raise IllegalMove(message)
    # Wherever a round goes, nothing of it is held back or contested any more.
    left: dict[str, Any] = {"held_back_at": None, "contested": False}
    if entry.held_back_at is not None and entry.state in OUT and entry.asked_at is not None:
        left["held_back"] = (*entry.held_back, Stop(entry.held_back_at, event.at))  # let go or not, it did not count
    return state.with_round(place, state=target, since=event.at, **(left | changes))


def move_case(state: CaseState, status: CaseStatus, **changes: Any) -> CaseState:
    """Move a case along the table.

    Raises:
        IllegalMove: the table does not have this move.

    """
    if status not in CASE_MOVES[state.status]:
        message = f"a case that is {state.status} does not become {status}"
        raise IllegalMove(message)
    return structs.replace(state, status=status, **changes)
