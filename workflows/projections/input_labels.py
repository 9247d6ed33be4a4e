"""What people call a step's inputs: as the form words the answers that they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import convert

from contracts.contract import JsonSchema
from contracts.units import Text
from workflows.core.compiled import CompiledStep


def input_labels(step: CompiledStep, form: JsonSchema, names: Iterable[str]) -> dict[str, Text]:
    """Give the label of each of these inputs that is an answer of the form, where the form has one for it."""
    found = {name: _words(form, step.form_inputs[name]) for name in names if name in step.form_inputs}
    return {name: convert(words, Text) for name, words in found.items() if words is not None}


def _words(form: JsonSchema, pointer: str) -> object:
    here: dict[str, Any] = form
    for part in pointer.split("/")[1:]:
        here = here.get("properties", {}).get(part, {})
    return here.get("x-ui", {}).get("label")
