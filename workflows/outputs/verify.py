"""Is this joint output what its agencies gave, and still good? `verify` answers, with nothing but keys at hand.

It takes whatever people have: the PDF, the credential (`.jwt`, or JSON around it), or the text of the QR code. The
word is one of four: *valid*; *altered* (or forged: it claims to be ours and is not); *revoked*; *unknown* (not known
for one of ours, not readable, or not in force). Without a status list the word can be *valid* with `status_checked`
False: say so wherever it is shown. A *valid* output may have a part that its agency revoked: the part says so. The
text of a QR code knows nothing of parts.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import msgspec
from msgspec import Struct, field, structs

from contracts.ids import Instant
from contracts.trust import TrustFile
from contracts.units import Text
from workflows.outputs.credential import CREDENTIAL_TYPE, Credential, StatusEntry, decode_credential
from workflows.outputs.document import ATTACHMENT, TEMPLATE
from workflows.outputs.jws import (
    JwsAltered,
    JwsInvalid,
    JwsKeyUnknown,
    Keys,
    Opened,
    open_jws,
    peek_jws,
    read_keys,
)
from workflows.outputs.page_check import Page, check_page
from workflows.outputs.part_check import PartVerdict, check_part
from workflows.outputs.pdf import MAX_BYTES, PdfTooCostly, PdfUnreadable, read_pdf
from workflows.outputs.reasons import Reason, ReasonCode, reason
from workflows.outputs.seal import QR_TYPE, QrClaims, credential_digest
from workflows.outputs.status import StatusList, StatusUnknown, open_status_list, status_list_url
from workflows.outputs.wording import masked

Word = Literal["valid", "altered", "revoked", "unknown"]

CLOCK_SKEW: Final = timedelta(minutes=5)
_MARKER_CHARACTERS = 12
"""Shorter names of keys are too common to show that a text claims to be ours."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What was found, without personal data beyond initials.

    `presented` is what was shown to us; `page` how a PDF's pages compare with its credential. `digest` is the
    credential's (`sha256:<hex>`): for a QR code, fetch the case's credential and verify it if its digest is this one.
    `status_list` is where the list is published that tells whether it was revoked. Of one that ends, a gateway that has
    its case says since when it can be renewed, and when it was; offline neither is known.
    """

    word: Word
    reasons: list[Reason]
    presented: Literal["credential", "pdf", "code", "nothing"]
    checked_at: Instant
    status_checked: bool = False
    status_list: str = ""
    page: Page = ""
    issuer: str = ""
    key_id: str = ""
    case: str = ""
    digest: str = ""
    title: Text | None = None
    lead: str = ""
    issued_at: Instant | None = None
    valid_until: Instant | None = None
    renewable_from: Instant | None = None
    renewed_at: Instant | None = None
    holder: dict[str, str] = field(default_factory=dict[str, str])
    holder_labels: dict[str, Text] = field(default_factory=dict[str, Text])
    parts: list[PartVerdict] = field(default_factory=list[PartVerdict])


class _Question(Struct, frozen=True):
    """What a verification goes by."""

    trust: TrustFile
    keys: Keys
    status_list: str
    now: Instant


def verify(presented: bytes | str, trust: TrustFile, *, now: Instant, status_list: str = "") -> Verdict:
    """Judge a PDF, a credential or the text of a QR code. Never raises for what a stranger presents.

    Raises:
        ValueError: the trust file's keys cannot be read.

    """
    question = _Question(trust, read_keys({"keys": trust.keys}), status_list, now)
    data = presented.encode("utf-8", "replace") if isinstance(presented, str) else presented
    if len(data) > MAX_BYTES:
        return _nothing(question, "unknown", "too_large")
    if b"%PDF-" in data[:1024]:
        return _verify_pdf(data, question)
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        return _nothing(question, *_not_ours(data.decode("latin-1"), question), "it is neither a PDF nor text")
    text = _unwrapped(text)
    if text.startswith(("https://", "http://")):
        text = text.rpartition("#")[2]
    if _is_typed(text, QR_TYPE):
        return _verify_code(text, question)
    return _verify_credential(text, question)


def _verify_pdf(data: bytes, question: _Question) -> Verdict:
    try:
        contents = read_pdf(data, attachment=ATTACHMENT)
    except PdfUnreadable as error:
        ours = any(mark in data for mark in (ATTACHMENT.encode(), TEMPLATE.encode(), question.trust.issuer.encode()))
        word: Word = "altered" if ours and not isinstance(error, PdfTooCostly) else "unknown"
        return _nothing(question, word, "unreadable", str(error))
    if not contents.attachments:
        return _nothing(question, "unknown", "no_credential")
    if len(contents.attachments) > 1:
        return _nothing(question, "altered", "several_credentials")
    attached = contents.attachments[0]
    credential = "" if attached is None else attached.decode("latin-1")
    if not _is_typed(credential, CREDENTIAL_TYPE):
        return _nothing(question, "altered", "damaged")
    verdict = _verify_credential(credential, question)
    if verdict.title is None:  # nothing to compare the pages with
        return structs.replace(verdict, presented="pdf")
    page, told = check_page(data, contents, credential, lambda link: _code_fits(link, credential, question))
    return _with(structs.replace(verdict, presented="pdf", page=page), "altered" if page == "differs" else None, told)


def _verify_credential(text: str, question: _Question) -> Verdict:
    opened = _open(text, CREDENTIAL_TYPE, question)
    if isinstance(opened, Verdict):
        return opened
    try:
        credential = decode_credential(opened.payload)
    except ValueError as error:
        return _nothing(question, "unknown", "not_a_joint_output", str(error))
    if credential.issuer != question.trust.issuer:
        return _nothing(question, "unknown", "unknown_issuer", credential.issuer)
    verdict = _shown(credential, opened.kid, credential_digest(text), question)
    for part in credential.credential_subject.parts:
        checked, word, why = check_part(part, credential.credential_subject.case, question.trust)
        verdict = structs.replace(verdict, parts=[*verdict.parts, checked])
        verdict = _with(verdict, word, why)
    places = [part.status_list_index for part in credential.credential_subject.parts]
    return _in_force(verdict, credential, places, question)


def _verify_code(text: str, question: _Question) -> Verdict:
    opened = _open(text, QR_TYPE, question)
    if isinstance(opened, Verdict):
        return structs.replace(opened, presented="code")
    try:
        claims = msgspec.json.decode(opened.payload, type=QrClaims)
        digest = _hex_digest(claims.sha256)
        number, _, index = claims.status.partition("#")
        url = status_list_url(int(number), issuer=question.trust.issuer)
        until = datetime.fromtimestamp(claims.until, UTC) if claims.until else None
    except (ValueError, OverflowError, OSError, RecursionError) as error:
        return structs.replace(_nothing(question, "unknown", "not_a_joint_output", str(error)), presented="code")
    entry = StatusEntry(id=f"{url}#{index}", status_list_index=index, status_list_credential=url)
    verdict = Verdict(
        word="valid",
        reasons=[reason("code_only")],
        presented="code",
        checked_at=question.now,
        issuer=question.trust.issuer,
        key_id=opened.kid,
        case=claims.case,
        digest=digest,
        valid_until=until,
    )
    return _with_status(_in_time(verdict, question), entry, question)


def _shown(credential: Credential, kid: str, digest: str, question: _Question) -> Verdict:
    subject = credential.credential_subject
    return Verdict(
        word="valid",
        reasons=[],
        presented="credential",
        checked_at=question.now,
        issuer=credential.issuer,
        key_id=kid,
        case=subject.case,
        digest=digest,
        title=subject.title,
        lead=subject.lead_title or subject.lead,
        issued_at=credential.valid_from,
        valid_until=None if credential.valid_until is msgspec.UNSET else credential.valid_until,
        holder={name: masked(value) for name, value in subject.holder.items()},
        holder_labels=subject.holder_labels,
    )


def _in_force(verdict: Verdict, credential: Credential, places: list[str], question: _Question) -> Verdict:
    if credential.valid_from > question.now + CLOCK_SKEW:
        verdict = _with(verdict, "unknown", [reason("not_yet_valid", credential.valid_from.isoformat())])
    return _with_status(_in_time(verdict, question), credential.credential_status, question, places)


def _in_time(verdict: Verdict, question: _Question) -> Verdict:
    until = verdict.valid_until
    if until is None or question.now < until:
        return verdict
    return _with(verdict, "unknown", [reason("expired", until.isoformat())])


def _with_status(verdict: Verdict, entry: StatusEntry, question: _Question, places: Sequence[str] = ()) -> Verdict:
    """Say whether the output was revoked, and which of its parts; `places` are those of the parts in the list."""
    verdict = structs.replace(verdict, status_list=entry.status_list_credential)
    if not question.status_list:
        return _with(verdict, None, [reason("status_not_checked")])
    issuer = question.trust.issuer
    try:
        listed = open_status_list(question.status_list.strip(), entry, question.keys, issuer=issuer, now=question.now)
        revoked = listed.revoked(entry.status_list_index)
        parts = [
            _told(part, listed, place) if place and listed.revoked(place) else part
            for part, place in zip(verdict.parts, places, strict=True)
        ]
    except StatusUnknown as error:
        return _with(verdict, None, [reason("status_not_checked", str(error))])
    why = [_part_revoked(part) for part in parts if part.revoked]
    verdict = _with(structs.replace(verdict, status_checked=True, parts=parts), None, why)
    return _with(verdict, "revoked", [reason("revoked")]) if revoked else verdict


def _told(part: PartVerdict, listed: StatusList, place: str) -> PartVerdict:
    told = listed.told.get(place)
    if told is None:
        return structs.replace(part, revoked=True)
    return structs.replace(part, revoked=True, revoked_at=told.at, revoked_by_law=told.legal_basis)


def _part_revoked(part: PartVerdict) -> Reason:
    since = f" {part.revoked_at:%Y-%m-%d}" if part.revoked_at is not None else ""
    law = f" ({part.revoked_by_law})" if part.revoked_by_law else ""
    return reason("part_revoked", f"{part.agency} {part.step}{since}{law}")


_WEIGHT: Final = {"valid": 0, "unknown": 1, "revoked": 2, "altered": 3}


def _with(verdict: Verdict, word: Word | None, reasons: list[Reason]) -> Verdict:
    """Add reasons; of two words the graver stays (what was altered may say anything about being revoked)."""
    graver = verdict.word if word is None or _WEIGHT[word] <= _WEIGHT[verdict.word] else word
    return structs.replace(verdict, word=graver, reasons=[*verdict.reasons, *reasons])


def _open(text: str, typ: str, question: _Question) -> Opened | Verdict:
    """Verify the signature; give what was opened, or the verdict that follows from its failing."""
    try:
        return open_jws(text, question.keys, typ=typ)
    except JwsAltered as error:
        return _nothing(question, "altered", "altered", str(error))
    except JwsKeyUnknown as error:
        return _nothing(question, *_not_ours(text, question), str(error))
    except JwsInvalid as error:
        word, code = _not_ours(text, question)
        return _nothing(question, word, "altered" if word == "altered" else code, str(error))


def _not_ours(text: str, question: _Question) -> tuple[Word, ReasonCode]:
    """Judge a text that no trusted key opens: if it claims to be ours, it is altered or forged.

    The issuer's URL and its keys' names are looked for in every piece of base64url, so that one changed character
    anywhere, even in the header or a dot, is still recognised as a change of something of ours.
    """
    names = [kid[:_MARKER_CHARACTERS] for kid in question.keys if len(kid) >= _MARKER_CHARACTERS]
    markers = [marker.encode("utf-8") for marker in (question.trust.issuer, *names) if marker]
    for piece in re.findall(r"[A-Za-z0-9_-]{16,}", text):
        seen = base64.urlsafe_b64decode(piece[: len(piece) // 4 * 4])
        if any(marker in seen for marker in markers):
            return "altered", "forged_key"
    return "unknown", "unknown_issuer" if _is_typed(text, CREDENTIAL_TYPE) else "no_credential"


def _unwrapped(text: str) -> str:
    """Take a credential out of the JSON around it: the API's, or an EnvelopedVerifiableCredential (VC 2.0)."""
    if not text.startswith("{"):
        return text
    try:
        wrapped = msgspec.json.decode(text, type=dict[str, object])
    except (ValueError, RecursionError):
        return text
    for name in ("credential", "id"):
        value = wrapped.get(name)
        if isinstance(value, str) and value:
            return value.removeprefix(f"data:application/{CREDENTIAL_TYPE},").strip()
    return text


def _is_typed(text: str, typ: str) -> bool:
    try:
        peek_jws(text, typ=typ)
    except JwsInvalid:
        return False
    return True


def _code_fits(link: str, credential: str, question: _Question) -> bool:
    """Whether the code in a link was made by the issuer for this credential; it still is when its time is over."""
    verdict = _verify_code(link.rpartition("#")[2], structs.replace(question, status_list=""))
    return verdict.digest == credential_digest(credential)


def _hex_digest(base64url_digest: str) -> str:
    padded = base64url_digest + "=" * (-len(base64url_digest) % 4)
    return f"sha256:{base64.urlsafe_b64decode(padded).hex()}"


def _nothing(question: _Question, word: Word, code: ReasonCode, detail: str = "") -> Verdict:
    return Verdict(word=word, reasons=[reason(code, detail)], presented="nothing", checked_at=question.now)
