from __future__ import annotations

import pytest

from contracts.units import Text
from gateway.pages.told import told


@pytest.mark.parametrize(
    ("detail", "indonesian"),
    [
        ("Choose a reason of the contract: a, b.", "Pilih salah satu alasan dalam kontrak: a, b."),
        ("This is a task of permit, not of advice.", "Ini tugas langkah permit, bukan advice."),
        ("It is paused already.", "Sudah dijeda."),
        ("It is issued.", "Keadaannya: selesai."),
    ],
)
def test_a_sentence_stays_english_or_loses_what_is_set_in(detail: str, indonesian: str) -> None:
    assert told(detail).id == indonesian


@pytest.mark.parametrize("detail", ["It is strange.", "", "Pause: It is paused already. Really."])
def test_a_sentence_that_nobody_translated_is_lost(detail: str) -> None:
    assert told(detail) == Text(detail, detail)
