"""The register as others see it: services on offer, agencies and their contracts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from contracts.contract import JsonSchema
from contracts.declared import Derived
from contracts.payments import ChargeView
from contracts.plan import PublishedPlan
from contracts.views import OtherStep, ServiceView


class Services(Struct, frozen=True, kw_only=True):
    """The joint services on offer."""

    services: list[ServiceView]


class Catalogue:
    """The services on offer as they are shown: made once, and again when others are on offer."""

    def __init__(self) -> None:
        """Start with none."""
        self._offered: tuple[PublishedPlan, ...] = ()
        self._shown = Services(services=[])
        self._encoded = b""

    def services(self, offered: tuple[PublishedPlan, ...]) -> list[ServiceView]:
        """Give their views, without their forms; nobody changes them."""
        self._take(offered)
        return self._shown.services

    def encoded(self, offered: tuple[PublishedPlan, ...]) -> bytes:
        """Give the same as JSON of `Services`."""
        self._take(offered)
        return self._encoded

    def _take(self, offered: tuple[PublishedPlan, ...]) -> None:
        if offered is not self._offered or not self._encoded:
            self._shown = Services(services=[service_view(published) for published in offered])
            self._offered, self._encoded = offered, msgspec.json.encode(self._shown)


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
        fee=plan.promise.fee or "",
        calendar=plan.calendar,
        readings=list(_readings(published)),
        counter=msgspec.to_builtins(plan.counter) if plan.counter else None,
        charges=list(_charges(published)),
        announces=any(step.publish is not None for step in plan.steps.values()),
        others=list(_others(published)),
        services=[
            {
                "step": name,
                "service": inner.terms.contract,
                "title": msgspec.to_builtins(inner.terms.title),
                "within": inner.terms.promise.within,
                "plan": inner.digest,
            }
            for name, inner in published.services.items()
        ],
        form=plan.form if with_form else None,
    )


def _others(published: PublishedPlan) -> Iterable[OtherStep]:
    """Say which steps no agency is asked for: what the applicant does later, what is waited for."""
    for name, step in published.plan.steps.items():
        if not step.asks:
            within = step.applicant.within if step.applicant is not None else step.wait
            yield OtherStep(
                step=name,
                title=published.title_of(name),
                kind=step.kind,
                within=within if isinstance(within, str) else "",
                announces=step.publish is not None,
            )


def _readings(published: PublishedPlan) -> Iterable[dict[str, Any]]:
    """Say, step by step, which agency reads which fields, for what, on which basis, and for how long."""
    for name, contract in published.contracts.items():
        step = published.plan.steps[name]
        yield {
            "step": name,
            "agency": contract.agency,
            "contract": contract.name,
            "title": msgspec.to_builtins(published.title_of(name)),
            "fields": {field: contract.reads.get(field, "") for field in step.in_},
            "labels": {field: label for field in step.in_ if (label := _label(contract.input, field))},
            "purpose": contract.purpose,
            "legal_basis": contract.legal_basis,
            "basis": contract.basis,
            "retention": contract.retention,
            "within": contract.promise.within,
            "optional": step.optional,
        }


def _charges(published: PublishedPlan) -> Iterator[ChargeView]:
    for name, step in published.plan.steps.items():
        task = step.applicant
        if task is None or not step.pays or task.payee is None:
            continue
        constant = task.amount.const if isinstance(task.amount, Derived) else UNSET
        yield ChargeView(
            title=published.title_of(name),
            payee=task.payee,
            amount=constant if isinstance(constant, int) else None,
            legal_basis=task.legal_basis,
            within=task.within,
            sometimes=step.when is not None,
            optional=step.optional,
        )


def _label(schema: JsonSchema, name: str) -> dict[str, str] | None:
    """Give what a contract calls one of its inputs, for people (docs/reference/forms.md)."""
    label: dict[str, str] | None = schema.get("properties", {}).get(name, {}).get("x-ui", {}).get("label")
    return label
