"""What is waited for in a case, and until when: read off its state, without its events, so that many can be looked at.

The ledger of one case (`clocks`) says more: when each clock ran, and why it stood still. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from contracts.clocks import ClockKind, DueView
from contracts.ids import Instant, Place
from contracts.units import Text
from contracts.waits import AgencyWait
from workflows.core.allowed_moves import OUT
from workflows.core.clocks import promised_by
from workflows.core.compiled import CompiledStep
from workflows.core.deeming import deemed_at
from workflows.core.items import title_of
from workflows.core.objections import decide_by
from workflows.core.state import CaseState, Round

Wait: TypeAlias = tuple[CompiledStep, Place, ClockKind, Instant | None, int]
"""A clock that has not stopped: of what, until when (None: it stands still), the number of its objection or 0."""


def due_of(state: CaseState, now: Instant) -> Iterator[DueView]:
    """Walk over everything that an agency or the lead is waited for, what stands still included."""
    for step, place, kind, due, objection in _waits(state):
        yield _view(state, step, place, kind, due, now, objection)


def agency_waits(state: CaseState) -> list[AgencyWait]:
    """Give whom an open case waits for, for its line in lists."""
    if state.status not in {"open", "closing"}:
        return []
    return [AgencyWait(agency=_whose(state, wait[0], wait[4]), due_at=wait[3]) for wait in _waits(state)]


def _whose(state: CaseState, step: CompiledStep, objection: int) -> str:
    return state.plan.published.plan.lead if objection else step.contract.agency


def _waits(state: CaseState) -> Iterator[Wait]:
    for track, rounds in state.tracks.items():
        step, entry = state.step(track[0]), state.current(track)
        place = Place(*track, entry.number)
        if step.spec.ask is not None and _waited_for(rounds, entry):
            stands = entry.state not in OUT or entry.held_back_at is not None
            yield step, place, "promise", None if stands else promised_by(state, step, place), 0
            if step.contract.deemed is not None and any(each.received_at for each in rounds):
                yield step, place, "deemed", deemed_at(state, step, place), 0
        elif entry.contested:
            for raised in entry.objections:
                if not raised.decided:
                    yield step, place, "decision", decide_by(step, raised), raised.number


def _waited_for(rounds: Sequence[Round], entry: Round) -> bool:
    """Whether its agency has been asked and has not had its last word, or will be asked again."""
    asked = [each for each in rounds if each.asked_at is not None]
    if entry.state in OUT:
        return bool(asked)
    sent_back = bool(asked) and asked[-1].state in {"refused", "returned"} and not asked[-1].final
    return sent_back and (entry is asked[-1] or entry.state in {"waiting", "ready"})


def _view(
    state: CaseState,
    step: CompiledStep,
    place: Place,
    kind: ClockKind,
    due: Instant | None,
    now: Instant,
    objection: int,
) -> DueView:
    title = title_of(step, place.item)
    if objection:
        title = Text(f"{title.id}: keberatan {objection}", f"{title.en}: objection {objection}")
    return DueView(
        case=state.case,
        service=state.plan.published.plan.service,
        step=step.name,
        item=place.item,
        title=title,
        agency=_whose(state, step, objection),
        kind=kind,
        due_at=due,
        overdue=due is not None and due <= now,
    )
