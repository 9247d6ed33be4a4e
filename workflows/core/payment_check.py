"""Checks of steps that are paid: how much and to whom is said, and it can never be less than nothing."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import UNSET

from contracts.declared import Derived
from contracts.payments import MOST_RUPIAH
from contracts.plan import ApplicantTask
from workflows.core.checked_plan import CheckedPlan
from workflows.core.graph import AMOUNT
from workflows.core.mistakes import Finding, Place
from workflows.core.schema_paths import Located, locate

_OF_A_PAYMENT = ("amount", "payee", "legal_basis")


def check_payments(checked: CheckedPlan) -> Iterator[Finding]:
    """Say what a step that is paid lacks, and what one that is not has of it."""
    for name, step in checked.plan.steps.items():
        if step.applicant is None:
            continue
        place: Place = ("steps", name, "applicant")
        if step.pays:
            yield from _check_payment(checked, name, step.applicant, place)
            continue
        for field in _OF_A_PAYMENT:
            if getattr(step.applicant, field):
                yield Finding((*place, field), f"only what is paid has {field}", "page: pay, or no such field")


def _check_payment(checked: CheckedPlan, name: str, task: ApplicantTask, place: Place) -> Iterator[Finding]:
    if task.form:
        yield Finding(
            (*place, "form"),
            "how it is paid is chosen where it is paid: there is no form",
            "a step of its own for more",
        )
    if AMOUNT in checked.plan.steps[name].in_:
        yield Finding(("steps", name, "in", AMOUNT), "the amount is what is to be paid", "another name")
    if task.payee is None:
        yield Finding(place, f"{name} does not say to whom it is paid", "payee: {id: ..., en: ...}")
    if task.amount is None:
        yield Finding(
            place, f"{name} does not say how much is to be paid", "amount: and a reference, or {const: 150000}"
        )
    elif isinstance(task.amount, Derived) and task.amount.const is not UNSET:
        yield from _check_constant(task.amount.const, (*place, AMOUNT))
    else:
        yield from _check_minimum(checked, name, (*place, AMOUNT))


def _check_constant(amount: object, place: Place) -> Iterator[Finding]:
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MOST_RUPIAH:
        yield Finding(place, "an amount is in whole rupiah, and never below 0", "{const: 150000}")


def _check_minimum(checked: CheckedPlan, name: str, place: Place) -> Iterator[Finding]:
    """A reference that says itself that it is never below 0; of a formula that is seen when it is resolved."""
    expression = checked.steps[name].inputs.get(AMOUNT)
    if expression is None or expression.kind != "reference":
        return
    path = expression.paths[0]
    schema = checked.around.schema(path[0]) if path[0] in checked.around.roots() else None
    found = None if schema is None else locate(schema, path[1:], path[:1])
    least = found.schema.get("minimum", found.schema.get("exclusiveMinimum")) if isinstance(found, Located) else 0
    if not isinstance(least, int | float) or least < 0:
        what = f"{'.'.join(path)} could be below 0"
        yield Finding(place, what, "`minimum: 0` in its schema: nobody pays less than nothing")
