"""A desk with a second officer, tried: what one decides counts when another has confirmed it."""

from __future__ import annotations

from tests.unit.workflows.rehearsal.small import FORM, compiled
from workflows.rehearsal.play import Play, Road
from workflows.rehearsal.script import Says, Script
from workflows.rehearsal.unusual import second_officers

REFUSING = {"refusals": {"not_met": {"title": {"id": "Tidak", "en": "No"}}}}
RISKY = Script(asks={"business": (Says(example=1),)})


def played(wanted: str, script: Script | None = None) -> Road:
    plan = compiled(None, {"dpmptsp": {**REFUSING, "connection": {"kind": "desk", "second_officer": wanted}}})
    return Play(plan, FORM, RISKY.but(script or Script()), title="t", form_name="f").run()


def of_permit(road: Road) -> list[str]:
    return [f"{line.moment} {line.says}" for line in road.lines if line.who == "dpmptsp"]


def test_nothing_counts_before_a_second_officer_confirms() -> None:
    road = played("all")
    assert road.end == "issued"
    assert of_permit(road)[2:] == [
        "03:00 has an officer decide permit; a second one must confirm",
        "03:00 has a second officer confirm permit",
        "03:00 contributes certificate (permit)",
    ]


def test_what_is_not_confirmed_is_decided_again() -> None:
    road = played("all", Script(second={"permit": "rejects"}))
    assert road.end == "issued"
    assert of_permit(road)[2:6] == [
        "03:00 has an officer decide permit; a second one must confirm",
        "03:00 has a second officer send permit back to the first: look again",
        "04:00 has an officer decide permit; a second one must confirm",
        "04:00 has a second officer confirm permit",
    ]


def test_only_refusals_need_a_second_officer_where_the_contract_says_so() -> None:
    assert not any("second" in says for says in of_permit(played("refusals")))
    no = Script(asks={"permit": (Says(word="refuses", code="not_met"),)})
    assert any("a second officer confirm permit" in says for says in of_permit(played("refusals", no)))


def test_the_roads_of_a_second_officer_are_those_where_one_is_wanted() -> None:
    for wanted, count in (("all", 2), ("refusals", 1)):
        plan = compiled(None, {"dpmptsp": {**REFUSING, "connection": {"kind": "desk", "second_officer": wanted}}})
        road = Play(plan, FORM, RISKY, title="t", form_name="f").run()
        assert len(list(second_officers(plan, road))) == count
