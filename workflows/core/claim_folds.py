"""What the events of a desk make of a round's claim. Part of `evolve`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from workflows.core.claims import NOBODY, Claim, Proposal
from workflows.core.moves import change, round_of
from workflows.core.state import CaseState


def _claimed(state: CaseState, event: ev.TaskClaimed) -> CaseState:
    return change(state, event, claim=Claim(verb=event.verb, officer=event.officer, since=event.at))


def _released(state: CaseState, event: ev.TaskReleased) -> CaseState:
    return change(state, event, claim=NOBODY)


def _handed_over(state: CaseState, event: ev.TaskHandedOver) -> CaseState:
    claim = Claim(verb=event.verb, officer=event.to, since=event.at) if event.to else NOBODY
    return change(state, event, claim=claim)


def _proposed(state: CaseState, event: ev.DecisionProposed) -> CaseState:
    proposal = Proposal(answer=event.answer, evidence=event.evidence, officer=event.officer, at=event.at)
    return change(state, event, claim=structs.replace(round_of(state, event).claim, proposal=proposal, objection=""))


def _urged(state: CaseState, event: ev.ConfirmationUrged) -> CaseState:
    return change(state, event, urged_at=event.at)


def _confirmed(state: CaseState, event: ev.DecisionConfirmed) -> CaseState:
    return change(state, event, claim=structs.replace(round_of(state, event).claim, proposal=None))


def _rejected(state: CaseState, event: ev.DecisionRejected) -> CaseState:
    claim = structs.replace(round_of(state, event).claim, proposal=None, objection=event.text)
    return change(state, event, claim=claim)


CLAIM_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.TaskClaimed: _claimed,
    ev.TaskReleased: _released,
    ev.TaskHandedOver: _handed_over,
    ev.DecisionProposed: _proposed,
    ev.ConfirmationUrged: _urged,
    ev.DecisionConfirmed: _confirmed,
    ev.DecisionRejected: _rejected,
}
