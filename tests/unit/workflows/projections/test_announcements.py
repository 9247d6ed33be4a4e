"""What is published of a case: what its plan names and nothing else; who objected is told to operations alone."""

from __future__ import annotations

from datetime import timedelta

from contracts import commands as cm
from contracts.ids import StepName
from contracts.plan import Until
from tests.unit.workflows.core.parts import part, plan, waits
from tests.unit.workflows.core.playbook import START, Playbook, contributes, corrects, opens, passes, refuses
from workflows.projections.announcements import announcements, with_objectors
from workflows.projections.case_view import case_line, case_view, masked


def test_a_case_is_published_while_others_may_object() -> None:
    wait = waits(Until(until="form.y"), publish={"street": "form.x"})
    play = Playbook(plan(a=part("form.z"), w=wait, q=waits("9 days"))) >> opens(y="2026-11-03") << ...
    (shown,) = announcements(play.state, play.now)
    assert (shown.step, shown.published) == ("w", {"street": "x0"})
    assert shown.until == START.replace(day=3, hour=0)
    assert not list(announcements(play.state, play.now + timedelta(days=2)))
    assert "announced" in case_line(play.state).marks
    play = play >> passes("1 day") << "w contributed"
    assert "announced" not in case_line(play.state).marks


def test_the_objectors_of_a_case_with_an_item_that_is_gone_cannot_be_shown() -> None:
    rows = [{"id": "k1", "x": "1"}, {"id": "k2", "x": "2"}]
    play = Playbook(plan(a=part("row.x", each="form.rows"), b=part("form.rows"))) >> opens(rows=rows) << ...
    play = play >> contributes("a:k1") << ... >> refuses("b", "fixable") << ... >> corrects(rows=rows[1:]) << ...
    view = case_view(play.state)
    assert ("k1" in [step.item for step in view.steps], play.state.listed) == (True, {"a": ("k2",)})
    assert len(with_objectors(view, play.state).steps) == len(view.steps)


def test_who_objected_is_told_to_whoever_decides() -> None:
    play = Playbook(plan(w=waits("2 days", publish={}))) >> opens() << ...
    play = play >> cm.RaiseObjection(step=StepName("w"), name="Sri", contact="0812", grounds="noise") << ...
    assert masked(case_view(play.state)).steps[0].objections[0].name == ""
    assert with_objectors(masked(case_view(play.state)), play.state).steps[0].objections[0].name == "Sri"
