"""What a new version of a plan makes people pay: nobody signs another amount, or another payee, without reading it."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.plan import PublishedPlan
from tests.declared import contracts, plan
from workflows.loading.differences import compare
from workflows.loading.plans import publish

KAS = {"id": "Kas daerah", "en": "Treasury"}
FEE: dict[str, Any] = {
    "page": "pay",
    "within": "7 days",
    "amount": {"const": 150_000},
    "payee": KAS,
    "legal_basis": "Perda 1/2026",
}
TARIFF: dict[str, Any] = {
    "form.properties.tariff": {"type": "integer", "minimum": 0},
    "form.required": ["nik", "name", "kbli", "staff", "tariff"],
}
ASKS: dict[str, Any] = {
    "page": "confirm",
    "within": "7 days",
    "form": {
        "type": "object",
        "properties": {"yes": {"const": True, "x-ui": {"label": {"id": "Setuju", "en": "Agreed"}}}},
        "required": ["yes"],
        "additionalProperties": False,
    },
}
PAYS = (
    "Applicants newly pay in fee: 150000 rupiah, to Kas daerah / Treasury, within 7 days, on the basis of Perda 1/2026."
)


def published(fee: dict[str, Any] | None) -> PublishedPlan:
    changes = {} if fee is None else {"steps.fee": {"applicant": fee}, "steps.taxpayer.after": ["fee"]}
    return publish(plan({**TARIFF, **changes}), contracts())


def told(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[str]:
    differences = compare(published(before), published(after)).differences
    return [f"{each.about}: {each.says}" for each in differences if each.about != "order"]


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"amount": {"const": 175_000}}, "How much is paid in fee was 150000 rupiah, and is 175000 rupiah."),
        ({"amount": "form.tariff"}, "How much is paid in fee was 150000 rupiah, and is what form.tariff says."),
        ({"amount": {"cel": "2 + 3"}}, "How much is paid in fee was 150000 rupiah, and is what 2 + 3 gives."),
        (
            {"payee": {"id": "PT Antara", "en": "Antara Ltd"}},
            "To whom it is paid in fee was Kas daerah / Treasury, and is PT Antara / Antara Ltd.",
        ),
        ({"legal_basis": ""}, "What the payment rests on in fee was Perda 1/2026, and is nothing."),
        ({"within": "2 working days"}, "The time to pay in fee was 7 days, and is 2 working days."),
    ],
)
def test_another_term_of_a_payment_is_not_told_or_is_told_as_a_line_of_json(
    after: dict[str, Any], sentence: str
) -> None:
    assert told(FEE, {**FEE, **after}) == [f"payment: {sentence}"]


def test_every_term_that_differs_is_told_and_needs_another_signature() -> None:
    changed = {**FEE, "amount": {"const": 1}, "payee": {"id": "A", "en": "B"}, "legal_basis": "", "within": "9 days"}
    compared = compare(published(FEE), published(changed))
    assert len(compared.differences) == 4
    assert compared.new_agreement
    assert compared.must_sign


def test_another_payee_alone_passes_as_words_and_needs_no_signature() -> None:
    assert compare(published(FEE), published({**FEE, "payee": {"id": "Lain", "en": "Other"}})).new_agreement


def test_a_step_that_is_new_or_gone_does_not_say_what_is_paid_in_it() -> None:
    assert told(None, FEE) == ["step: The step fee is new.", f"payment: {PAYS}"]
    gone = "payment: Applicants no longer pay in fee: 150000 rupiah, to Kas daerah / Treasury before."
    assert told(FEE, None) == ["step: The step fee is gone.", gone]
    assert told(None, {**FEE, "legal_basis": ""})[1].endswith("within 7 days.")


def test_what_was_agreed_to_by_a_click_becomes_a_payment_unseen() -> None:
    page = "payment: fee no longer asks the applicant anything else: confirm before."
    assert told(ASKS, FEE) == [f"payment: {PAYS}", page]
    assert told(FEE, ASKS)[1] == "payment: fee asks the applicant something else now: confirm."


def test_a_task_that_is_no_payment_is_told_as_one() -> None:
    assert [line.partition(":")[0] for line in told(ASKS, {**ASKS, "within": "8 days"})] == ["step"]


def test_an_unchanged_payment_is_told() -> None:
    assert told(FEE, dict(FEE)) == []
