"""What a joint output says once it is a credential: a W3C Verifiable Credential 2.0, secured as `vc+jwt`.

The structs are the whole of the claims (VC-JOSE-COSE: the JWT claims set is the credential itself). Members that a
later version adds are passed over when reading; members that are missing are mistakes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
from msgspec import Struct, field, structs

from contracts.contract import Objection
from contracts.ids import CaseId, Instant
from contracts.units import Text
from contracts.views import JointOutput, PartView

CREDENTIAL_TYPE = "vc+jwt"
"""The `typ` of the protected header (VC-JOSE-COSE, section 3.2.1); also a status list's."""

VERIFY_PATH = "/verifikasi"
"""The page where anyone verifies, below the issuer's URL. Printed on every document: it never moves."""

LIST_SIZE = 131_072
"""Entries of a status list: the fewest that the specification allows (16 KiB), so that a reader hides among many."""

KEYS_PATH = "/v1/keys"
"""Where the trust file is published, below the issuer's URL. Printed on every document: it never moves."""

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2"]


class Claims(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Members as JSON-LD writes them; empty ones are left out."""


class LanguageValue(Struct, frozen=True):
    """A text in one language, as the credential's `name` has it."""

    value: str = field(name="@value")
    language: str = field(name="@language")


class PartEvidence(Claims, frozen=True, kw_only=True):
    """What shows that an agency gave a part.

    `agency`: its own SD-JWT in `part`, which discloses the output fields named by `fields` (shown name to field).
    `attestation`: the gateway's word on what it received, when, with which digest, and from whom: the agency's
    `system`, an `officer` at its desk, or by `hand`. Of a `sub_case`, `actor` is its id, and `digest` names its own
    joint output, whose parts carry the agencies' signatures: whoever holds it verifies it as any other.
    """

    kind: Literal["agency", "attestation"]
    received_at: Instant
    ask_key: str = ""
    contract_digest: str = ""
    key_id: str = ""
    fields: dict[str, str] = field(default_factory=dict[str, str])
    part: str = ""
    received_from: Literal["system", "officer", "hand", "law", "sub_case", "payments", ""] = ""
    digest: str = ""
    actor: str = ""


class Remedy(Claims, frozen=True, kw_only=True):
    """Where and until when a person may object to a refusal, as `contracts.contract.Objection`."""

    where: Text
    within: str
    legal_basis: str = ""


class CredentialPart(Claims, frozen=True, kw_only=True):
    """One part, as `contracts.views.PartView`."""

    step: str
    agency: str
    agency_title: str
    title: Text
    word: str
    item: str = ""
    at: Instant | None = None
    values: dict[str, Any] = field(default_factory=dict[str, Any])
    evidence: PartEvidence | None = None
    refusal: Text | None = None
    text: str = ""
    objection: Remedy | None = None
    owner: str = ""
    labels: dict[str, Text] = field(default_factory=dict[str, Text])
    readings: dict[str, Text] = field(default_factory=dict[str, Text])
    documents: list[str] = field(default_factory=list[str])
    status_list_index: str = ""
    """Its place in the status list of the output: whether its agency has revoked it."""


class Subject(Claims, frozen=True, kw_only=True):
    """The joint output itself."""

    case: str
    service: str
    title: Text
    plan: str
    lead: str
    holder: dict[str, Any]
    parts: list[CredentialPart]
    agreement: str = ""
    lead_title: str = ""
    holder_labels: dict[str, Text] = field(default_factory=dict[str, Text])


class StatusEntry(Claims, frozen=True, kw_only=True, omit_defaults=False):
    """Where to look whether it was revoked (W3C Bitstring Status List)."""

    id: str
    status_list_index: str
    status_list_credential: str
    type: Literal["BitstringStatusListEntry"] = "BitstringStatusListEntry"
    status_purpose: Literal["revocation"] = "revocation"


class Credential(Claims, frozen=True, kw_only=True, omit_defaults=False):
    """A joint output as a credential."""

    context: list[str] = field(name="@context")
    id: str
    type: list[str]
    name: list[LanguageValue]
    issuer: str
    valid_from: Instant
    credential_subject: Subject
    credential_status: StatusEntry
    valid_until: Instant | msgspec.UnsetType = msgspec.UNSET


def credential_of(output: JointOutput, *, issuer: str, status: StatusEntry) -> Credential:
    """Say a joint output as a credential of `issuer` (an https URL)."""
    subject = Subject(
        case=output.case,
        service=output.service,
        title=output.title,
        plan=output.plan,
        lead=output.lead,
        holder=output.holder,
        parts=[part_claims(part) for part in output.parts],
        agreement=output.agreement,
        lead_title=output.lead_title,
        holder_labels=output.holder_labels,
    )
    return Credential(
        context=CONTEXT,
        id=f"{issuer}/v1/cases/{output.case}/output",
        type=["VerifiableCredential", "JointServiceOutput"],
        name=[LanguageValue(output.title.id, "id"), LanguageValue(output.title.en, "en")],
        issuer=issuer,
        valid_from=output.issued_at.replace(microsecond=0),
        credential_subject=subject,
        credential_status=status,
        valid_until=msgspec.UNSET if output.valid_until is None else output.valid_until.replace(microsecond=0),
    )


def encode_credential(credential: Credential) -> bytes:
    """Give the claims as JSON; what a part does not have is left out."""
    claims: dict[str, Any] = msgspec.to_builtins(credential)
    subject: dict[str, Any] = claims["credentialSubject"]
    subject["parts"] = [_filled(part) for part in subject["parts"]]
    return msgspec.json.encode(claims)


def decode_credential(payload: bytes) -> Credential:
    """Read the claims.

    Raises:
        ValueError: they are not those of a joint output.

    """
    try:
        credential = msgspec.json.decode(payload, type=Credential)
    except RecursionError as error:
        message = "the claims are nested too deep"
        raise ValueError(message) from error
    if CONTEXT[0] not in credential.context[:1] or "JointServiceOutput" not in credential.type:
        message = "the claims are not those of a joint output: @context or type differs"
        raise ValueError(message)
    return credential


def part_claims(part: PartView) -> CredentialPart:
    """Say one part of a view in the claims' spelling."""
    return CredentialPart(
        step=part.step,
        item=part.item,
        agency=part.agency,
        agency_title=part.agency_title,
        title=part.title,
        word=part.word,
        at=part.at.replace(microsecond=0) if part.at else None,
        values=part.values,
        evidence=_evidence(part.evidence) if part.evidence else None,
        refusal=part.refusal,
        text=part.text,
        objection=_remedy(part.objection) if part.objection else None,
        owner=part.owner,
        labels=part.labels,
        readings=part.readings,
        documents=part.documents,
        status_list_index="" if part.status_index is None else str(part.status_index % LIST_SIZE),
    )


def stands(part: PartView) -> bool:
    """Whether a part is a contribution that stands: only such a one can be revoked."""
    return part.word in {"contributed", "deemed"}


def with_indexes(output: JointOutput, indexes: Iterable[int]) -> JointOutput:
    """Give each part that stands its place in the status list, in the order of the parts."""
    free = iter(indexes)
    parts = [structs.replace(part, status_index=next(free)) if stands(part) else part for part in output.parts]
    return structs.replace(output, parts=parts)


def output_of(credential: Credential) -> JointOutput:
    """Say a credential as the joint output that was sealed: what came later changes nothing of it."""
    subject = credential.credential_subject
    number = int(credential.credential_status.status_list_credential.rpartition("/")[2])
    return JointOutput(
        case=CaseId(subject.case),
        service=subject.service,
        title=subject.title,
        plan=subject.plan,
        holder=subject.holder,
        parts=[_part_view(part, (number - 1) * LIST_SIZE) for part in subject.parts],
        lead=subject.lead,
        issued_at=credential.valid_from,
        agreement=subject.agreement,
        lead_title=subject.lead_title,
        holder_labels=subject.holder_labels,
        valid_until=None if credential.valid_until is msgspec.UNSET else credential.valid_until,
    )


def _part_view(part: CredentialPart, first: int) -> PartView:
    """Say a part; `first` is the first index of the list that tells of it."""
    said = {name: getattr(part, name) for name in part.__struct_fields__ if name not in _SAID_OTHERWISE}
    evidence: dict[str, Any] = msgspec.to_builtins(part.evidence) if part.evidence else {}
    remedy = part.objection
    return PartView(
        **said,
        status_index=first + int(part.status_list_index) if part.status_list_index else None,
        evidence={_SNAKE.sub(r"_\1", name).lower(): value for name, value in evidence.items() if value},
        objection=None
        if remedy is None
        else {"where": msgspec.to_builtins(remedy.where), "within": remedy.within, "legal_basis": remedy.legal_basis},
    )


_SAID_OTHERWISE = frozenset({"evidence", "objection", "status_list_index"})
_SNAKE = re.compile("([A-Z])")


def _remedy(objection: dict[str, Any]) -> Remedy:
    said = msgspec.convert(objection, type=Objection)
    return Remedy(where=said.where, within=said.within, legal_basis=said.legal_basis)


def _filled(members: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in members.items() if value not in ("", {}, [])}
    return {**kept, "evidence": _filled(kept["evidence"])} if "evidence" in kept else kept


def _evidence(evidence: dict[str, Any]) -> PartEvidence:
    """Read what `compose` wrote: the same names, in the spelling of views."""
    members: dict[str, Any] = {**evidence, "received_at": msgspec.convert(evidence["received_at"], type=Instant)}
    return PartEvidence(**members)
