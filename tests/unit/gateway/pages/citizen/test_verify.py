from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import structs

from contracts.units import Text
from gateway.pages.citizen.verify import verdict_page
from workflows.outputs.part_check import PartVerdict, ShownValue
from workflows.outputs.reasons import reason
from workflows.outputs.verify import Verdict, Word

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PART = PartVerdict(
    step="business",
    item="",
    agency="oss",
    agency_title="Sistem OSS",
    title=Text("Pendaftaran NIB", "Registration"),
    word="contributed",
    proof="agency",
    checked=True,
    key_id="oss/2026-1",
    values=[ShownValue(Text("NIB", "NIB"), Text("912", "912"), signed=True)],
)
VERDICT = Verdict(
    word="valid",
    reasons=[],
    presented="pdf",
    checked_at=NOW,
    status_checked=True,
    key_id="gateway-1",
    case="k7pm",
    title=Text("Hasil", "Output"),
    holder={"name": "S••• R•••"},
    holder_labels={"name": Text("Nama", "Name")},
    parts=[PART],
)


@pytest.mark.parametrize(
    ("word", "checked", "said"),
    [
        ("valid", True, "Asli dan berlaku"),
        ("valid", False, "Asli; pencabutan belum dicek"),
        ("altered", True, "Berubah"),
        ("revoked", True, "Dicabut"),
        ("unknown", False, "Tidak dikenal"),
    ],
)
def test_a_verdict_is_told_in_other_words(word: Word, *, checked: bool, said: str) -> None:
    page = verdict_page(structs.replace(VERDICT, word=word, status_checked=checked))
    assert page.word.word.id == said


def test_what_is_past_its_time_is_called_unknown_or_what_is_not_known_past_its_time() -> None:
    past = structs.replace(VERDICT, word="unknown", reasons=[reason("expired")], valid_until=NOW)
    page = verdict_page(past)
    assert page.word.word.en == "Genuine, but past its time"
    assert (Text("Berlaku sampai", "Valid until"), NOW) in page.facts
    other = structs.replace(past, reasons=[reason("expired"), reason("not_yet_valid")])
    assert verdict_page(other).word.word.id == "Tidak dikenal"


def test_what_was_renewed_is_said_to_be_renewable_or_nothing_is_said() -> None:
    ends = structs.replace(VERDICT, valid_until=NOW, renewable_from=NOW)
    since, renewed = Text("Dapat diperpanjang mulai", "Can be renewed from"), "Renewed: the newer output was issued"
    assert (since, NOW) in verdict_page(ends).facts
    facts = verdict_page(structs.replace(ends, renewed_at=NOW)).facts
    assert renewed in {label.en for label, _ in facts}
    assert since not in {label for label, _ in facts}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Tanda tangan instansi cocok"),
        ({"checked": False, "problem": "no keys"}, "Tanda tangan instansi tidak diperiksa"),
        ({"checked": False, "problem": "the signature is another's"}, "Tanda tangan instansi tidak cocok"),
        ({"checked": False, "proof": "attestation"}, "Dinyatakan oleh gerbang layanan"),
    ],
)
def test_what_shows_a_part_is_told_in_other_words(changes: dict[str, Any], said: str) -> None:
    [part] = verdict_page(structs.replace(VERDICT, parts=[structs.replace(PART, **changes)])).parts
    assert part.proof is not None
    assert part.proof.word.id == said


def test_a_part_that_nobody_gave_has_a_proof() -> None:
    [part] = verdict_page(structs.replace(VERDICT, parts=[structs.replace(PART, checked=False, proof="")])).parts
    assert part.proof is None


def test_more_than_initials_is_told_or_what_is_empty_is_shown() -> None:
    facts = {label.id: value for label, value in verdict_page(VERDICT).facts}
    assert facts == {"Dokumen": Text("Hasil", "Output"), "Nomor permohonan": "k7pm", "Nama": "S••• R•••"}
