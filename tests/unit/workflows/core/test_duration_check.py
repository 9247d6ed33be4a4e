"""Working hours in a plan without a calendar: each is found, alone, where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan

HOURS = "8 working hours"
OBJECTIONS: Mapping[str, Any] = {"wait": "1 day", "publish": {}, "decide_within": HOURS}
STEP: Mapping[str, Any] = {"steps.later.after": ["identity"]}


def told(changes: Mapping[str, Any], of_contracts: Mapping[str, Any] | None = None) -> list[str]:
    findings = check_plan(plan(changes), contracts(of_contracts))
    return [".".join(map(str, finding.place)) for finding in findings if "open" in finding.what]


@pytest.mark.parametrize(
    ("changes", "of_contracts", "place"),
    [
        ({"promise.within": HOURS}, {}, "promise.within"),
        ({"correction_within": "1 working hour"}, {}, "correction_within"),
        ({**STEP, "steps.later.wait": HOURS}, {}, "steps.later.wait"),
        (
            {**STEP, "steps.later.applicant": {"within": HOURS, "form": {"type": "object"}}},
            {},
            "steps.later.applicant.within",
        ),
        ({**STEP, "steps.later": OBJECTIONS}, {}, "steps.later.decide_within"),
        ({}, {"oss": {"promise.within": HOURS}}, "steps.business.ask"),
        ({}, {"oss": {"undo.within": HOURS}}, "steps.business.ask"),
        ({}, {"oss": {"refusals.hours": {"title": {"id": "x", "en": "x"}, "within": HOURS}}}, "steps.business.ask"),
    ],
)
def test_hours_that_nobody_can_count_are_found(
    changes: Mapping[str, Any], of_contracts: Mapping[str, Any], place: str
) -> None:
    uncounted = {"calendar": "", **changes}
    assert told(uncounted, of_contracts) == [place]
    assert told({**uncounted, "calendar": "office"}, of_contracts) == []


def test_days_need_no_calendar() -> None:
    assert told({"calendar": "", "promise.within": "3 working days"}) == []
