"""Roads beside an agency's own word: which there are of a plan."""

from __future__ import annotations

from tests.unit.workflows.rehearsal.small import FORM, compiled
from workflows.rehearsal.play import Play
from workflows.rehearsal.script import SILENT, Script
from workflows.rehearsal.unusual import items, late_answers, of_agencies, pauses

NOTICE = {"steps.notice": {"wait": "2 days", "after": ["business"]}, "steps.taxpayer.after": ["notice"]}


def test_one_item_alone_has_no_roads_of_its_own_and_a_step_without_items_neither() -> None:
    plan = compiled()
    road = Play(plan, FORM, Script(), title="t", form_name="f").run()
    assert list(items(plan, road)) == []


def test_only_agencies_answer_late_and_whatever_is_out_can_be_paused() -> None:
    plan = compiled(NOTICE)
    road = Play(plan, FORM, Script(), title="t", form_name="f").run()
    assert of_agencies(plan, road) == ["identity", "business", "taxpayer"]
    late = dict(late_answers(plan, road))
    assert late["identity is answered after its time: refused"] == Script(
        asks={"identity": (SILENT,)}, late={"identity": "refuses"}
    )
    assert "taxpayer is answered after its time: refused" not in late, "it has no refusal"
    assert [script.pauses_at for _, script in pauses(plan, road)] == ["identity", "business", "notice", "taxpayer"]
