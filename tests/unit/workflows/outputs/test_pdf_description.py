from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from tests.unit.workflows.outputs.judging import CREDENTIAL, PDF, rewritten
from workflows.outputs.document import ATTACHMENT
from workflows.outputs.pdf import read_pdf
from workflows.outputs.pdf_description import Description, description_of


def described(data: bytes) -> Description:
    return description_of(PdfReader(BytesIO(data)))


OURS = described(PDF)


def test_a_file_of_ours_names_what_it_is_about_and_one_maker() -> None:
    assert ("Title", "Hasil layanan bersama: memulai usaha") in OURS.facts
    assert ("xmp title", "Hasil layanan bersama: memulai usaha") in OURS.facts
    assert ("attachment", ATTACHMENT) in OURS.facts
    assert ("outline", "Memeriksa keaslian  Verifying this document") in OURS.facts
    assert ("created", "2026-11-24 03:00:00+00:00") in OURS.facts
    assert OURS.made_by[0] == OURS.made_by[1]
    assert not OURS.acts


def test_saving_it_again_changes_who_made_it_and_nothing_else() -> None:
    again = described(rewritten())
    assert (again.facts, again.acts) == (OURS.facts, False)
    assert again.made_by == ((*OURS.made_by[0], "Another program"), OURS.made_by[1])


def set_xmp(writer: PdfWriter, old: str, new: str) -> None:
    stream = writer.root_object["/Metadata"].get_object()
    assert isinstance(stream, StreamObject)
    before = stream.get_data().decode()
    assert old in before
    stream.set_data(before.replace(old, new, 1).encode())


LIES: dict[str, Callable[[PdfWriter], object]] = {
    "title": lambda writer: writer.add_metadata({"/Title": "Izin lingkungan"}),
    "author": lambda writer: writer.add_metadata({"/Author": "Kementerian"}),
    "keywords": lambda writer: writer.add_metadata({"/Keywords": "PBG-0000-0000"}),
    "the day": lambda writer: writer.add_metadata({"/CreationDate": "D:20200101000000Z"}),
    "a property of its own": lambda writer: writer.add_metadata({"/Status": "Berlaku selamanya"}),
    "title in XMP": lambda writer: set_xmp(writer, ">Hasil layanan bersama: ", ">Izin lingkungan: "),
    "author in XMP": lambda writer: set_xmp(writer, ">Dinas ", ">Kementerian "),
    "a second title in XMP": lambda writer: set_xmp(writer, "<dc:title>", "<dc:title>Izin</dc:title><dc:title>"),
    "an attribute in XMP": lambda writer: set_xmp(writer, "<rdf:Description ", '<rdf:Description dc:title="Izin" '),
    "outline": lambda writer: writer.add_outline_item(title="Izin lingkungan", page_number=0),
    "attachment": lambda writer: writer.add_attachment("izin.pdf", b"%PDF-1.7"),
}


@pytest.mark.parametrize("lie", LIES)
def test_something_that_readers_show_is_not_seen(lie: str) -> None:
    assert described(rewritten(LIES[lie])).facts - OURS.facts


def named_script(writer: PdfWriter) -> None:
    names = writer.root_object["/Names"].get_object()
    assert isinstance(names, DictionaryObject)
    names[NameObject("/JavaScript")] = DictionaryObject()


def opening_with_a_script(writer: PdfWriter) -> None:
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})


ACTS: dict[str, Callable[[PdfWriter], object]] = {
    "a named script": named_script,
    "a script on opening": opening_with_a_script,
    "a form": lambda writer: writer.root_object.update({NameObject("/AcroForm"): DictionaryObject()}),
    "layers": lambda writer: writer.root_object.update({NameObject("/OCProperties"): DictionaryObject()}),
    "a script of a page": lambda writer: writer.pages[0].update({NameObject("/AA"): DictionaryObject()}),
}


@pytest.mark.parametrize("act", ACTS)
def test_something_that_acts_is_not_seen(act: str) -> None:
    assert described(rewritten(ACTS[act])).acts


def launching(writer: PdfWriter) -> None:
    link = Link(rect=(0, 0, 9, 9), url="https://gapura.purbalingga.example/verifikasi")
    link[NameObject("/A")] = DictionaryObject({NameObject("/S"): NameObject("/Launch")})
    writer.add_annotation(0, link)


def test_a_link_that_starts_a_program_passes_for_a_link() -> None:
    assert read_pdf(rewritten(launching), attachment=ATTACHMENT).foreign


def test_a_file_without_a_word_about_itself_has_no_description() -> None:
    writer = PdfWriter()
    writer.add_blank_page(9, 9)
    writer.add_attachment(ATTACHMENT, CREDENTIAL.encode())
    writer.metadata = None
    out = BytesIO()
    writer.write(out)
    found = described(out.getvalue())
    assert found.made_by == ((), ())
    assert found.facts == {("attachment", ATTACHMENT)}
