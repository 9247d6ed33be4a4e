"""Time zones by name: a name that is none harms nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from workflows.loading.zones import zone_of


def test_a_zone_of_the_country_is_known_wherever_this_runs() -> None:
    zone = zone_of("Asia/Jayapura")
    assert zone is not None
    assert datetime(2026, 11, 24, tzinfo=zone).utcoffset() == timedelta(hours=9)


@pytest.mark.parametrize("name", ["Asia/Jakart", "../etc/passwd", "/etc/passwd", "a/\0", "Asia", ""])
def test_a_name_that_is_no_zone_is_told_and_opens_no_file(name: str) -> None:
    assert zone_of(name) is None
