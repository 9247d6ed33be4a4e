"""Trying a plan: shipped ones end on every road, and one that strands is caught with the road that leads there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit.workflows.rehearsal.small import FORM, published
from workflows.loading.compiling import compile_plan
from workflows.loading.contracts import load_contracts
from workflows.loading.plans import load_published
from workflows.rehearsal import explore as explorer
from workflows.rehearsal.explore import Report, explore
from workflows.rehearsal.forms import made_forms

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga"


def tried(**changes: object) -> Report:
    return explore(published({name.replace("__", "."): value for name, value in changes.items()}), {"a form": FORM})


@pytest.mark.parametrize(
    ("service", "least"),
    [("mulai-usaha", 250), ("kelahiran", 250), ("pindah-domisili", 250), ("persetujuan-bangunan-gedung", 100)],
)
def test_a_shipped_plan_strands_on_no_road_and_every_step_of_it_is_tried(service: str, least: int) -> None:
    plan = load_published(EXAMPLE / "services" / f"{service}.yaml", load_contracts(EXAMPLE / "contracts"))
    report = explore(plan, made_forms(compile_plan(plan)))
    assert report.stranded == []
    assert report.stops == []
    assert report.never_asked == []
    assert report.good
    assert report.roads > least
    assert {"issued", "refused", "ended", "withdrawn"} <= set(report.ends)


def test_what_is_asked_only_after_another_answer_is_tried_too() -> None:
    report = tried()
    assert [sorted(road.asked) for road in report.straight] == [
        ["business", "identity", "taxpayer"],
        ["business", "identity", "permit", "taxpayer"],
    ]
    assert report.never_asked == []
    assert report.good


SIX = "^[0-9]{6}$"
"""The business register takes six digits, and the form gives five: no load-time check compares patterns."""


def test_a_plan_that_strands_is_caught_with_the_road_that_leads_there() -> None:
    six = [{"title": "six", "input": {"nik": FORM["nik"], "kbli": "471120"}, "output": {"nib": "1", "risk": "low"}}]
    strict = {"oss": {"input.properties.kbli.pattern": SIX, "examples": six}}
    report = explore(published({}, strict), {"a form": FORM})
    assert not report.good
    road = next(
        road for road in report.stranded if road.title == "every agency contributes; the operator does: ask-again"
    )
    assert road.end == "open"
    assert "business is exhausted (plan)" in road.why
    told = [f"{line.who} {line.says}" for line in road.lines]
    assert told[0] == "applicant applies"
    assert "operator sees business held (plan) and does: ask-again" in told
    assert any(one.startswith("operator cannot: The input still breaks the contract") for one in told)
    assert report.stops, "that a person must help although every agency answers is told too"


def test_the_same_plan_is_tried_in_the_same_way() -> None:
    assert msgspec.to_builtins(tried()) == msgspec.to_builtins(tried())


def test_a_step_that_nothing_leads_to_is_named() -> None:
    report = tried(steps__permit__when="business.risk == 'never'")
    assert report.never_asked == ["permit"]


def test_a_contract_without_an_example_cannot_be_tried() -> None:
    with pytest.raises(LookupError, match="oss/register-business@2 shows no example that contributes"):
        explore(published({}, {"oss": {"examples": []}}), {"a form": FORM})


def test_the_number_of_roads_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explorer, "MOST_ROADS", 20)
    report = tried()
    assert report.cut_short
    assert report.roads <= 20


def test_each_reason_each_silence_and_each_way_of_the_applicant_is_a_road() -> None:
    titles = {road.title for road in tried().tried}
    assert {
        "identity is refused: no_match, the applicant corrects",
        "identity is refused: no_match, the applicant declines",
        "identity is refused: no_match, the applicant lets it expire",
        "identity is refused twice: no_match",
        "nobody answers business; the operator does: contribute",
        "nobody answers business; the operator does: end",
        "permit is sent back for nothing",
        "withdrawn after business, whose undo nobody answers; the operator does: keep",
    } <= titles


def test_each_of_two_items_goes_otherwise_while_the_other_contributes() -> None:
    each = {
        "ask": "dpmptsp/verify-standard@1",
        "each": "form.staff",
        "as": "one",
        "key": "one.name",
        "in": {"nib": "business.nib"},
    }
    changes = {"steps.permit": each, "steps.taxpayer.in": {"nik": "form.nik", "nib": "business.nib"}}
    no = {"dpmptsp": {"refusals": {"not_met": {"title": {"id": "Tidak", "en": "No"}}}}}
    plan = published({**changes, "steps.taxpayer.after": ["permit"]}, no)
    report = explore(plan, made_forms(compile_plan(plan)))
    assert report.good
    ends = {road.title: road.end for road in report.tried}
    assert {"nothing in /staff", "two items in /staff"} <= {road.form for road in report.tried}
    assert {title: end for title, end in ends.items() if "permit/" in title and "operator" not in title} == {
        "permit/Contoa alone is refused: not_met": "refused",
        "permit/Contoh is refused: not_met, and nobody answers permit/Contoa": "refused",
        "permit/Contoa alone is sent back": "issued",
        "nobody answers permit/Contoa alone": "issued",
        "withdrawn after permit, and permit/Contoa alone is not taken back": "withdrawn",
    }
    assert "every item of permit is refused: not_met" in ends


def test_pairs_of_faults_are_tried_and_those_that_are_not_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tried()
    assert (whole.pairs_left_out, whole.pairs > 20) == ([], True)
    monkeypatch.setattr(explorer, "MOST_PAIRS", 7)
    report = tried()
    assert report.pairs == 7
    assert len(report.pairs_left_out) == whole.pairs - 7
    assert not {road.title for road in report.tried} & set(report.pairs_left_out)
    assert report.roads == whole.roads - len(report.pairs_left_out)


def test_what_comes_from_beside_is_tried_too() -> None:
    titles = {road.title: road.end for road in tried().tried}
    assert titles["paused while taxpayer is out"] == "issued"
    assert titles["business is answered after its time: contributed"] == "issued"
    assert titles["business is answered after its time: refused"] == "refused"


def test_an_objection_is_tried_both_ways_where_others_may_object() -> None:
    notice = {"wait": "2 days", "after": ["business"], "publish": {"activity": "form.kbli"}}
    report = tried(steps__notice=notice, steps__taxpayer__after=["notice"])
    assert report.good
    ends = {road.title: road.end for road in report.tried if road.title.startswith("an objection")}
    assert ends == {"an objection to notice is upheld": "refused", "an objection to notice is dismissed": "issued"}
    assert not any("nobody answers notice" in road.title for road in report.tried)


def test_what_the_applicant_is_asked_to_do_is_tried_done_declined_and_let_expire() -> None:
    paying = {"type": "object", "required": ["paid"], "properties": {"paid": {"type": "boolean"}}}
    pay = {"applicant": {"form": paying, "within": "7 days"}, "after": ["business"]}
    report = tried(steps__pay=pay, steps__taxpayer__after=["pay"])
    assert report.good
    assert report.straight[0].end == "issued"
    ends = {
        road.title: road.end
        for road in report.tried
        if "applicant declines pay" in road.title or "expire" in road.title
    }
    assert ends["the applicant declines pay"] == "refused"
    assert ends["the applicant lets pay expire"] in {"refused", "expired"}
