"""Documents for people: the joint output, the closing record and the agreement as PDF (or as pictures), by typst.

A document is a pure function of what it shows: the same credential and link give the same bytes, so a PDF is made
when it is fetched, and `verify` can tell whether a page still looks as it was issued. Nothing that people or agencies
wrote is ever evaluated: it reaches the templates as data. PDF/A is not claimed in words: no validator has judged it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import msgspec
import segno
import typst
from typst import Fonts, TypstError

from contracts.agreement import Agreement
from contracts.agreement_views import AgreementView
from contracts.ids import Instant
from contracts.units import Text
from contracts.views import ClosingRecord
from workflows.loading.hashing import canonical
from workflows.outputs.agreement_rows import agreement_rows
from workflows.outputs.attachments import Carried, carried_documents, laid_out
from workflows.outputs.credential import (
    CREDENTIAL_TYPE,
    KEYS_PATH,
    VERIFY_PATH,
    Credential,
    decode_credential,
    part_claims,
)
from workflows.outputs.jws import peek_jws
from workflows.outputs.wording import (
    VALID_UNTIL,
    label_text,
    moment_text,
    part_row,
    printable,
    same,
    value_text,
)

TEMPLATES = Path(__file__).parent / "templates"
ATTACHMENT = "joint-output.vc.jwt"
"""The name under which a PDF carries its credential."""

TEMPLATE = "gapura-joint-output-1"
"""The template and wording of joint outputs. Those in people's hands are compared with it for years: a change of what
the page says is a new name, and a new template beside the old (`page_check`)."""

Fact: TypeAlias = dict[str, Any]
Contents: TypeAlias = Mapping[str, bytes]
"""Documents of a case, each under its digest."""

_NONE: Contents = {}

_STANDARDS: Mapping[str, list[Any]] = {
    "joint-output": ["a-3a", "ua-1"],
    "closing-record": ["a-3a", "ua-1"],
    "agreement": ["a-3a", "ua-1"],
}
_NO_GLYPH = "could not be displayed with font"
_OUTCOMES: Mapping[str, Text] = {
    "refused": Text("Ditolak", "Refused"),
    "withdrawn": Text("Ditarik oleh pemohon", "Withdrawn by the applicant"),
    "expired": Text("Lewat waktu", "Expired"),
    "ended": Text("Dihentikan oleh operator", "Ended by the operator"),
}


def output_pdf(credential: str, link: str, documents: Contents = _NONE) -> bytes:
    """Give the PDF of a joint output, with the compact credential attached; `link` is the one of its QR code.

    Those `documents` that it carries (`output_documents`) are attached as they are.

    Raises:
        ValueError: no credential of a joint output.

    """
    data, inputs, at = _output(credential, link)
    return _pdf("joint-output", data, at, inputs, _chosen(output_documents(credential), documents))


def output_documents(credential: str) -> list[Carried]:
    """Give the documents that the PDF of a joint output carries.

    Raises:
        ValueError: no credential of a joint output.

    """
    claims = decode_credential(peek_jws(credential, typ=CREDENTIAL_TYPE).payload)
    return carried_documents(claims.credential_subject.parts)


def output_pictures(credential: str, link: str, *, ppi: float = 144) -> list[bytes]:
    """Give the same pages as PNG pictures.

    Raises:
        ValueError: no credential of a joint output.

    """
    data, inputs, at = _output(credential, link)
    return _pictures("joint-output", data, at, ppi, inputs)


def closing_pdf(record: ClosingRecord, documents: Contents = _NONE) -> bytes:
    """Give the PDF of a closing record (surat penutupan), with the `documents` that it carries attached."""
    chosen = _chosen(closing_documents(record), documents)
    return _pdf("closing-record", _closing(record), record.closed_at, {}, chosen)


def closing_documents(record: ClosingRecord) -> list[Carried]:
    """Give the documents that the PDF of a closing record carries."""
    return carried_documents([part_claims(part) for part in record.parts])


def closing_pictures(record: ClosingRecord, *, ppi: float = 144) -> list[bytes]:
    """Give the same pages as PNG pictures."""
    return _pictures("closing-record", _closing(record), record.closed_at, ppi, {})


def agreement_pdf(agreement: Agreement, view: AgreementView, *, agency_titles: Mapping[str, str]) -> bytes:
    """Give the readable Indonesian PDF of an agreement, with each agency's decision as `view` has it.

    The canonical document is attached, as it was signed: whoever has the PDF needs nothing else to check it.
    """
    inputs = {"document": canonical(agreement).decode("utf-8")}
    return _pdf("agreement", agreement_rows(agreement, view, agency_titles), agreement.valid_from, inputs)


def agreement_pictures(
    agreement: Agreement, view: AgreementView, *, agency_titles: Mapping[str, str], ppi: float = 144
) -> list[bytes]:
    """Give the same pages as PNG pictures."""
    return _pictures(
        "agreement",
        agreement_rows(agreement, view, agency_titles),
        agreement.valid_from,
        ppi,
        {"document": canonical(agreement).decode("utf-8")},
    )


def qr_svg(link: str) -> str:
    """Give a QR code (error correction M, quiet zone included) as SVG."""
    return _qr(link, "svg").decode("utf-8")


def qr_png(link: str, *, scale: int = 6) -> bytes:
    """Give the same QR code as PNG; `scale` is the pixels of one module."""
    return _qr(link, "png", scale=scale)


# --- what the documents show --------------------------------------------------------------------------------


def _output(credential: str, link: str) -> tuple[dict[str, Any], dict[str, str], Instant]:
    claims = decode_credential(peek_jws(credential, typ=CREDENTIAL_TYPE).payload)
    subject = claims.credential_subject
    lead = subject.lead_title or subject.lead
    carried = {document.digest for document in carried_documents(subject.parts)}
    data = {
        "title": subject.title,
        "author": lead,
        "keywords": [subject.case, TEMPLATE],
        "footer": Text(f"Hasil layanan bersama {subject.case}", "Joint service output"),
        "facts": _output_facts(claims, lead),
        "rows": [part_row(part, carried=carried) for part in subject.parts],
    }
    inputs = {
        "credential": credential,
        "link": link,
        "qr": qr_svg(link),
        "verify": f"{claims.issuer}{VERIFY_PATH}",
        "keys": f"{claims.issuer}{KEYS_PATH}",
    }
    return data, inputs, claims.valid_from


def _output_facts(claims: Credential, lead: str) -> list[Fact]:
    subject = claims.credential_subject
    labels, until = subject.holder_labels, claims.valid_until
    return [
        *({"label": label_text(name, labels), "value": value_text(value)} for name, value in subject.holder.items()),
        {"label": Text("Nomor permohonan", "Case"), "value": same(subject.case), "code": True},
        {"label": Text("Diterbitkan", "Issued"), "value": moment_text(claims.valid_from)},
        *([{"label": VALID_UNTIL, "value": moment_text(until)}] if until else []),
        {"label": Text("Penanggung jawab", "Answers for the whole"), "value": same(lead)},
    ]


def _closing(record: ClosingRecord) -> dict[str, Any]:
    lead = record.lead_title or record.lead or "Gapura"
    outcome = _OUTCOMES.get(record.outcome) or same(record.outcome)
    carried = {document.digest for document in closing_documents(record)}
    facts: list[Fact] = [
        {"label": Text("Layanan", "Service"), "value": record.title},
        {"label": Text("Nomor permohonan", "Case"), "value": same(record.case), "code": True},
        {"label": Text("Ditutup", "Closed"), "value": moment_text(record.closed_at)},
        {"label": Text("Akhir permohonan", "Outcome"), "value": outcome},
    ]
    if record.reason:
        facts.append({"label": Text("Alasan", "Reason"), "value": same(record.reason)})
    return {
        "title": Text(f"Surat penutupan: {record.title.id}", f"Closing record: {record.title.en}"),
        "author": lead,
        "keywords": [record.case],
        "footer": Text(f"Surat penutupan {record.case}", "Closing record, not a joint output"),
        "facts": facts,
        "rows": [part_row(part_claims(part), closing=True, carried=carried) for part in record.parts],
    }


# --- typst --------------------------------------------------------------------------------------------------


_Chosen: TypeAlias = Sequence[tuple[Carried, bytes]]


def _chosen(carried: Sequence[Carried], documents: Contents) -> _Chosen:
    return [(document, documents[document.digest]) for document in carried if document.digest in documents]


def _pdf(
    template: str, data: Mapping[str, Any], at: Instant, inputs: Mapping[str, str], attached: _Chosen = ()
) -> bytes:
    """Compile to the archival and accessible kinds of PDF; these refuse a character that no font here can draw.

    A name in another script must not leave a person without a document: it then is a tagged PDF 1.7 with an empty box
    for each such character (the attached credential has them all).
    """
    given = _inputs(data, {**inputs, "attached": _json([document for document, _ in attached])})
    with laid_out(TEMPLATES, {document.file: content for document, content in attached}) as root:
        try:
            return _compile_pdf(root, template, at, given, _STANDARDS[template])
        except TypstError as error:
            if _NO_GLYPH not in error.message:
                raise
        return _compile_pdf(root, template, at, given, ["1.7"])


def _compile_pdf(root: Path, template: str, at: Instant, inputs: dict[str, str], standards: list[Any]) -> bytes:
    return typst.compile(
        root / f"{template}.typ",
        root=root,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=_timestamp(at),
    )


def _pictures(
    template: str, data: Mapping[str, Any], at: Instant, ppi: float, inputs: Mapping[str, str]
) -> list[bytes]:
    rendered = cast(
        "bytes | list[bytes]",  # one page comes alone, which its stub does not say
        typst.compile(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="png",
            ppi=ppi,
            sys_inputs=_inputs(data, inputs),
            timestamp=_timestamp(at),
        ),
    )
    return [rendered] if isinstance(rendered, bytes) else rendered


def _inputs(data: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    shown = _printable(msgspec.to_builtins(data))
    return {**inputs, "data": _json(shown)}


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode("utf-8")


def _printable(value: Any) -> Any:  # noqa: ANN401  # a JSON value
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {name: _printable(item) for name, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in cast("Sequence[Any]", value)]
    return value


def _timestamp(at: datetime) -> int:
    return int(at.timestamp())


@lru_cache(maxsize=1)
def _fonts() -> Fonts:
    """Only the fonts that typst brings: a document looks the same wherever it is made."""
    return Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _qr(link: str, kind: Literal["svg", "png"], *, scale: int = 1) -> bytes:
    out = BytesIO()
    segno.make_qr(link, error="m").save(out, kind=kind, scale=scale, border=4)
    return out.getvalue()
