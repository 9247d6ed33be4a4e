"""Random families of cases: safe at every event, at their ends once it is calm."""

from __future__ import annotations

import pytest

from tests.simulation.families import Family

SEEDS = range(150)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_family_strands_or_one_case_goes_on_without_the_other(seed: int) -> None:
    Family(seed).run()
