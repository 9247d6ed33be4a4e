"""A signed agreement that came back as a PDF: whether it is the one that was proposed, and what is signed in it.

pyhanko looks at the signatures in the file, without asking anybody on a network. What it finds is told and decides
nothing: whether a signature binds an agency is for the law, and for the people who record it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyhanko is typed, and what it holds of certificates is not.
from __future__ import annotations

import logging
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from workflows.loading.hashing import content_digest
from workflows.outputs.pdf import MOST_CPU_S, PdfTooCostly, PdfUnreadable, read_pdf, within

ATTACHED: Final = "agreement.json"
"""The name under which the PDF of an agreement carries its document."""
_MOST_SIGNATURES: Final = 20

Certificate: TypeAlias = Any
"""A certificate as pyhanko holds it; the library of its type has no types."""
Found = Literal["none", "valid", "unknown", "altered"]

for _name in ("pyhanko", "pyhanko_certvalidator"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)  # they log in the words of whoever made the file


NOT_IN_IT: Final = (
    "The PDF does not contain the agreement: neither its document agreement.json as an attachment, nor its digest as "
    "text. Sign the PDF of the agreement electronically, or attach agreement.json to the scan."
)
OTHER: Final = "The PDF contains another agreement: sign the PDF of this one."


class NotThisAgreement(ValueError):
    """The PDF cannot be recorded for this agreement; the message says why, and what to do."""


class Returned(Struct, frozen=True, kw_only=True):
    """What is signed in a PDF: the gravest that was found of any signature, and the names in their certificates."""

    found: Found
    signers: tuple[str, ...] = ()


def look_at(content: bytes, agreement: str, roots: Sequence[Certificate] = ()) -> Returned:
    """Look at a PDF that came back for the agreement of this digest.

    Raises:
        NotThisAgreement: it is no PDF that can be read, or does not contain the agreement: neither its document nor
            its digest.

    """
    try:
        contents = read_pdf(content, attachment=ATTACHED)
    except PdfUnreadable as error:
        why = str(error).partition(";")[0]
        raise NotThisAgreement(f"It cannot be read: {why}. Send the signed PDF itself, not encrypted.") from error
    attached = [content_digest(one) for one in contents.attachments if one is not None]
    # What is attached decides: the text of an agreement may name an earlier one, which it replaces.
    if contents.attachments and agreement not in attached:
        raise NotThisAgreement(OTHER)
    if not contents.attachments and agreement not in "".join(contents.words).replace("\u200b", ""):
        raise NotThisAgreement(NOT_IN_IT)
    try:
        return within(MOST_CPU_S, lambda: _signatures(content, roots))
    except PdfTooCostly as error:
        raise NotThisAgreement("Reading the signatures in the PDF takes too long: sign a fresh copy.") from error


def attached_agreement(content: bytes) -> str:
    """Give the digest of the agreement whose document is attached to a PDF; nothing where there is none to be read."""
    try:
        contents = read_pdf(content, attachment=ATTACHED)
    except PdfUnreadable:
        return ""
    return next((content_digest(one) for one in contents.attachments if one is not None), "")


def read_roots(path: Path) -> list[Certificate]:
    """Read certificates from a PEM file. Raises ValueError: there are none; OSError: it cannot be read."""
    from pyhanko.keys import load_certs_from_pemder_data  # noqa: PLC0415 - as below

    message = f"{path} holds no certificates in PEM"
    try:
        found: list[Certificate] = list(load_certs_from_pemder_data(path.read_bytes()))
    except ValueError as error:
        raise ValueError(message) from error
    if not found:
        raise ValueError(message)
    return found


def _signatures(content: bytes, roots: Sequence[Certificate]) -> Returned:
    # Only now: few ever record a PDF, and every start of a gateway would wait for it.
    from pyhanko.pdf_utils.reader import PdfFileReader  # noqa: PLC0415 - see above

    try:
        signatures = list(PdfFileReader(BytesIO(content), strict=False).embedded_regular_signatures)
    except Exception:  # noqa: BLE001 - a parser of hostile files may raise anything; pypdf has read this one
        return Returned(found="altered")
    if not signatures:
        return Returned(found="none")
    found = [_one(signature, roots) for signature in signatures[:_MOST_SIGNATURES]]
    gravest: Found = next(word for word in _GRAVEST if word in {each for each, _ in found})
    return Returned(found=gravest, signers=tuple(dict.fromkeys(name for _, name in found if name)))


_GRAVEST: Final[tuple[Found, ...]] = ("altered", "unknown", "valid")


def _one(signature: EmbeddedPdfSignature, roots: Sequence[Certificate]) -> tuple[Found, str]:
    from pyhanko.sign.validation import validate_pdf_signature  # noqa: PLC0415 - see above
    from pyhanko_certvalidator import ValidationContext  # noqa: PLC0415 - see above

    try:
        context = ValidationContext(trust_roots=list(roots), allow_fetching=False)
        status = validate_pdf_signature(signature, context)
        name = str(signature.signer_cert.subject.human_friendly)
    except Exception:  # noqa: BLE001 - whatever it trips over, this signature shows nothing
        return "altered", ""
    if not (status.intact and status.valid and status.docmdp_ok):
        return "altered", name
    return ("valid" if status.trusted else "unknown"), name
