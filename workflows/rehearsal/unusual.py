"""Roads beside an agency's own word: one item of several, late answers, second officers, pauses.

Each gives titles and scripts for what may go otherwise on a road on which every agency contributes.
"""

from __future__ import annotations

from collections.abc import Iterator

from contracts.contract import DeskConnection
from contracts.ids import StepName
from workflows.core.compiled import CompiledPlan, CompiledStep
from workflows.rehearsal.play import Road
from workflows.rehearsal.script import SILENT, Says, Script

Look = Iterator[tuple[str, Script]]


def items(plan: CompiledPlan, straight: Road) -> Look:
    """One of several items is refused, sent back, or not answered, while the others contribute; two go otherwise."""
    for name, keys in straight.items.items():
        step = plan.steps[StepName(name)]
        if len(keys) < 2 or name not in straight.asked:  # noqa: PLR2004 - one item alone is what a step is
            continue
        first, last = f"{name}/{keys[0]}", f"{name}/{keys[-1]}"
        for code, refusal in step.contract.refusals.items():
            no = Says(word="refuses", code=code)
            yield f"{last} alone is refused: {code}", Script(asks={last: (no,)})
            yield f"{first} is refused: {code}, and nobody answers {last}", Script(asks={first: (no,), last: (SILENT,)})
            yield f"every item of {name} is refused: {code}", Script(asks={name: (no,)})
            if refusal.correct:
                yield (
                    f"{last} alone is refused: {code}, the applicant declines",
                    Script(asks={last: (no,)}, applicant="declines"),
                )
        back = Says(word="returns", inputs=_of_an_item(step))
        yield f"{last} alone is sent back", Script(asks={last: (back,)})
        yield f"nobody answers {last} alone", Script(asks={last: (SILENT,)})
        if step.contract.effect == "reversible":
            yield (
                f"withdrawn after {name}, and {last} alone is not taken back",
                Script(withdraws_after=name, undos={last: "refuses"}),
            )


def _of_an_item(step: CompiledStep) -> tuple[str, ...]:
    """Give an input that reads of the item itself, and not what it is called; else any that can be corrected."""
    named = f"/{step.each.key.paths[0][-1]}" if step.each is not None else ""
    own = [name for name, pointer in step.form_inputs.items() if "/[]/" in pointer and not pointer.endswith(named)]
    return tuple(own or step.form_inputs)[:1]


def late_answers(plan: CompiledPlan, straight: Road) -> Look:
    """Each agency answers after its time, when a person looks already, or the law has granted it."""
    for name in of_agencies(plan, straight):
        script = Script(asks={name: (SILENT,)}, late={name: "contributes"})
        yield f"{name} is answered after its time: contributed", script
        if plan.steps[StepName(name)].contract.refusals:
            no = Script(asks={name: (SILENT,)}, late={name: "refuses"})
            yield f"{name} is answered after its time: refused", no


def second_officers(plan: CompiledPlan, straight: Road) -> Look:
    """A second officer does not confirm at first what another decided."""
    for name in of_agencies(plan, straight):
        contract = plan.steps[StepName(name)].contract
        wanted = contract.connection.second_officer if isinstance(contract.connection, DeskConnection) else None
        if wanted == "all":
            yield f"a second officer does not confirm {name} at first", Script(second={name: "rejects"})
        if wanted:
            for code in list(contract.refusals)[:1]:
                script = Script(asks={name: (Says(word="refuses", code=code),)}, second={name: "rejects"})
                yield f"{name} is refused: {code}, and a second officer does not confirm it at first", script


def pauses(plan: CompiledPlan, straight: Road) -> Look:
    """An operator pauses the case while a step is out, for longer than promises last."""
    del plan
    for name in straight.asked:
        yield f"paused while {name} is out", Script(pauses_at=name)


def of_agencies(plan: CompiledPlan, straight: Road) -> list[str]:
    """Give the steps of a road that agencies carry out: only these refuse, send back or are silent of themselves."""
    return [name for name in straight.asked if plan.steps[StepName(name)].spec.asks]
