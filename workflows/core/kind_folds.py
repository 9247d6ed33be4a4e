"""What the events of steps that no agency carries out make of a round. Part of `evolve`, as `rounds` is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts.objections import Decided, RaisedObjection
from workflows.core.moves import change, move, round_of
from workflows.core.state import CaseState


def _begun(state: CaseState, event: ev.StepBegun) -> CaseState:
    begun = round_of(state, event).begun or state.version + 1
    return move(state, event, "accepted", input=event.input, begun=begun, give_up_at=event.until, owner="", reason="")


def _objected(state: CaseState, event: ev.ObjectionRaised) -> CaseState:
    raised = RaisedObjection(
        number=event.number, at=event.at, name=event.name, contact=event.contact, grounds=event.grounds
    )
    return change(state, event, objections=(*round_of(state, event).objections, raised))


def _objection_decided(state: CaseState, event: ev.ObjectionDecided) -> CaseState:
    word: Decided = "upheld" if event.upheld else "dismissed"
    objections = tuple(
        structs.replace(raised, decided=word, reason=event.reason) if raised.number == event.number else raised
        for raised in round_of(state, event).objections
    )
    return change(state, event, objections=objections)


KIND_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.StepBegun: _begun,
    ev.ObjectionRaised: _objected,
    ev.ObjectionDecided: _objection_decided,
}
