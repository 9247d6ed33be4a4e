from __future__ import annotations

import random
import zlib
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText

from tests.unit.workflows.outputs.judging import CREDENTIAL, LINK, PDF, judged, reasons, rewritten
from tests.unit.workflows.outputs.sample import (
    attested_part,
    seal,
    sealed,
    signed_part,
)
from workflows.outputs.document import ATTACHMENT, output_pdf


def test_a_pdf_as_issued_is_valid() -> None:
    verdict = judged(PDF)
    assert (verdict.word, verdict.presented, verdict.page) == ("valid", "pdf", "as issued")


@pytest.mark.parametrize("seed", range(5))
def test_one_flipped_bit_anywhere_in_the_pdf_is_altered(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # which bits to flip is no secret
    for _ in range(3):
        changed = bytearray(PDF)
        changed[chance.randrange(16, len(PDF))] ^= 1 << chance.randrange(8)
        verdict = judged(bytes(changed))
        # A bit of what says which program made the file: then its words are compared, and the reader is told.
        told = any(reason.code == "page_saved_again" for reason in verdict.reasons)
        assert verdict.word == "altered" or told
        assert verdict.page != "as issued"


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


def test_a_page_without_its_links_is_compared_by_its_words() -> None:
    def unlink(writer: PdfWriter) -> None:
        writer.remove_links()

    assert (judged(rewritten(unlink)).word, judged(rewritten(unlink)).page) == ("valid", "same words")
