"""What is wrong with a fact that agencies keep in step, said with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.plan_check import check_plan

RIGHT: dict[str, Any] = {
    "authority": "business",
    "value": "form.nik",
    "holders": ["taxpayer"],
    "purpose": "identity-consistency",
    "legal_basis": "PMK 81/2024",
}
NOT_SAID = (
    "dukcapil/match-identity@1 does not say that it confirms nik → confirms: [nik] in the contract, or no identity here"
)
WAITS = {"steps.rest": {"wait": "2 days"}}


@pytest.mark.parametrize(
    ("changes", "of_plan", "said"),
    [
        ({"every": "90 days"}, {}, []),
        ({"every": "6 h"}, {}, ["every: 6 h is no time to ask again after → days, one at least: 90 days"]),
        (
            {"every": "2 months"},
            {},
            ["every: 2 months is no time to ask again after → days, one at least: 90 days"],
        ),
        ({"authority": "rest"}, WAITS, ["authority: rest asks no agency → a step that asks one"]),
        ({"holders": ["rest"]}, WAITS, ["holders.0: rest asks no agency → a step that asks one"]),
        (
            {"authority": "taxpayer"},
            {},
            ["holders.0: taxpayer is the authority itself → a step of another agency"],
        ),
        (
            {"value": "form.kbli"},
            {},
            ["holders.0: taxpayer is not given form.kbli → a step that reads form.kbli as it is"],
        ),
        (
            {"holders": ["identity"]},
            {},
            ["holders.0: " + NOT_SAID],
        ),
    ],
)
def test_a_fact_is_taken_that_nobody_can_answer_or_may_be_asked(
    changes: dict[str, Any], of_plan: dict[str, Any], said: list[str]
) -> None:
    found = check_plan(plan({"facts": {"nik": {**RIGHT, **changes}}, **of_plan}), contracts(None))
    told = [f"{'.'.join(map(str, each.place[2:]))}: {each.what} → {each.instead}" for each in found]
    assert told == said
