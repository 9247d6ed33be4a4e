from __future__ import annotations

import pytest

from gateway.pages.shell import Area, section_of


@pytest.mark.parametrize(
    ("area", "path", "entry"),
    [
        ("citizen", "/", "/"),
        ("citizen", "/layanan/mulai-usaha/formulir", "/"),
        ("citizen", "/permohonan/k7pm/hasil", "/permohonan"),
        ("citizen", "/draf/k7pm/formulir", "/permohonan"),
        ("citizen", "/masuk", ""),
        ("officer", "/petugas/tugas/a", "/petugas"),
        ("operations", "/operasi", "/operasi"),
    ],
)
def test_a_page_is_said_to_be_under_another_entry_of_the_navigation(area: Area, path: str, entry: str) -> None:
    assert section_of(area, path) == entry
