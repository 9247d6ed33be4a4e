"""The register as others see it: services on offer, agencies and their contracts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from contracts.contract import JsonSchema
from contracts.plan import PublishedPlan
from contracts.views import ServiceView


def service_view(published: PublishedPlan, *, with_form: bool = False) -> ServiceView:
    """Give a service as people see it before they apply: what one gets, from whom, who reads what and why."""
    plan = published.plan
    return ServiceView(
        service=plan.service,
        version=plan.version,
        plan=published.digest,
        title=plan.title,
        description=plan.description,
        life_event=plan.life_event,
        lead=plan.lead,
        agencies=list(published.agencies),
        promise=plan.promise.within,
        fee=plan.promise.fee,
        readings=list(_readings(published)),
        counter=msgspec.to_builtins(plan.counter) if plan.counter else None,
        form=plan.form if with_form else None,
    )


def _readings(published: PublishedPlan) -> Iterable[dict[str, Any]]:
    """Say, step by step, which agency reads which fields, for what, on which basis, and for how long."""
    for name, step in published.plan.steps.items():
        contract = published.contracts[name]
        yield {
            "step": name,
            "agency": contract.agency,
            "contract": contract.name,
            "title": msgspec.to_builtins(contract.title),
            "fields": {field: contract.reads.get(field, "") for field in step.in_},
            "labels": {field: label for field in step.in_ if (label := _label(contract.input, field))},
            "purpose": contract.purpose,
            "legal_basis": contract.legal_basis,
            "basis": contract.basis,
            "retention": contract.retention,
            "within": contract.promise.within,
            "optional": step.optional,
        }


def _label(schema: JsonSchema, name: str) -> dict[str, str] | None:
    """Give what a contract calls one of its inputs, for people (docs/reference/forms.md)."""
    label: dict[str, str] | None = schema.get("properties", {}).get(name, {}).get("x-ui", {}).get("label")
    return label
