"""What is waited for in a case, and until when: read off its state, without its events, so that many can be looked at.

The ledger of one case (`clocks`) says more: when each clock ran, and why it stood still. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from contracts.clocks import ClockKind, DueView
from contracts.ids import Instant, Place
from contracts.units import Text
from workflows.core.allowed_moves import OUT
from workflows.core.clocks import promised_by
from workflows.core.compiled import CompiledStep
from workflows.core.deeming import deemed_at
from workflows.core.items import title_of
from workflows.core.objections import decide_by
from workflows.core.state import CaseState, Round


def due_of(state: CaseState, now: Instant) -> Iterator[DueView]:
    """Walk over everything that an agency or the lead is waited for, what stands still included."""
    for track, rounds in state.tracks.items():
        step, entry = state.step(track[0]), state.current(track)
        place = Place(*track, entry.number)
        if step.spec.ask is not None and _waited_for(rounds, entry):
            stands = entry.state not in OUT or entry.held_back_at is not None
            yield _view(state, step, place, "promise", None if stands else promised_by(state, step, place), now)
            if step.contract.deemed is not None and any(each.received_at for each in rounds):
                yield _view(state, step, place, "deemed", deemed_at(state, step, place), now)
        elif entry.contested:
            for raised in entry.objections:
                if not raised.decided:
                    yield _view(state, step, place, "decision", decide_by(step, raised), now, raised.number)


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
    objection: int = 0,
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
        agency=state.plan.published.plan.lead if objection else step.contract.agency,
        kind=kind,
        due_at=due,
        overdue=due is not None and due <= now,
    )
