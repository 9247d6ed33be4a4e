"""Agreements: proposed from a published plan, signed by each agency, checked by anyone, offline.

What is signed is the digest of the canonical document (RFC 8785). A signature is a compact JWS (ES256) by a registered
key of the agency over the digest, its name, its decision and the time; an agency's latest word counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import UNSET, Struct

from contracts.agreement import Agreement, Decision, Instrument, Publication, Reading, Signatory, Signature, WatchedFact
from contracts.agreement_views import AgreementView
from contracts.declared import Value
from contracts.ids import Instant
from contracts.plan import PublishedPlan, Until
from contracts.units import Duration
from workflows.loading.agreement_standing import Recorded, Word, standing
from workflows.loading.hashing import agreement_digest, canonical

Jwk: TypeAlias = Mapping[str, Any]
KeySets: TypeAlias = Mapping[str, Mapping[str, Any]]
"""The JWK Set of each agency, by its name."""

TYPE: Final = "gapura-agreement+jws"
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far ahead of ours a signer's clock may be."""

_ALGORITHMS: Final = ["ES256"]


class SignatureInvalid(ValueError):
    """This is no valid word of that agency on that agreement; the message says why."""


class Terms(Struct, frozen=True, kw_only=True):
    """What an agreement says beside the plan: what it rests on, whom to ask, from when to when, who signs."""

    instrument: Instrument
    data_rights_contact: str
    valid_from: Instant
    valid_until: Instant
    signatories: tuple[Signatory, ...] = ()
    exhausted_owner: str = ""


