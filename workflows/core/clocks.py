"""The clock of an agency's promise: it stands still while the agency is not asked, and goes on in the next round.

An ask that the agency's protection holds back has not left: it starts no clock, and stops the one that runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from contracts.ids import Instant, Place
from workflows.core import deeming, undoing
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.state import CaseState, Round
from workflows.core.working_time import Stop

WITH_DEADLINE: Final = frozenset({"failed", "accepted", "exhausted"})
"""States that a promise which is not kept may end by itself."""


def promised_by(state: CaseState, step: CompiledStep, place: Place) -> Instant | None:
    """Give the moment by which the agency promised its word on this round (None: not begun, or standing still).

    The clock starts with the first ask of the step and is carried into its later rounds: only the time between a word
    and the next ask does not count.
    """
    rounds = state.rounds((place.step, place.item))[: place.round]
    begun = _begun(rounds[-1])
    if begun is None or rounds[-1].held_back_at is not None:
        return None
    return after(_starts(rounds)[0], step.contract.promise.within, step.calendar, stops=stops_of(rounds))


def stops_of(rounds: Sequence[Round]) -> list[Stop]:
    """Give when the clock of a promise stood still, up to the last of these rounds, in order."""
    asked = [entry for entry in rounds[:-1] if entry.asked_at is not None]
    stops: list[Stop] = []
    for entry, following in zip(asked, _starts(rounds)[1:], strict=True):
        stops += entry.held_back
        stops.append(Stop(entry.word_at or following, following, received=True))
    return [*stops, *rounds[-1].held_back]


def _starts(rounds: Sequence[Round]) -> list[Instant]:
    """Give when each round was asked; of those that never were, only the last one has a start."""
    begun = [entry.asked_at for entry in rounds[:-1]] + [_begun(rounds[-1])]
    return [start for start in begun if start is not None]


def _begun(entry: Round) -> Instant | None:
    """An ask that could not be made (its input was wrong) began when that was seen."""
    return entry.asked_at or (entry.since if entry.state == "exhausted" else None)


def deadline_of(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> Instant | None:
    """Give the moment at which a promise that is not kept moves the step by itself, if any.

    In a case that closes, an overdue step whose incident has an owner is not waited for any more.
    """
    if deeming.runs(step, entry):
        return deeming.deemed_at(state, step, place)
    if step.spec.service is not None and state.status == "closing":
        return None  # a case does not close before its sub-cases have
    waits = entry.state in {"failed", "accepted"} and not step.spec.pays
    if waits and entry.overdue and not (state.status == "closing" and entry.owner):
        return None
    skips = step.spec.optional and entry.state == "exhausted" and state.status == "open"
    if skips and step.contract.effect == "final" and undoing.maybe_sent(entry):
        return None
    return promised_by(state, step, place) if waits or skips else None
