"""One case that is tried: who does what, in which order, and what it is called when nothing more happens."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.workflows.rehearsal.small import FORM, compiled
from workflows.rehearsal import play as playing
from workflows.rehearsal.acts import Untried
from workflows.rehearsal.play import EFFECTS, Play, Road
from workflows.rehearsal.script import SILENT, Says, Script, Undoing

NO = Says(word="refuses", code="no_match")


def played(script: Script | None = None, changes: dict[str, Any] | None = None, **of: dict[str, Any]) -> Road:
    return Play(compiled(changes, of), FORM, script or Script(), title="t", form_name="f").run()


def said(road: Road) -> list[str]:
    return [f"{line.moment} {line.who} {line.says}" for line in road.lines]


def test_a_whole_case_is_told_as_everybody_sees_it() -> None:
    road = played()
    assert (road.end, road.stranded, road.why, road.asked) == (
        "issued",
        False,
        "",
        ["identity", "business", "taxpayer"],
    )
    assert said(road) == [
        "00:00 applicant applies",
        "00:00 dukcapil is asked identity, and reads nik, name",
        "00:00 dukcapil contributes match (identity)",
        "00:00 oss is asked business, and reads nik, kbli, staff",
        "00:00 oss contributes nib, risk (business)",
        "00:00 applicant sees that permit is left out: it is not needed",
        "00:00 djp is asked taxpayer, and reads nik, nib",
        "00:00 djp has taxpayer, and answers later",
        "03:00 djp contributes status (taxpayer)",
        "03:00 applicant gets the joint output",
    ]


def test_an_applicant_who_corrects_gets_on_and_one_who_does_not_is_refused() -> None:
    once = {"identity": (NO,)}
    assert played(Script(asks=once)).end == "issued"
    assert played(Script(asks=once, applicant="declines")).end == "refused"
    expired = played(Script(asks=once, applicant="lets it expire"))
    assert expired.end == "refused"
    assert any(line.at.days == 14 for line in expired.lines)
    assert played(Script(asks={"identity": (NO, NO, NO)})).end == "issued"


def test_silence_is_skipped_over_until_somebody_must_look_and_each_act_leads_on() -> None:
    ends = {
        act: played(Script(asks={"business": (SILENT,)}, acts={"business": act})).end for act in _offered("business")
    }
    assert ends == {"ask-again": "issued", "replace": "issued", "contribute": "issued", "end": "ended"}


def _offered(step: str) -> list[str]:
    road = played(Script(asks={step: (SILENT,)}))
    return [act for act in next(each.acts for each in road.incidents if each.step == step) if act != "take-incident"]


@pytest.mark.parametrize("how", ["refuses", "silent"])
@pytest.mark.parametrize("act", ["undo-again", "undone", "keep"])
def test_an_undo_that_is_refused_or_silent_is_an_incident_that_ends(how: Undoing, act: str) -> None:
    risky = {"business": (Says(example=1),)}
    road = played(Script(asks=risky, withdraws_after="business", undos={"business": how}, acts={"business": act}))
    assert road.end == "withdrawn"
    assert [each.step for each in road.incidents] == ["business"]


NOTICE = {
    "steps.notice": {"wait": "2 days", "after": ["business"], "publish": {"activity": "form.kbli"}},
    "steps.taxpayer.after": ["notice"],
}


def test_a_wait_is_skipped_over_and_told() -> None:
    road = played(changes=NOTICE)
    assert road.end == "issued"
    told = said(road)
    assert "00:00 applicant sees that notice begins (wait), until 2026-01-07 01:00 UTC" in told
    assert "2 d 00:00 applicant sees that notice is over" in told


def test_an_objection_that_is_upheld_refuses_and_one_that_is_dismissed_does_not() -> None:
    upheld = played(Script(objections={"notice": True}), NOTICE)
    assert upheld.end == "refused"
    assert "00:00 others object to notice" in said(upheld)
    assert "00:00 operator upholds the objection to notice" in said(upheld)
    assert played(Script(objections={"notice": False}), NOTICE).end == "issued"


def test_a_case_that_is_at_rest_and_not_closed_is_stranded_and_says_what_it_waits_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(playing, "USUAL", ("take-incident",))
    road = played(Script(asks={"business": (SILENT,)}))
    assert (road.end, road.stranded) == ("open", True)
    assert road.why.startswith("the case is open, and nothing more happens: business is exhausted")


def test_a_case_that_never_rests_is_stopped_and_said_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MOST_THINGS", 3)
    assert played().why == "it goes on and on: 3 things have happened"


def test_what_cannot_be_tried_yet_is_said_and_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "EFFECTS", {kind: do for kind, do in EFFECTS.items() if kind.__name__ != "SealOutput"})
    with pytest.raises(Untried, match="SealOutput"):
        played()
