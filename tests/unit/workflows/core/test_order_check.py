"""The order of effects: nothing that cannot be taken back happens while somebody may still say no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.declared import contracts, plan
from workflows.core.mistakes import Finding
from workflows.core.order_check import can_say_no
from workflows.core.plan_check import check_plan

REFUSAL = {"no": {"title": {"id": "Tidak", "en": "No"}}}


def found(changes: Mapping[str, Any], of_contracts: Mapping[str, Mapping[str, Any]] | None = None) -> list[Finding]:
    return check_plan(plan(changes), contracts(of_contracts))


def told(findings: list[Finding]) -> list[str]:
    return [f"{'.'.join(map(str, finding.place))}: {finding.what} → {finding.instead}" for finding in findings]


def test_steps_that_wait_for_each_other_are_named() -> None:
    assert told(found({"steps.identity.after": ["taxpayer"]})) == [
        (
            "steps.identity: these wait for each other: identity → taxpayer → permit → business → identity → "
            "references and `after` that only look back"
        )
    ]


def test_a_step_does_not_wait_for_itself() -> None:
    assert told(found({"steps.permit.after": ["business", "permit"]})) == [
        "steps.permit.after.1: permit waits for itself → earlier steps only"
    ]


def test_who_may_say_no_comes_before_what_is_final() -> None:
    changes = {"steps.taxpayer.in.certificate": ...}
    assert told(found(changes)) == [
        "steps.taxpayer: taxpayer cannot be taken back, and permit may still say no after it → after: [permit]"
    ]


def test_an_optional_step_may_say_no_whenever_it_likes() -> None:
    assert found({"steps.taxpayer.in.certificate": ..., "steps.permit.optional": True}) == []


def test_an_agency_that_never_says_no_may_come_later() -> None:
    quiet = {"dpmptsp": {"connection": {"kind": "wire", "url": "https://dpmptsp.example"}, "undo.by": "system"}}
    assert found({"steps.taxpayer.in.certificate": ...}, quiet) == []


def test_an_ancestor_of_an_ancestor_is_early_enough() -> None:
    assert found({"steps.permit.after": ["identity"], "steps.business.after": []}) == []


def test_two_final_steps_that_can_both_refuse_are_an_error_in_any_order() -> None:
    final = {"effect": "final", "undo": ..., "refusals": REFUSAL}
    both = found({}, {"dpmptsp": final, "djp": {"refusals": REFUSAL}})
    assert told(both) == [
        (
            "steps.permit: permit cannot be taken back, and taxpayer may still say no after it → "
            "only one of two final steps that can refuse"
        )
    ]


def test_two_final_steps_of_which_one_cannot_refuse_have_an_order() -> None:
    quiet = {"connection": {"kind": "wire", "url": "https://djp.example"}, "refusals": {}}
    final = {"effect": "final", "undo": ..., "refusals": REFUSAL}
    assert found({}, {"dpmptsp": final, "djp": quiet}) == []


@pytest.mark.parametrize(("agency", "expected"), [("dukcapil", True), ("dpmptsp", True), ("oss", True)])
def test_refusals_and_officers_can_say_no(agency: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert [can_say_no(one) for one in contracts().values() if one.agency == agency] == [expected]


def test_a_system_without_refusals_cannot_say_no() -> None:
    assert not can_say_no(contracts({"oss": {"refusals": {}}})["oss/register-business@2"])


CONDITIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no law": (
        {"steps.business.conditional_on": "taxpayer"},
        [
            (
                "steps.business.conditional_on: taking back a yes because of another agency's no needs a law → "
                "legal_basis: beside it"
            )
        ],
    ),
    "nothing that can be undone": (
        {"steps.identity.conditional_on": "taxpayer", "steps.identity.legal_basis": "UU 24/2013"},
        [
            (
                "steps.identity.conditional_on: dukcapil/match-identity@1 cannot be undone, so it cannot be "
                "conditional → "
                "no conditional_on"
            )
        ],
    ),
    "a step that may be left out": (
        {"steps.business.conditional_on": "permit", "steps.business.legal_basis": "PP 28/2025"},
        [
            (
                "steps.business.conditional_on: business is required, and permit may be left out (optional or `when`) "
                "→ "
                "a required step without `when`, or make this step optional"
            )
        ],
    ),
    "each on the other": (
        {
            "steps.business.conditional_on": "permit",
            "steps.business.legal_basis": "PP 28/2025",
            "steps.permit.conditional_on": "business",
            "steps.permit.legal_basis": "PP 28/2025",
            "steps.permit.when": ...,
        },
        [
            (
                "steps.business.conditional_on: these are conditional on each other: business → permit → business → "
                "conditions in one direction"
            )
        ],
    ),
    "nobody that is known": (
        {"steps.business.conditional_on": "taxpayer", "steps.business.ask": "oss/gone@1"},
        [
            (
                "steps.business.ask: there is no contract oss/gone@1 → djp/activate-taxpayer@2, "
                "dpmptsp/verify-standard@1, "
                "dukcapil/match-identity@1, oss/register-business@2"
            ),
            (
                "steps.business.conditional_on: taking back a yes because of another agency's no needs a law → "
                "legal_basis: beside it"
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_one_agency_takes_back_another_s_yes_only_by_law(name: str) -> None:
    changes, expected = CONDITIONS[name]
    assert told(found(changes)) == expected
