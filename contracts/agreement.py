"""An agreement: what every agency of a plan signs before the service can be offered."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from contracts.declared import Closed
from contracts.ids import Instant
from contracts.units import Duration, Text

Decision = Literal["accept", "reject", "revoke"]


class Instrument(Closed, frozen=True, kw_only=True):
    """The legal instrument that an agreement rests on (PKS or SK)."""

    kind: Literal["PKS", "SK"]
    number: str
    date: str
    digest: str = ""


class Signatory(Closed, frozen=True, kw_only=True):
    """Who signs for an agency, in which office, by which mandate."""

    agency: str
    name: str
    office: str
    mandate: str = ""


class Reading(Closed, frozen=True, kw_only=True):
    """One agency reading fields for one purpose on one legal basis, kept for `retention`."""

    step: str
    agency: str
    contract: str
    contract_digest: str
    fields: dict[str, str]
    purpose: str
    legal_basis: str
    basis: str
    retention: Duration
    within: Duration
    on_deadline: str


class WatchedFact(Closed, frozen=True, kw_only=True):
    """A fact that agencies keep in step after issue: whose word counts, who is asked, what for, by which law."""

    fact: str
    value: str
    authority: str
    holders: list[str]
    purpose: str
    legal_basis: str
    every: Duration = ""


class Publication(Closed, frozen=True, kw_only=True):
    """What a step shows to everybody while others may object: a value for each name, as the plan has it.

    A value is a reference (`form.address.street`), a literal (`= "…"`) or an expression (`cel: …`). `lasts` is how long
    it is shown, or the moment until which.
    """

    step: str
    lasts: str
    values: dict[str, str]


class Agreement(Closed, frozen=True, kw_only=True):
    """The canonical document (RFC 8785) whose hash the agencies sign.

    `services`: the steps that are sub-cases, each with the digest of its plan. Who reads what there is agreed there.
    """

    service: str
    version: str
    title: Text
    plan_digest: str
    lead: str
    agencies: list[str]
    readings: list[Reading]
    parts: dict[str, list[str]]
    services: dict[str, str] = field(default_factory=dict[str, str])
    promise: Duration
    exhausted_owner: str
    data_rights_contact: str
    instrument: Instrument
    valid_from: Instant
    valid_until: Instant
    signatories: list[Signatory] = field(default_factory=list[Signatory])
    facts: list[WatchedFact] = []  # noqa: RUF012 - copied by msgspec; a factory would be written when empty
    publications: list[Publication] = []  # noqa: RUF012 - the same


class Signature(Closed, frozen=True, kw_only=True):
    """One agency's word on an agreement: a compact JWS over digest, agency, decision, time and, of a no, its reason."""

    agreement: str
    agency: str
    decision: Decision
    jws: str
    at: Instant
    reason: str = ""


class PaperWord(Closed, frozen=True, kw_only=True):
    """One agency's word on an agreement that came back as a signed PDF, as an operator recorded it.

    `at` is the day of the signature, `file` the digest of the PDF, `number` and `date` those of the letter that it came
    with or is. `found` says what was found of digital signatures in it, and `signers` whose
    certificates they name: that decides nothing.
    """

    agreement: str
    agency: str
    decision: Decision
    at: Instant
    file: str
    name: str
    office: str
    mandate: str = ""
    kind: Literal["PKS", "SK", "letter"] = "letter"
    number: str
    date: str
    reason: str = ""
    found: str = ""
    signers: list[str] = []  # noqa: RUF012 - the same
