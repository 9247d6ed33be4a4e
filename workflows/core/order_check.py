"""The order of a plan's steps: no circles, and whoever may still say no before what cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.contract import Contract
from workflows.core.checked_plan import CheckedPlan
from workflows.core.graph import find_cycle, given_to, topological_order, transitive
from workflows.core.mistakes import Finding, Place
from workflows.core.references import ROOTS, can_be_empty


def _before(checked: CheckedPlan) -> dict[str, frozenset[str]]:
    names = checked.plan.steps.keys()
    return {
        name: (
            frozenset(path[0] for expression in checked.steps[name].all() for path in expression.paths)
            | frozenset(step.after)
        )
        & names
        for name, step in checked.plan.steps.items()
    }


def check_cycles(checked: CheckedPlan) -> Iterator[Finding]:
    """Say which steps wait for each other."""
    before = _before(checked)
    circle = find_cycle({name: others - {name} for name, others in before.items()})
    if circle:
        yield Finding(
            ("steps", circle[0]),
            f"these wait for each other: {' → '.join(circle)}",
            "references and `after` that only look back",
        )
    for name, step in checked.plan.steps.items():
        if name in step.after:
            place: Place = ("steps", name, "after", step.after.index(name))
            yield Finding(place, f"{name} waits for itself", "earlier steps only")


def check_effects(checked: CheckedPlan) -> Iterator[Finding]:
    """Hold the order of effects: whoever may still say no comes before what cannot be taken back."""
    before = _before(checked)
    if find_cycle(before) or not _edges_are_known(checked):
        return
    ancestors = transitive(before, topological_order(before))
    for final, contract in checked.contracts.items():
        if contract.effect != "final":
            continue
        for name, other in checked.contracts.items():
            if name == final or checked.plan.steps[name].optional or not can_say_no(other):
                continue
            if name not in ancestors[final]:
                both = other.effect == "final" and final in ancestors[name]
                yield Finding(
                    ("steps", final),
                    f"{final} cannot be taken back, and {name} may still say no after it",
                    "only one of two final steps that can refuse" if both else f"after: [{name}]",
                )


def _edges_are_known(checked: CheckedPlan) -> bool:
    """Whether every reference and `after` can be followed: else the order would only look wrong."""
    known = {*ROOTS, *checked.plan.steps}
    for name, step in checked.plan.steps.items():
        compiled = checked.steps[name]
        roots = {path[0] for expression in compiled.all() for path in expression.paths}
        unread = len(compiled.inputs) < len(given_to(step)) or (step.when is not None and compiled.when is None)
        if unread or not (roots | set(step.after)) <= known:
            return False
    return True


def can_say_no(contract: Contract) -> bool:
    """Whether a step can end in a no: its agency has refusals, or officers, who may return what they are asked."""
    return bool(contract.refusals) or contract.connection.__struct_config__.tag == "desk"


def check_conditions(checked: CheckedPlan) -> Iterator[Finding]:
    """Say where one agency's no may not take back another's yes."""
    for name, step in checked.plan.steps.items():
        on = step.conditional_on
        if on is None or on not in checked.plan.steps:
            continue
        place: Place = ("steps", name, "conditional_on")
        if not step.legal_basis:
            yield Finding(
                place, "taking back a yes because of another agency's no needs a law", "legal_basis: beside it"
            )
        contract = checked.contracts.get(name)
        if contract is not None and contract.effect != "reversible":
            yield Finding(place, f"{contract.name} cannot be undone, so it cannot be conditional", "no conditional_on")
        if not step.optional and can_be_empty(checked.plan.steps[on]):
            yield Finding(
                place,
                f"{name} is required, and {on} may be left out (optional or `when`)",
                "a required step without `when`, or make this step optional",
            )
    circle = find_cycle(
        {name: (step.conditional_on,) for name, step in checked.plan.steps.items() if step.conditional_on}
    )
    if circle:
        place = ("steps", circle[0], "conditional_on")
        yield Finding(
            place, f"these are conditional on each other: {' → '.join(circle)}", "conditions in one direction"
        )
