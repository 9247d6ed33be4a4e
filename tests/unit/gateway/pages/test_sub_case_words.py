"""What the page of the whole says of a step that is a case of its own."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.views import CaseView
from gateway.pages.citizen.views import progress_page
from gateway.pages.rendering import render
from gateway.pages.steps import step_word
from gateway.pages.sub_case_words import HELD_WORDS, WITHIN_WORDS, sub_case_word, told_in_sub_case
from tests.unit.gateway.pages.test_rendering import SHELL
from tests.unit.workflows.core.families import CHILD, branch, hears_of, issued, opened, parent, says
from tests.unit.workflows.core.parts import part
from tests.unit.workflows.core.playbook import ACT, Playbook, contributes, opens, refuses
from workflows.projections.case_view import case_view

BRANCH = branch(m=part("form.x"), n=part("form.y", after=("m",)))
WHOLE = parent(BRANCH, b=part("form.x"))
BELOW = f'href="/permohonan/{CHILD}"'
POINTS_THERE = "where you can object where its agency says so"


def begun() -> tuple[Playbook, Playbook]:
    """Give a case and its sub-case, of which the one has heard that the other goes on."""
    child = opened(BRANCH) << ...
    return Playbook(WHOLE) >> opens() << ... >> hears_of(child, "ask") << ..., child


def page_of(play: Playbook, within: Sequence[CaseView] = ()) -> str:
    """Give what the applicant reads about the step, in English."""
    page = progress_page(case_view(play.state), {}, "en", secret="gpc_x", within=within)
    shown = render("citizen/case.html", structs.replace(SHELL, language="en"), {"renewal": None, "page": page}).decode()
    return shown.partition('<ol class="steps"')[2].partition("</li>")[0]


def test_a_sub_case_that_an_operator_paused_is_said_to_go_on() -> None:
    play, child = begun()
    assert "application of its own" in page_of(play, [case_view(child.state)])
    child = child >> cm.PauseCase(act=ACT) << ...
    said = page_of(play, [case_view(child.state)])
    assert "paused by our staff" in said
    assert BELOW in said


def test_a_sub_case_that_waits_for_the_applicant_is_said_to_be_in_progress() -> None:
    play, child = begun()
    child = child >> refuses("m", "fixable") << ...
    assert "Needs your action" in page_of(play >> says(child) << ..., [case_view(child.state)])


def test_a_sub_case_that_is_being_closed_is_said_to_go_on() -> None:
    play, child = begun()
    child = child >> contributes("m", "m1") << ... >> cm.EndCase(act=ACT) << ...
    assert child.state.status == "closing"
    assert "will not be issued" in page_of(play, [case_view(child.state)])


@pytest.mark.parametrize("mark", ["paused", "held"])
def test_what_holds_up_a_sub_case_of_a_sub_case_is_not_seen_from_the_whole(mark: str) -> None:
    play, child = begun()
    inner = case_view(child.state)
    innermost = structs.replace(inner, case="innermost", parent=inner.case, marks=[mark])
    (step,) = [step for step in case_view(play.state).steps if step.step == "s"]
    assert sub_case_word(step, [inner, innermost]) == WITHIN_WORDS[mark]
    another = structs.replace(innermost, parent="somebody-elses")
    assert sub_case_word(step, [inner, another]) is None


def test_an_agency_s_step_takes_the_words_of_a_sub_case() -> None:
    play, child = begun()
    child = child >> cm.PauseCase(act=ACT) << ...
    agencys = next(step for step in case_view(play.state).steps if step.step == "b")
    assert sub_case_word(agencys, [case_view(child.state)]) is None
    assert not told_in_sub_case(structs.replace(agencys, state="refused"))


def test_a_revoked_sub_case_is_said_to_be_unanswered_or_not_begun_and_nobody_is_led_there() -> None:
    play, child = begun()
    child = issued(child, "m", "n")
    play = play >> says(child) << ...
    assert POINTS_THERE not in page_of(play)
    child = child >> cm.RevokeOutput(act=ACT) << ...
    play = play >> says(child) << ...
    view = case_view(play.state)
    step = next(step for step in view.steps if step.step == "s")
    assert step.state == "exhausted"
    assert sub_case_word(step, []) == HELD_WORDS["revoked"]
    said = page_of(play)
    assert "its output was revoked afterwards" in said
    assert "cannot begin" not in said
    assert POINTS_THERE in said
    assert BELOW in said


def test_of_a_refused_sub_case_it_is_not_said_where_to_read_more_and_object() -> None:
    play, child = begun()
    child = child >> refuses("m", "no") << ...
    play = play >> says(child) << ...
    said = page_of(play)
    assert "The sub-case was refused" in said
    assert POINTS_THERE in said
    assert BELOW in said


def test_a_step_that_could_not_begin_is_said_to_have_been_revoked() -> None:
    play, _ = begun()
    step = next(step for step in case_view(play.state).steps if step.step == "s")
    failed = structs.replace(step, state="exhausted", sub_case="")
    assert sub_case_word(failed, []) is None
    assert "cannot begin" in step_word(failed).sentence.en
