"""What a step that is paid says: how much, to whom, never less than nothing; and what it has not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan

PAYEE = {"id": "Kas daerah", "en": "Regional treasury"}
FEE = {"type": "integer", "minimum": 0}


def told(task: dict[str, Any], fee: dict[str, Any] = FEE, **more: object) -> list[tuple[str, str]]:
    """Give what is said of a plan whose optional step `p` is such; the form has a `fee` and a list of `staff`."""
    applicant = {"page": "pay", "within": "7 days", "amount": "form.fee", "payee": PAYEE, **task}
    kept = {name: value for name, value in applicant.items() if value is not None}
    step = {"applicant": kept, "optional": True, **more}
    changed = plan(
        {"form.properties.fee": fee, "form.required": ["nik", "name", "kbli", "staff", "fee"], "steps.p": step}
    )
    return [(".".join(map(str, one.place)), one.what) for one in check_plan(changed, contracts())]


@pytest.mark.parametrize(
    "amount",
    [
        "form.fee",
        {"const": 0},
        {"const": 999_999_999_999_999},
        {"cel": "size(form.staff) * 50000"},
        {"cel": "int(double(form.fee) * 1.1)"},
    ],
)
def test_an_amount_is_a_reference_a_constant_or_a_formula(amount: object) -> None:
    assert told({"amount": amount}) == []


@pytest.mark.parametrize("amount", [-1, 1.5, True, "150000", 10**15])
def test_a_constant_is_whole_rupiah_and_never_below_nothing(amount: object) -> None:
    assert ("steps.p.applicant.amount", "an amount is in whole rupiah, and never below 0") in told(
        {"amount": {"const": amount}}
    )


@pytest.mark.parametrize("fee", [{"type": "integer"}, {"type": "integer", "minimum": -1}])
def test_a_reference_says_itself_that_it_is_never_below_nothing(fee: dict[str, Any]) -> None:
    assert told({}, fee) == [("steps.p.applicant.amount", "form.fee could be below 0")]
    assert told({}, {"type": "integer", "exclusiveMinimum": 0}) == []


def test_a_reference_to_no_whole_number_is_told_where_it_stands() -> None:
    (one,) = told({}, {"type": "string", "minimum": 0})
    assert one[0] == "steps.p.applicant.amount"


def test_a_formula_that_gives_no_number_is_told() -> None:
    (one,) = told({"amount": {"cel": "form.name"}})
    assert one[0] == "steps.p.applicant.amount"


@pytest.mark.parametrize("amount", ["form.nowhere", "nowhere.fee", {"cel": "form.name +"}])
def test_an_amount_that_cannot_be_read_is_told_once(amount: object) -> None:
    assert [place for place, _ in told({"amount": amount})] == ["steps.p.applicant.amount"]


def test_what_a_payment_lacks_and_has_too_much_is_told_at_once() -> None:
    form = {"type": "object", "properties": {"way": {"type": "string"}}}
    assert told({"amount": None, "payee": None, "form": form}, **{"in": {"amount": "form.fee"}}) == [
        ("steps.p.applicant.form", "how it is paid is chosen where it is paid: there is no form"),
        ("steps.p.in.amount", "the amount is what is to be paid"),
        ("steps.p.applicant", "p does not say to whom it is paid"),
        ("steps.p.applicant", "p does not say how much is to be paid"),
    ]


def test_what_is_answered_has_a_form_and_nothing_of_a_payment() -> None:
    assert told({"page": "confirm", "legal_basis": "Perda 1/2026"}) == [
        ("steps.p.applicant.form", "the form is no group of answers"),
        ("steps.p.applicant.amount", "only what is paid has amount"),
        ("steps.p.applicant.payee", "only what is paid has payee"),
        ("steps.p.applicant.legal_basis", "only what is paid has legal_basis"),
    ]


def test_what_was_paid_is_a_part_of_the_output_and_may_be_read_by_every_agency() -> None:
    step = {"applicant": {"page": "pay", "within": "7 days", "amount": {"const": 1}, "payee": PAYEE}}
    changes = {"steps.p": step, "steps.taxpayer.after": ["p"], "output.parts.p": {"receipt": "p.receipt"}}
    assert check_plan(plan(changes), contracts()) == []
    changes = {"steps.p": step, "steps.permit.when": "p.amount > 5", "steps.taxpayer.in.nib": "p.receipt"}
    assert check_plan(plan(changes), contracts()) == []


def test_a_payment_that_may_expire_comes_before_what_cannot_be_taken_back() -> None:
    step = {"applicant": {"page": "pay", "within": "7 days", "amount": {"const": 1}, "payee": PAYEE}}
    assert [one.what for one in check_plan(plan({"steps.p": step}), contracts())] == [
        "taxpayer cannot be taken back, and p may still say no after it"
    ]
