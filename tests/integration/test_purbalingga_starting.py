"""The example's agencies as processes: what is said when one does not come to serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.purbalingga.start import NotStarted, Running


def test_an_agency_that_is_slow_to_start_is_told_as_an_empty_log(tmp_path: Path) -> None:
    agency = Running("dukcapil", tmp_path, str(tmp_path / "keys.json"), start_s=0)
    with pytest.raises(NotStarted) as told:
        agency.start()
    assert str(told.value) == (
        "dukcapil did not serve within 0 s: start it again when this machine has less to do; its log is empty"
    )


def test_an_agency_that_ended_is_told_as_a_slow_one(tmp_path: Path) -> None:
    agency = Running("dukcapil", tmp_path, str(tmp_path / "keys.json"), ("--no-such-option",))
    with pytest.raises(NotStarted, match=r"(?s)^dukcapil ended before it served; its log ends:.*--no-such-option"):
        agency.start()
