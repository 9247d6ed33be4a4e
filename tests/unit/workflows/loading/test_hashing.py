"""What is promised has one name; what is only worded, or operational, does not change it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.declared import BUSINESS, PERMIT, contract, plan
from workflows.loading.hashing import canonical, contract_digest, digest, plan_digest

TEXT = {"id": "Lain", "en": "Other"}
DIGESTS = {"business": "sha256:1"}
DEEMED = {"legal_basis": "UU 30/2014", "counts_from": "complete", "output": {"certificate": "x", "title": "a"}}

SAME: list[dict[str, Any]] = [
    {"title": TEXT},
    {"refusals.already_registered.title": TEXT},
    {"input.properties.nik.title": "NIK"},
    {"input.properties.nik.description": "sixteen digits"},
    {"input.properties.nik.x-ui": {"label": TEXT}},
    {"output.properties.nib.examples": ["1"]},
    {"connection.url": "https://moved.example"},
    {"connection": {"kind": "desk"}},
    {"attempts": {"first_wait": "9 s"}},
    {"limits": {"in_flight": 3}},
    {"examples": [{"title": "one", "input": {}, "refusal": "already_registered"}]},
]
OTHER: list[dict[str, Any]] = [
    {"version": "2.1.1"},
    {"purpose": "something-else"},
    {"legal_basis": "PP 5/2021"},
    {"retention": "11 years"},
    {"reads.nik": "contact"},
    {"onward": ["nib"]},
    {"effect": "final"},
    {"undo.within": "31 days"},
    {"promise.within": "2 working days"},
    {"lookup": True},
    {"input.properties.nik.pattern": "^1"},
    {"input.properties.title": {"type": "string"}},
    {"output.properties.nib.const": "1"},
    {"output.properties.nib.default": {"title": TEXT}},
    {"refusals.other": {"title": TEXT}},
    {"refusals.already_registered.objection": {"where": TEXT, "within": "14 days"}},
]


@pytest.mark.parametrize("changes", SAME, ids=lambda changes: next(iter(changes)))
def test_words_and_the_operational_record_are_no_part_of_the_promise(changes: dict[str, Any]) -> None:
    assert contract_digest(contract(BUSINESS, changes)) == contract_digest(contract(BUSINESS))


@pytest.mark.parametrize("changes", OTHER, ids=lambda changes: next(iter(changes)))
def test_everything_else_is(changes: dict[str, Any]) -> None:
    assert contract_digest(contract(BUSINESS, changes)) != contract_digest(contract(BUSINESS))


def test_a_field_called_title_is_promised() -> None:
    one, other = (
        contract(BUSINESS, {"input.properties.title": {"type": kind}, "output.properties.title": {}})
        for kind in ("string", "integer")
    )
    assert contract_digest(one) != contract_digest(other)


def test_what_the_law_grants_is_promised_whatever_its_fields_are_called() -> None:
    deemed = contract(PERMIT, {"deemed": DEEMED})
    other = contract(PERMIT, {"deemed": DEEMED, "deemed.output.title": "b"})
    assert contract_digest(deemed) != contract_digest(other)


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"title": TEXT}, True),
        ({"output.title": TEXT}, True),
        ({"form.properties.nik.x-ui": {"label": TEXT}}, True),
        ({"form.properties.nik.title": "NIK"}, True),
        ({"version": "1.0.1"}, False),
        ({"steps.permit.when": "business.risk == 'low'"}, False),
        ({"output.parts.business": {"title": "business.nib"}}, False),
        ({"output.holder.title": "form.name"}, False),
        ({"form.properties.kbli.maxLength": 5}, False),
        ({"form.oneOf": [{"title": "a"}]}, False),
    ],
)
def test_a_plan_is_named_by_everything_but_titles(changes: dict[str, Any], same: bool) -> None:  # noqa: FBT001 - a column
    assert (plan_digest(plan(changes), DIGESTS) == plan_digest(plan(), DIGESTS)) is same


def test_a_plan_is_named_by_its_contracts_too() -> None:
    assert plan_digest(plan(), DIGESTS) != plan_digest(plan(), {"business": "sha256:2"})


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    assert (
        canonical({"b": 1.0, "a": "é\n", "c": [True, None, 1e21]})
        == '{"a":"é\\n","b":1,"c":[true,null,1e+21]}'.encode()
    )
    assert digest({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize("value", [float("nan"), 2**60, {"a": float("inf")}])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        canonical(value)


@given(st.dictionaries(st.text(max_size=5), st.integers(-9, 9), max_size=5))
def test_the_order_of_fields_means_nothing(value: dict[str, int]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


def test_stating_that_a_service_is_free_changes_what_was_signed() -> None:
    within = {"within": "3 working days"}
    unstated = plan_digest(plan({"promise": within}), DIGESTS)
    assert plan_digest(plan({"promise": {**within, "fee": "0 IDR"}}), DIGESTS) == unstated
    assert plan_digest(plan({"promise": {**within, "fee": "5000 IDR"}}), DIGESTS) != unstated
