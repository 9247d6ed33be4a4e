"""What a step's own `when` makes sure of: its inputs are made only where it is true, so they may read that."""

from __future__ import annotations

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan

SURE = {
    "an input": ("has(form.phone)", "form.phone"),
    "an input, beside another condition": ("size(form.staff) > 0 && has(form.phone)", "form.phone"),
    "a formula": ("has(form.phone)", {"cel": "form.phone"}),
    "an input, said the other way round": ("!(!has(form.phone) || form.kbli == '1')", "form.phone"),
}
NOT_SURE = {
    "one of two conditions": ("has(form.phone) || form.kbli == '1'", "form.phone"),
    "a condition on something else": ("form.kbli == '1'", "form.phone"),
    "the contrary": ("!has(form.phone)", "form.phone"),
    "one of two conditions, for a formula": ("has(form.phone) || form.kbli == '1'", {"cel": "form.phone"}),
}


def mistakes(when: str, nib: object) -> list[str]:
    changed = plan({"steps.permit.when": when, "steps.permit.in": {"nib": nib}})
    return [f"{'.'.join(map(str, finding.place))}: {finding.what}" for finding in check_plan(changed, contracts(None))]


@pytest.mark.parametrize("name", SURE)
def test_what_the_condition_makes_sure_of_may_not_be_read(name: str) -> None:
    assert mistakes(*SURE[name]) == []


@pytest.mark.parametrize("name", NOT_SURE)
def test_what_the_condition_does_not_make_sure_of_may_be_read(name: str) -> None:
    (mistake,) = mistakes(*NOT_SURE[name])
    assert mistake.startswith("steps.permit.in.nib: form.phone may be absent, and ")


def test_the_condition_of_one_step_makes_sure_of_what_another_reads() -> None:
    changed = plan({"steps.permit.when": "has(form.phone)", "steps.business.in.kbli": "form.phone"})
    assert [finding.place for finding in check_plan(changed, contracts(None))] == [("steps", "business", "in", "kbli")]
