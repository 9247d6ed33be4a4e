"""Drafts: kept as they are filled in, opened under their own name, and no more when their time is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.problems import Mistake
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import CASE, FORM, START, opens
from workflows.core import drafts
from workflows.core.compiled import CompiledPlan
from workflows.core.decide import decide, decided
from workflows.core.evolve import fold
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.pending import pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState

MONTH = timedelta(days=30)
PAPER = {"type": "application/pdf", "name": "s.pdf", "size": 4 * 2**20, "digest": f"sha256:{'a' * 64}"}


def saves(at: timedelta = timedelta(), **form: Any) -> cm.SaveDraft:
    return cm.SaveDraft(case=CASE, form=form, secret_digest="sha256:s", expires_at=START + at + MONTH)


def saved(*commands: cm.CaseCommand, on: CompiledPlan | None = None) -> CaseState:
    state = CaseState.empty(on or plan(a=part("form.x")))
    for command in commands or (saves(x="x0"),):
        _, state = decided(state, command, now=START)
    return state


def with_form(form: dict[str, Any], digest: str, on: CompiledPlan | None = None) -> CompiledPlan:
    """Give a plan with another form, as a newer version of it has."""
    before = on or plan(a=part("form.x"))
    known = set(form["properties"])

    def check(values: Mapping[str, object]) -> list[Mistake]:
        wrong = [Mistake(at, "no") for at in form.get("wrong", ()) if _has(values, at)]
        return [*wrong, *(Mistake(f"/{name}", "missing") for name in known if name not in values)]

    published = structs.replace(before.published, digest=digest, plan=structs.replace(before.published.plan, form=form))
    return structs.replace(before, published=published, check_form=check)


def _has(values: object, pointer: str) -> bool:
    for name in pointer.split("/")[1:]:
        values = values[int(name)] if is_list(values) else values.get(name) if is_fields(values) else None
    return values is not None


def test_a_draft_is_kept_as_it_is_and_owes_nobody_anything() -> None:
    state = CaseState.empty(plan(a=part("form.x")))
    events, state = decided(state, saves(x=7, whatever=[1]), now=START)
    assert [type(event) for event in events] == [ev.DraftSaved]
    assert (state.form, state.status, state.opened_at) == ({"x": 7, "whatever": [1]}, "draft", None)
    assert (pending(state), wake_at(state), drafts.is_draft(state)) == ((), START + MONTH, True)


def test_a_draft_becomes_the_case_of_its_name_on_what_it_is_opened_with() -> None:
    _, state = decided(saved(), structs.replace(opens(), secret_digest="sha256:s"), now=START)
    assert (state.status, state.form, state.case) == ("open", FORM, CASE)
    assert len(pending(state)) == 1
    for command in (saves(x="x1"), cm.CloseDraft(), opens()):
        with pytest.raises(Rejection) as refused:
            decide(state, command, now=START)
        assert refused.value.code == "already_open"


def test_a_draft_with_mistakes_is_not_opened_and_stays() -> None:
    with pytest.raises(Rejection, match="mistakes"):
        decide(saved(), cm.OpenCase(case=CASE, form={"x": 7}), now=START)


def test_a_save_that_changes_nothing_is_recorded_once_a_day_at_most() -> None:
    state = saved()
    assert decide(state, saves(x="x0"), now=START + timedelta(hours=23)) == ()
    (event,) = decide(state, saves(drafts.UNCHANGED_FOR, x="x0"), now=START + drafts.UNCHANGED_FOR)
    assert wake_at(fold(state, [event])) == START + timedelta(days=31)


def test_a_draft_is_no_more_when_its_time_is_over_and_nothing_else_can_be_done_with_it() -> None:
    state = saved()
    assert decide(state, cm.Wake(), now=START + MONTH - timedelta(seconds=1)) == ()
    for late in (saves(x="x1"), opens()):
        with pytest.raises(Rejection, match="no such draft"):
            decide(state, late, now=START + MONTH)
    events, over = decided(state, cm.Wake(), now=START + MONTH)
    assert [getattr(event, "outcome", "") for event in events] == ["expired"]
    assert (over.status, drafts.is_over(over), drafts.is_draft(over)) == ("expired", True, False)
    assert wake_at(over) is None
    assert decide(over, cm.Wake(), now=START + MONTH) == decide(over, cm.CloseDraft(), now=START + MONTH) == ()
    for late in (saves(x="x1"), opens()):
        with pytest.raises(Rejection, match="no such draft"):
            decide(over, late, now=START)


def test_whoever_began_a_draft_may_delete_it() -> None:
    _, over = decided(saved(), cm.CloseDraft(), now=START)
    assert (over.status, drafts.is_over(over), wake_at(over)) == ("withdrawn", True, None)


def test_what_is_asked_of_a_case_is_not_asked_of_a_draft() -> None:
    for state in (saved(), CaseState.empty(plan(a=part("form.x")))):
        with pytest.raises(Rejection, match="no such case"):
            decide(state, cm.Withdraw(), now=START)
    with pytest.raises(Rejection, match="no such case"):
        decide(CaseState.empty(plan(a=part("form.x"))), cm.Wake(), now=START)


def test_a_draft_that_is_too_large_or_saved_too_often_is_not_kept() -> None:
    with pytest.raises(Rejection, match="64 KiB"):
        decide(saved(), saves(x="x" * drafts.LARGEST_FORM), now=START)
    with pytest.raises(Rejection, match="200 times"):
        decide(structs.replace(saved(), saves=drafts.MOST_SAVES), saves(x="x1"), now=START)


def test_every_document_that_a_draft_ever_had_counts() -> None:
    form = {"type": "object", "properties": {"x": {}, "p": {"document": "application/pdf"}}}
    state = saved(saves(p=PAPER), saves(p={**PAPER, "digest": f"sha256:{'b' * 64}"}), on=with_form(form, "sha256:1"))
    assert sum(state.papers.values()) == 8 * 2**20
    with pytest.raises(Rejection, match="64 MiB"):
        decide(state, saves(p={**PAPER, "digest": f"sha256:{'c' * 64}", "size": 60 * 2**20}), now=START)


def test_a_case_runs_on_the_plan_that_it_was_opened_under_and_a_draft_on_the_last_one() -> None:
    first = ev.DraftSaved(
        at=START, case=CASE, service="s", plan="sha256:1", form={}, secret_digest="", expires_at=START
    )
    second, opening = (
        structs.replace(first, plan="sha256:2"),
        ev.CaseOpened(at=START, case=CASE, service="s", plan="sha256:3", form={}),
    )
    closed = ev.DraftClosed(at=START, outcome="expired")
    assert drafts.plan_of(CASE, [first, second, closed]) == "sha256:2"
    assert drafts.plan_of(CASE, [first, second, opening]) == drafts.plan_of(CASE, [opening, closed]) == "sha256:3"
    with pytest.raises(TypeError, match="does not begin"):
        drafts.plan_of(CASE, [closed])


def test_a_draft_goes_on_under_a_newer_plan_and_a_case_does_not() -> None:
    newer = with_form({"properties": {}}, "sha256:newer", on=plan(b=part("form.x")))
    state = drafts.on_newer(saved(), newer)
    assert (state.plan, [step for step, _ in state.tracks]) == (newer, ["b"])
    assert drafts.on_newer(state, newer) is state
    _, case = decided(saved(), opens(), now=START)
    assert drafts.on_newer(case, newer) is case


def test_answers_that_a_newer_form_does_not_take_are_named_and_left_out_and_all_others_kept() -> None:
    form: dict[str, Any] = {
        "properties": {"x": {}, "group": {}, "list": {}, "gone": {}, "p": {"document": "application/pdf"}}
    }
    before = with_form({**form, "wrong": ["/group/was"]}, "sha256:1")
    kept = {key: value for key, value in form["properties"].items() if key != "gone"}
    wrong = ["/group/was", "/group/a~1b", "/list/0/is", "/list/1", "/p/type", "/nowhere/at/all", ""]
    after = with_form({"properties": kept, "wrong": wrong}, "sha256:2")
    values = {
        "x": "x0",
        "gone": 1,
        "group": {"was": 1, "a~1b": 2, "a/b": 2, "stays": 3},
        "list": [{"is": 1, "stays": 2}, {"stays": 3}],
        "p": PAPER,
    }
    fits, unfit = drafts.fitted(values, before, after)
    assert unfit == ("/gone", "/group/a~1b", "/list/0/is", "/p")
    assert fits == {
        "x": "x0",
        "group": {"was": 1, "a~1b": 2, "stays": 3},
        "list": [{"stays": 2}, {"stays": 3}],
    }
    assert drafts.fitted(values, before, before) == (values, ())