class _Word(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The payload of a signature."""

    agreement: str
    agency: str
    decision: Decision
    at: Instant
    reason: str = ""


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    typ: str
    kid: str


def propose(published: PublishedPlan, terms: Terms) -> Agreement:
    """Write the agreement for a plan; an exhausted step is the lead's unless the terms name another owner.

    Raises:
        ValueError: the validity ends before it begins, or has no zone; or a signatory is of no agency of the plan.

    """
    if terms.valid_from.tzinfo is None or terms.valid_until.tzinfo is None or terms.valid_until <= terms.valid_from:
        message = "an agreement is valid from a moment to a later one, both with their zone"
        raise ValueError(message)
    strangers = {signatory.agency for signatory in terms.signatories} - set(published.agencies)
    if strangers:
        message = f"{', '.join(sorted(strangers))} takes no part in this plan; it has: {', '.join(published.agencies)}"
        raise ValueError(message)
    plan = published.plan
    return Agreement(
        service=plan.service,
        version=plan.version,
        title=plan.title,
        plan_digest=published.digest,
        lead=plan.lead,
        agencies=list(published.agencies),
        readings=[_reading(published, name) for name in published.contracts],
        parts={name: list(shown) for name, shown in plan.output.parts.items()},
        services={name: inner.digest for name, inner in published.services.items()},
        promise=plan.promise.within,
        exhausted_owner=terms.exhausted_owner or plan.lead,
        data_rights_contact=terms.data_rights_contact,
        instrument=terms.instrument,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        signatories=list(terms.signatories),
        facts=[_fact(published, name) for name in plan.facts],
        publications=[
            _publication(name, step.wait, step.publish) for name, step in plan.steps.items() if step.publish is not None
        ],
    )


def _fact(published: PublishedPlan, name: str) -> WatchedFact:
    fact, contracts = published.plan.facts[name], published.contracts
    return WatchedFact(
        fact=name,
        value=fact.value,
        authority=contracts[fact.authority].agency,
        holders=list(dict.fromkeys(contracts[step].agency for step in fact.holders)),
        purpose=fact.purpose,
        legal_basis=fact.legal_basis,
        every=fact.every or "",
    )


def _reading(published: PublishedPlan, name: str) -> Reading:
    contract = published.contracts[name]
    return Reading(
        step=name,
        agency=contract.agency,
        contract=contract.name,
        contract_digest=published.contract_digests[name],
        fields={field: contract.reads[field] for field in published.plan.steps[name].in_},
        purpose=contract.purpose,
        legal_basis=contract.legal_basis,
        basis=contract.basis,
        retention=contract.retention,
        within=contract.promise.within,
        on_deadline=contract.promise.on_deadline,
    )


def _publication(name: str, wait: Duration | Until | None, publish: Mapping[str, Value]) -> Publication:
    lasts = _said(wait.until) if isinstance(wait, Until) else wait or ""
    return Publication(step=name, lasts=lasts, values={label: _said(value) for label, value in publish.items()})


def _said(value: Value) -> str:
    """Write a declared value in a line: a reference as it is, a literal as JSON, an expression as such."""
    if isinstance(value, str):
        return value
    return f"cel: {value.cel}" if value.cel is not UNSET else f"= {msgspec.json.encode(value.const).decode()}"


def document(agreement: Agreement) -> bytes:
    """Give the canonical document whose SHA-256 is signed."""
    return canonical(agreement)


def read_agreement(data: bytes) -> Agreement:
    """Read an agreement's document.

    Raises:
        ValueError: it is none.

    """
    return msgspec.json.decode(data, type=Agreement)


def sign(digest: str, agency: str, decision: Decision, private: Jwk, *, now: Instant, reason: str = "") -> Signature:
    """Sign an agreement's digest for an agency with its private P-256 JWK, which must have a `kid`.

    `reason` is why not, and part of what is signed.

    Raises:
        ValueError: the key is none that can sign here.

    """
    key = _key(private)
    kid = private.get("kid")
    if not isinstance(kid, str) or not kid or not key.is_private:
        message = "an agency signs with a private P-256 JWK that has a kid"
        raise ValueError(message)
    word = _Word(agreement=digest, agency=agency, decision=decision, at=now, reason=reason)
    text = jws.serialize_compact(
        {"alg": "ES256", "typ": TYPE, "kid": kid}, canonical(word), key, algorithms=_ALGORITHMS
    )
    return Signature(agreement=digest, agency=agency, decision=decision, jws=text, at=now, reason=reason)


def verify(signature: Signature, keys: Mapping[str, Any], *, now: Instant | None = None) -> None:
    """Verify one signature with the JWK Set of the agency that it names, and that it is not of the future of `now`.

    Raises:
        SignatureInvalid: it is not that agency's, of the future, or says something else than stands beside it.

    """
    if now is not None and signature.at > now + CLOCK_TOLERANCE:
        raise SignatureInvalid(f"it was signed at {signature.at.isoformat()}, which is still to come")
    try:
        unverified = jws.extract_compact(signature.jws.encode("ascii"), None)
        header = msgspec.convert(unverified.headers(), type=_Header)
    except (JoseError, ValueError) as error:
        raise SignatureInvalid(f"this is no compact JWS of an agreement: {error}") from error
    if header.alg != "ES256" or header.typ != TYPE:
        raise SignatureInvalid(
            f"this is signed as {header.typ[:40]!r} with {header.alg[:20]!r}; {TYPE} with ES256 is taken"
        )
    jwk = next((entry for entry in keys.get("keys", ()) if entry.get("kid") == header.kid), None)
    if jwk is None:
        raise SignatureInvalid(f"{signature.agency} has no registered key {header.kid[:64]!r}")
    try:
        payload = jws.deserialize_compact(signature.jws, _key(jwk), algorithms=_ALGORITHMS).payload
        word = msgspec.json.decode(payload, type=_Word)
    except (JoseError, ValueError) as error:
        raise SignatureInvalid(f"the signature is not the one of key {header.kid[:64]!r} over this text") from error
    said = _Word(signature.agreement, signature.agency, signature.decision, signature.at, signature.reason)
    if word != said:
        raise SignatureInvalid("what is signed and what stands beside it differ")


def read_signature(text: str) -> Signature:
    """Read a signature from its compact JWS alone; nothing is verified yet.

    Raises:
        SignatureInvalid: it is no compact JWS of an agreement.

    """
    try:
        payload = jws.extract_compact(text.strip().encode("ascii"), None).payload
        word = msgspec.json.decode(payload, type=_Word)
    except (JoseError, ValueError) as error:
        raise SignatureInvalid(f"this is no compact JWS of an agreement: {error}") from error
    return Signature(
        agreement=word.agreement,
        agency=word.agency,
        decision=word.decision,
        jws=text.strip(),
        at=word.at,
        reason=word.reason,
    )


def check(agreement: Agreement, words: Iterable[Word], keys: KeySets, *, now: Instant) -> AgreementView:
    """Say where each agency stands; signatures that are not valid, or of the future, do not count.

    What was recorded on paper was verified before (`agreement_records`), and counts unless it is of the future. The
    agreement is in force while it is valid and the latest valid word of every agency is accept.
    """
    digest = agreement_digest(agreement)
    valid = [one for one in words if _counts(one, digest, keys, now)]
    return standing(agreement, digest, valid, now=now)


def _counts(word: Word, digest: str, keys: KeySets, now: Instant) -> bool:
    if isinstance(word, Recorded):
        return word.word.agreement == digest and word.word.at <= now + CLOCK_TOLERANCE
    return word.agreement == digest and is_valid(word, keys, now=now)


def is_valid(signature: Signature, keys: KeySets, *, now: Instant) -> bool:
    """Whether a signature counts: made by a registered key of the agency that it names, and not in the future."""
    try:
        verify(signature, keys.get(signature.agency, {}), now=now)
    except SignatureInvalid:
        return False
    return True


def _key(jwk: Jwk) -> ECKey:
    named: dict[str, str | list[str]] = {
        name: jwk[name] for name in ("kty", "crv", "x", "y", "d") if isinstance(jwk.get(name), str)
    }
    if (named.get("kty"), named.get("crv")) != ("EC", "P-256"):
        message = "only P-256 keys sign here (kty EC, crv P-256)"
        raise ValueError(message)
    try:
        return ECKey.import_key(named)
    except (JoseError, ValueError, TypeError) as error:
        message = f"this JWK cannot be read: {error}"
        raise ValueError(message) from error
