"""Every mistake of a step that is asked for each item of a list is found, alone, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan

STAFF = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "name"],
        "properties": {"id": {"type": "string"}, "name": {"type": "string"}, "phone": {"type": "string"}},
    },
}
EACH: Mapping[str, Any] = {
    "form.properties.people": STAFF,
    "steps.permit": {
        "ask": "dpmptsp/verify-standard@1",
        "in": {"nib": "person.name"},
        "each": "form.people",
        "as": "person",
        "key": "person.id",
    },
    "steps.taxpayer.in.certificate": {"const": "none"},
    "steps.taxpayer.after": ["permit"],
    "output.parts": {"permit": {"certificate": "permit.certificate"}},
}


def told(changes: Mapping[str, Any], of_contracts: Mapping[str, Any] | None = None) -> list[str]:
    findings = check_plan(plan({**EACH, **changes}), contracts(of_contracts))
    return [f"{'.'.join(map(str, finding.place))}: {finding.what}" for finding in findings]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"output.holder.name": {"cel": "form.name"}},
        {"steps.taxpayer.in.certificate": {"cel": "size(permit) > 0 ? form.name + permit[0].certificate : ''"}},
        {"form.properties.people": {"type": "array"}, "steps.permit.in.nib": "form.name"}
        | {"steps.permit.key": "person.card.id"},
        {"steps.permit.in.nib": {"cel": "has(person.phone) ? person.phone : person.name"}},
        {"steps.permit.when": "person.name != ''", "steps.permit.otherwise": {"certificate": {"const": "none"}}},
        {"steps.permit.when": "has(person.phone)", "steps.permit.in.nib": "person.phone"},
        {"steps.taxpayer.in.certificate": {"cel": "size(permit) > 0 ? permit[0].key : ''"}},
        {"form.properties.people": {"type": "array", "items": {"type": "object"}}, "steps.permit.in.nib": "form.name"},
        {"form.properties.people": {"type": "array"}, "steps.permit.in.nib": "form.name"},
        {"form.properties.people.items.properties.id": {}},
        {"form.properties.people": {"type": "array", "items": {"type": "string"}}, "steps.permit.key": "person"}
        | {"steps.permit.in.nib": "person"},
    ],
)
def test_a_list_that_is_right_has_no_mistakes(changes: Mapping[str, Any]) -> None:
    assert told(changes) == []


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"steps.permit.each": "form.nowhere"}, "steps.permit.each: form.nowhere: there is no nowhere"),
        ({"steps.permit.each": "nowhere.list"}, "steps.permit.each: nowhere is neither form, case nor a step"),
        ({"steps.permit.each": "form.name"}, "steps.permit.each: form.name is no list"),
        ({"steps.permit.ask": "dpmptsp/nothing@1"}, "steps.permit.ask: there is no contract dpmptsp/nothing@1"),
        ({"steps.permit.each": "form people"}, "steps.permit.each: 'form people' is no reference"),
        ({"steps.permit.each": "permit.list"}, "steps.permit.each: permit refers to itself"),
        ({"steps.permit.as": "business"}, "steps.permit.as: the item is called like a step: business"),
        ({"steps.permit.as": "form"}, "steps.permit.as: the item is called like a word that expressions keep"),
        ({"steps.permit.key": "form.name"}, "steps.permit.each: the key form.name is nothing of the item person"),
        ({"steps.permit.key": "person.nik"}, "steps.permit.key: an item has no nik"),
        ({"steps.permit.key": "person.phone"}, "steps.permit.key: person.phone may be absent"),
        ({"steps.permit.key": "person"}, "steps.permit.key: person is no text"),
        ({"steps.permit.in.nib": "person.age"}, "steps.permit.in.nib: form.people[0].age: there is no age"),
        ({"steps.permit.in.nib": "person.phone"}, "steps.permit.in.nib: form.people[0].phone may be absent"),
        (
            {"steps.permit.in.nib": {"cel": "form.people.map(person, person.name)[0]"}},
            "steps.permit.in.nib: the variable person is called like the item",
        ),
        ({"form.properties.people.maxItems": 300}, "steps.permit.each: form.people may have 300 items"),
        ({"steps.taxpayer.in.certificate": "permit.certificate"}, "steps.taxpayer.in.certificate: permit.certificate"),
        ({"output.parts.permit": {"all": "permit"}}, "output.parts.permit.all: the part permit shows something else"),
        ({"steps.business.partial": True}, "steps.business.partial: business is asked once: it has no items"),
        ({"steps.business.as": "one"}, "steps.business.as: business is asked once: it has no items"),
    ],
)
def test_a_mistake_is_told_at_its_place(changes: Mapping[str, Any], mistake: str) -> None:
    found = told(changes)
    assert any(told_there.startswith(mistake) for told_there in found), found


ROWS = {"type": "array", "items": {"type": "string"}}
SHARED = "would be recorded once for each item"


@pytest.mark.parametrize(
    ("given", "field", "told_of"),
    [
        ("form.rows", ROWS, True),
        ("form.rows", ROWS | {"maxItems": 11}, True),
        ("form.rows", ROWS | {"maxItems": 10}, False),
        ("form.rows", {"type": "object", "properties": {"a": {"type": "string"}, "b": ROWS}}, True),
        ("form.rows", {"type": "object", "properties": {"a": {"type": "string"}}}, False),
        ("form.rows", {}, False),
        ("form.rows", {"type": "object", "properties": {"inner": {"$ref": "#/properties/rows"}}}, False),
        ("form", {}, True),
        ("form.people", {}, True),
        ({"cel": "form.people.map(one, one.name)"}, {}, True),
        ({"cel": "form.people.size() > 2 ? 'many' : 'few'"}, {}, False),
        ("person.rows", {}, False),
        ({"cel": "person.rows.map(one, one)"}, {}, False),
        ({"const": "x"}, {}, False),
        ("nowhere.rows", {}, False),
        ("form.nowhere", {}, False),
    ],
)
def test_every_item_is_given_a_whole_list(given: object, field: dict[str, object], *, told_of: bool) -> None:
    found = told(
        {
            "form.properties.rows": field,
            "form.properties.people.items.properties.rows": ROWS,
            "form.properties.people.items.required": ["id", "name", "rows"],
            "steps.permit.in.nib": given,
        }
    )
    assert any(SHARED in mistake for mistake in found) is told_of, found


def test_a_list_needs_a_name_for_its_items_and_a_key() -> None:
    step = {name: value for name, value in EACH["steps.permit"].items() if name not in {"as", "key"}}
    found = told({"steps.permit": {**step, "in": {"nib": "form.name"}}})
    assert found == [
        "steps.permit: permit is asked for each item, and has no `as`",
        "steps.permit: permit is asked for each item, and has no `key`",
    ]


def test_a_field_called_like_the_key_would_hide_it() -> None:
    changed = {"output.properties.key": {"type": "string"}}
    assert told({}, {"dpmptsp": changed})[0].startswith("steps.permit.each: ")


def test_a_final_step_with_items_that_can_refuse_is_partial() -> None:
    final = {"dpmptsp": {"effect": "final", "undo": None}}
    assert "steps.permit: permit cannot be taken back, and a later item may still be refused" in told({}, final)
    assert not any("a later item" in mistake for mistake in told({"steps.permit.partial": True}, final))


def test_what_an_agency_does_not_pass_on_is_not_passed_on_within_a_list_either() -> None:
    contract: dict[str, Any] = {"dpmptsp": {"onward": []}}
    for source in ("permit[0].certificate", "permit.filter(one, true)[0].certificate"):
        found = told({"steps.taxpayer.in.certificate": {"cel": source}}, contract)
        assert any("does not give" in mistake for mistake in found), source
    counted = {"steps.taxpayer.in.certificate": {"cel": "string(size(permit))"}}
    assert told(counted, contract) == []
