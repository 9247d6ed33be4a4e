from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from msgspec import structs
from PIL import Image, ImageOps
from pypdf import PdfReader

from contracts.agreement import Publication, WatchedFact
from contracts.units import Text
from tests.unit.workflows.outputs.sample import (
    CASE,
    agreement,
    agreement_view,
    attested_part,
    closing_record,
    refused_part,
    seal,
    sealed,
    signed_part,
    skipped_part,
)
from workflows.loading.hashing import canonical
from workflows.outputs.document import (
    ATTACHMENT,
    agreement_pdf,
    agreement_pictures,
    closing_pdf,
    closing_pictures,
    output_pdf,
    output_pictures,
    qr_png,
    qr_svg,
)
from workflows.outputs.pdf import read_pdf

CREDENTIAL = sealed()
LINK = seal().qr_link(CREDENTIAL)
PDF = output_pdf(CREDENTIAL, LINK)


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def width_used(picture: bytes) -> float:
    """Give how far to the right anything is drawn, as a share of the page's width."""
    image = ImageOps.invert(Image.open(BytesIO(picture)).convert("L"))
    box = image.getbbox()
    assert box is not None
    return box[2] / image.width


def test_the_same_credential_gives_the_same_bytes() -> None:
    assert output_pdf(CREDENTIAL, LINK) == PDF
    record = closing_record()
    assert closing_pdf(record) == closing_pdf(record)


def test_the_credential_is_attached_untouched() -> None:
    attachments = list(PdfReader(BytesIO(PDF)).attachment_list)
    assert [(entry.name, entry.content) for entry in attachments] == [(ATTACHMENT, CREDENTIAL.encode())]


def test_the_document_is_tagged_and_has_title_language_and_bookmarks() -> None:
    reader = PdfReader(BytesIO(PDF))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "id-ID"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Hasil layanan bersama: memulai usaha"


def test_each_part_is_shown_with_its_word_and_what_shows_it() -> None:
    text = text_of(PDF)
    for words in (
        "NIB: 9120000000017",
        "Tingkat risiko: Rendah · Low",
        "Ditandatangani oleh instansi, kunci oss-2026",
        "Diterima dari petugas instansi",
        "Active from: 24 November 2026",
        "Ditolak · Refused",
        "Keberatan: Kantor cabang BPJS, loket 3, dalam 21 hari kerja (UU 30/2014 Pasal 77)",
        "Tidak diperlukan · Not needed",
        "Kekuatan hukum ada pada dokumen instansi.",
        "24 November 2026, pukul 10.00 WIB",
        CASE,
    ):
        assert words in text


def test_the_code_on_the_picture_is_the_link_even_on_a_poor_scan() -> None:
    for ppi in (110, 200):
        found = zxingcpp.read_barcodes(Image.open(BytesIO(output_pictures(CREDENTIAL, LINK, ppi=ppi)[0])))
        assert [code.text for code in found] == [LINK]
    assert zxingcpp.read_barcodes(Image.open(BytesIO(qr_png(LINK))))[0].text == LINK
    assert qr_svg(LINK).startswith("<?xml")


HOSTILE = '#import "x": * #panic("no") $ \\ `code` *bold* _it_ <label> @ref // /* [ ] { } = - + ~ é ü 漢字 \u202e\x00'


def test_nothing_that_people_wrote_is_evaluated() -> None:
    parts = [
        signed_part(values={"nib": HOSTILE}, agency_title=HOSTILE, readings={}, labels={"nib": Text(HOSTILE, HOSTILE)}),
        refused_part(text=HOSTILE, refusal=Text(HOSTILE, HOSTILE), owner=HOSTILE),
        attested_part(title=Text(HOSTILE, "x")),
    ]
    credential = sealed(*parts, holder={HOSTILE: HOSTILE}, holder_labels={}, lead_title=HOSTILE)
    text = text_of(output_pdf(credential, seal().qr_link(credential)))
    assert text.count('#panic("no")') >= 7
    assert "\u202e" not in text


def test_long_names_numbers_and_lists_stay_on_the_page() -> None:
    name = "Raden Mas Ngabehi Kusumowardhani Tjokroadisuryo Hadiningrat Wicaksono Prabowosubiyakto Mangkunegara"
    parts = [
        signed_part(step=f"step{number}", agency_title=name * 2, values={"nomor": "7" * 200, "daftar": ["x" * 40] * 9})
        for number in range(8)
    ]
    credential = sealed(*parts, holder={"name": name, "kode": "A" * 300})
    pages = output_pictures(credential, seal().qr_link(credential), ppi=60)
    assert len(pages) > 2
    assert all(width_used(page) <= 1 - 19 / 210 for page in pages)


