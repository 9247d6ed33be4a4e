"""Clocks on a terminal."""

from __future__ import annotations

import pytest

from gateway.cli.case_clocks import _print  # pyright: ignore[reportPrivateUsage]  # what the command prints
from tests.unit.gateway.pages.operations.test_promises import CLOCK


def test_a_clock_says_what_it_counts_what_is_used_and_when_it_stood_still(capsys: pytest.CaptureFixture[str]) -> None:
    _print([CLOCK])
    said = " ".join(capsys.readouterr().out.split())
    assert "by law, 1 day" in said
    assert "2.0 h" in said
    assert "pause: 11-24 01:00 to 11-24 03:00" in said
