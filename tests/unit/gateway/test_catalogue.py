"""The catalogue: what people read before they apply."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec import structs

from contracts.declared import Derived
from contracts.plan import ApplicantTask, Step
from contracts.units import Text
from gateway.catalogue import Catalogue, service_view
from tests.gateways import CONTRACTS, plan_of
from workflows.loading.plans import publish

PUBLISHED = publish(plan_of("desk"), {entry.name: entry for entry in CONTRACTS.values()})


def test_a_service_says_who_reads_what_for_which_purpose_on_which_basis() -> None:
    first, second = service_view(PUBLISHED).readings
    assert first["agency"] == "alpha"
    assert first["fields"] == {"name": "identity"}
    assert second["fields"] == {"name": "identity", "before": "identity"}
    assert {"purpose", "legal_basis", "basis", "retention", "within"} <= set(first)


def test_what_is_on_offer_is_shown_as_it_is_now_and_made_once() -> None:
    catalogue, offered = Catalogue(), (PUBLISHED,)
    assert json.loads(catalogue.encoded(())) == {"services": []}
    views = catalogue.services(offered)
    assert views == [service_view(PUBLISHED)]
    assert catalogue.services(offered) is views
    assert json.loads(catalogue.encoded(offered))["services"] == msgspec.to_builtins(views)
    assert catalogue.services(()) == []


def test_the_form_comes_only_where_it_is_wanted() -> None:
    assert service_view(PUBLISHED).form is None
    assert service_view(PUBLISHED, with_form=True).form == PUBLISHED.plan.form


def test_every_agency_that_signs_is_named_the_lead_first() -> None:
    assert service_view(PUBLISHED).agencies == ["lead", "alpha", "beta"]


@pytest.mark.parametrize(("stated", "shown"), [(None, ""), ("0 IDR", "0 IDR"), ("5000 IDR", "5000 IDR")])
def test_a_service_of_which_no_fee_is_stated_is_said_to_be_free(stated: str | None, shown: str) -> None:
    plan = structs.replace(PUBLISHED.plan, promise=structs.replace(PUBLISHED.plan.promise, fee=stated))
    assert service_view(structs.replace(PUBLISHED, plan=plan)).fee == shown


def test_a_payment_is_asked_for_of_which_nobody_was_told_before_applying() -> None:
    task = ApplicantTask(
        page="pay",
        within="7 days",
        amount=Derived(const=150_000),
        payee=Text("Kas daerah", "Treasury"),
        legal_basis="Perda 1/2026",
    )
    fee = Step(title=Text("Retribusi", "Charge"), applicant=task, when="form.name != ''")
    assessed = structs.replace(fee, when=None, applicant=structs.replace(task, amount="beta.tariff"))
    plan = structs.replace(PUBLISHED.plan, steps={**PUBLISHED.plan.steps, "fee": fee, "more": assessed})
    first, second = service_view(structs.replace(PUBLISHED, plan=plan)).charges
    assert (first.title.en, first.payee.en, first.amount) == ("Charge", "Treasury", 150_000)
    assert (first.legal_basis, first.within, first.sometimes) == ("Perda 1/2026", "7 days", True)
    assert (second.amount, second.sometimes) == (None, False)
