"""What it makes of a round that an agency's worker fetches it, and shows that it has it. Part of `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts import events as ev
from workflows.core.moves import change
from workflows.core.state import CaseState


def _fetched(state: CaseState, event: ev.StepFetched) -> CaseState:
    """Given out, and perhaps lost on the way: it moves nothing."""
    return change(state, event)


def _received(state: CaseState, event: ev.StepReceived) -> CaseState:
    return change(state, event, received_at=event.at)


RECEIPT_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.StepFetched: _fetched,
    ev.StepReceived: _received,
}
