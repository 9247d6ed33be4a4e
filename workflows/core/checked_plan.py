"""A plan under check: its expressions compiled, with their places, and its contracts by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from contracts.contract import Contract
from contracts.declared import Value
from contracts.plan import Plan, Step, Until
from workflows.core.each import Each, compile_each, ground, grounded, sure_of_item
from workflows.core.expressions import Expression, ExpressionMistake, Path, compile_condition, compile_value
from workflows.core.graph import AMOUNT, UNTIL, StepExpressions, given_to
from workflows.core.mistakes import Finding, Place
from workflows.core.references import Surroundings

Source = TypeVar("Source")
Compiled = TypeVar("Compiled")


class CheckedPlan(Struct, frozen=True, kw_only=True):
    """A plan under check: its contracts by step, and what of its expressions could be compiled, with their places."""

    plan: Plan
    contracts: Mapping[str, Contract]
    steps: Mapping[str, StepExpressions]
    others: Mapping[Place, Expression]
    around: Surroundings


def compile_for_check(plan: Plan, contracts: Mapping[str, Contract], findings: list[Finding]) -> CheckedPlan:
    """Compile every expression of a plan; `contracts` are those of its steps. What cannot be compiled is told."""
    steps = {name: _compile_step(name, plan, findings) for name in plan.steps}
    others: dict[Place, Expression] = {}
    output = plan.output
    fields = {("output", "holder", name): value for name, value in output.holder.items()} | {
        ("output", "parts", part, name): value for part, shown in output.parts.items() for name, value in shown.items()
    }
    for place, value in fields.items():
        expression = compiled_or_told(place, compile_value, value, findings)
        if expression is not None:
            others[place] = _of_each(place, expression, plan)
    otherwise = {name: step.otherwise for name, step in steps.items() if step.otherwise is not None}
    around = Surroundings(plan=plan, contracts=contracts, otherwise=otherwise)
    return CheckedPlan(plan=plan, contracts=contracts, steps=steps, others=others, around=around)


def _of_each(place: Place, expression: Expression, plan: Plan) -> Expression:
    """Give a part's value: where its step is asked for each item, the part is shown for each too."""
    part = str(place[2])
    step = plan.steps.get(part)
    if place[1] != "parts" or step is None or step.each is None:
        return expression
    itself = compile_value(part)
    return grounded(expression, Each(itself, part, itself))


def _compile_step(name: str, plan: Plan, findings: list[Finding]) -> StepExpressions:
    step = plan.steps[name]
    condition = step.when
    when = (
        None if condition is None else compiled_or_told(("steps", name, "when"), compile_condition, condition, findings)
    )
    compiled = StepExpressions(
        inputs=_compile_inputs(name, step, findings),
        when=when,
        otherwise=(
            None if step.otherwise is None else _compile_fields(("steps", name, "otherwise"), step.otherwise, findings)
        ),
    )
    each = _compile_list(name, step, findings)
    return compiled if each is None else compiled.of_items(each)


def _compile_list(name: str, step: Step, findings: list[Finding]) -> Each | None:
    if step.each is None or step.as_ is None or step.key is None:
        return None
    items, bound, key = step.each, step.as_, step.key
    return compiled_or_told(("steps", name, "each"), lambda source: compile_each(source, bound, key), items, findings)


def input_place(name: str, step: Step, field: str) -> Place:
    """Give the place in a plan where a step is given this input."""
    if field == UNTIL and isinstance(step.wait, Until):
        return ("steps", name, "wait", field)
    if field == AMOUNT and step.pays:
        return ("steps", name, "applicant", field)
    return ("steps", name, "in" if step.publish is None else "publish", field)


def _compile_inputs(name: str, step: Step, findings: list[Finding]) -> dict[str, Expression]:
    given = {field: (input_place(name, step, field), value) for field, value in given_to(step).items()}
    compiled = {
        field: compiled_or_told(place, compile_value, value, findings) for field, (place, value) in given.items()
    }
    return {field: expression for field, expression in compiled.items() if expression is not None}


def _compile_fields(place: Place, fields: Mapping[str, Value], findings: list[Finding]) -> dict[str, Expression]:
    compiled: dict[str, Expression] = {}
    for name, value in fields.items():
        expression = compiled_or_told((*place, name), compile_value, value, findings)
        if expression is not None:
            compiled[name] = expression
    return compiled


def compiled_or_told(
    place: Place,
    compile_source: Callable[[Source], Compiled],
    source: Source,
    findings: list[Finding],
) -> Compiled | None:
    """Give the compiled expression, or add what is wrong with it to `findings`."""
    try:
        return compile_source(source)
    except ExpressionMistake as mistake:
        findings.append(Finding(place, mistake.what, mistake.instead))
        return None


def placed(checked: CheckedPlan, name: str) -> Iterator[tuple[Place, Expression]]:
    """Walk over a step's expressions with their places."""
    step = checked.steps[name]
    if step.each is not None:
        yield ("steps", name, "each"), step.each.items
    for field, expression in step.inputs.items():
        yield input_place(name, checked.plan.steps[name], field), expression
    if step.when is not None:
        yield ("steps", name, "when"), step.when
    for field, expression in (step.otherwise or {}).items():
        yield ("steps", name, "otherwise", field), expression


def made_sure(checked: CheckedPlan, place: Place) -> frozenset[Path]:
    """Give what is there whenever the value at a place is made: an input is, only when its step's `when` is true."""
    if place[0] != "steps":
        return frozenset()
    step = checked.steps[str(place[1])]
    item = frozenset[Path]() if step.each is None else sure_of_item(step.each)
    if place[2] not in {"in", "wait", "publish", "applicant"} or step.when is None:
        return item
    each = step.each
    return item | (step.when.sure if each is None else frozenset(ground(path, each) for path in step.when.sure))


def everything(checked: CheckedPlan) -> Iterator[tuple[Place, Expression]]:
    """Walk over all expressions of a plan with their places."""
    for name in checked.steps:
        yield from placed(checked, name)
    yield from checked.others.items()
