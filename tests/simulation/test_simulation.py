"""The core in a simulated world. `GAPURA_SEEDS=20000` runs more; `GAPURA_SEED=n` runs one."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from contracts import events as ev
from tests.simulation.world import Simulation

SEEDS = int(os.environ.get("GAPURA_SEEDS", "400"))
BATCH = 50
ONE = os.environ.get("GAPURA_SEED")


@pytest.mark.parametrize("first", [int(ONE)] if ONE else range(0, SEEDS, BATCH))
def test_no_case_breaks_a_rule_or_strands_whatever_the_world_does(first: int) -> None:
    for seed in range(first, first + (1 if ONE else BATCH)):
        try:
            Simulation(seed).run()
        except Exception as error:
            error.add_note(f"run it again: GAPURA_SEED={seed} make simulate")
            raise


def test_the_simulation_reaches_every_end_or_it_would_prove_little() -> None:
    played = [Simulation(seed) for seed in range(100_000, 100_160)]
    ends = Counter(simulation.run().status for simulation in played)
    assert {"issued", "refused", "withdrawn", "ended", "expired"} <= set(ends), ends
    happened = Counter(type(event) for simulation in played for event in simulation.journal)
    assert {
        ev.DraftSaved,
        ev.DraftClosed,
        ev.StepBegun,
        ev.ObjectionRaised,
        ev.ObjectionDecided,
        ev.ObjectionOverdue,
        ev.StepReceived,
        ev.ApplicantAnswered,
        ev.ItemsListed,
        ev.StepOverdue,
        ev.StepDeemed,
        ev.UndoExhausted,
        ev.StepKept,
        ev.PartRevoked,
        ev.RevocationConfirmed,
        ev.RevocationRejected,
        ev.NoticeTaken,
        ev.RenewalBegun,
        ev.FactAnswered,
        ev.BillMade,
        ev.RefundMade,
        ev.BillCheckAsked,
    } <= set(happened), happened