def test_a_row_longer_than_a_page_breaks_over_pages_instead_of_running_off() -> None:
    credential = sealed(refused_part(text="kalimat panjang " * 800), skipped_part())
    pdf = output_pdf(credential, seal().qr_link(credential))
    assert text_of(pdf).count("kalimat panjang") == 800


def test_a_closing_record_says_that_it_is_no_joint_output_and_carries_no_credential() -> None:
    pdf = closing_pdf(closing_record())
    text = text_of(pdf)
    for words in (
        "Surat ini bukan hasil layanan bersama.",
        "Dibatalkan · Taken back",
        "Akhir permohonan",
        "Keberatan:",
    ):
        assert words in text
    assert list(PdfReader(BytesIO(pdf)).attachment_list) == []
    assert len(closing_pictures(closing_record(), ppi=40)) == 1


def test_a_contribution_that_survives_a_closing_is_said_to_stand() -> None:
    text = text_of(closing_pdf(closing_record(refused_part(), attested_part())))
    assert "Diberikan, tetap berlaku · Contributed, stands" in text


def test_an_agreement_is_printed_without_the_facts_that_it_lets_be_asked() -> None:
    fact = WatchedFact(
        fact="business_address",
        value="form.business.address",
        authority="oss",
        holders=["djp"],
        purpose="address-consistency",
        legal_basis="Perpres 39/2019",
        every="90 days",
    )
    watched = structs.replace(agreement(), facts=[fact, structs.replace(fact, fact="name", every="")])
    text = " ".join(text_of(agreement_pdf(watched, agreement_view(), agency_titles={"oss": "OSS"})).split())
    for said in (
        "Fakta yang dijaga tetap sama",
        "business_address",
        "address-consistency",
        "setiap 90",
        "bila diminta",
    ):
        assert said in text


def test_an_agreement_shows_every_reading_and_where_each_agency_stands() -> None:
    titles = {"oss": "Sistem OSS (contoh)", "dpmptsp": "Dinas Penanaman Modal"}
    text = text_of(agreement_pdf(agreement(), agreement_view(), agency_titles=titles))
    for words in (
        "Kesepakatan bersama: Memulai usaha",
        "PKS 000/PKS-REKAAN/2026, 2 November 2026",
        "Belum berlaku",
        "nik (identity), name (identity), address (location)",
        "UU 24/2013; PP 28/2025 (tugas pemerintahan)",
        "1 hari kerja, lalu diteruskan kepada penanggung jawab",
        "Sistem OSS (contoh)",
        "Maria Hutapea (rekaan)",
        "Mencabut persetujuan",
        "Belum menandatangani",
        "nib, risk",
    ):
        assert words in text
    assert len(agreement_pictures(agreement(), agreement_view(), agency_titles=titles, ppi=40)) == 3


def test_an_agreement_hides_what_everybody_is_shown() -> None:
    shown = [
        Publication(step="neighbours", lasts="5 working days", values={"street": "form.address.street"}),
        Publication(step="hearing", lasts="form.hearing", values={"kind": '= "well"'}),
    ]
    text = text_of(agreement_pdf(structs.replace(agreement(), publications=shown), agreement_view(), agency_titles={}))
    for words in ("Yang diumumkan kepada siapa saja", "street: form.address.street", "5 hari kerja", "form.hearing"):
        assert words in text


def test_what_is_no_credential_makes_no_document() -> None:
    with pytest.raises(ValueError, match="three parts"):
        output_pdf("nonsense", LINK)


def test_the_pdf_of_an_agreement_does_not_carry_the_document_that_is_signed() -> None:
    document = read_pdf(agreement_pdf(agreement(), agreement_view(), agency_titles={}), attachment="agreement.json")
    assert document.attachments == [canonical(agreement())]
    assert agreement_view().digest in "".join(document.words).replace("\u200b", "")


def test_the_pdf_of_an_agreement_does_not_say_who_signed_when_and_why_not() -> None:
    text = " ".join(text_of(agreement_pdf(agreement(), agreement_view(), agency_titles={})).split())
    assert "Setuju, 24 November 2026" in text
    assert "kunci oss-1" in text
    assert "Mencabut persetujuan, 24 November 2026" in text
    assert "UU berubah" in text
    assert "Belum menandatangani" in text
