"""What the events of steps that no agency carries out make of a round. Part of `evolve`, as `rounds` is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts.objections import Decided, RaisedObjection
from workflows.core.moves import change, move, round_of
from workflows.core.payment_folds import PAYMENT_FOLDS
from workflows.core.state import CaseState


def _begun(state: CaseState, event: ev.StepBegun) -> CaseState:
    entry = round_of(state, event)
    return move(
        state,
        event,
        "accepted",
        input=event.input,
        begun=entry.begun or state.version + 1,
        give_up_at=event.until,
        contested=_contested(entry.objections),
        theirs=state.step(event.step).spec.kind == "applicant",
        owner="",
        reason="",
    )


def _answered(state: CaseState, event: ev.ApplicantAnswered) -> CaseState:
    return move(
        state,
        event,
        "contributed",
        word_at=event.at,
        output=event.output,
        contributed_at=event.at,
        evidence=event.evidence,
    )


def _objected(state: CaseState, event: ev.ObjectionRaised) -> CaseState:
    raised = RaisedObjection(
        number=event.number, at=event.at, name=event.name, contact=event.contact, grounds=event.grounds
    )
    return change(state, event, objections=(*round_of(state, event).objections, raised), contested=True)


def _objection_decided(state: CaseState, event: ev.ObjectionDecided) -> CaseState:
    word: Decided = "upheld" if event.upheld else "dismissed"
    objections = tuple(
        structs.replace(raised, decided=word, reason=event.reason) if raised.number == event.number else raised
        for raised in round_of(state, event).objections
    )
    return change(state, event, objections=objections, contested=_contested(objections))


def _objection_overdue(state: CaseState, event: ev.ObjectionOverdue) -> CaseState:
    objections = tuple(
        structs.replace(raised, overdue_at=event.at) if raised.number == event.number else raised
        for raised in round_of(state, event).objections
    )
    return change(state, event, objections=objections)


def _contested(objections: Iterable[RaisedObjection]) -> bool:
    return any(not raised.decided for raised in objections)


KIND_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.StepBegun: _begun,
    ev.ApplicantAnswered: _answered,
    ev.ObjectionRaised: _objected,
    ev.ObjectionDecided: _objection_decided,
    ev.ObjectionOverdue: _objection_overdue,
    **PAYMENT_FOLDS,
}
