"""A step that is asked for each item of a list, as it is shown: a row for each, with acts of its own."""

from __future__ import annotations

from contracts import commands as cm
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    opens,
    refuses,
    refuses_undo,
)
from workflows.projections.case_view import case_view
from workflows.projections.worklist import tasks_of


def rows(*keys: str) -> list[dict[str, str]]:
    return [{"id": key, "x": key} for key in keys]


def test_there_is_a_row_for_each_item_and_the_incident_is_the_items() -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows", partial=True))) >> opens(rows=rows("k1", "k2")) << ...
    play = play >> all_exhausts("a:k2") << ...
    shown = case_view(play.state).steps
    assert [(row.step, row.item, row.title.id, row.state) for row in shown] == [
        ("a", "k1", "Uji: k1", "asked"),
        ("a", "k2", "Uji: k2", "exhausted"),
    ]
    assert shown[0].incident is None
    incident = shown[1].incident
    assert incident is not None
    assert {"ask-again", "replace", "contribute", "skip"} <= set(incident.acts)


def test_a_wrong_list_offers_no_act_on_an_input_that_there_is_not() -> None:
    play = Playbook(plan(s=part("form.x"), a=part("row.x", each="s.rows", optional=True))) >> opens() << ...
    play = play >> contributes("s", rows=rows("k1", "k1")) << ...
    incident = case_view(play.state).steps[1].incident
    assert incident is not None
    assert incident.acts == ["ask-again", "skip", "end", "take-incident"]


def test_an_item_that_is_gone_is_shown_while_a_person_has_to_look_and_not_as_one_to_take() -> None:
    steps = plan(a=part("row.x", each="form.rows"), l=part("form.rows"))
    play = Playbook(steps) >> opens(rows=rows("k1", "k2")) << ... >> contributes("a:k1") << ...
    play = play >> contributes("a:k2") << ... >> refuses("l", "fixable") << ... >> corrects(rows=rows("k1")) << ...
    play = play >> refuses_undo("a:k2") << ...
    gone = next(row for row in case_view(play.state).steps if row.item == "k2")
    assert gone.incident is not None
    assert gone.incident.acts == ["undo-again", "undone", "keep", "take-incident"]
    play = play >> by_hand(cm.KeepContribution, "a:k2", owner="head") << ...
    kept = next(row for row in case_view(play.state).steps if row.item == "k2")
    assert (kept.state, kept.incident) == ("kept", None)


def test_officers_have_a_task_for_each_item_that_says_which_and_what_may_be_sent_back() -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows", desk=True))) >> opens(rows=rows("k1", "k2")) << ...
    play = play >> accepts("a:k1") << ... >> accepts("a:k2") << ...
    tasks = tasks_of(play.state)
    assert [(task.key, task.title.en, task.sources, task.correctable) for task in tasks] == [
        ("play/a/k1/ask/1", "Test: k1", {"x": "form"}, ["x"]),
        ("play/a/k2/ask/1", "Test: k2", {"x": "form"}, ["x"]),
    ]
