"""What a step's references mean now: the scope of its expressions, its resolved input, whether it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from contracts.ids import StepName
from contracts.problems import Mistake
from workflows.core.expressions import Expression, resolve
from workflows.core.state import CaseState, CompiledStep, Values


class Resolved(Struct, frozen=True):
    """A step's turn: `needed` by its `when`, its `input`, and what is wrong with that input."""

    needed: bool
    input: Values
    mistakes: list[Mistake]


def scope(state: CaseState, steps: Iterable[StepName]) -> dict[str, Any]:
    """Give what expressions over these steps see: `form`, `case`, and each step's value.

    Raises:
        ExpressionError: an `otherwise` failed.

    """
    opened = state.opened_at.isoformat() if state.opened_at else ""
    seen: dict[str, Any] = {
        "form": state.form,
        "case": {"id": state.case, "service": state.plan.published.plan.service, "opened_at": opened},
    }
    for name in steps:
        seen[name] = value_of(state, name)
    return seen


def value_of(state: CaseState, name: StepName) -> Values:
    """Give a step's value: its contribution, or `otherwise`, or nothing.

    Raises:
        ExpressionError: its `otherwise` failed.

    """
    for entry in state.word(name):
        if entry.granted:
            return entry.output or {}
    step = state.step(name)
    if step.otherwise is None:
        return {}
    return resolve(step.otherwise, scope(state, referred(step.otherwise, state)))


def referred(fields: Mapping[str, Expression], state: CaseState) -> frozenset[StepName]:
    """Give the steps that these expressions refer to."""
    roots = {StepName(path[0]) for expression in fields.values() for path in expression.paths}
    return frozenset(root for root in roots if root in state.plan.steps)


def resolve_step(state: CaseState, step: CompiledStep, given: Values | None = None) -> Resolved:
    """Resolve a step whose references all have their last word; `given` replaces the resolved input.

    Raises:
        ExpressionError: an expression failed, or `when` is not true or false.

    """
    seen = scope(state, sorted(step.data))
    if step.when is not None and given is None and not step.when.evaluate(seen):
        return Resolved(needed=False, input={}, mistakes=[])
    resolved = resolve(step.inputs, seen) if given is None else given
    return Resolved(needed=True, input=resolved, mistakes=step.check_input(resolved))
