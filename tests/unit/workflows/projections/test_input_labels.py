"""Inputs are called as the form calls the answers that they are, or as agencies call what they gave."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from contracts.declared import Derived
from contracts.ids import StepName
from contracts.units import Text
from tests.unit.workflows.core.parts import does, part, plan, waits
from workflows.core.compiled import CompiledPlan
from workflows.projections.input_labels import input_labels

STREET: dict[str, Any] = {"properties": {"x": {"x-ui": {"label": {"id": "Jalan", "en": "Street"}}}, "y": {}}}
NUMBER: dict[str, Any] = {"properties": {"number": {"x-ui": {"label": {"id": "Nomor", "en": "Number"}}}}}


def worded(compiled: CompiledPlan) -> CompiledPlan:
    """Give the plan with a label for the answer `x`, and for the number that the step `a` gives."""
    published = compiled.published
    form = structs.replace(published.plan, form=STREET)
    step = compiled.steps[StepName("a")]
    worded_step = structs.replace(step, contract=structs.replace(step.contract, output=NUMBER))
    steps = {**compiled.steps, StepName("a"): worded_step}
    return structs.replace(compiled, published=structs.replace(published, plan=form), steps=steps)


def labels(compiled: CompiledPlan, step: str, *names: str) -> dict[str, Text]:
    return input_labels(compiled.steps[StepName(step)], compiled, names)


def test_an_answer_of_the_form_is_not_called_as_the_form_calls_it() -> None:
    compiled = worded(plan(a=part("form.x", "form.y")))
    assert labels(compiled, "a", "x", "y", "z") == {"x": Text("Jalan", "Street")}


def test_what_another_agency_gave_has_no_label_or_is_taken_for_a_third_ones() -> None:
    given = Text("Uji: Nomor", "Test: Number")
    compiled = worded(plan(a=part("form.x"), b=part("form.z"), c=does("a.number", "b.number")))
    assert labels(compiled, "c", "a", "b") == {"a": given}
    announced = worded(plan(a=part("form.x"), w=waits("2 days", publish={"permit": "a.number", "place": "form.x"})))
    assert labels(announced, "w", "permit", "place") == {"permit": given, "place": Text("Jalan", "Street")}


def test_a_derived_or_a_case_value_is_called_something() -> None:
    compiled = worded(plan(a=part("form.x"), b=part("a.number", inputs={"d": Derived(const="v"), "k": "case.id"})))
    assert labels(compiled, "b", "d", "k") == {}
