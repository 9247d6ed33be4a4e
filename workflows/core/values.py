"""What a step's references mean now: the scope of its expressions, its resolved input, whether it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from contracts.ids import NO_ITEM, ItemKey, StepName
from contracts.problems import Mistake
from workflows.core.compiled import CompiledStep
from workflows.core.each import KEY, Each, read_items
from workflows.core.expressions import Expression, ExpressionError, resolve
from workflows.core.graph import AMOUNT
from workflows.core.mistakes import pointer
from workflows.core.state import CaseState, Values


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


def value_of(state: CaseState, name: StepName) -> Values | list[Values]:
    """Give a step's value: its contribution, or `otherwise`, or nothing; of an `each` step the list of its items'.

    Raises:
        ExpressionError: its `otherwise` failed.

    """
    if state.step(name).each is not None:
        return _values_of_items(state, state.step(name))
    for entry in state.word(name):
        if entry.granted:
            return entry.output or {}
    step = state.step(name)
    if step.otherwise is None:
        return {}
    return resolve(step.otherwise, scope(state, referred(step.otherwise, state)))


def _values_of_items(state: CaseState, step: CompiledStep) -> list[Values]:
    values: list[Values] = []
    for key in state.listed.get(step.name, ()):
        entry = state.current((step.name, key))
        if entry.granted:
            values.append({KEY: key, **(entry.output or {})})
        elif entry.settled and step.otherwise is not None:
            seen = scope(state, sorted(referred(step.otherwise, state)))
            values.append({KEY: key, **resolve(step.otherwise, seen | _bound(state, step, key))})
    return values


class Items(Struct, frozen=True):
    """The items of an `each` step by their keys, none where it is not needed, and what is wrong with its list."""

    items: Mapping[ItemKey, Any]
    mistakes: list[Mistake]


def items_now(state: CaseState, step: CompiledStep) -> Items:
    """Give the items that the list of an `each` step has now.

    Raises:
        ExpressionError: the condition of the whole step failed, or is not true or false.

    """
    each = _each(step)
    if step.when is not None and not each.chooses and not step.when.evaluate(scope(state, sorted(step.data))):
        return Items({}, [])
    return Items(*_list_now(state, each))


def order_of(state: CaseState, step: CompiledStep, item: ItemKey) -> int | None:
    """Give the place of an item in its list, from 0 (None: it is not there)."""
    items, _ = _list_now(state, _each(step))
    return next((number for number, key in enumerate(items) if key == item), None)


def _each(step: CompiledStep) -> Each:
    assert step.each is not None  # noqa: S101 - only steps that have a list are asked for theirs
    return step.each


def _list_now(state: CaseState, each: Each) -> tuple[dict[ItemKey, Any], list[Mistake]]:
    root = StepName(each.list_path[0])
    seen = scope(state, [root] if root in state.plan.steps else [])
    return read_items(each, each.items.evaluate(seen), each.form_pointer or pointer(each.list_path))


def _bound(state: CaseState, step: CompiledStep, item: ItemKey) -> dict[str, Any]:
    """Give what the expressions of a step see beside their references: the item that they are about."""
    if step.each is None:
        return {}
    items, _ = _list_now(state, step.each)
    if item not in items:
        raise ExpressionError("the list has no such item any more")
    return {step.each.name: items[item]}


def referred(fields: Mapping[str, Expression], state: CaseState) -> frozenset[StepName]:
    """Give the steps that these expressions refer to."""
    roots = {StepName(path[0]) for expression in fields.values() for path in expression.paths}
    return frozenset(root for root in roots if root in state.plan.steps)


def resolve_step(
    state: CaseState, step: CompiledStep, given: Values | None = None, item: ItemKey = NO_ITEM
) -> Resolved:
    """Resolve a step (one item of it) whose references have their last word; `given` replaces the resolved input.

    Raises:
        ExpressionError: an expression failed, or `when` is not true or false.

    """
    seen = scope(state, sorted(step.data)) | _bound(state, step, item)
    if step.when is not None and given is None and not step.when.evaluate(seen):
        return Resolved(needed=False, input={}, mistakes=[])
    resolved = resolve(step.inputs, seen) if given is None else given
    if step.spec.pays:
        resolved = in_whole_rupiah(resolved)
    nothing = step.spec.pays and resolved[AMOUNT] == 0  # nobody pays nothing
    return Resolved(needed=not nothing, input=resolved, mistakes=step.check_input(resolved))


def in_whole_rupiah(given: Values) -> Values:
    """Give an amount that is whole as a whole number: formulas count in doubles."""
    amount = given.get(AMOUNT)
    return {**given, AMOUNT: int(amount)} if isinstance(amount, float) and amount.is_integer() else given
