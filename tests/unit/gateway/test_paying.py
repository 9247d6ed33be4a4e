"""Which services need a provider of payments: without one none of them is offered, and every other is."""

from __future__ import annotations

from msgspec import structs

from contracts.declared import Derived
from contracts.plan import ApplicantTask, PublishedPlan, Step, SubService
from contracts.units import Text
from gateway.paying import is_paid, needs_payments
from tests.gateways import CONTRACTS, contract, plan_of
from workflows.loading.plans import publish

FREE = publish(plan_of("quick"), {entry.name: entry for entry in CONTRACTS.values()})
TASK = ApplicantTask(page="pay", within="7 days", amount=Derived(const=1), payee=Text("K", "T"))


def with_step(step: Step, digest: str) -> PublishedPlan:
    plan = structs.replace(FREE.plan, steps={**FREE.plan.steps, "more": step})
    return structs.replace(FREE, digest=digest, plan=plan)


PAID = with_step(Step(applicant=TASK), "paid")
ASKS = with_step(Step(applicant=ApplicantTask(within="7 days")), "asks")


def above(child: PublishedPlan, digest: str) -> PublishedPlan:
    return structs.replace(
        FREE, digest=digest, services={"sub": SubService(digest=child.digest, terms=contract("alpha"))}
    )


def test_a_step_of_the_applicant_that_is_not_paid_keeps_a_service_back() -> None:
    assert [is_paid(published) for published in (FREE, ASKS, PAID)] == [False, False, True]


def test_a_service_is_offered_whose_sub_cases_cannot_be_paid() -> None:
    middle = above(PAID, "middle")
    top, beside = above(middle, "top"), above(ASKS, "beside")
    plans = {published.digest: published for published in (FREE, PAID, ASKS, middle, top, beside)}
    needing = {digest for digest, published in plans.items() if needs_payments(published, plans)}
    assert needing == {"paid", "middle", "top"}
