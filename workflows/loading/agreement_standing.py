"""Where each agency stands on an agreement, and so where the agreement stands: by the latest word of each. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final, TypeAlias

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Struct

from contracts.agreement import Agreement, Decision, PaperWord, Signatory, Signature
from contracts.agreement_views import AgreementState, AgreementView, WordState, WordView
from contracts.ids import Instant

ENDS_SOON: Final = (7, 30, 90)
"""Days before its end at which an agreement that ends is told of, the gravest first."""


class Recorded(Struct, frozen=True):
    """A word on paper that counts, with the gateway's signed record of it, and the run by which it was recorded."""

    word: PaperWord
    jws: str = ""
    run: str = ""


Word: TypeAlias = Signature | Recorded
"""An agency's word that counts: signed by its key, or on paper."""

_STATES: Final[dict[Decision, WordState]] = {"accept": "signed", "reject": "rejected", "revoke": "revoked"}


class _Header(Struct, frozen=True):
    kid: str = ""


def standing(agreement: Agreement, digest: str, valid: Iterable[Word], *, now: Instant) -> AgreementView:
    """Say where each agency stands by words that were verified; the latest of each counts."""
    latest: dict[str, Word] = {}
    for word in valid:
        said = said_of(word)
        known = latest.get(said.agency)
        if said.agency in agreement.agencies and (known is None or said.at >= said_of(known).at):
            latest[said.agency] = word
    decisions: dict[str, str] = {agency: said_of(word).decision for agency, word in latest.items()}
    missing = [agency for agency in agreement.agencies if decisions.get(agency) != "accept"]
    named = {signatory.agency: signatory for signatory in agreement.signatories}
    return AgreementView(
        digest=digest,
        service=agreement.service,
        version=agreement.version,
        plan=agreement.plan_digest,
        valid_from=agreement.valid_from,
        valid_until=agreement.valid_until,
        decisions=decisions,
        in_force=not missing and agreement.valid_from <= now < agreement.valid_until,
        missing=missing,
        state=_state(agreement, decisions, missing, now),
        words=[_word(agency, latest.get(agency), named.get(agency)) for agency in agreement.agencies],
    )


def said_of(word: Word) -> Signature | PaperWord:
    """Give what a word says, however it came."""
    return word.word if isinstance(word, Recorded) else word


def days_left(view: AgreementView, now: Instant) -> int:
    """Give the whole days until an agreement ends; negative once it has."""
    return (view.valid_until - now).days


def soon(view: AgreementView, now: Instant) -> int | None:
    """Give within how many days (7, 30, 90) an agreement in force ends; None: not soon, or it is not in force."""
    return next((days for days in ENDS_SOON if ends_within(view, days, now)), None)


def ends_within(view: AgreementView, days: int, now: Instant) -> bool:
    """Whether an agreement is in force and ends within so many days."""
    return view.in_force and view.valid_until - now <= timedelta(days=days)


def _state(agreement: Agreement, decisions: dict[str, str], missing: list[str], now: Instant) -> AgreementState:
    if now >= agreement.valid_until:
        return "ended"
    if missing:
        said = {decisions.get(agency) for agency in missing}
        return "revoked" if "revoke" in said else "rejected" if "reject" in said else "waits"
    return "in_force" if now >= agreement.valid_from else "not_yet"


def _word(agency: str, word: Word | None, named: Signatory | None) -> WordView:
    name, office, mandate = (named.name, named.office, named.mandate) if named is not None else ("", "", "")
    if word is None:
        return WordView(agency=agency, state="waits", name=name, office=office, mandate=mandate)
    if isinstance(word, Signature):
        return WordView(
            agency=agency,
            state=_STATES[word.decision],
            name=name,
            office=office,
            mandate=mandate,
            at=word.at,
            reason=word.reason,
            key=_key_of(word),
            jws=word.jws,
        )
    said = word.word
    return WordView(
        agency=agency,
        state=_STATES[said.decision],
        name=said.name,
        office=said.office,
        mandate=said.mandate,
        at=said.at,
        reason=said.reason,
        jws=word.jws,
        file=said.file,
        instrument=f"{'' if said.kind == 'letter' else f'{said.kind} '}{said.number}, {said.date}",
        found=said.found,
        signers=list(said.signers),
    )


def _key_of(signature: Signature) -> str:
    """Give the key that a verified signature names."""
    try:
        headers = jws.extract_compact(signature.jws.encode("ascii"), None).headers()
    except (JoseError, ValueError):  # nothing that was verified
        return ""
    return msgspec.convert(headers, type=_Header).kid
