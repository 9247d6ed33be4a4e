from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link
from pypdf.generic import DictionaryObject, NameObject

from contracts.documents import LARGEST_BYTES
from tests.unit.workflows.outputs.judging import CREDENTIAL, LINK, PDF, judged, reasons, rewritten
from tests.unit.workflows.outputs.sample import (
    CERTIFICATE,
    attested_part,
    documented_part,
    seal,
    sealed,
    signed_part,
)
from workflows.loading.hashing import content_digest
from workflows.outputs.document import ATTACHMENT, output_pdf
from workflows.outputs.verify import Verdict


def test_a_pdf_as_issued_is_valid() -> None:
    verdict = judged(PDF)
    assert (verdict.word, verdict.presented, verdict.page) == ("valid", "pdf", "as issued")


@pytest.mark.parametrize("seed", range(5))
def test_one_flipped_bit_anywhere_in_the_pdf_is_altered(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # which bits to flip is no secret
    for _ in range(2):
        assert flipped(chance.randrange(16, len(PDF)), chance.randrange(8)) == ("altered", "differs")


@pytest.mark.parametrize("where", [b"/Creator(Typst", b"CreatorTool>Typst"])
def test_one_flipped_bit_in_the_name_of_the_program_is_altered(where: bytes) -> None:
    # Of a file of another program only the words are compared: a changed bit must not make it one.
    assert flipped(PDF.index(where) + len(where) - 1, 0) == ("altered", "differs")


def flipped(position: int, bit: int) -> tuple[str, str]:
    changed = bytearray(PDF)
    changed[position] ^= 1 << bit
    verdict = judged(bytes(changed))
    # Damage beyond reading leaves no page to compare.
    return verdict.word, verdict.page or "differs"


def test_a_file_that_says_in_both_places_that_another_version_made_it_is_compared_by_its_words() -> None:
    verdict = judged(PDF.replace(b"Typst 0.", b"Typst 9."))
    assert (verdict.word, verdict.page) == ("valid", "same words")
    assert "page_saved_again" in reasons(verdict)


def test_every_flipped_bit_in_the_attached_credential_is_altered() -> None:
    packed = next(
        stream for stream in PDF.split(b"stream\n") if _inflated(stream).startswith(CREDENTIAL[:100].encode())
    )
    start = PDF.index(packed)
    for position in range(start + 2, start + len(zlib.compress(CREDENTIAL.encode())) - 200, 700):
        changed = bytearray(PDF)
        changed[position] ^= 0x10
        assert judged(bytes(changed)).word == "altered"


def _inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def test_a_pdf_that_another_program_saved_again_is_valid_with_a_warning() -> None:
    verdict = judged(rewritten())
    assert (verdict.word, verdict.page) == ("valid", "same words")
    assert "page_saved_again" in reasons(verdict)


def test_a_page_that_says_something_else_than_its_credential_is_altered() -> None:
    other = sealed(signed_part(values={"nib": "9999999999999", "risk": "low"}, evidence={}))

    def swap(writer: PdfWriter) -> None:
        writer.pages[0].replace_contents(PdfReader(BytesIO(output_pdf(other, LINK))).pages[0].get_contents())

    verdict = judged(rewritten(swap))
    assert (verdict.word, verdict.page) == ("altered", "differs")
    assert [part.values[0].value.id for part in verdict.parts[:1]] == ["9120000000017"]


def test_a_note_laid_over_the_page_is_altered() -> None:
    def cover(writer: PdfWriter) -> None:
        writer.add_annotation(0, FreeText(text="NIB: 9999999999999", rect=(50, 400, 300, 450)))

    verdict = judged(rewritten(cover))
    assert (verdict.word, verdict.page, verdict.reasons[-1].detail) == (
        "altered",
        "differs",
        "the pages carry pictures or annotations",
    )


def test_the_code_of_another_output_on_the_page_is_altered() -> None:
    other = sealed(attested_part(), status_index=8)
    verdict = judged(output_pdf(CREDENTIAL, seal().qr_link(other)))
    assert (verdict.word, "page_other_code" in reasons(verdict)) == ("altered", True)


def test_a_pdf_with_two_credentials_is_altered() -> None:
    def add(writer: PdfWriter) -> None:
        writer.add_attachment(ATTACHMENT, CREDENTIAL.encode())

    assert reasons(judged(rewritten(add))) == ["several_credentials"]


LIES: dict[str, Callable[[PdfWriter], object]] = {
    "another title": lambda writer: writer.add_metadata({"/Title": "Izin lingkungan"}),
    "a link elsewhere": lambda writer: writer.add_annotation(0, Link(rect=(0, 0, 9, 9), url="https://evil.example/")),
    "a script": lambda writer: writer.root_object.update({NameObject("/OpenAction"): DictionaryObject()}),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_reader_shows_beside_the_words_cannot_lie_in_a_valid_file(lie: str) -> None:
    verdict = judged(rewritten(LIES[lie]))
    assert (verdict.word, verdict.page, verdict.reasons[-1].code) == ("altered", "differs", "page_changed")


def test_a_file_that_says_less_is_compared_by_its_words() -> None:
    def silence(writer: PdfWriter) -> None:
        writer.remove_links()
        del writer.root_object["/Metadata"], writer.root_object["/Outlines"]

    verdict = judged(rewritten(silence))
    assert (verdict.word, verdict.page) == ("valid", "same words")


def documented(**changes: Any) -> tuple[str, bytes]:
    credential = sealed(documented_part(**changes))
    return credential, output_pdf(credential, seal().qr_link(credential), {content_digest(CERTIFICATE): CERTIFICATE})


def test_a_pdf_with_an_agencys_document_is_as_issued() -> None:
    verdict = judged(documented()[1])
    assert (verdict.word, verdict.page) == ("valid", "as issued")


def resaved(pdf: bytes, change: Callable[[PdfWriter], object]) -> Verdict:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.add_metadata({"/Producer": "Another program"})
    change(writer)
    out = BytesIO()
    writer.write(out)
    return judged(out.getvalue())


def test_a_document_that_was_exchanged_or_added_is_altered_also_where_the_words_are_the_same() -> None:
    pdf = documented()[1]

    def exchange(writer: PdfWriter) -> None:
        next(entry for entry in writer.attachment_list if entry.name == "1-business-1.pdf").content = b"%PDF-1.4 other"

    verdict = resaved(pdf, exchange)
    assert (verdict.word, "document_altered" in reasons(verdict)) == ("altered", True)
    verdict = resaved(pdf, lambda writer: writer.add_attachment("more.pdf", CERTIFICATE + b"x"))
    assert (verdict.word, "document_altered" in reasons(verdict)) == ("altered", True)
    assert resaved(pdf, lambda _: None).page == "same words"


def test_a_pdf_without_its_document_is_valid_and_said_to_lack_it() -> None:
    credential, pdf = documented()
    verdict = judged(output_pdf(credential, seal().qr_link(credential)))
    assert (verdict.word, "document_missing" in reasons(verdict)) == ("valid", True)
    assert "document_missing" not in reasons(judged(pdf))


def test_attachments_that_unfold_to_more_than_a_joint_output_carries_are_not_read_to_the_end() -> None:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(documented()[1])))
    for number in range(3):
        writer.add_attachment(f"{number}.pdf", bytes(LARGEST_BYTES))
    out = BytesIO()
    writer.compress_identical_objects()
    writer.write(out)
    verdict = judged(out.getvalue())
    assert (verdict.word, reasons(verdict)) == ("altered", ["unreadable"])
    assert "larger than 12 MiB" in verdict.reasons[0].detail
