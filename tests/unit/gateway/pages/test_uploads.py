"""A file that somebody chooses is judged by its content, told in both languages, and is an answer of its form."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from contracts.documents import LARGEST_BYTES
from contracts.units import Text
from gateway.pages import filling
from gateway.pages.forms import build_form
from gateway.pages.posting import Upload, parse_upload
from gateway.pages.uploads import file_answers, file_hint, placed
from gateway.problems import BodyUnreadable

PDF = b"%PDF-1.4 a letter"
LABEL = {"id": "Surat", "en": "Letter"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["number", "paper"],
    "properties": {
        "number": {"type": "string", "minLength": 2, "x-ui": {"label": {"id": "Nomor", "en": "Number"}}},
        "paper": {"document": "application/pdf", "x-ui": {"label": LABEL, "component": "textarea"}},
        "photo": {"document": ["image/png", "image/jpeg"], "x-ui": {"label": {"id": "Gambar", "en": "Photo"}}},
    },
}


def said(*files: tuple[str, bytes], number: str = "12") -> dict[str, Text]:
    given = {pointer: Upload("a.pdf", content) for pointer, content in files}
    return filling.judged(SCHEMA, {"/number": [number]}, given).wrong


def test_a_file_is_given_on_as_an_agency_would_give_it() -> None:
    filled = filling.judged(SCHEMA, {"/number": ["12"]}, {"/paper": Upload("Surat 12.pdf", PDF)})
    assert filled.mistakes == []
    assert filled.answers["number"] == "12"
    assert filled.answers["paper"]["name"] == "Surat 12.pdf"
    assert b64decode(filled.answers["paper"]["bytes"]) == PDF


@pytest.mark.parametrize(
    ("pointer", "content", "id_", "en"),
    [
        ("/paper", b"", "Surat: berkas ini kosong", "Letter: this file is empty"),
        ("/paper", b"<html>%PDF-", "Surat: isi berkas ini bukan PDF", "Letter: what is in this file is no PDF"),
        ("/photo", PDF, "Gambar: isi berkas ini bukan PNG atau JPG", "Photo: what is in this file is no PNG or JPG"),
        (
            "/paper",
            PDF + bytes(LARGEST_BYTES),
            "Surat: berkas ini lebih besar dari 10 MB",
            "Letter: this file is larger than 10 MB",
        ),
    ],
    ids=["empty", "page", "another type", "large"],
)
def test_what_is_wrong_with_a_file_is_said_in_both_languages(pointer: str, content: bytes, id_: str, en: str) -> None:
    assert said((pointer, content))[pointer] == Text(id_, en)


def test_a_missing_file_and_every_other_mistake_come_at_once() -> None:
    assert said(("/photo", PDF), number="1") == {
        "/number": Text("Nomor paling sedikit 2 huruf atau angka", "Number needs at least 2 characters"),
        "/paper": Text("Pilih berkas untuk surat", "Choose a file for letter"),
        "/photo": Text("Gambar: isi berkas ini bukan PNG atau JPG", "Photo: what is in this file is no PNG or JPG"),
    }


def test_a_good_file_beside_a_mistake_has_to_be_chosen_again() -> None:
    wrong = said(("/paper", PDF), number="1")
    assert wrong["/paper"].en == "Choose this file once more: the page cannot keep it"


def test_files_of_questions_that_are_not_asked_are_passed_over() -> None:
    answers, wrong = file_answers(build_form(SCHEMA), {"/number": Upload("x", PDF), "/other": Upload("x", b"")})
    assert (answers, wrong) == ({}, [])


def test_an_answer_finds_its_place_in_a_group_that_is_not_there_yet() -> None:
    assert placed({"reason": "x"}, "/output/paper", 1) == {"reason": "x", "output": {"paper": 1}}
    assert placed({"output": {"number": "7"}}, "/output/paper", 1) == {"output": {"number": "7", "paper": 1}}


def multipart(*parts: tuple[str, bytes]) -> bytes:
    lines = [f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body + b"\r\n" for head, body in parts]
    return b"".join(lines) + b"--b--\r\n"


def test_a_posted_file_has_its_own_name_and_one_that_was_not_chosen_is_not_there() -> None:
    body = multipart(
        ('name="/number"', b"12"),
        ('name="/paper"; filename="C:\\\\fakepath\\\\surat \u202e12.pdf"', PDF),
        ('name="/photo"; filename=""', b""),
        ('name="/empty"; filename="a.pdf"', b""),
    )
    files, posted = parse_upload(body, "b")
    assert posted == {"/number": ["12"]}
    assert files.keys() == {"/paper", "/empty"}
    assert files["/paper"].content == PDF
    assert "\u202e" not in files["/paper"].name
    assert "fakepath" not in files["/paper"].name


def test_a_form_of_more_parts_than_are_asked_is_not_read() -> None:
    body = multipart(*((f'name="/{number}"', b"") for number in range(4)))
    with pytest.raises(BodyUnreadable):
        parse_upload(body, "b", 3)


def test_a_question_says_which_files_it_takes_and_promises_no_larger_ones_than_are_taken() -> None:
    hints = [file_hint(field) for field in build_form(SCHEMA).fields() if field.pointer != "/number"]
    assert hints == [
        Text("PDF, paling besar 10 MB", "PDF, at most 10 MB"),
        Text("PNG atau JPG, paling besar 10 MB", "PNG or JPG, at most 10 MB"),
    ]
    assert LARGEST_BYTES >= 10 * 1_000_000


KEPT = {"type": "application/pdf", "name": "Surat lama.pdf", "size": 17, "digest": f"sha256:{'a' * 64}"}
BEFORE = {"number": "12", "paper": KEPT}


def test_a_document_that_is_there_is_asked_for_again_or_lost() -> None:
    assert filling.given(SCHEMA, BEFORE).filled["/paper"] == ["Surat lama.pdf"]
    filled = filling.judged(SCHEMA, {"/number": ["13"]}, {}, BEFORE)
    assert (filled.mistakes, filled.answers, filled.filled["/paper"]) == (
        [],
        {"number": "13", "paper": KEPT},
        ["Surat lama.pdf"],
    )
    assert filling.rearranged_with(SCHEMA, {"/number": ["1"]}, BEFORE).filled["/paper"] == ["Surat lama.pdf"]


def test_another_file_does_not_take_the_place_of_the_one_that_is_there() -> None:
    chosen = {"/paper": Upload("Surat baru.pdf", PDF)}
    assert filling.judged(SCHEMA, {"/number": ["12"]}, chosen, BEFORE).answers["paper"]["name"] == "Surat baru.pdf"
    wrong = filling.judged(SCHEMA, {"/number": ["12"]}, {"/paper": Upload("x.pdf", b"x")}, BEFORE)
    assert wrong.wrong["/paper"].en == "Letter: what is in this file is no PDF"
    assert wrong.filled["/paper"] == ["Surat lama.pdf"]


def test_what_is_saved_is_judged_but_for_its_files() -> None:
    filled = filling.unjudged(SCHEMA, {"/number": ["1"]})
    assert (filled.mistakes, filled.answers) == ([], {"number": "1"})
    assert list(filling.unjudged(SCHEMA, {}, {"/paper": Upload("x.pdf", b"x")}).wrong) == ["/paper"]


def test_a_document_that_is_asked_again_is_taken_out_or_another_answer_is_changed() -> None:
    same = filling.judged_correction(SCHEMA, {}, BEFORE, ["/paper"])
    assert (same.mistakes, same.answers, same.filled["/paper"]) == ([], BEFORE, ["Surat lama.pdf"])
    other = filling.judged_correction(SCHEMA, {}, BEFORE, ["/paper"], {"/paper": Upload("Surat baru.pdf", PDF)})
    assert (other.answers["number"], other.answers["paper"]["name"], other.files) == (
        "12",
        "Surat baru.pdf",
        ("/paper",),
    )
    wrong = filling.judged_correction(SCHEMA, {}, BEFORE, ["/paper"], {"/paper": Upload("x", b"x")})
    assert list(wrong.wrong) == ["/paper"]
