from __future__ import annotations

import pytest

from gateway.pages.forms import build_form
from gateway.pages.warnings import is_unusual_nik, warnings_of


@pytest.mark.parametrize(
    ("nik", "unusual"),
    [
        ("3303055203900000", False),
        ("9703051208900000", False),
        ("9903055203900000", True),
        ("3303053203900000", True),
        ("3303057203900000", True),
        ("3303050003900000", True),
        ("3303055213900000", True),
        ("12", False),
        ("33030552039000AB", False),
    ],
)
def test_a_possible_nik_warns_or_an_impossible_one_does_not(nik: str, *, unusual: bool) -> None:
    assert is_unusual_nik(nik) is unusual


def test_a_warning_is_not_the_authors() -> None:
    ui = {"warn": "nik", "warning": {"id": "Periksa", "en": "Check"}}
    schema = {
        "properties": {"nik": {"type": "string", "x-ui": ui}, "other": {"type": "string", "x-ui": {"warn": "no-such"}}}
    }
    [warning] = warnings_of(build_form(schema), {"nik": "9903055203900000", "other": "x"})
    assert (warning.pointer, warning.message.id) == ("/nik", "Periksa")
    assert warnings_of(build_form(schema), {}) == []
