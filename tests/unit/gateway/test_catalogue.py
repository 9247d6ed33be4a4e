"""The catalogue: what people read before they apply."""

from __future__ import annotations

import json

import msgspec

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
