"""What a picture says of a step: how often, how long, who else has a word, and what silence does."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.ids import StepName
from tests.declared import contracts, plan
from workflows.core.step_words import words_of

FORM: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
EACH = {
    "steps.permit.each": "form.staff",
    "steps.permit.as": "worker",
    "steps.permit.key": "worker.name",
    "steps.permit.at_once": 2,
}


def words(step: str, changes: dict[str, Any] | None = None, **of_contract: Any) -> list[str]:
    made = plan(changes)
    spec = made.steps[StepName(step)]
    known = contracts({"dpmptsp": of_contract})
    return words_of(spec, known.get(spec.ask or ""), "en")


def test_an_agency_and_a_condition_are_named() -> None:
    assert words("permit") == ["dpmptsp", "only if: business.risk == 'high'"]


def test_a_list_says_for_each_of_what_and_how_many_at_once() -> None:
    changes = {**EACH, "steps.permit.when": ...}
    assert words("permit", changes) == ["dpmptsp", "for each worker (form.staff)", "2 at once"]
    assert words("permit", {**changes, "steps.permit.partial": True})[-1] == "some are enough"


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        ("2 working days", "2 working days"),
        ({"until": "form.day"}, "until form.day"),
        ({"until": {"cel": "form.day"}}, "until form.day"),
        ({"until": {"const": "2026-12-24"}}, "until 2026-12-24"),
    ],
)
def test_a_wait_says_how_long_and_whether_others_may_object(wait: object, said: str) -> None:
    assert words("pause", {"steps.pause": {"wait": wait}}) == [said]
    heard = words("pause", {"steps.pause": {"wait": wait, "publish": {"name": "form.name"}}})
    assert heard == [said, "others may object"]


def test_what_the_applicant_does_says_within_what_time_and_whether_it_must_be() -> None:
    task = {"applicant": {"form": FORM, "within": "7 days"}}
    assert words("letter", {"steps.letter": task}) == ["within 7 days"]
    assert words("letter", {"steps.letter": {**task, "optional": True}}) == ["within 7 days", "optional"]


def test_silence_that_grants_and_a_second_officer_are_said() -> None:
    deemed: dict[str, Any] = {
        "promise": {"within": "3 working days", "on_deadline": "deemed"},
        "deemed": {"legal_basis": "UU 30/2014", "counts_from": "complete", "output": {"certificate": "c"}},
    }
    assert "silence grants it: 3 working days" in words("permit", **deemed)
    for wanted, said in (("all", "a second officer confirms"), ("refusals", "a second officer confirms a no")):
        assert said in words("permit", connection={"kind": "desk", "second_officer": wanted})
