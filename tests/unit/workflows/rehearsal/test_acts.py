"""Operators' acts, tried: the command of each, and what a person gives in an agency's place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contracts import commands as cm
from contracts.ids import Place, StepName
from tests.unit.workflows.rehearsal.small import compiled
from workflows.core.state import Round
from workflows.rehearsal.acts import Untried, command_of

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
PAUSE = {"steps.pause": {"wait": {"until": "form.name"}, "after": ["identity"]}}


def command(act: str, step: str) -> cm.CaseCommand:
    compiled_step = compiled(PAUSE).steps[StepName(step)]
    return command_of(act, compiled_step, Place(StepName(step)), Round(number=1), NOW)


def test_what_no_agency_carries_out_is_contributed_without_an_example() -> None:
    by_hand = command("contribute", "pause")
    assert isinstance(by_hand, cm.ContributeByHand)
    assert by_hand.output == {}
    of_agency = command("contribute", "business")
    assert isinstance(of_agency, cm.ContributeByHand)
    assert of_agency.output == {"nib": "1", "risk": "low"}


def test_an_act_that_nobody_knows_is_said_not_skipped() -> None:
    with pytest.raises(Untried, match="levitate"):
        command("levitate", "business")
