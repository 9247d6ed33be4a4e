"""Inputs are called as the form calls the answers that they are."""

from __future__ import annotations

from contracts.units import Text
from tests.unit.workflows.core.parts import part, plan
from workflows.projections.input_labels import input_labels


def test_only_an_answer_of_the_form_that_has_a_label_is_called_so() -> None:
    step = plan(a=part("form.x", "form.y"), b=part("a.number")).steps
    form = {"properties": {"x": {"x-ui": {"label": {"id": "Jalan", "en": "Street"}}}, "y": {"type": "string"}}}
    assert input_labels(step["a"], form, ["x", "y", "z"]) == {"x": Text("Jalan", "Street")}  # type: ignore[index]  # a name of the plan
    assert input_labels(step["b"], form, ["a"]) == {}  # type: ignore[index]  # a name of the plan
