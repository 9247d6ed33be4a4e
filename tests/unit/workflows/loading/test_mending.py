"""A second look: what else is wrong is told with the mistakes of the shape, and nothing that is not certain."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from contracts.contract import Contract
from tests.declared import BUSINESS, PLAN, changed, contracts
from workflows.loading.contracts import parse_contract
from workflows.loading.mending import second_look
from workflows.loading.mistakes import LoadingError
from workflows.loading.plans import parse_published


def told(changes: dict[str, Any]) -> set[str]:
    """Give the places of everything that is told of a plan."""
    with pytest.raises(LoadingError) as refused:
        parse_published(msgspec.json.encode(changed(PLAN, changes)), "plan", contracts())
    return {mistake.pointer for mistake in refused.value.mistakes}


UNKNOWN_STEP = {"steps.business.in.staff": {"cel": "size(gone.staff)"}}
UNKNOWN_FIELD = {"steps.identity.in.nik": "form.gone"}


@pytest.mark.parametrize(
    ("misshapen", "place"),
    [
        ({"version": "one"}, "/version"),
        ({"version": ...}, "/version"),
        ({"title": {"id": 7, "en": "x"}}, "/title/id"),
        ({"life_event": "A B"}, "/life_event"),
        ({"speed": 1}, "/speed"),
        ({"output.speed": 1}, "/output/speed"),
        ({"steps.permit.speed": 1}, "/steps/permit/speed"),
    ],
)
def test_unknown_steps_and_fields_are_told_only_after_the_shape_is_mended(
    misshapen: dict[str, Any], place: str
) -> None:
    expected = told(UNKNOWN_STEP | UNKNOWN_FIELD)
    assert len(expected) == 2
    assert told(UNKNOWN_STEP | UNKNOWN_FIELD | misshapen) == {place, *expected}


def test_a_step_whose_field_is_misspelt_is_missed_by_the_steps_that_need_it() -> None:
    """Left out, `when` would make the step one that is always done; what others say of it would be wrong."""
    misspelt = {"steps.permit.when": ..., "steps.permit.when_": "business.risk == 'high'"}
    assert told(misspelt) == {"/steps/permit/when_"}


@pytest.mark.parametrize(
    "uncertain", [{"steps.permit.when": 7}, {"steps.permit": "x"}, {"steps.permit.after": [{"speed": 1}]}, {"form": 7}]
)
def test_something_uncertain_is_told_where_the_shape_cannot_be_mended(uncertain: dict[str, Any]) -> None:
    assert len(told(UNKNOWN_FIELD | uncertain)) == 1


def test_a_contract_of_a_wrong_version_is_told_of_that_alone() -> None:
    wrong = changed(BUSINESS, {"version": "two", "limits.maintenance": ["sometimes"]})
    with pytest.raises(LoadingError) as refused:
        parse_contract(msgspec.json.encode(wrong), "contract")
    assert {mistake.pointer for mistake in refused.value.mistakes} == {"/version", "/limits/maintenance/0"}


def test_a_document_that_has_no_fields_is_looked_at_again() -> None:
    assert second_look([], Contract, [], lambda _: []) == []
