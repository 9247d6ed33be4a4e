from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts.units import Text
from workflows.outputs.credential import PartEvidence
from workflows.outputs.wording import (
    basis_text,
    by_law,
    document_about,
    duration_text,
    label_text,
    masked,
    masked_numbers,
    moment_date,
    moment_text,
    printable,
    proof_text,
    value_text,
    word_text,
)


@pytest.mark.parametrize(
    ("value", "id_", "en"),
    [
        ("0812", "0812", "0812"),
        ("2026-02-28", "28 Februari 2026", "28 February 2026"),
        ("2026-02-30", "2026-02-30", "2026-02-30"),
        (True, "Ya", "Yes"),
        (None, "-", "-"),
        (7, "7", "7"),
        ([], "-", "-"),
        (["2026-12-01", False], "1 Desember 2026, Tidak", "1 December 2026, No"),
        ({"luas": 12, "siap": True}, "luas: 12; siap: Ya", "luas: 12; siap: Yes"),
        ({}, "-", "-"),
    ],
)
def test_values_are_said_in_both_languages(value: object, id_: str, en: str) -> None:
    assert value_text(value) == Text(id_, en)


@pytest.mark.parametrize(
    ("duration", "id_"),
    [
        ("21 working days", "21 hari kerja"),
        ("1 working day", "1 hari kerja"),
        ("8 working hours", "8 jam kerja"),
        ("2 s", "2 detik"),
        ("10 min", "10 menit"),
        ("500 ms", "500 milidetik"),
        ("10 years", "10 tahun"),
        ("soon", "soon"),
    ],
)
def test_durations_are_said_in_indonesian(duration: str, id_: str) -> None:
    assert duration_text(duration) == Text(id_, duration)


def test_a_late_evening_in_utc_is_the_next_day_in_western_indonesia() -> None:
    late = datetime(2026, 12, 31, 18, 5, tzinfo=UTC)
    assert moment_date(late).id == "1 Januari 2027"
    assert moment_text(late) == Text("1 Januari 2027, pukul 01.05 WIB", "1 January 2027, 01:05 WIB (UTC+7)")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Sri\u202eayuhaR", "SriayuhaR"),
        ("a\x00b\x1bc", "abc"),
        ("satu\ndua\ttiga", "satu dua tiga"),
        ("\ud800", ""),
        ("Ñandú é 漢字", "Ñandú é 漢字"),
    ],
)
def test_characters_that_hide_or_turn_text_are_not_printed(words: str, shown: str) -> None:
    assert printable(words) == shown


def test_long_words_may_wrap_and_say_the_same() -> None:
    assert printable("x" * 45) == "\u200b".join(["x" * 20, "x" * 20, "x" * 5])
    assert printable("x" * 30) == "x" * 30


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Sri Rahayu", "S••• R•••"),
        ("3303055203900000", "3303••••••••0000"),
        ("", ""),
        ({"name": "Ani"}, "n••• A•••"),
    ],
)
def test_a_holder_is_shown_masked(value: object, shown: str) -> None:
    assert masked(value) == shown


def test_only_numbers_as_long_as_a_nik_or_npwp_are_hidden_in_texts() -> None:
    assert masked_numbers("NIK 3303055203900000, NPWP 091234567012000, NIB 9120000000017") == (
        "NIK 3303••••••••0000, NPWP 0912•••••••2000, NIB 9120000000017"
    )


def test_a_part_says_who_stands_for_it() -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    signed = proof_text(PartEvidence(kind="agency", received_at=at, key_id="oss-2026"))
    assert signed == Text("Ditandatangani oleh instansi, kunci oss-2026", "Signed by the agency, key oss-2026")
    officer = proof_text(PartEvidence(kind="attestation", received_at=at, received_from="officer", actor="petugas-1"))
    assert officer is not None
    assert officer.en == "Received from an officer of the agency; attested by the gateway (petugas-1)"
    assert officer.id == "Diterima dari petugas instansi; dinyatakan oleh gerbang layanan (petugas-1)"
    assert proof_text(None) is None
    assert proof_text(PartEvidence(kind="attestation", received_at=at)) is not None


def test_what_silence_granted_is_said_with_its_date_as_people_here_count_it() -> None:
    late = datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert by_law(late) == Text(
        "Dikabulkan menurut hukum pada 25 November 2026; instansi belum menjawab",
        "Granted by law on 25 November 2026; agency has not answered",
    )
    law = proof_text(PartEvidence(kind="attestation", received_at=late, received_from="law", actor="gateway"))
    assert law is not None
    assert law.en == "The agency was silent for its time; attested by the gateway (gateway)"


def test_words_that_are_not_known_are_shown_as_they_are() -> None:
    assert word_text("paused") == (Text("paused", "paused"), "none")
    assert basis_text("treaty") == Text("treaty", "treaty")
    assert label_text("active_from", {}) == Text("Active from", "Active from")


@pytest.mark.parametrize(
    ("size", "id_", "en"),
    [
        (1, "PDF, 1 kB", "PDF, 1 kB"),
        (34_001, "PDF, 35 kB", "PDF, 35 kB"),
        (999_000, "PDF, 999 kB", "PDF, 999 kB"),
        (999_001, "PDF, 1,0 MB", "PDF, 1.0 MB"),
        (10_485_760, "PDF, 10,5 MB", "PDF, 10.5 MB"),
    ],
)
def test_a_document_is_said_with_its_type_and_size(size: int, id_: str, en: str) -> None:
    assert document_about("application/pdf", size) == Text(id_, en)
