"""What must hold of taking back, read off the plan and the rounds, and not asked of the core's own rules for it."""

from __future__ import annotations

from collections.abc import Mapping

from contracts import events as ev
from contracts.ids import StepName
from tests.simulation.reading import down
from workflows.core.allowed_moves import GRANTED, UNDO_OPEN
from workflows.core.calendar import after
from workflows.core.state import CaseState, Round

_NO: frozenset[str] = frozenset({"refused", "skipped", "dropped", "undone"})


def check_undo(before: CaseState, event: ev.UndoAsked) -> None:
    """Check that an undo leaves after those of what rests on it, and within the contract's time."""
    step, entry = before.step(event.step), before.round_at(event.place)
    assert entry is not None
    if event.attempt == 1:
        resting = down(event.step, _edges(before))
        still = {
            place for other, place, word in before.everything() if other.name in resting and word.state in UNDO_OPEN
        }
        assert not still, f"{event.place} is undone before {still}, which rest on it"
        if entry.undo_cause == "replaced" and entry.contributed_at is not None:  # else nobody was given its value
            _nothing_reads(before, event.step)
    within = step.contract.undo.within if step.contract.undo else None
    if within is not None and entry.contributed_at is not None:
        assert event.at <= after(entry.contributed_at, within, step.calendar), f"{event.place} is undone too late"


def _nothing_reads(state: CaseState, name: StepName) -> None:
    """Nothing that was asked with a value stands while that is taken back, to be asked anew."""
    reading = down(name, _reads(state))
    for step, place, entry in state.currents():
        stands = entry.state in GRANTED and step.contract.effect == "reversible" and not step.spec.pays
        assert not stands or step.name not in reading, f"{place} stands, and {name}, which it read, is taken back"


def check_reason(before: CaseState, event: ev.UndoStarted) -> None:
    """Check that nothing is taken back for want of what it stands with, unless that is so."""
    if event.cause != "condition":
        return
    step, entry = before.step(event.step), before.round_at(event.place)
    assert entry is not None
    on = step.spec.conditional_on
    fell = on is not None and not _stands(before, StepName(on))
    assert fell or _refused_anew(before, step.name, entry), f"{event.place} is undone, and stood with nothing that fell"


def _edges(state: CaseState) -> Mapping[StepName, set[StepName]]:
    return {name: set(step.data | step.after) for name, step in state.plan.steps.items()}


def check_whole(state: CaseState) -> None:
    """Check that nothing reversible stands that should not: after a withdrawal, or without its condition."""
    withdrawn = state.status in {"withdrawn", "expired"}
    for step, place, entry in state.currents():
        if entry.state not in GRANTED or step.contract.effect != "reversible":
            continue
        assert not withdrawn, f"{place} stands although the application was withdrawn"
        on = step.spec.conditional_on
        fell = _refused_anew(state, step.name, entry)
        assert not fell, f"{place} stands although {fell}, which it came after, was asked anew and refused"
        assert on is None or _stands(state, StepName(on)), f"{place} stands without its condition {on}"


def _refused_anew(state: CaseState, name: StepName, entry: Round) -> set[StepName]:
    """Give the steps that this one came `after`, however far up, and that refused in a round opened since then.

    A `partial` step refused when none of its items contributes any more. Items that were left standing while what they
    read was asked anew fall with that, where it is required.
    """
    found: set[StepName] = set()
    for above, step in state.plan.steps.items():
        reads = name in down(above, _reads(state))
        rests = not step.spec.optional and name in state.listed if reads else name in down(above, _edges(state))
        words = state.word(above)
        refused = any(word.state == "refused" and word.final and word.opened > entry.begun for word in words)
        if rests and refused and (not step.spec.partial or all(_gone(state, word) for word in words)):
            found.add(above)
    return found


def _reads(state: CaseState) -> Mapping[StepName, frozenset[StepName]]:
    return {name: step.data for name, step in state.plan.steps.items()}


def _stands(state: CaseState, name: StepName) -> bool:
    """Whether the last word of a step is none that takes away what stands only with it."""
    step, words = state.step(name), state.word(name)
    if step.each is not None and step.spec.partial:
        return not all(_gone(state, word) for word in words)
    counting = [word for word in words if not (step.each and word.state == "skipped")]
    return bool(counting) and not any(_gone(state, word) for word in counting)


def _gone(state: CaseState, word: Round) -> bool:
    owned = word.state == "exhausted" and bool(word.owner) and state.status != "issuing"
    return owned or word.revoked is not None or (word.state in _NO and (word.final or word.state != "refused"))
