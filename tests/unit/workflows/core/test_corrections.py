"""Sending a case back with just the asked questions, and what the changed answers reopen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import commands as cm
from contracts.declared import Derived
from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    START,
    Playbook,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    is_undone,
    opens,
    passes,
    refuses,
    refuses_undo,
    returns,
    unheard,
)
from workflows.core.corrections import correct_until, covers, differences, merge

ASKED_BACK = "a refused: fixable, may change /x"


def asked_back(**more: object) -> Playbook:
    """Give a case whose step `a` asks the applicant for another `x`."""
    return Playbook(plan(a=part("form.x", **more))) >> opens() << ... >> refuses("a", "fixable") << ASKED_BACK  # type: ignore[arg-type]


# --- what is asked ------------------------------------------------------------------------------------------


def test_a_refusal_with_correctable_inputs_sends_the_case_back_within_the_stated_time() -> None:
    play = asked_back()
    assert play.state.marks == ("waiting",)
    assert play.state.status == "open"
    assert play.due_in() == timedelta(days=3)


def test_an_officers_return_that_names_form_inputs_sends_the_case_back_within_the_plans_time() -> None:
    play = Playbook(plan(a=part("form.x", desk=True))) >> opens() << ... >> returns("a", "x")
    play = play << "a returned, may change /x"
    assert play.due_in() == timedelta(days=14)
    assert play >> corrects(x="x1") << "corrected: ['/x']" << "a/2 opens: correction" << "a/2 asked"


def test_any_other_return_is_exhausted() -> None:
    steps = plan(a=part("form.x", inputs={"made": Derived(cel="form.x + '!'")}))
    assert Playbook(steps) >> opens() << ... >> returns("a", "made") << "a exhausted: returned"
    assert Playbook(steps) >> opens() << ... >> returns("a", "x", "made") << "a exhausted: returned"
    assert Playbook(steps) >> opens() << ... >> returns("a") << "a exhausted: returned"


def test_nothing_is_correctable_once_a_case_closes() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> refuses("b") << ...
    assert play >> refuses("a", "fixable") << "a refused: fixable" << "closed: refused"


def test_waiting_stops_only_its_step_and_its_dependants() -> None:
    steps = plan(a=part("form.x"), b=part("a.number"), c=part("form.y"), d=part("c.number"))
    play = Playbook(steps) >> opens() << ... >> refuses("a", "fixable") << ASKED_BACK
    assert play >> contributes("c") << "c contributed" << "d asked"


# --- what is answered ---------------------------------------------------------------------------------------


def test_on_expiry_the_refusal_is_final() -> None:
    play = asked_back() >> passes("3 days") << "a refusal final: expired" << "closing: refused" << "closed: refused"
    assert play >> corrects(x="x1") << "rejected: not_correctable"


def test_when_the_applicant_declines_the_refusal_is_final() -> None:
    decline = cm.DeclineCorrection(step=StepName("a"))
    play = asked_back(optional=True) >> decline << "a refusal final: declined" << "issuing"
    assert play >> decline << "rejected: not_correctable"


def test_only_what_is_asked_back_is_declined() -> None:
    steps = plan(a=part("form.x"))
    play = Playbook(steps) >> opens() << ... >> cm.DeclineCorrection(step=StepName("a")) << "rejected: not_correctable"
    assert play >> cm.DeclineCorrection(step=StepName("z")) << "rejected: unknown_step"


def test_a_declined_return_is_a_refusal() -> None:
    play = Playbook(plan(a=part("form.x", optional=True))) >> opens() << ... >> returns("a", "x") << ...
    play = play >> cm.DeclineCorrection(step=StepName("a")) << "a refusal final: declined" << "issuing"
    assert play.at("a").state == "refused"


def test_only_the_asked_questions_are_changed() -> None:
    play = asked_back() >> corrects(x="x1", y="other") << "rejected: not_correctable"
    assert play >> corrects(y="other") << "rejected: not_correctable"


def test_the_same_answers_again_correct_nothing() -> None:
    assert asked_back() >> corrects(x="x0") << "rejected: nothing_changed"


def test_corrected_answers_are_held_to_the_form() -> None:
    assert asked_back() >> corrects(x=None) << "rejected: form_invalid"


def test_nothing_is_corrected_that_was_not_asked_back() -> None:
    assert Playbook(plan(a=part())) >> opens() << ... >> corrects(x="x1") << "rejected: not_correctable"


def test_two_questions_are_answered_one_by_one_or_together() -> None:
    steps = plan(a=part("form.x"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> refuses("a", "fixable") << ... >> refuses("b", "fixable") << ...
    play = play >> corrects(x="x1") << "corrected: ['/x']" << "a/2 opens: correction" << "a/2 asked"
    assert play.state.marks == ("waiting",)
    play = play >> corrects(y="y1") << "corrected: ['/y']" << "b/2 opens: correction" << "b/2 asked"
    assert "waiting" not in play.state.marks


# --- what is reopened ---------------------------------------------------------------------------------------


def test_changed_answers_open_a_round_for_every_data_dependant_and_everything_else_stands() -> None:
    steps = plan(
        first=part("form.x"),
        second=part("first.number"),
        aside=part("form.y", after=("first",)),
        judge=part("form.x", "second.number"),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("first") << ... >> contributes("second") << ...
    play = play >> contributes("aside") << "aside contributed" >> refuses("judge", "fixable") << ...
    play = play >> corrects(x="x1") << "corrected: ['/x']"
    play = play << "first to be undone: replaced" << "first/2 opens: correction"
    play = play << "second to be undone: replaced" << "second/2 opens: correction"
    play = play << "judge/2 opens: correction"
    # In reverse, and before the first new ask of the same or a dependent step.
    play = play << "second undo asked" << "first/2 ready: undo"
    play = play >> is_undone("second") << "second undone" << "first undo asked"
    play = play >> is_undone("first") << "first undone" << "first/2 asked"
    assert play.at("first/2").input == {"x": "x1"}
    assert play.at("aside").state == "contributed"


def test_a_round_that_may_have_worked_is_taken_back_before_the_next_is_asked() -> None:
    steps = plan(a=part("form.x"), b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens() << ... >> unheard("a") << "a failed" >> refuses("b", "fixable") << ...
    play = play >> corrects(x="x1") << "corrected: ['/x']" << "a to be undone: replaced" << "a/2 opens: correction"
    assert play << "b/2 opens: correction" << "a undo asked" << "a/2 ready: undo" << "b/2 asked"


def test_a_round_that_only_looked_or_never_left_is_dropped() -> None:
    steps = plan(a=part("form.x", effect="none"), b=part("form.x"), c=part("form.x", effect="none"))
    play = Playbook(steps) >> opens() << ... >> unheard("b", sent=False) << ... >> refuses("c", "fixable") << ...
    play = play >> corrects(x="x1") << "corrected: ['/x']" << "a dropped: replaced" << "a/2 opens: correction"
    play = play << "b dropped: replaced" << "b/2 opens: correction" << "c/2 opens: correction"
    assert play << "a/2 asked" << "b/2 asked" << "c/2 asked"


def test_a_step_that_was_skipped_is_asked_when_the_corrected_answers_need_it() -> None:
    steps = plan(a=part("form.x"), b=part(when="form.x == 'x1'", otherwise="none"))
    play = Playbook(steps) >> opens() << "opened" << "b skipped: when" << "a asked" >> refuses("a", "fixable") << ...
    play = play >> corrects(x="x1") << "corrected: ['/x']" << "a/2 opens: correction" << "b/2 opens: correction"
    assert play << "a/2 asked" << "b/2 asked"


def test_a_step_whose_turn_has_not_come_needs_no_new_round() -> None:
    steps = plan(a=part("form.x"), b=part("form.x", "a.number"))
    play = Playbook(steps) >> opens() << ... >> refuses("a", "fixable") << ... >> corrects(x="x1") << ...
    play = play >> contributes("a/2") << "a/2 contributed" << "b asked"
    assert play.at("b").input == {"x": "x1", "a": "1"}


def test_an_answer_to_a_superseded_round_moves_nothing() -> None:
    play = asked_back() >> corrects(x="x1") << "corrected: ['/x']" << "a/2 opens: correction" << "a/2 asked"
    play = play >> refuses("a/1", "no") << "a recorded"
    assert play >> contributes("a/1") << "a recorded, incident: late_contribution"
    assert play.at("a/2").state == "asked"


# --- a step that came after a reopened one ------------------------------------------------------------------


def reopened(*, answer_first: bool) -> Playbook:
    """Give a case in which `o`, before `r`, is asked anew because `judge` asked for another `x`."""
    steps = plan(
        o=part("form.x", optional=True),
        r=part(after=("o",), optional=True),
        judge=part("form.x", effect="none"),
        last=part(desk=True),
    )
    play = Playbook(steps) >> opens() << ...
    if answer_first:
        play = play >> contributes("o") << "o contributed" << "r asked" >> contributes("r") << "r contributed"
        play = play >> refuses("judge", "fixable") << ... >> corrects(x="x1") << ... >> is_undone("o") << ...
    else:
        play = play >> refuses("o", "fixable") << ... >> corrects(x="x1") << ...
    return play


def test_a_reversible_step_falls_when_what_it_came_after_is_reopened_and_refuses() -> None:
    play = reopened(answer_first=True) >> refuses("o/2") << "o/2 refused: no" << "r to be undone: condition"
    assert play << "r undo asked"


def test_a_reversible_step_stands_when_what_it_came_after_is_reopened_and_contributes() -> None:
    assert reopened(answer_first=True) >> contributes("o/2", "2") << "o/2 contributed"


def test_a_step_that_came_after_the_refusal_stands() -> None:
    play = reopened(answer_first=False) >> refuses("o/2") << "o/2 refused: no" << "r asked"
    assert play >> contributes("r") << "r contributed"


# --- locked -------------------------------------------------------------------------------------------------


def test_refusals_that_name_what_a_final_step_rests_on_are_not_correctable() -> None:
    steps = plan(a=part("form.x"), f=part("a.number", effect="final"), o=part("form.x", optional=True))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed" << "f asked"
    assert play >> refuses("o", "fixable") << "o refused: fixable"


def test_a_return_that_names_what_a_final_step_rests_on_is_exhausted() -> None:
    steps = plan(a=part("form.x"), f=part("a.number", effect="final"), o=part("form.x", desk=True, optional=True))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed" << "f asked"
    assert play >> returns("o", "x") << "o exhausted: returned"


def test_what_was_asked_back_is_locked_when_a_final_step_is_asked_with_it() -> None:
    steps = plan(g=part("form.y"), o=part("form.x", optional=True), f=part("form.x", after=("g",), effect="final"))
    play = Playbook(steps) >> opens() << ... >> refuses("o", "fixable") << ... >> contributes("g") << "g contributed"
    play = play << "f asked" << "o refusal final: locked"
    assert play >> corrects(x="x1") << "rejected: not_correctable"


def test_what_was_returned_is_exhausted_when_a_final_step_is_asked_with_it() -> None:
    steps = plan(
        g=part("form.y"), o=part("form.x", optional=True, desk=True), f=part("form.x", after=("g",), effect="final")
    )
    play = Playbook(steps) >> opens() << ... >> returns("o", "x") << ... >> contributes("g") << "g contributed"
    assert play << "f asked" << "o exhausted: returned"


def test_what_a_final_step_does_not_rest_on_may_still_be_corrected() -> None:
    steps = plan(a=part("form.x"), f=part("a.number", effect="final"), o=part("form.y", optional=True))
    play = Playbook(steps) >> opens() << ... >> refuses("o", "fixable") << ... >> contributes("a") << ...
    assert play.at("f").state == "asked"
    assert play >> corrects(y="y1") << "corrected: ['/y']" << "o/2 opens: correction" << "o/2 asked"


# --- nothing stands on what was taken back ------------------------------------------------------------------


def conditional(**dependant: object) -> Playbook:
    """Give a case in which `b` was asked with what `o` contributed, and `o` stands only with `z`."""
    steps = plan(
        z=part("form.x", optional=True),
        o=part(conditional_on="z", optional=True),
        b=part("o.number", **dependant),  # type: ignore[arg-type]
        last=part(desk=True),
    )
    return Playbook(steps) >> opens() << ... >> contributes("o") << ...


def test_what_was_asked_with_a_contribution_that_fell_is_asked_anew() -> None:
    play = conditional() >> contributes("b") << "b contributed" >> refuses("z") << "z refused: no"
    play = play << "o to be undone: condition" << "b to be undone: replaced" << "b/2 opens: dependency"
    play = play << "b undo asked" >> is_undone("b") << "b undone" << "o undo asked"
    play = play >> is_undone("o") << "o undone" << "b/2 asked"
    assert play.at("b/2").input == {}


def test_what_is_still_out_with_a_contribution_that_fell_is_asked_anew() -> None:
    play = conditional(effect="none") >> refuses("z") << "z refused: no" << "o to be undone: condition"
    assert play << "b dropped: replaced" << "b/2 opens: dependency" << "o undo asked"


def test_what_was_skipped_for_a_contribution_that_fell_is_asked() -> None:
    play = conditional(when="!has(o.number)")
    assert play.at("b").state == "skipped"
    assert play >> refuses("z") << "z refused: no" << "o to be undone: condition" << "b/2 opens: dependency" << ...


def test_what_was_asked_for_a_contribution_that_fell_is_skipped() -> None:
    play = (
        conditional(when="has(o.number)", effect="none") >> contributes("b") << "b contributed" >> refuses("z") << ...
    )
    assert play >> is_undone("o") << "o undone" << "b/2 skipped: when"


def test_an_expression_that_fails_without_a_contribution_that_fell_is_an_incident() -> None:
    play = conditional(inputs={"made": Derived(cel="o.number + '!'")}, effect="none") >> refuses("z") << ...
    assert play >> is_undone("o") << "o undone" << "b/2 exhausted: expression"


def test_what_never_read_it_stands() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        o=part(conditional_on="z", optional=True),
        b=part(inputs={"o": Derived(cel="has(o.other) ? o.other : 'no'")}),
        last=part(desk=True),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("o") << ... >> contributes("b") << "b contributed"
    assert play >> refuses("z") << "z refused: no" << "o to be undone: condition" << "o undo asked"


def test_an_input_given_by_hand_stands() -> None:
    play = conditional() >> all_exhausts("b") << ... >> by_hand(cm.ReplaceInput, "b", input={"o": "by hand"}) << ...
    play = play >> is_undone("b/1") << "b undone" << "b/2 asked" >> contributes("b/2") << "b/2 contributed"
    assert play >> refuses("z") << "z refused: no" << "o to be undone: condition" << "o undo asked"


def test_a_no_stands_whatever_it_was_asked_with() -> None:
    # `o` stands only with `b`, which was asked with what `o` contributed: that must not go round in a circle.
    steps = plan(o=part(conditional_on="b", optional=True), b=part("o.number", optional=True), last=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> contributes("o") << "o contributed" << "b asked" >> refuses("b")
    assert play << "b refused: no" << "o to be undone: condition" << "o undo asked" >> is_undone("o") << "o undone"


def test_what_a_final_step_rests_on_stands() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        o=part(conditional_on="z", optional=True),
        f=part("o.number", effect="final"),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("o") << ... >> contributes("f") << "f contributed"
    assert (
        play
        >> refuses("z")
        << "z refused: no"
        << "o to be undone: condition"
        << "o undo asked"
        >> is_undone("o")
        << "o undone"
        << "issuing"
    )


# --- the small parts ----------------------------------------------------------------------------------------


def test_the_time_for_a_correction_is_the_refusals_else_the_plans() -> None:
    state = Playbook(plan(a=part())).state
    assert correct_until(state, "2 days", START) == START + timedelta(days=2)
    assert correct_until(state, None, START) == START + timedelta(days=14)


@pytest.mark.parametrize(
    ("pointer", "other", "expected"),
    [("", "/a", True), ("/a", "/a", True), ("/a", "/a/b", True), ("/a", "/ab", False), ("/a/b", "/a", False)],
)
def test_a_pointer_covers_what_is_within_it(pointer: str, other: str, expected: bool) -> None:  # noqa: FBT001
    assert covers(pointer, other) is expected


def test_answers_are_laid_over_the_form_and_null_takes_one_away() -> None:
    form = {"a": {"b": 1, "c": 2}, "d": 3, "f": "text"}
    assert merge(form, {"a": {"b": None, "e": 4}, "d": [5], "f": {"g": 6}, "h": None}) == {
        "a": {"c": 2, "e": 4},
        "d": [5],
        "f": {"g": 6},
    }
    assert form["d"] == 3


def test_differences_are_named_by_pointers_and_a_list_counts_as_one_value() -> None:
    before = {"a": {"b": 1, "c/d": 2}, "e": [1, 2], "f": True, "g": 1}
    now = {"a": {"b": 1, "c/d": 3}, "e": [1], "f": 1, "h~": 1}
    assert differences(before, now) == {"/a/c~1d", "/e", "/f", "/g", "/h~0"}
    assert differences(before, before) == set()


def test_a_correction_in_a_pause_waits_to_be_asked() -> None:
    play = asked_back() >> cm.PauseCase(act=ACT) << "paused" >> corrects(x="x1") << "corrected: ['/x']"
    assert play << "a/2 opens: correction" << "a/2 ready: pause"


def test_an_undo_that_is_refused_holds_what_was_corrected_until_a_person_settles_it() -> None:
    steps = plan(a=part("form.x"), b=part("form.x", effect="none"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> refuses("b", "fixable") << ...
    play = play >> corrects(x="x1") << ... >> refuses_undo("a") << "a undo refused: used"
    assert play >> by_hand(cm.KeepContribution, "a/1", owner="ani") << "a kept"
    assert play.at("a/2").state == "ready"
