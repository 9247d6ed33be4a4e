"""What may not change any more once a final step was asked."""

from __future__ import annotations

from contracts.ids import StepName
from workflows.core.state import CaseState


def final_asked(state: CaseState) -> bool:
    """Whether an ask of a final step has left: from then on nothing above it may change."""
    return any(step.contract.effect == "final" and entry.left for step, _, entry in state.everything())


def locked_steps(state: CaseState) -> frozenset[StepName]:
    """Give the final steps that were asked, with all their ancestors: what they read may not change any more."""
    asked = {step.name for step, _, entry in state.everything() if step.contract.effect == "final" and entry.left}
    return frozenset(asked).union(*(state.plan.ancestors[name] for name in asked))


def is_locked(pointer: str, locked: frozenset[str]) -> bool:
    """Whether a form value, or anything in or around it, may not change any more."""
    return any(
        f"{one}/".startswith(f"{other}/") for lock in locked for one, other in ((pointer, lock), (lock, pointer))
    )


def locked_pointers(state: CaseState) -> frozenset[str]:
    """Give the form values that a final step that was asked, or any ancestor of it, reads."""
    return frozenset(pointer for name in locked_steps(state) for pointer in state.plan.steps[name].form_reads)
