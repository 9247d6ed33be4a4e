"""Clocks on a terminal."""

from __future__ import annotations

import pytest
from msgspec import structs

from gateway.cli.case_clocks import _print  # pyright: ignore[reportPrivateUsage]  # what the command prints
from tests.unit.gateway.pages.operations.test_promises import CLOCK


def test_a_clock_says_what_it_counts_what_is_used_and_when_it_stood_still(capsys: pytest.CaptureFixture[str]) -> None:
    _print([CLOCK])
    said = " ".join(capsys.readouterr().out.split())
    assert "by law, 1 day" in said
    assert "2.0 h" in said
    assert "pause: 11-24 01:00 to 11-24 03:00" in said


def test_what_is_counted_in_working_hours_says_how_many_passed(capsys: pytest.CaptureFixture[str]) -> None:
    _print([structs.replace(CLOCK, within="8 working hours", open_s=5400.0)])
    assert "1.5 working h" in capsys.readouterr().out
