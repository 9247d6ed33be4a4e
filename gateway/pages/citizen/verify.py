"""Verifying what somebody presents: for anyone, without login; nothing is kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar import Response, get, post
from msgspec import Struct, structs

from contracts.ids import Instant
from contracts.units import Text
from gateway.bodies import LARGEST_BODY
from gateway.pages import replies
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import read_upload
from gateway.pages.verdict_words import VERDICT_WORDS
from gateway.pages.words import PART_WORDS, Word
from gateway.requests import GatewayRequest, calls_of
from workflows.outputs.part_check import PartVerdict, ShownDocument, ShownValue
from workflows.outputs.pdf import MAX_BYTES
from workflows.outputs.verify import Verdict
from workflows.outputs.wording import ATTESTED, VALID_UNTIL, by_law, document_about

LARGEST_FILE: Final = MAX_BYTES + LARGEST_BODY
"""The largest file that is looked at, and the rest of its form."""
RENEWED: Final = Text("Diperpanjang: hasil yang baru terbit", "Renewed: the newer output was issued")
RENEWABLE: Final = Text("Dapat diperpanjang mulai", "Can be renewed from")
UPLOADED: Final = "berkas"
"""The question of the file."""
NOTHING_GIVEN: Final = Text("Pilih berkas atau tempelkan teksnya", "Choose a file or paste its text")


class PartRow(Struct, frozen=True, kw_only=True):
    """One contribution as it was verified."""

    title: Text
    agency: str
    word: Word
    proof: Word | None
    key_id: str
    checked: bool
    values: list[ShownValue]
    documents: list[DocumentRow]
    refusal: Text | None
    text: str
    revoked: bool
    revoked_at: Instant | None
    revoked_by_law: str


class DocumentRow(Struct, frozen=True, kw_only=True):
    """A document that a part lists: whose it is, and the digest to compare a file with."""

    label: Text
    name: str
    about: Text
    digest: str
    signed: bool


class VerdictPage(Struct, frozen=True, kw_only=True):
    """A verdict in words."""

    word: Word
    reasons: list[Text]
    facts: list[tuple[Text, object]]
    key_id: str
    parts: list[PartRow]


PROOFS: Final[dict[str, Word]] = {
    "checked": Word(Text("Tanda tangan instansi cocok", "The agency's signature fits"), "done", Text("", "")),
    "agency": Word(
        Text("Tanda tangan instansi tidak diperiksa", "The agency's signature was not checked"), "warn", Text("", "")
    ),
    "problem": Word(
        Text("Tanda tangan instansi tidak cocok", "The agency's signature does not fit"), "bad", Text("", "")
    ),
    "attestation": Word(Text(ATTESTED.id.capitalize(), ATTESTED.en.capitalize()), "quiet", Text("", "")),
}
"""What shows that an agency gave a part."""


@get("/verifikasi", include_in_schema=False)
async def ask(request: GatewayRequest) -> Response[bytes]:
    """Ask for a file or a text."""
    return _page(request, None)


@post("/verifikasi", status_code=200, include_in_schema=False, request_max_body_size=LARGEST_FILE)
async def answer(request: GatewayRequest) -> Response[bytes]:
    """Give the verdict."""
    files, posted = await read_upload(request, largest=LARGEST_FILE)
    file = files[UPLOADED].content if UPLOADED in files else b""
    text = (posted.get("teks") or [""])[-1].strip()
    if not file and not text:
        return _page(request, None, mistakes=[Wrong("berkas", NOTHING_GIVEN)])
    verdict = await calls_of(request).judge.verdict(file or text.encode())
    return _page(request, verdict_page(verdict))


def verdict_page(verdict: Verdict) -> VerdictPage:
    """Give a verdict as its page shows it."""
    return VerdictPage(
        word=VERDICT_WORDS[_told(verdict)],
        reasons=[reason.text for reason in verdict.reasons],
        facts=_facts(verdict),
        key_id=verdict.key_id,
        parts=[_part(part) for part in verdict.parts],
    )


_STILL_GENUINE: Final = frozenset(
    {"expired", "code_only", "part_revoked", "page_saved_again", "status_not_checked", "document_missing"}
)
"""Reasons that make of a genuine output that is past its time nothing else."""


def _told(verdict: Verdict) -> str:
    if verdict.word == "unknown" and verdict.reasons and all(each.code in _STILL_GENUINE for each in verdict.reasons):
        return "expired"
    if verdict.word != "valid":
        return verdict.word
    if not verdict.status_checked:
        return "valid-status-unchecked"
    return "valid-part-revoked" if any(part.revoked for part in verdict.parts) else "valid"


def _facts(verdict: Verdict) -> list[tuple[Text, object]]:
    facts: list[tuple[Text, object]] = [
        (Text("Dokumen", "Document"), verdict.title),
        (Text("Nomor permohonan", "Reference"), verdict.case),
        (Text("Diterbitkan", "Issued"), verdict.issued_at),
        (VALID_UNTIL, verdict.valid_until),
        (RENEWED, verdict.renewed_at),
        (RENEWABLE, None if verdict.renewed_at else verdict.renewable_from),
        (Text("Penanggung jawab", "Answered for by"), verdict.lead),
        *((verdict.holder_labels.get(name, Text(name, name)), value) for name, value in verdict.holder.items()),
        (Text("Penerbit", "Issuer"), verdict.issuer),
    ]
    return [(label, value) for label, value in facts if value]


def _part(part: PartVerdict) -> PartRow:
    kind = "checked" if part.checked else "problem" if part.problem and part.proof == "agency" else part.proof
    if part.problem == "no keys":
        kind = "agency"
    return PartRow(
        title=part.title,
        agency=part.agency_title or part.agency,
        word=_word(part),
        proof=PROOFS.get(kind),
        key_id=part.key_id,
        checked=part.checked,
        values=part.values,
        documents=[_document(document) for document in part.documents],
        refusal=part.refusal,
        text=part.text,
        revoked=part.revoked,
        revoked_at=part.revoked_at,
        revoked_by_law=part.revoked_by_law,
    )


def _word(part: PartVerdict) -> Word:
    if part.revoked:
        return PART_WORDS["revoked"]
    word = PART_WORDS.get(part.word, PART_WORDS["missing"])
    if part.word == "deemed" and part.at is not None:
        return structs.replace(word, word=by_law(part.at))
    return word


def _document(document: ShownDocument) -> DocumentRow:
    return DocumentRow(
        label=document.label,
        name=document.name,
        about=document_about(document.type, document.size),
        digest=document.digest,
        signed=document.signed,
    )


def _page(
    request: GatewayRequest, verdict: VerdictPage | None, *, mistakes: list[Wrong] | None = None
) -> Response[bytes]:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if mistakes else HTTPStatus.OK
    context = {"verdict": verdict, "mistakes": mistakes or []}
    return replies.page(request, "citizen/verify.html", replies.shell_of(request), status=status, context=context)


ROUTES: Final = (ask, answer)
