"""Two things that go otherwise in one case: every pair of faults that can meet, or as many as are tried, spread evenly.

A pair that cannot meet is not tried: once a step has refused for good, what waits for it is never asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from msgspec import Struct

from contracts.ids import StepName
from workflows.core.compiled import CompiledPlan
from workflows.rehearsal.play import Road
from workflows.rehearsal.script import SILENT, Says, Script
from workflows.rehearsal.unusual import of_agencies

MOST_PAIRS: Final = 400


class Fault(Struct, frozen=True):
    """One thing that goes otherwise at a step; `ends`: what waits for that step is never asked after it."""

    step: str
    title: str
    script: Script
    ends: bool = False
    of_undo: bool = False


class Pairs(Struct, frozen=True):
    """The pairs that are tried, and the titles of those that are left out."""

    tried: list[tuple[str, Script]]
    left_out: list[str]


def pairs(plan: CompiledPlan, straight: Road, most: int = MOST_PAIRS) -> Pairs:
    """Give the pairs of faults on a road, at most so many of them."""
    both = [pair for pair in combinations(list(faults(plan, straight)), 2) if _meet(plan, *pair)]
    tried = {len(both) * number // most for number in range(most)} if len(both) > most else set(range(len(both)))
    return Pairs(
        [(_title(*pair), pair[0].script.but(pair[1].script)) for number, pair in enumerate(both) if number in tried],
        [_title(*pair) for number, pair in enumerate(both) if number not in tried],
    )


def _title(one: Fault, other: Fault) -> str:
    return f"{one.title}, and {other.title}"


def _meet(plan: CompiledPlan, one: Fault, other: Fault) -> bool:
    """Whether both can happen in one case."""
    if one.step == other.step:
        return one.of_undo is not other.of_undo
    ordered = ((one, other), (other, one))
    return not any(
        first.ends and StepName(first.step) in plan.ancestors[StepName(second.step)] for first, second in ordered
    )


def faults(plan: CompiledPlan, straight: Road) -> Iterator[Fault]:
    """Give one of each kind of fault that each step of a road can have."""
    for name in of_agencies(plan, straight):
        contract = plan.steps[StepName(name)].contract
        final = next((code for code, refusal in contract.refusals.items() if not refusal.correct), "")
        correctable = next((code for code, refusal in contract.refusals.items() if refusal.correct), "")
        if final:
            no = Script(asks={name: (Says(word="refuses", code=final),)})
            yield Fault(name, f"{name} is refused: {final}", no, ends=not plan.steps[StepName(name)].spec.optional)
        if correctable:
            again = Script(asks={name: (Says(word="refuses", code=correctable),)})
            yield Fault(name, f"{name} is refused: {correctable} and corrected", again)
        yield Fault(name, f"nobody answers {name}", Script(asks={name: (SILENT,)}))
        if contract.effect == "reversible":
            yield Fault(name, f"{name} is not taken back", Script(undos={name: "refuses"}), of_undo=True)
    yield from _of_people(plan, straight)


def _of_people(plan: CompiledPlan, straight: Road) -> Iterator[Fault]:
    for name in straight.asked:
        step = plan.steps[StepName(name)]
        if step.spec.publish is not None:
            yield Fault(name, f"an objection to {name} is upheld", Script(objections={name: True}), ends=True)
        if step.spec.applicant is not None:
            yield Fault(name, f"the applicant lets {name} expire", Script(does={name: "lets it expire"}), ends=True)
        if step.contract.effect == "reversible":
            yield Fault(name, f"withdrawn after {name}", Script(withdraws_after=name))
