"""Facts that agencies keep in step: whose word counts, who can answer, and whether it may be asked at all."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.plan import Fact
from contracts.units import seconds
from workflows.core.checked_plan import CheckedPlan, compiled_or_told
from workflows.core.expressions import compile_value
from workflows.core.mistakes import Finding
from workflows.core.references import check_reference

_SHORTEST_S = 86_400


def check_facts(checked: CheckedPlan) -> Iterator[Finding]:
    """Give every mistake in the facts; that their steps are there is checked with the other names of steps."""
    for name, fact in checked.plan.facts.items():
        findings: list[Finding] = []
        expression = compiled_or_told(("facts", name, "value"), compile_value, fact.value, findings)
        yield from findings
        for reference in expression.references if expression is not None else ():
            yield from check_reference(("facts", name, "value"), reference, checked.around)
        yield from _every(name, fact)
        if expression is not None:
            yield from _parties(checked, name, fact)


def _every(name: str, fact: Fact) -> Iterator[Finding]:
    if fact.every is None:
        return
    try:
        long_enough = seconds(fact.every) >= _SHORTEST_S
    except ValueError:
        long_enough = False
    if not long_enough:
        yield Finding(
            ("facts", name, "every"), f"{fact.every} is no time to ask again after", "days, one at least: 90 days"
        )


def _parties(checked: CheckedPlan, name: str, fact: Fact) -> Iterator[Finding]:
    steps = checked.plan.steps
    if fact.authority in steps and steps[fact.authority].ask is None:
        yield Finding(("facts", name, "authority"), f"{fact.authority} asks no agency", "a step that asks one")
    for index, holder in enumerate(fact.holders):
        place = ("facts", name, "holders", index)
        if holder == fact.authority:
            yield Finding(place, f"{holder} is the authority itself", "a step of another agency")
        contract = checked.contracts.get(holder)
        if holder not in steps or contract is None:
            continue
        if steps[holder].ask is None:
            yield Finding(place, f"{holder} asks no agency", "a step that asks one")
            continue
        fields = [field for field, value in steps[holder].in_.items() if value == fact.value]
        if not fields:
            yield Finding(place, f"{holder} is not given {fact.value}", f"a step that reads {fact.value} as it is")
        elif not set(fields) & set(contract.confirms):
            yield Finding(
                place,
                f"{contract.name} does not say that it confirms {fields[0]}",
                f"confirms: [{fields[0]}] in the contract, or no {holder} here",
            )
