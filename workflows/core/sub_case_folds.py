"""What the events of a sub-case make of it, and of the step of its parent. Part of `evolve`, as `rounds` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from workflows.core.moves import change, round_of
from workflows.core.state import CaseState
from workflows.core.working_time import Stop


def _waits(state: CaseState, event: ev.SubCaseWaits) -> CaseState:
    """The clock of the step stands still meanwhile."""
    return change(state, event, theirs=True, held_back_at=event.at, held_back_because="applicant")


def _goes_on(state: CaseState, event: ev.SubCaseGoesOn) -> CaseState:
    entry = round_of(state, event)
    stop = Stop(entry.held_back_at or event.at, event.at)
    return change(state, event, theirs=False, held_back_at=None, held_back=(*entry.held_back, stop))


def _taken_back(state: CaseState, _: ev.SubCaseTakenBack) -> CaseState:
    return structs.replace(state, taken_back=True)


def _parent_told(state: CaseState, event: ev.ParentTold) -> CaseState:
    return structs.replace(state, told=event.word, tellings=state.tellings + 1)


SUB_CASE_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.SubCaseWaits: _waits,
    ev.SubCaseGoesOn: _goes_on,
    ev.SubCaseTakenBack: _taken_back,
    ev.ParentTold: _parent_told,
}
