"""A correction, through the API: agencies' own registers say who was asked again, and that nobody else was."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.integration.samples import load_samples
from tests.integration.weeks import Played, played

SERVICE = "mulai-usaha"
ASKED = {
    "05-name-corrected": {"identity": 2, "place": 1, "business": 1},
    "19-child-worker": {"identity": 1, "place": 1, "business": 1, "workers": 2},
    "26-address-too-long": {"identity": 1, "place": 2, "business": 2, "regional_tax": 2},
}
"""By sample: how often the system of each step's agency was asked. The others are not needed there, or have a desk."""
UNDONE = {"05-name-corrected": set[str](), "19-child-worker": set[str](), "26-address-too-long": {"place", "business"}}
"""By sample: the steps whose first contribution rested on what was corrected, and was taken back."""


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Played:
    samples = {name: load_samples(SERVICE)[f"{SERVICE}/{name}"] for name in ASKED}
    folder = tmp_path_factory.mktemp("corrected")
    return asyncio.run(played(folder, SERVICE, samples, datetime(2026, 11, 24, 2, 0, tzinfo=UTC)))


@pytest.mark.parametrize("name", ASKED)
def test_a_correction_asks_an_agency_again_that_reads_nothing_of_it(name: str, corrected: Played) -> None:
    journey = corrected.journeys[name]
    journey.check()
    asked: dict[str, int] = {}
    undone = set[str]()
    for register in journey.held.values():
        for key, held in register.items():
            step, verb = key.split("/")[1:3]
            assert (verb, held["attempts"]) == ("ask", 1)
            asked[step] = asked.get(step, 0) + 1
            if held["effects"] > held["standing"]:
                undone.add(step)
    assert asked == ASKED[name]
    assert undone == UNDONE[name]
