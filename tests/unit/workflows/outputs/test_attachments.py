"""What a PDF carries of a case's documents follows from its parts alone, and reaches it to the byte."""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from contracts.documents import LARGEST_BYTES
from contracts.units import Text
from contracts.views import PartView
from tests.unit.workflows.outputs.sample import (
    CERTIFICATE,
    attested_part,
    certificate,
    closing_record,
    documented_part,
    seal,
    sealed,
)
from workflows.outputs.attachments import CARRIED_BYTES, carried_documents, laid_out
from workflows.outputs.credential import part_claims
from workflows.outputs.document import ATTACHMENT, TEMPLATES, closing_pdf, output_documents, output_pdf

DIGEST = f"sha256:{hashlib.sha256(CERTIFICATE).hexdigest()}"


def carried(*parts: PartView) -> list[str]:
    return [entry.digest for entry in carried_documents([part_claims(part) for part in parts])]


def of_size(size: int, digit: str) -> PartView:
    described = {"type": "application/pdf", "name": "a.pdf", "size": size, "digest": "sha256:" + digit * 64}
    return documented_part(document=described)


def attachments(pdf: bytes) -> dict[str, bytes]:
    return {entry.name: entry.content for entry in PdfReader(BytesIO(pdf)).attachment_list}


def test_a_document_is_attached_to_the_joint_output_byte_for_byte() -> None:
    credential = sealed(attested_part(), documented_part())
    pdf = output_pdf(credential, seal().qr_link(credential), {DIGEST: CERTIFICATE})
    assert attachments(pdf) == {ATTACHMENT: credential.encode(), "2-business-1.pdf": CERTIFICATE}
    assert output_pdf(credential, seal().qr_link(credential), {DIGEST: CERTIFICATE}) == pdf, "the same bytes again"


def test_a_document_is_attached_to_the_closing_record_too() -> None:
    pdf = closing_pdf(closing_record(documented_part(evidence={})), {DIGEST: CERTIFICATE})
    assert attachments(pdf) == {"1-business-1.pdf": CERTIFICATE}


def test_the_page_names_the_document_and_whether_it_is_attached() -> None:
    credential = sealed(documented_part(), of_size(LARGEST_BYTES, "a"), of_size(LARGEST_BYTES, "b"))
    pages = PdfReader(BytesIO(output_pdf(credential, seal().qr_link(credential)))).pages
    text = " ".join(" ".join(page.extract_text() for page in pages).split())
    assert DIGEST in re.sub(r"[\s\u200b]", "", text)
    for words in (
        "Sertifikat NIB: NIB 9120000000017.pdf",
        "PDF, 1 kB; terlampir pada berkas ini",
        "PDF, 10,5 MB; tidak dilampirkan; unduh dari permohonan",
        "Tanda tangan instansi di dalam berkasnya tetap utuh",
    ):
        assert words in text


def test_what_is_beyond_the_cap_is_left_out_and_smaller_ones_after_it_are_not() -> None:
    first, second, small = of_size(LARGEST_BYTES, "a"), of_size(LARGEST_BYTES, "b"), of_size(7, "c")
    assert 2 * LARGEST_BYTES > CARRIED_BYTES
    assert carried(first, second, small) == ["sha256:" + "a" * 64, "sha256:" + "c" * 64]


def test_the_same_content_is_carried_once_and_what_is_no_document_not_at_all() -> None:
    assert carried(documented_part(), documented_part()) == [DIGEST]
    assert carried(documented_part(values={"akta": {"digest": DIGEST}}, documents=["akta", "other"])) == []
    assert carried(of_size(0, "a"), of_size(LARGEST_BYTES + 1, "a")) == []


def test_the_name_of_an_attached_file_is_ours_and_its_words_are_legible() -> None:
    hostile = certificate(name='../../etc/\u202efdp"\r\nX: y')
    (entry,) = output_documents(
        sealed(documented_part(document=hostile, labels={"akta": Text("a\u202eb" + "x" * 500, "-")}))
    )
    assert entry.file == "1-business-1.pdf"
    assert "\u202e" not in entry.about
    assert len(entry.about) <= 200


def test_documents_of_a_part_never_lie_on_a_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with laid_out(TEMPLATES, {"a.pdf": CERTIFICATE}) as folder:
        document = folder / "documents" / "a.pdf"
        assert document.read_bytes() == CERTIFICATE
        assert document.readlink().is_relative_to("/proc/self/fd")
        assert (folder / "style.typ").read_bytes() == (TEMPLATES / "style.typ").read_bytes()
    assert not list(tmp_path.iterdir())
