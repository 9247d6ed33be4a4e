"""The bills on operations' page: each word has a sentence in both languages, and every act leads somewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from msgspec import structs

from contracts.bills import BillCall, BillEntry, BillView, BillWord
from contracts.ids import StepName
from contracts.payments import PaymentState
from contracts.units import Text
from contracts.views import CaseView, IncidentView, PaymentView
from gateway.pages.kind_words import PAYMENT_WORDS
from gateway.pages.operations.bills import CALL_WORDS, RESULT_WORDS, bill_boxes
from tests.unit.contracts.samples import sample

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
PAYMENT = PaymentView(amount=150_000, payee=Text("Kas", "Treasury"), legal_basis="Perda", state="expired", number="B-1")
INCIDENT = IncidentView(
    cause="late_contribution", reason="", owner="", since=NOW, acts=["refund", "take-incident", "unknown"], round=2
)
BILL = BillView(step=StepName("fee"), round=2, title=Text("R", "C"), payment=PAYMENT, incident=INCIDENT)
CASE = sample(CaseView)
WITH_FEE = structs.replace(CASE, steps=[structs.replace(CASE.steps[0], step=StepName("fee"), item="")])


def test_a_word_of_a_bill_has_no_sentence_and_the_page_breaks() -> None:
    assert set(get_args(BillCall)) == CALL_WORDS.keys()
    assert set(get_args(BillWord)) == RESULT_WORDS.keys()
    assert set(get_args(PaymentState)) == PAYMENT_WORDS.keys()


def test_an_act_on_a_bill_leads_to_another_step_or_round() -> None:
    (box,) = bill_boxes(WITH_FEE, [BILL], "id")
    hrefs = [link.href for link in box.acts]
    assert len(hrefs) == 2
    for href in hrefs:
        assert href.endswith("?step=fee&item=&round=2"), href


def test_a_bill_without_an_incident_offers_acts_or_an_owner() -> None:
    (box,) = bill_boxes(WITH_FEE, [structs.replace(BILL, incident=None)], "id")
    assert (box.is_incident, box.owner, box.acts) == (False, "", [])


def test_amounts_are_written_in_another_language_than_the_page() -> None:
    entry = BillEntry(at=NOW, call="look", by="Ani", result="another_amount", amount=15_000)
    for language, whole, part in (("id", "Rp150.000", "Rp15.000"), ("en", "IDR 150,000", "IDR 15,000")):
        (box,) = bill_boxes(WITH_FEE, [structs.replace(BILL, entries=[entry])], language)
        assert (box.amount, box.entries[0].amount, box.entries[0].by.en) == (whole, part, "Ani")
