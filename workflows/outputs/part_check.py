"""Checks one part of a joint output against its agency's own keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct, field

from contracts.documents import Document, documents_among
from contracts.ids import Instant, parse_ask_key
from contracts.trust import TrustFile
from contracts.units import Text
from workflows.outputs.credential import CredentialPart, PartEvidence
from workflows.outputs.reasons import Reason, reason
from workflows.outputs.sdjwt import Bindings, PartInvalid, PartKeyUnknown, verify_part
from workflows.outputs.wording import label_text, masked_numbers, value_text

Proof = Literal["agency", "attestation", ""]
Gravity = Literal["altered", "unknown"]
_NOTHING: Final[Mapping[str, str]] = {}


class ShownValue(Struct, frozen=True):
    """One value for people. `signed`: the agency's own signature covers it, under its own name `signed_as`.

    Labels and readings are the issuer's words. Where a signed value has a reading, the value stands beside it.
    """

    label: Text
    value: Text
    signed: bool
    signed_as: str = ""


class ShownDocument(Struct, frozen=True, kw_only=True):
    """One document of a part: whoever holds the file compares its digest. `signed` as for a value."""

    label: Text
    name: str
    type: str
    size: int
    digest: str
    signed: bool
    signed_as: str = ""


class PartVerdict(Struct, frozen=True, kw_only=True):
    """One part as it was found. `checked`: its agency's signature was verified with the agency's key `key_id`.

    `revoked`: its agency took it back, `revoked_at` and by the law that `revoked_by_law` says, where that is known.
    """

    step: str
    item: str
    agency: str
    agency_title: str
    title: Text
    word: str
    proof: Proof
    checked: bool = False
    key_id: str = ""
    received_from: str = ""
    at: Instant | None = None
    values: list[ShownValue] = field(default_factory=list[ShownValue])
    documents: list[ShownDocument] = field(default_factory=list[ShownDocument])
    refusal: Text | None = None
    text: str = ""
    problem: str = ""
    revoked: bool = False
    revoked_at: Instant | None = None
    revoked_by_law: str = ""


def check_part(part: CredentialPart, case: str, trust: TrustFile) -> tuple[PartVerdict, Gravity | None, list[Reason]]:
    """Check a part; give it as it is shown, how grave what is wrong with it is (None: nothing), and why."""
    evidence = part.evidence
    if evidence is None or evidence.kind != "agency":
        return _verdict(part, proof="attestation" if evidence else ""), None, []
    trusted = trust.agencies.get(part.agency)
    if trusted is None:
        why = [reason("part_keys_missing", part.agency)]
        return _verdict(part, proof="agency", key_id=evidence.key_id, problem="no keys"), None, why
    try:
        key_id = _signing_key(part, evidence, case, {"keys": trusted.keys})
    except PartKeyUnknown as error:
        return _failed(part, evidence, error), "unknown", [reason("part_key_unknown", str(error))]
    except PartInvalid as error:
        return _failed(part, evidence, error), "altered", [reason("part_forged", str(error))]
    signed = evidence.fields
    return _verdict(part, proof="agency", checked=True, key_id=f"{part.agency}/{key_id}", signed=signed), None, []


def _signing_key(part: CredentialPart, evidence: PartEvidence, case: str, jwks: Mapping[str, Any]) -> str:
    """Give the key (its `kid`) with which the agency signed this part, and every value that is said to be signed.

    Raises:
        PartInvalid: the signature, what it is bound to, or what it says is not that of this part.

    """
    try:
        asked_of, place, verb = parse_ask_key(evidence.ask_key)
    except ValueError as error:
        raise PartInvalid(str(error)) from error
    if (asked_of, place.step, place.item, verb) != (case, part.step, part.item, "ask"):
        raise PartInvalid(f"it answers {evidence.ask_key[:128]!r}, which is not this step of this case")
    expected = Bindings(
        agency=part.agency,
        ask_key=evidence.ask_key,
        contract_digest=evidence.contract_digest,
        input_digest=None,
    )
    found = verify_part(evidence.part, jwks, expected)
    for name, signed_name in evidence.fields.items():
        if signed_name not in found.disclosed or _differ(found.disclosed[signed_name], part.values.get(name)):
            raise PartInvalid(f"the agency did not sign this value of {name[:64]!r}")
    return found.key_id


def _differ(signed: object, shown: object) -> bool:
    """Compare JSON values as they are written: 1, 1.0 and true are three things."""
    return msgspec.json.encode(signed, order="sorted") != msgspec.json.encode(shown, order="sorted")


def _shown(part: CredentialPart, name: str, signed: Mapping[str, str]) -> Text:
    plain, reading = value_text(part.values[name]), part.readings.get(name)
    words = plain if reading is None else reading
    if reading is not None and name in signed:
        words = Text(f"{reading.id} ({plain.id})", f"{reading.en} ({plain.en})")
    return Text(masked_numbers(words.id), masked_numbers(words.en))


def _document(part: CredentialPart, name: str, document: Document, signed: Mapping[str, str]) -> ShownDocument:
    return ShownDocument(
        label=label_text(name, part.labels),
        name=masked_numbers(document.name),
        type=document.type,
        size=document.size,
        digest=document.digest,
        signed=name in signed,
        signed_as=signed.get(name, ""),
    )


def _failed(part: CredentialPart, evidence: PartEvidence, error: PartInvalid) -> PartVerdict:
    return _verdict(part, proof="agency", key_id=evidence.key_id, problem=str(error))


def _verdict(
    part: CredentialPart,
    *,
    proof: Proof,
    checked: bool = False,
    key_id: str = "",
    problem: str = "",
    signed: Mapping[str, str] = _NOTHING,
) -> PartVerdict:
    documents = documents_among(part.values, part.documents)
    values = [
        ShownValue(label_text(name, part.labels), _shown(part, name, signed), name in signed, signed.get(name, ""))
        for name in part.values
        if name not in documents
    ]
    return PartVerdict(
        step=part.step,
        item=part.item,
        agency=part.agency,
        agency_title=part.agency_title,
        title=part.title,
        word=part.word,
        proof=proof,
        checked=checked,
        key_id=key_id,
        received_from=part.evidence.received_from if part.evidence else "",
        at=part.at,
        values=values,
        documents=[_document(part, name, document, signed) for name, document in documents.items()],
        refusal=part.refusal,
        text=masked_numbers(part.text),
        problem=problem,
    )
