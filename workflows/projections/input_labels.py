"""What people call a step's inputs: as the form words the answers that they are, or the agency its contribution."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import convert

from contracts.contract import JsonSchema
from contracts.ids import StepName
from contracts.units import Text
from workflows.core.compiled import CompiledPlan, CompiledStep


def input_labels(step: CompiledStep, plan: CompiledPlan, names: Iterable[str]) -> dict[str, Text]:
    """Give the label of each of these inputs that is an answer of the form or of another step, where it has one.

    What another step gave is called with that step's title: two agencies' opinions would else be called the same.
    """
    found = {name: _label(step, plan, name) for name in names}
    return {name: label for name, label in found.items() if label is not None}


def _label(step: CompiledStep, plan: CompiledPlan, name: str) -> Text | None:
    pointer = step.form_inputs.get(name)
    if pointer is not None:
        return _words(plan.published.plan.form, pointer.split("/")[1:])
    source = {**step.spec.in_, **(step.spec.publish or {})}.get(name)
    origin, *path = source.split(".") if isinstance(source, str) else [""]
    giver = plan.steps.get(StepName(origin))
    words = _words(giver.contract.output, path) if giver is not None else None
    if giver is None or words is None:
        return None
    return Text(f"{giver.title.id}: {words.id}", f"{giver.title.en}: {words.en}")


def _words(schema: JsonSchema, path: list[str]) -> Text | None:
    here: dict[str, Any] = schema
    for part in path:
        here = here.get("properties", {}).get(part, {})
    words = here.get("x-ui", {}).get("label")
    return None if words is None else convert(words, Text)
