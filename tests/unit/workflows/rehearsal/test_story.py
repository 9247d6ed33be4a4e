"""What is seen of a case: no event speaks to nobody's advantage, and moments read well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from contracts import events as ev
from contracts.ids import StepName
from tests.unit.contracts.samples import sample
from tests.unit.workflows.rehearsal.small import compiled
from workflows.rehearsal.story import TOLD, Line, told


@pytest.mark.parametrize("kind", TOLD)
def test_every_event_of_the_table_is_told_to_somebody(kind: type[ev.Event]) -> None:
    event: Any = sample(kind)
    if isinstance(event, ev.StepEvent):
        event = structs.replace(event, step=StepName("business"))
    lines = told(event, compiled(), timedelta(hours=1))
    assert lines
    assert all(line.who and line.says and "{" not in line.says for line in lines)


def test_what_is_the_gateways_own_is_told_to_nobody() -> None:
    assert told(sample(ev.RoundOpened), compiled(), timedelta()) == []


def test_moments_are_days_and_hours_since_the_application() -> None:
    assert Line(timedelta(hours=3, minutes=5), "a", "b").moment == "03:05"
    assert Line(timedelta(days=2, hours=1), "a", "b").moment == "2 d 01:00"
