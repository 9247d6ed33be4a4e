"""A plan: one immutable version of how a joint service is carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field

from contracts.contract import Contract, JsonSchema
from contracts.declared import Closed, Value
from contracts.units import Duration, Name, StepWord, Text, Version

Kind = Literal["ask", "wait", "applicant", "service"]
"""Who carries a step out: an agency, time, the applicant, or another joint service, in a case of its own."""
MOST_ITEMS: Final = 200
"""How many items the list of an `each` step may have."""


class Until(Closed, frozen=True, kw_only=True):
    """A wait until a date or an instant that the form or an earlier step names."""

    until: Value


class ApplicantTask(Closed, frozen=True, kw_only=True):
    """What the applicant is asked to do, and how long there is for it: a form (JSON Schema, as the plan's), or to pay.

    Whoever is to pay has no form: how it is paid is chosen where it is paid. `amount` is in whole rupiah, to `payee`.
    """

    page: Literal["questions", "confirm", "upload", "pay"] = "questions"
    form: JsonSchema = field(default_factory=JsonSchema)
    within: Duration
    amount: Value | None = None
    payee: Text | None = None
    legal_basis: str = ""


class Step(Closed, frozen=True, kw_only=True):
    """A step of exactly one kind: the member that is called like the kind is there, and says what is done."""

    ask: (
        Annotated[
            str,
            Meta(
                pattern=r"^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*@(0|[1-9][0-9]{0,3})$",
                description="A contract, as agency/contract@major: oss/register-business@2",
            ),
        ]
        | None
    ) = None
    service: (
        Annotated[
            str,
            Meta(
                pattern=r"^[a-z][a-z0-9-]{0,62}@(0|[1-9][0-9]{0,3})$",
                description="Another joint service, as service@major: register-branch@1",
            ),
        ]
        | None
    ) = None
    wait: Duration | Until | None = None
    publish: dict[str, Value] | None = None
    decide_within: Duration | None = None
    applicant: ApplicantTask | None = None
    in_: dict[str, Value] = field(default_factory=dict[str, Value], name="in")
    after: list[StepWord] = field(default_factory=list[StepWord])
    when: str | None = None
    otherwise: dict[str, Value] | None = None
    optional: bool = False
    conditional_on: StepWord | None = None
    legal_basis: str | None = None
    title: Text | None = None
    each: str | None = None
    as_: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}$")] | None = field(default=None, name="as")
    key: str | None = None
    at_once: Annotated[int, Meta(ge=1, le=MOST_ITEMS, description="How many items are asked at the same time")] = 4
    partial: bool = False

    @property
    def kind(self) -> Kind:
        """Which kind of step it is; of one that was checked when it was loaded, the only one."""
        if self.service is not None:
            return "service"
        return "wait" if self.wait is not None else "ask" if self.applicant is None else "applicant"

    @property
    def asks(self) -> bool:
        """Whether somebody else is asked, and answers: an agency, or another joint service."""
        return self.ask is not None or self.service is not None

    @property
    def pays(self) -> bool:
        """Whether the applicant pays here, by a provider of payments."""
        return self.applicant is not None and self.applicant.page == "pay"

    @property
    def sends(self) -> bool:
        """Whether something is sent for it: an ask, or a bill to the provider of payments."""
        return self.asks or self.pays


KIND_TITLES: Final[Mapping[Kind, Text]] = {
    "wait": Text("Masa tunggu", "Waiting period"),
    "applicant": Text("Tindakan Anda", "Your part"),
}
"""What people call a step that has neither a title of its own nor a contract."""


NO_FEE: Final = "0 IDR"
"""How a plan states that a service is free."""


class ServicePromise(Closed, frozen=True, kw_only=True):
    """What the joint service promises the applicant; a service is free only where its fee is stated as 0 IDR."""

    within: Duration
    fee: Annotated[str, Meta(pattern=r"^[0-9]{1,15} IDR$", description="An amount in rupiah: 25000 IDR")] | None = None


class Counter(Closed, frozen=True, kw_only=True):
    """The counter procedure that the service replaces; without `source` it is declared and unverified."""

    visits: int
    days: int
    forms: int
    fields: int
    source: str = ""
    measured_on: str = ""


class Output(Closed, frozen=True, kw_only=True, omit_defaults=True):
    """The one thing issued: its title, whom it is for, a part per contribution with the fields that it shows.

    `valid_for`: so long after it was issued it is valid no more, unless it is renewed; without it there is no end.
    """

    title: Text
    holder: dict[str, Value]
    parts: dict[StepWord, dict[str, Value]]
    valid_for: Duration | None = None


class Fact(Closed, frozen=True, kw_only=True):
    """A fact that agencies agreed to keep in step: "is it still X?"; asked `every` so often, or on demand alone."""

    authority: str
    value: str
    holders: Annotated[list[str], Meta(min_length=1)]
    purpose: Name
    legal_basis: Annotated[str, Meta(min_length=1)]
    title: Text | None = None
    every: Duration | None = None


class Plan(Closed, frozen=True, kw_only=True):
    """How a joint service is carried out, as its author writes it."""

    service: Name
    version: Version
    title: Text
    life_event: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9/-]*$", description="A life event: business/start")]
    lead: Name
    promise: ServicePromise
    form: JsonSchema
    steps: Annotated[dict[StepWord, Step], Meta(min_length=1)]
    output: Output
    description: Text | None = None
    legal_basis: str = ""
    counter: Counter | None = None
    calendar: str = ""
    correction_within: Duration = "14 days"
    facts: dict[StepWord, Fact] = field(default_factory=dict[StepWord, Fact])


class SubService(Struct, frozen=True, kw_only=True):
    """The joint service that a step resolves to: its plan by digest, and what that plan takes and gives, as a contract.

    `terms` are made of the plan when the one that has the step is published (`workflows.core.service_terms`): they say
    what the digest pins, so they are no part of one themselves.
    """

    digest: str
    terms: Contract


class PublishedPlan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A plan resolved against contracts: what is stored for ever under `digest`, and what cases run on.

    `contracts` and `contract_digests` are keyed by the names of the steps that ask, `services` by those that are a
    sub-case; `digest` covers the plan (titles left out), the contracts' digests and those of the services' plans.
    """

    digest: str
    plan: Plan
    contracts: dict[str, Contract]
    contract_digests: dict[str, str]
    services: dict[str, SubService] = field(default_factory=dict[str, SubService])

    def asked_under(self, step: str) -> Contract | None:
        """Give what a step asks under: an agency's contract, or a service's terms; None where it asks nobody."""
        return self.services[step].terms if step in self.services else self.contracts.get(step)

    def title_of(self, step: str) -> Text:
        """Give what people call a step: its own title, where it has one, else that of its contract or kind."""
        spec = self.plan.steps[step]
        if step in self.services:
            return spec.title or self.services[step].terms.title
        return spec.title or KIND_TITLES.get(spec.kind) or self.contracts[step].title

    @property
    def agencies(self) -> tuple[str, ...]:
        """Every agency that must sign: the lead and those asked, each once, in plan order."""
        return tuple(dict.fromkeys([self.plan.lead, *(contract.agency for contract in self.contracts.values())]))
