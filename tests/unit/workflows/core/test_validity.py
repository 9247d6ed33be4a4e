"""For how long an output is valid: what may be written, and when it ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from msgspec import structs

from contracts.ids import Instant
from tests.declared import contracts, plan
from tests.unit.workflows.core.parts import part
from tests.unit.workflows.core.parts import plan as playing
from tests.unit.workflows.core.playbook import Playbook
from workflows.core.plan_check import check_plan
from workflows.core.state import CaseState
from workflows.core.validity import valid_until
from workflows.loading.compiling import compile_plan


def state(valid_for: str | None) -> CaseState:
    published = playing(a=part("form.x")).published
    output = structs.replace(published.plan.output, valid_for=valid_for)
    changed = structs.replace(published, plan=structs.replace(published.plan, output=output))
    return Playbook(compile_plan(changed)).state


@pytest.mark.parametrize("wrong", ["0 years", "3 working days", "2 h", "5 s"])
def test_an_output_ends_at_once_or_when_no_reader_can_count_it(wrong: str) -> None:
    told = check_plan(plan({"output.valid_for": wrong}), contracts())
    assert [(finding.place, wrong in finding.what) for finding in told] == [(("output", "valid_for"), True)]


@pytest.mark.parametrize("fine", ["1 day", "2 weeks", "6 months", "5 years"])
def test_a_time_that_people_write_on_licences_is_a_mistake(fine: str) -> None:
    assert not check_plan(plan({"output.valid_for": fine}), contracts())


def test_an_output_ends_on_another_day_or_never() -> None:
    issued: Instant = datetime(2024, 2, 29, 9, 30, 1, 500, tzinfo=UTC)
    assert valid_until(state("5 years"), issued) == datetime(2029, 2, 28, 9, 30, 1, tzinfo=UTC)
    assert valid_until(state(None), issued) is None
