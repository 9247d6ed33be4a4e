"""Forms to try a plan with: valid ones, each choice once, and other answers where one may be corrected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.workflows.rehearsal.small import FORM, NIK, OTHER, compiled
from workflows.rehearsal.forms import NoForm, changed_answers, made_forms


def test_forms_are_made_of_examples_and_the_form_takes_each() -> None:
    plan = compiled({"form.properties.urgent": {"type": "boolean"}})
    forms = made_forms(plan)
    assert list(forms) == ["every question answered", "only what must be answered", "/urgent is False"]
    assert all(plan.check_form(form) == [] for form in forms.values())
    assert forms["only what must be answered"] == {"nik": NIK, "name": "Siti", "kbli": "47112", "staff": []}
    assert forms["every question answered"]["address"] == {"street": "Contoh"}


def test_each_choice_is_taken_once() -> None:
    choice = {"oneOf": [{"const": "own", "title": "Own"}, {"const": "rented", "title": "Rented"}]}
    forms = made_forms(compiled({"form.properties.tenure": choice, "form.properties.size": {"enum": ["s", "m"]}}))
    assert {form.get("tenure") for form in forms.values()} == {None, "own", "rented"}
    assert {form.get("size") for form in forms.values()} == {None, "s", "m"}


def test_a_question_that_cannot_be_made_up_is_left_out_or_named() -> None:
    hard = {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{7}$"}
    assert "plate" not in made_forms(compiled({"form.properties.plate": hard}))["every question answered"]
    needed = {"form.properties.plate": hard, "form.required": [*["nik", "name", "kbli", "staff"], "plate"]}
    with pytest.raises(NoForm, match="/plate"):
        made_forms(compiled(needed))


@pytest.mark.parametrize(
    ("pointers", "expected"),
    [
        (["/nik"], {"nik": OTHER}),
        (["/kbli"], {"kbli": "10710"}),
        (["/name"], {"name": "Sita"}),
        (["/staff"], {"staff": [{"name": "Tona"}]}),
        (["/nothing"], None),
        ([], None),
    ],
)
def test_a_correction_is_another_answer_that_the_form_takes(
    pointers: list[str], expected: dict[str, Any] | None
) -> None:
    assert changed_answers(compiled(), FORM, pointers) == expected
