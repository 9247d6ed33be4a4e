"""Plans that are right when they are loaded and strand a case all the same: each is caught, with the road to it.

Each has one mistake that no check at load time can see: two parts that do not fit each other, at run time alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import Struct, field

from tests.unit.workflows.rehearsal.small import EXAMPLES, FORM, published
from workflows.rehearsal import explore as explorer
from workflows.rehearsal.explore import Report, explore
from workflows.rehearsal.play import Road

WORD = {"type": "string"}
BRANCHES = {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": WORD}}}


class Defect(Struct, frozen=True, kw_only=True):
    """One mistake; `road` leads to it, and `why` says what the case then waits for."""

    plan: Mapping[str, Any] = field(default_factory=dict[str, Any])
    contracts: Mapping[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    form: Mapping[str, Any] = field(default_factory=dict[str, Any])
    road: str
    why: str


def lettered(*prefixes: str) -> dict[str, Any]:
    """Examples of the tax office, which takes only numbers with letters before them."""
    shown = [{**EXAMPLES["djp"][0], "input": {**EXAMPLES["djp"][0]["input"], "nib": f"{one}1"}} for one in prefixes]
    return {"input.properties.nib.pattern": "^NIB-", "examples": shown}


OF_BUSINESS = [
    {
        "title": f"with a letter, {risk}",
        "input": {"nik": FORM["nik"], "kbli": kbli},
        "output": {"nib": "NIB-1", "risk": risk},
    }
    for risk, kbli in (("low", "47112"), ("high", "10710"))
]

DEFECTS: dict[str, Defect] = {
    "what the law grants is nothing that the next agency takes": Defect(
        contracts={
            "oss": {
                "examples": OF_BUSINESS,
                "promise": {"within": "5 working days", "on_deadline": "deemed"},
                "deemed": {
                    "legal_basis": "UU 30/2014",
                    "counts_from": "complete",
                    "output": {"nib": "BY-LAW", "risk": "low"},
                },
                "connection": {"kind": "desk"},
            },
            "djp": lettered("NIB-"),
        },
        road="nobody answers business; the operator does: ask-again",
        why="taxpayer is exhausted (plan)",
    ),
    "what stands in for an optional step is nothing that the next agency takes": Defect(
        plan={
            "steps.permit.optional": True,
            "steps.permit.when": ...,
            "steps.permit.otherwise": {"certificate": {"const": ""}},
        },
        contracts={
            "dpmptsp": {"refusals": {"not_met": {"title": {"id": "Tidak", "en": "No"}}}},
            "djp": {"input.properties.certificate": {**WORD, "minLength": 1}},
        },
        road="permit is refused: not_met; the operator does: ask-again",
        why="taxpayer is exhausted (plan)",
    ),
    "a condition cannot be judged on what an agency answers": Defect(
        plan={"steps.permit.when": "int(business.risk) > 1"},
        road="every agency contributes; the operator does: ask-again",
        why="permit is exhausted (expression)",
    ),
    "a wait ends at something that is no moment": Defect(
        plan={
            "steps.pause": {"wait": {"until": "form.name"}, "after": ["identity"]},
            "steps.taxpayer.after": ["pause"],
        },
        road="every agency contributes; the operator does: ask-again",
        why="pause is exhausted (plan)",
    ),
    "an agency names two items of a list alike": Defect(
        plan={
            "steps.permit": {
                "ask": "dpmptsp/verify-standard@1",
                "each": "business.branches",
                "as": "branch",
                "key": "branch.id",
                "in": {"nib": "branch.id"},
            },
            "steps.taxpayer.in": {"nik": "form.nik", "nib": "business.nib"},
            "steps.taxpayer.after": ["permit"],
        },
        contracts={
            "oss": {
                "onward": ["nib", "risk", "branches"],
                "output.properties.branches": BRANCHES,
                "output.required": ["nib", "risk", "branches"],
                "examples": [
                    {
                        **EXAMPLES["oss"][0],
                        "output": {"nib": "1", "risk": "low", "branches": [{"id": "a"}, {"id": "a"}]},
                    }
                ],
            }
        },
        road="every agency contributes; the operator does: ask-again",
        why="permit is exhausted (plan)",
    ),
    "one of several items is nothing that its agency takes": Defect(
        plan={
            "steps.permit": {
                "ask": "dpmptsp/verify-standard@1",
                "each": "form.staff",
                "as": "one",
                "key": "one.name",
                "in": {"nib": "one.name"},
            },
            "steps.taxpayer.in": {"nik": "form.nik", "nib": "business.nib"},
            "steps.taxpayer.after": ["permit"],
        },
        contracts={"dpmptsp": {"input.properties.nib": {**WORD, "maxLength": 4}}},
        form={"staff": [{"name": "Tono"}, {"name": "Slamet"}]},
        road="every agency contributes; the operator does: ask-again",
        why="permit/Slamet is exhausted (plan)",
    ),
}


@pytest.fixture(autouse=True)
def few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect is on the road to one fault already: pairs are looked at elsewhere."""
    monkeypatch.setattr(explorer, "MOST_PAIRS", 5)


def tried(defect: Defect) -> Report:
    return explore(published(defect.plan, defect.contracts), {"a form": {**FORM, **defect.form}})


@pytest.mark.parametrize("name", DEFECTS)
def test_a_plan_that_strands_a_case_passes_for_good(name: str) -> None:
    defect = DEFECTS[name]
    report = tried(defect)
    assert not report.good
    roads: dict[str, Road] = {road.title: road for road in report.stranded}
    assert defect.road in roads, f"{sorted(roads)}"
    road = roads[defect.road]
    assert defect.why in road.why
    assert road.end == "open"
    assert road.lines[0].says == "applies"
    assert any("is told that" in line.says and line.who == "operator" for line in road.lines), (
        "who should act is not told"
    )


@pytest.mark.parametrize("name", DEFECTS)
def test_the_same_plan_without_the_mistake_is_caught_too(name: str) -> None:
    """Else it is not the mistake that is caught."""
    mended: dict[str, dict[str, dict[str, Any]]] = {
        "what the law grants is nothing that the next agency takes": {"oss": {"deemed.output.nib": "NIB-LAW"}},
        "what stands in for an optional step is nothing that the next agency takes": {
            "djp": {"input.properties.certificate": WORD}
        },
        "an agency names two items of a list alike": {
            "oss": {"examples.0.output.branches.1.id": "b"},
        },
        "one of several items is nothing that its agency takes": {"dpmptsp": {"input.properties.nib": WORD}},
    }
    plans = {
        "a condition cannot be judged on what an agency answers": {"steps.permit.when": "business.risk == 'high'"},
        "a wait ends at something that is no moment": {"steps.pause.wait": "2 days"},
    }
    defect = DEFECTS[name]
    contracts = {
        agency: {**defect.contracts.get(agency, {}), **mended.get(name, {}).get(agency, {})}
        for agency in {*defect.contracts, *mended.get(name, {})}
    }
    report = explore(published({**defect.plan, **plans.get(name, {})}, contracts), {"a form": {**FORM, **defect.form}})
    assert report.good, [road.why for road in report.stranded]
