"""A step that is asked for each item of a list: its turns, its word, and what a changed list does."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts.declared import Derived
from contracts.ids import ItemKey, StepName
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import (
    PROOF,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    is_undone,
    opens,
    refuses,
    refuses_undo,
    returns,
)
from workflows.core.items import shown, title_of
from workflows.core.values import value_of

A = StepName("a")


def rows(*keys: str, **changed: str) -> list[dict[str, str]]:
    """Give a list of items; `x` of one is its key in capitals, or what is said."""
    return [{"id": key, "x": changed.get(key, key.upper())} for key in keys]


def asked(*keys: str, **more: object) -> Playbook:
    """Give a case whose step `a` was opened for these items."""
    steps = plan(a=part("row.x", each="form.rows", **more))  # type: ignore[arg-type]
    return Playbook(steps) >> opens(rows=rows(*keys)) << ...


def given(**more: object) -> Part:
    """Give a step that is asked for each item of a list that step `s` gave."""
    return part("row.x", each="s.rows", **more)  # type: ignore[arg-type]


# --- turns and words ----------------------------------------------------------------------------------------


def test_every_item_is_asked_under_its_own_key_and_the_case_waits_for_all() -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows"), b=part(inputs={"n": Derived(cel="size(a)")})))
    play = play >> opens(rows=rows("west", "east"))
    play = play << "opened" << "a lists ['west', 'east']" << "a:west asked" << "a:east asked"
    assert play.owed == ["ask a:west/1 #1", "ask a:east/1 #1"]
    assert [play.at(f"a:{key}").input for key in ("west", "east")] == [{"x": "WEST"}, {"x": "EAST"}]
    play = play >> contributes("a:east", "2") << "a:east contributed"
    play = play >> contributes("a:west", "1") << "a:west contributed" << "b asked"
    assert value_of(play.state, A) == [{"key": "west", "number": "1"}, {"key": "east", "number": "2"}]
    assert play.at("b").input == {"n": 2}


def test_no_more_items_are_asked_at_once_than_the_plan_says_in_the_order_of_the_list() -> None:
    play = asked("k1", "k2", "k3", at_once=2)
    assert play.owed == ["ask a:k1/1 #1", "ask a:k2/1 #1"]
    play = play >> accepts("a:k1") << "a:k1 accepted"
    assert play >> contributes("a:k2") << "a:k2 contributed" << "a:k3 asked"


@pytest.mark.parametrize("answers", [{}, {"rows": []}, {"rows": None}])
def test_an_empty_list_is_skipped_and_its_value_is_an_empty_one(answers: dict[str, object]) -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows"))) >> opens(**answers)
    play = play << "opened" << "a skipped: when" << "issuing"
    assert value_of(play.state, A) == []


def test_a_condition_about_the_item_is_judged_for_each_and_one_that_is_not_for_all() -> None:
    some = asked("k1", "k2", when="row.id == 'k1'")
    assert some.owed == ["ask a:k1/1 #1"]
    assert value_of((some >> contributes("a:k1") << ...).state, A) == [{"key": "k1", "number": "1"}]
    steps = plan(a=part("row.x", each="form.rows", when="form.needed"), b=part("form.x"))
    play = Playbook(steps) >> opens(rows=rows("k1"), needed=False)
    assert play << "opened" << "a skipped: when" << "b asked"


def test_the_list_may_be_what_an_earlier_step_gave_and_is_waited_for() -> None:
    play = Playbook(plan(s=part("form.x"), a=given())) >> opens() << "opened" << "s asked"
    play = play >> contributes("s", rows=rows("k1")) << "s contributed" << "a lists ['k1']" << "a:k1 asked"
    assert play.at("a:k1").input == {"x": "K1"}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("one", "/s/rows: This is no list"),
        ([{"id": "a b"}], "/s/rows/0/id: This names no item"),
        ([{"id": 7}], "/s/rows/0/id: This names no item"),
        (rows("k1", "k1"), "/s/rows/1/id: Another item has this name"),
        ([{"id": f"k{number}"} for number in range(201)], "/s/rows: There are 201 items"),
    ],
)
def test_a_list_whose_items_have_no_name_of_their_own_is_never_asked_and_says_why(told: object, reason: str) -> None:
    play = Playbook(plan(s=part("form.x"), a=given(optional=True))) >> opens() << ... >> contributes("s", rows=told)
    play = play << "s contributed" << "a exhausted: plan"
    assert play.at("a").reason.startswith(reason)
    for act in (
        by_hand(cm.AskAgain, "a"),
        by_hand(cm.ReplaceInput, "a", input={}),
        by_hand(cm.ContributeByHand, "a", output={"number": "1"}, evidence=PROOF),
    ):
        play = play >> act << ("rejected: input_invalid" if isinstance(act, cm.AskAgain) else "rejected: not_now")
    assert play >> by_hand(cm.SkipStep, "a") << "a skipped: hand" << "issuing"


@pytest.mark.parametrize(("instead", "then"), [("1", "a lists ['k1']"), ("0", "a skipped: when")])
def test_a_list_whose_condition_failed_is_opened_by_hand_once_it_does_not(instead: str, then: str) -> None:
    steps = plan(
        c=part("form.x", optional=True),
        s=part("form.y", optional=True, conditional_on="c", otherwise=instead),
        a=part("row.x", each="form.rows", when="int(s.number) > 0"),
    )
    play = Playbook(steps) >> opens(rows=rows("k1")) << ... >> contributes("s", "?")
    play = play << "s contributed" << "a exhausted: expression"
    play = play >> by_hand(cm.AskAgain, "a") << "rejected: input_invalid" >> refuses("c") << ...
    play = play >> is_undone("s") << "s undone" >> by_hand(cm.AskAgain, "a") << then
    assert play << ...


# --- refusals -----------------------------------------------------------------------------------------------


def test_after_one_refusal_no_further_item_is_asked_and_a_required_step_ends_the_case() -> None:
    play = asked("k1", "k2", "k3", at_once=1) >> refuses("a:k1") << "a:k1 refused: no" << "closing: refused"
    assert play << "a:k2 dropped: closing" << "a:k3 dropped: closing" << "closed: refused"


def test_while_a_refusal_may_be_corrected_nothing_is_dropped_and_nothing_asked() -> None:
    play = asked("k1", "k2", at_once=1) >> refuses("a:k1", "fixable")
    play = play << "a:k1 refused: fixable, may change /rows/0/x"
    assert play.state.marks == ("waiting",)
    assert play.at("a:k2").state == "waiting"


def test_what_is_not_asked_of_an_optional_step_after_a_refusal_is_dropped_and_what_was_given_stands() -> None:
    play = asked("k1", "k2", "k3", at_once=1, optional=True) >> contributes("a:k1") << ...
    play = play >> refuses("a:k2") << "a:k2 refused: no" << "a:k3 dropped: condition" << "issuing"
    assert value_of(play.state, A) == [{"key": "k1", "number": "1"}]


def test_a_partial_step_goes_on_without_what_was_refused() -> None:
    play = asked("k1", "k2", partial=True, otherwise="none") >> refuses("a:k1") << "a:k1 refused: no"
    play = play >> contributes("a:k2") << "a:k2 contributed" << "issuing"
    assert value_of(play.state, A) == [{"key": "k1", "number": "none"}, {"key": "k2", "number": "1"}]


def test_a_partial_step_of_which_nothing_was_contributed_is_refused() -> None:
    play = asked("k1", "k2", partial=True) >> refuses("a:k1") << ... >> refuses("a:k2")
    assert play << "a:k2 refused: no" << "closing: refused" << "closed: refused"


def test_an_item_of_a_partial_step_may_be_skipped_by_hand_but_not_all_of_them() -> None:
    play = asked("k1", "k2", partial=True, effect="none") >> all_exhausts("a:k1") << ...
    play = play >> by_hand(cm.SkipStep, "a:k1") << "a:k1 skipped: hand"
    assert play >> refuses("a:k2") << "a:k2 refused: no" << "closing: refused" << "closed: refused"
    strict = asked("k1", "k2", effect="none") >> all_exhausts("a:k1") << ...
    assert strict >> by_hand(cm.SkipStep, "a:k1") << "rejected: not_optional"


def test_an_act_on_a_step_with_items_names_the_item() -> None:
    play = asked("k1") >> all_exhausts("a:k1") << "a:k1 exhausted: attempts"
    play = play >> by_hand(cm.AskAgain, "a") << "rejected: unknown_step"
    play = play >> by_hand(cm.ReplaceInput, "a:k1", input={"x": "other"})
    play = (
        play << "a:k1 to be undone: replaced" << "a:k1/2 opens: replaced" << "a:k1 undo asked" << "a:k1/2 ready: undo"
    )
    play = play >> is_undone("a:k1") << "a:k1 undone" << "a:k1/2 asked"
    assert play.at("a:k1/2").input == {"x": "other"}


def test_what_stands_only_with_every_item_falls_with_one_of_them_and_with_all_where_some_are_enough() -> None:
    for partial in (False, True):
        steps = plan(
            a=part("row.x", each="form.rows", optional=True, partial=partial),
            b=part("form.y", optional=True, conditional_on="a"),
        )
        play = Playbook(steps) >> opens(rows=rows("k1", "k2")) << ... >> contributes("b") << "b contributed"
        play = play >> contributes("a:k1") << "a:k1 contributed" >> refuses("a:k2") << "a:k2 refused: no"
        falls = ("issuing",) if partial else ("b to be undone: condition", "b undo asked")
        for expected in falls:
            play = play << expected
        assert play


# --- a changed list -----------------------------------------------------------------------------------------


def listed_by_answer(*keys: str, **more: object) -> Playbook:
    """Give a case whose items have contributed, and whose list the applicant may change."""
    steps = plan(a=part("row.x", each="form.rows", **more), l=part("form.rows"))  # type: ignore[arg-type]
    play = Playbook(steps) >> opens(rows=rows(*keys)) << ...
    for key in keys:
        play = play >> contributes(f"a:{key}") << f"a:{key} contributed"
    return play >> refuses("l", "fixable") << "l refused: fixable, may change /rows"


def test_the_applicant_is_asked_just_for_what_the_refused_item_reads_and_the_others_stand() -> None:
    play = asked("k1", "k2") >> contributes("a:k1") << "a:k1 contributed" >> refuses("a:k2", "fixable")
    play = play << "a:k2 refused: fixable, may change /rows/1/x"
    play = play >> corrects(rows=rows("k1", "k2", k1="other", k2="new")) << "rejected: not_correctable"
    play = play >> corrects(rows=rows("k1", "k2", k2="new"))
    play = play << "corrected: ['/rows/1/x']" << "a:k2/2 opens: correction" << "a:k2/2 asked"
    assert play.at("a:k2/2").input == {"x": "new"}
    assert play >> contributes("a:k2/2") << "a:k2/2 contributed" << "issuing"


def test_of_a_corrected_list_only_what_changed_is_asked_again_and_what_is_gone_is_undone() -> None:
    play = listed_by_answer("k1", "k2", "k3")
    play = play >> corrects(rows=rows("k4", "k3", "k2", k2="new"))
    play = play << f"corrected: {[f'/rows/{at}/{name}' for at in range(3) for name in ('id', 'x')]}"
    play = play << "a:k1 to be undone: replaced" << "a:k2 to be undone: replaced" << "a:k2/2 opens: correction"
    play = play << "a lists ['k4', 'k3', 'k2']" << "l/2 opens: correction"
    play = play << "a:k2 undo asked" << "a:k1 undo asked"
    play = play << "a:k4 ready: undo" << "a:k2/2 ready: undo" << "l/2 asked"
    play = play >> is_undone("a:k1") << "a:k1 undone"
    play = play >> is_undone("a:k2") << "a:k2 undone" << "a:k4 asked" << "a:k2/2 asked"
    assert [place.item for step, place, _ in shown(play.state) if step.name == "a"] == ["k4", "k3", "k2", "k1"]
    play = play >> contributes("a:k4", "4") << ... >> contributes("a:k2/2", "2") << ...
    assert [item["key"] for item in value_of(play.state, A)] == ["k4", "k3", "k2"]  # type: ignore[index]
    assert play >> contributes("l/2") << "l/2 contributed" << "issuing"


def test_an_item_that_is_removed_and_added_again_opens_its_next_round() -> None:
    play = listed_by_answer("k1", "k2", effect="none") >> corrects(rows=rows("k1")) << ...
    play = play >> refuses("l/2", "fixable") << ... >> corrects(rows=rows("k1", "k2"))
    play = play << "corrected: ['/rows']" << "a lists ['k1', 'k2']" << "l/3 opens: correction"
    assert play << "a:k2/2 asked" << "l/3 asked"


def test_a_list_that_is_empty_now_is_taken_back_whole() -> None:
    play = listed_by_answer("k1") >> corrects(rows=[]) << "corrected: ['/rows']" << "a:k1 to be undone: replaced"
    play = play << "a/2 opens: correction" << "l/2 opens: correction" << "a:k1 undo asked" << "a/2 skipped: when"
    assert play << "l/2 asked"


def test_a_refusal_whose_question_moved_within_the_list_is_asked_anew() -> None:
    steps = plan(a=part("row.x", each="form.rows"), l=part("form.rows"))
    play = Playbook(steps) >> opens(rows=rows("k1", "k2")) << ... >> contributes("a:k1") << ...
    play = play >> refuses("a:k2", "fixable") << ... >> refuses("l", "fixable") << ...
    play = play >> corrects(rows=rows("k2", "k1"))
    play = play << "corrected: ['/rows/0/id', '/rows/0/x', '/rows/1/id', '/rows/1/x']"
    play = play << "a:k2/2 opens: correction" << "a lists ['k2', 'k1']" << "l/2 opens: correction"
    assert play << "a:k2/2 asked" << "l/2 asked"


def test_what_an_item_that_is_gone_left_behind_stands_under_its_owner_and_holds_nothing_up() -> None:
    play = listed_by_answer("k1", "k2") >> corrects(rows=rows("k1")) << ... >> refuses_undo("a:k2") << ...
    play = play >> by_hand(cm.KeepContribution, "a:k2", owner="head") << "a:k2 kept"
    assert "held" not in play.state.marks
    play = play >> by_hand(cm.TakeKept, "a:k2") << "rejected: not_now"
    play = play >> refuses("l/2", "fixable") << ... >> corrects(rows=rows("k1", "k2")) << "corrected: ['/rows']"
    # Added again, what was kept is its word once it is taken: it is not asked a second time.
    play = play << "a lists ['k1', 'k2']" << "l/3 opens: correction" << "l/3 asked"
    assert play >> by_hand(cm.TakeKept, "a:k2") << "a:k2 taken"


def test_a_kept_contribution_opens_no_new_round_when_its_list_changes() -> None:
    play = (
        listed_by_answer("k1", "k2") >> corrects(rows=rows("k1", "k2", k2="new")) << ... >> refuses_undo("a:k2") << ...
    )
    play = play >> by_hand(cm.KeepContribution, "a:k2", owner="head") << "a:k2 kept"
    play = play >> by_hand(cm.TakeKept, "a:k2") << "a:k2 taken" << "a:k2/2 dropped: replaced"
    play = play >> refuses("l/2", "fixable") << ... >> corrects(rows=rows("k1", "k2", "k3", k2="newer"))
    assert (
        play << "corrected: ['/rows']" << "a lists ['k1', 'k2', 'k3']" << "l/3 opens: correction" << "a:k3 asked" << ...
    )
    play = play >> refuses("l/3", "fixable") << ... >> corrects(rows=[]) << "corrected: ['/rows']"
    assert play << ...
    assert play.at("a:k2").state == "kept"


def test_a_changed_step_that_a_list_rests_on_opens_the_whole_list_anew() -> None:
    play = Playbook(plan(s=part("form.x"), a=given(), b=part("form.x"))) >> opens() << ...
    play = play >> contributes("s", rows=rows("k1", "k2")) << ... >> contributes("a:k1") << ...
    play = play >> refuses("b", "fixable") << ... >> corrects(x="x1")
    play = play << "corrected: ['/x']" << "s to be undone: replaced" << "s/2 opens: correction"
    play = play << "a:k1 to be undone: replaced" << "a:k2 to be undone: replaced" << "a/2 opens: correction"
    play = play << "b/2 opens: correction" << "a:k1 undo asked" << "a:k2 undo asked"
    play = play << "s/2 ready: undo" << "b/2 asked"
    play = play >> is_undone("a:k1") << "a:k1 undone" >> contributes("a:k2") << ... >> is_undone("a:k2") << ...
    play = play >> is_undone("s") << "s undone" << "s/2 asked"
    play = play >> contributes("s/2", rows=rows("k2", "k3")) << "s/2 contributed" << "a/2 lists ['k2', 'k3']"
    assert play << "a:k2/2 asked" << "a:k3 asked"


def test_a_list_is_waited_for_anew_when_what_gave_it_was_taken_back_or_is_taken() -> None:
    steps = plan(
        c=part("form.x", optional=True),
        s=part("form.y", optional=True, conditional_on="c"),
        a=given(optional=True),
        b=part("form.z"),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("s", rows=rows("k1")) << ... >> contributes("a:k1") << ...
    play = play >> refuses("c") << "c refused: no" << "s to be undone: condition"
    play = play << "a:k1 to be undone: replaced" << "a/2 opens: dependency" << "a:k1 undo asked" << ...
    assert play >> is_undone("a:k1") << "a:k1 undone" << ...


def test_declining_is_about_an_item_that_is_on_the_list() -> None:
    play = asked("k1", "k2", partial=True) >> refuses("a:k1", "fixable") << ...
    play = play >> cm.DeclineCorrection(step=A, item=ItemKey("k9")) << "rejected: unknown_step"
    assert play >> cm.DeclineCorrection(step=A, item=ItemKey("k1")) << "a:k1 refusal final: declined"


def test_once_a_final_item_was_asked_its_list_is_locked() -> None:
    steps = plan(l=part("form.rows", optional=True), a=part("row.x", each="form.rows", effect="final", partial=True))
    play = Playbook(steps) >> opens(rows=rows("k1")) << ... >> refuses("l", "fixable")
    assert play << "l refused: fixable"


def test_an_item_that_an_officer_sends_back_asks_for_its_own_place_in_the_form() -> None:
    assert asked("k1", "k2", desk=True) >> returns("a:k2", "x") << "a:k2 returned, may change /rows/1/x"


def test_an_item_whose_input_cannot_be_made_any_more_is_opened_anew_and_says_so() -> None:
    steps = plan(a=part("row.x", each="form.rows", inputs={"n": Derived(cel="int(row.x) + 1")}))
    play = Playbook(steps) >> opens(rows=rows("k1", k1="1")) << ... >> refuses("a:k1", "fixable") << ...
    play = play >> corrects(rows=rows("k1", k1="one")) << "corrected: ['/rows/0/x']"
    assert play << "a:k1/2 opens: correction" << "a:k1/2 exhausted: expression"


def test_a_list_that_cannot_be_made_out_any_more_is_taken_back_whole() -> None:
    steps = plan(a=part("row.y", each="form.rows", when="int(form.x) > 0"), b=part("form.x"))
    play = Playbook(steps) >> opens(rows=rows("k1"), x="1") << ... >> refuses("b", "fixable") << ...
    play = play >> corrects(x="?") << "corrected: ['/x']" << "a:k1 to be undone: replaced" << "a/2 opens: correction"
    play = play << "b/2 opens: correction" << "a:k1 undo asked" << "a/2 exhausted: expression"
    assert play << "b/2 asked"


def test_only_those_items_are_asked_anew_that_read_what_was_taken_back() -> None:
    steps = plan(
        c=part("form.x", optional=True),
        s=part("form.y", optional=True, conditional_on="c", otherwise="0"),
        a=part(each="form.rows", inputs={"n": Derived(cel="row.id == 'k1' ? s.number : 'none'")}),
        b=part("form.z"),
    )
    play = Playbook(steps) >> opens(rows=rows("k1", "k2")) << ... >> contributes("s") << ...
    play = play >> contributes("a:k1") << ... >> contributes("a:k2") << ... >> refuses("c") << "c refused: no"
    play = play << "s to be undone: condition" << "a:k1 to be undone: replaced" << "a:k1/2 opens: dependency"
    play = play << "a:k1 undo asked" >> is_undone("a:k1") << "a:k1 undone" << "s undo asked"
    play = play >> is_undone("s") << "s undone" << "a:k1/2 asked"
    assert play.at("a:k1/2").input == {"n": "0"}


def test_a_correction_of_something_else_leaves_the_items_alone() -> None:
    play = Playbook(plan(a=part("row.x", each="form.rows"), b=part("form.y"))) >> opens(rows=rows("k1")) << ...
    play = play >> refuses("b", "fixable") << ... >> corrects(y="y1") << "corrected: ['/y']"
    assert play << "b/2 opens: correction" << "b/2 asked"


def test_a_form_whose_items_have_no_name_of_their_own_is_told_at_once_where_and_nobody_is_asked() -> None:
    steps = plan(a=part("row.x", each="form.rows"))
    assert Playbook(steps) >> opens(rows=rows("k1", "k1")) << "rejected: form_invalid"
    told = steps.check_form({"x": "x0", "rows": [*rows("k1", "k1"), {"id": "a/b"}]})
    assert [mistake.pointer for mistake in told] == ["/rows/1/id", "/rows/2/id"]
    assert steps.check_form({"x": 1, "rows": rows("k1", "k1")})[0].pointer == "/x", "the schema is judged first"


def test_names_that_a_correction_doubles_are_told_at_once_too() -> None:
    play = listed_by_answer("k1", "k2") >> corrects(rows=rows("k1", "k1")) << "rejected: form_invalid"
    assert play.at("l").correcting


def test_a_step_is_called_with_its_item() -> None:
    step = asked("k1").state.step(A)
    assert [title_of(step, ItemKey(item)).en for item in ("", "k1")] == ["Test", "Test: k1"]


def test_the_undos_of_items_leave_at_once_however_few_are_asked_at_once() -> None:
    """Each has a time of its own for it, and must not be late because another's agency is slow."""
    play = Playbook(plan(a=part("row.x", each="form.rows", at_once=1), b=part("form.y")))
    play = play >> opens(rows=rows("k1", "k2", "k3")) << ...
    for key in ("k1", "k2", "k3"):
        play = play >> contributes(f"a:{key}") << ...
    play = play >> cm.Withdraw() << ...
    assert [owed for owed in play.owed if owed.startswith("undo a:")] == [
        "undo a:k1/1 #1",
        "undo a:k2/1 #1",
        "undo a:k3/1 #1",
    ]
