"""Taking back: what, in which order, and when an undo may leave."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.wire import Contributed
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    KEY,
    START,
    Happening,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    hears,
    is_undone,
    opens,
    passes,
    refuses,
    refuses_undo,
    returns,
    unheard,
)

SKIPPED = "a to be undone: skipped"


# --- order --------------------------------------------------------------------------------------------------


def test_contributions_are_taken_back_in_reverse_and_an_undo_waits_only_for_its_dependants() -> None:
    steps = plan(a=part("form.x"), b=part("a.number"), c=part("b.number"), d=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> contributes("b") << ...
    play = play >> contributes("c") << ... >> unheard("d") << "d failed" >> cm.Withdraw() << "withdrawn"
    play = play << "closing: withdrawn"
    for name in "abcd":
        play = play << f"{name} to be undone: withdrawn"
    # What nobody knows the outcome of is taken back at once, beside the last contribution.
    play = play << "c undo asked" << "d undo asked" >> is_undone("c") << "c undone" << "b undo asked"
    play = play >> is_undone("b") << "b undone" << "a undo asked" >> is_undone("a") << "a undone"
    assert play >> is_undone("d") << "d undone" << "closed: withdrawn"


def test_an_undo_waits_for_what_only_came_after_it_too() -> None:
    steps = plan(a=part("form.x"), b=part(after=("a",)))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> contributes("b") << ...
    play = play >> cm.Withdraw() << ...
    assert play.owed == ["undo b/1 #1"]


def test_a_refused_undo_holds_the_undos_above_it_until_a_person_settles_it() -> None:
    steps = plan(a=part("form.x"), b=part("a.number"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> accepts("b") << ... >> cm.Withdraw() << ...
    play = play >> refuses_undo("b") << "b undo refused: used"
    assert play.owed == []
    assert play.state.marks == ("held",)
    play = play >> by_hand(cm.KeepContribution, "b", owner="ani") << "b kept" << "a undo asked"
    assert play >> is_undone("a") << "a undone" << "closed: withdrawn"


# --- time ---------------------------------------------------------------------------------------------------


def contributed(**more: object) -> Playbook:
    """Give a case whose step `a` contributed and whose undo the contract allows for five days."""
    steps = plan(a=part("form.x", undo_within="5 days", **more), b=part(desk=True, effect="none"))  # type: ignore[arg-type]
    return Playbook(steps) >> opens() << ... >> contributes("a") << "a contributed"


def test_an_undo_is_never_sent_after_the_contracts_time_for_it() -> None:
    play = contributed() >> passes("6 days") >> cm.Withdraw() << "withdrawn" << "closing: withdrawn"
    play = play << "a to be undone: withdrawn" << "b dropped: withdrawn" << "a undo refused: too_late"
    assert play.owed == []
    assert play.at("a").code == "too_late"


def test_an_undo_is_still_sent_in_the_last_moment() -> None:
    play = contributed() >> passes("5 days") >> cm.Withdraw() << ...
    assert play.owed == ["undo a/1 #1"]


def test_a_repeat_of_an_undo_is_not_sent_after_the_contracts_time() -> None:
    play = contributed() >> passes("5 days") >> cm.Withdraw() << ... >> unheard("a", "undo") << "a undo failed"
    assert play >> passes("3 s") << "a undo refused: too_late"


def test_an_undo_that_a_pause_held_back_does_not_leave_after_the_contracts_time() -> None:
    play = contributed() >> cm.Withdraw() << ... >> cm.PauseCase(act=ACT) << "paused" >> passes("6 days")
    play = play >> cm.ResumeCase(act=ACT) << "resumed" << "a undo refused: too_late"
    # If it had left before the pause, what the agency says still counts.
    assert play >> is_undone("a") << "a undone" << "closed: withdrawn"


def test_an_accepted_undo_is_not_sent_again_after_the_contracts_time() -> None:
    play = contributed() >> passes("5 days") >> cm.Withdraw() << ... >> accepts("a", "undo") << "a undo accepted"
    assert play >> passes("10 min") << "a undo exhausted" >> is_undone("a") << "a undone" << "closed: withdrawn"


def test_the_time_for_an_undo_counts_from_the_contribution_also_when_it_is_heard_late() -> None:
    play = contributed()
    assert play.at("a").contributed_at == START
    late = Playbook(plan(a=part("form.x", optional=True, undo_within="5 days"), b=part(desk=True))) >> opens() << ...
    late = late >> all_exhausts("a") << ... >> by_hand(cm.SkipStep, "a") << SKIPPED << "a undo asked"
    late = late >> passes("1 h") >> contributes("a") << "a recorded"
    assert late.at("a").contributed_at == START + timedelta(hours=1)


# --- a desk -------------------------------------------------------------------------------------------------


def desk() -> Playbook:
    """Give a case in which `a` is on a desk."""
    steps = plan(a=part("form.x", desk=True, optional=True), b=part(desk=True))
    return Playbook(steps) >> opens() << ... >> accepts("a") << "a accepted"


def test_a_task_that_nobody_decided_is_taken_off_the_desk() -> None:
    play = desk() >> cm.Withdraw() << "withdrawn" << "closing: withdrawn" << "a to be undone: withdrawn"
    play = play << "b to be undone: withdrawn" << "a undone" << "b undone" << "closed: withdrawn"
    undone = next(event for event in play.journal if isinstance(event, ev.StepUndone))
    assert (undone.evidence.actor, undone.reason) == ("gateway", "undecided")


def test_what_an_officer_contributed_an_officer_takes_back() -> None:
    play = desk() >> contributes("a") << "a contributed" >> cm.Withdraw() << ...
    assert play.owed == ["undo a/1 #1"]


def test_what_an_officer_said_and_nobody_could_read_an_officer_takes_back() -> None:
    play = (
        desk()
        >> hears("a", Contributed(key=KEY, output={}))
        << "a recorded"
        << "a exhausted: contract"
        >> cm.Withdraw()
        << ...
    )
    assert play.owed == ["undo a/1 #1"]


def test_what_an_officer_sent_back_granted_nothing() -> None:
    play = desk() >> returns("a") << "a exhausted: returned" >> by_hand(cm.SkipStep, "a") << SKIPPED
    assert play << "a undone"


def test_what_may_have_worked_elsewhere_is_undone_by_asking_also_where_officers_undo() -> None:
    steps = plan(a=part("form.x", undo_by="officer"))
    play = Playbook(steps) >> opens() << ... >> cm.Withdraw() << ...
    assert play.owed == ["undo a/1 #1"]


# --- conditions ---------------------------------------------------------------------------------------------


def test_a_conditional_contribution_falls_at_its_conditions_last_word_and_not_before() -> None:
    steps = plan(a=part("form.x"), b=part("form.y", conditional_on="a"))
    play = Playbook(steps) >> opens() << ... >> contributes("b") << "b contributed" >> refuses("a", "fixable")
    play = play << "a refused: fixable, may change /x"
    play = play >> corrects(x="x1") << "corrected: ['/x']" << "a/2 opens: correction" << "a/2 asked"
    play = play >> refuses("a/2") << "a/2 refused: no" << "b to be undone: condition" << "closing: refused"
    assert play << "b undo asked" >> is_undone("b") << "b undone" << "closed: refused"


def test_a_conditional_ask_that_is_out_is_taken_back_and_one_that_is_not_is_dropped() -> None:
    steps = plan(
        a=part("form.x"),
        out=part("form.y", conditional_on="a"),
        waiting=part("out.number", conditional_on="a"),
    )
    play = Playbook(steps) >> opens() << ... >> refuses("a") << "a refused: no" << "out to be undone: condition"
    assert play << "waiting dropped: condition" << "closing: refused" << "out undo asked"


def test_conditions_are_transitive() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        y=part(conditional_on="z", optional=True),
        x=part(conditional_on="y", optional=True),
        last=part(desk=True),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("y") << ... >> contributes("x") << ... >> refuses("z")
    play = play << "z refused: no" << "y to be undone: condition" << "y undo asked"
    # Not while it can still stand: an undo may be refused.
    play = play >> is_undone("y") << "y undone" << "x to be undone: condition" << "x undo asked"
    assert play >> is_undone("x") << "x undone"


def test_what_depends_on_a_kept_contribution_stands() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        y=part(conditional_on="z", optional=True),
        x=part(conditional_on="y", optional=True),
        last=part(desk=True),
    )
    play = (
        Playbook(steps) >> opens() << ... >> contributes("y") << ... >> contributes("x") << ... >> refuses("z") << ...
    )
    play = play >> refuses_undo("y") << ... >> by_hand(cm.KeepContribution, "y", owner="ani") << "y kept"
    assert play.at("x").state == "contributed"


def test_a_condition_that_was_skipped_was_not_granted() -> None:
    steps = plan(a=part(when="!form.needed"), b=part("form.y", conditional_on="a", optional=True), c=part(desk=True))
    assert Playbook(steps) >> opens() << "opened" << "a skipped: when" << "b dropped: condition" << "c asked"


def test_a_refused_case_undoes_what_was_conditional_on_an_exhausted_step_that_somebody_owns() -> None:
    steps = plan(a=part("form.x"), b=part("form.y", conditional_on="a"), c=part("form.z"))
    play = Playbook(steps) >> opens() << ... >> contributes("b") << ... >> all_exhausts("a") << ... >> refuses("c")
    play = play << "c refused: no" << "closing: refused" >> by_hand(cm.TakeIncident, "a", owner="ani")
    play = play << "a incident owned" << "b to be undone: condition" << "b undo asked"
    assert play >> is_undone("b") << "b undone" << "closed: refused"


def test_an_owned_incident_in_an_open_case_is_no_last_word() -> None:
    steps = plan(a=part("form.x"), b=part("form.y", conditional_on="a"))
    play = Playbook(steps) >> opens() << ... >> contributes("b") << ... >> all_exhausts("a") << ...
    assert play >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned"


# --- kept ---------------------------------------------------------------------------------------------------


def test_nothing_final_is_asked_on_a_required_contribution_that_is_kept_and_not_taken() -> None:
    steps = plan(
        o=part("form.x", optional=True),
        r=part(after=("o",)),
        p=part("form.x", effect="none"),
        f=part("r.number", after=("p", "o"), effect="final"),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("o") << ... >> contributes("r") << ...
    play = play >> refuses("p", "fixable") << ... >> corrects(x="x1") << ... >> is_undone("o") << ...
    play = play >> refuses("o/2") << "o/2 refused: no" << "r to be undone: condition" << "r undo asked"
    play = play >> refuses_undo("r") << "r undo refused: used" >> by_hand(cm.KeepContribution, "r", owner="ani")
    play = play << "r kept" >> contributes("p/2") << "p/2 contributed" << "f ready: undo"
    assert play >> by_hand(cm.TakeKept, "r") << "r taken" << "f asked"
    assert play.at("f").input == {"r": "1"}


def test_what_rests_on_an_optional_contribution_that_is_kept_goes_on_without_it() -> None:
    steps = plan(o=part("form.x", optional=True), r=part("o.number"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("o") << ... >> by_hand(cm.SkipStep, "o") << ...
    play = play >> refuses_undo("o") << "o undo refused: used" >> by_hand(cm.KeepContribution, "o", owner="ani")
    assert play << "o kept" << "r asked"


@pytest.mark.parametrize(
    ("words", "falls"),
    [
        ((refuses("o:east/2"), contributes("o:west/2")), False),
        ((contributes("o:east/2"), refuses("o:west/2")), False),
        ((refuses("o:east/2"), refuses("o:west/2")), True),
    ],
)
def test_what_came_after_a_partial_step_falls_before_its_last_no_or_stands_after_it(
    words: tuple[Happening, Happening],
    falls: bool,  # noqa: FBT001 - what is expected
) -> None:
    """Neighbours were asked, of whom one is enough, and then the permit was given: it stands while one agrees."""
    neighbours = [{"id": "west", "x": "1"}, {"id": "east", "x": "2"}]
    steps = plan(
        o=part("row.x", each="form.rows", partial=True, optional=True, effect="none"),
        r=part(after=("o",)),
        judge=part("form.rows", effect="none"),
    )
    play = Playbook(steps) >> opens(rows=neighbours) << ... >> contributes("o:west") << ... >> refuses("o:east") << ...
    play = play >> contributes("r") << "r contributed" >> refuses("judge", "fixable") << ...
    play = play >> corrects(rows=[{**row, "x": "3"} for row in neighbours]) << ... >> contributes("judge/2") << ...
    first, last = words
    play = play >> first << ...
    assert play.at("r").state == "contributed"
    play = play >> last << ...
    assert (play.at("r").state, play.state.status) == (("undoing", "open") if falls else ("contributed", "issuing"))


def test_an_output_is_issued_with_a_required_contribution_that_is_kept_and_that_nobody_took() -> None:
    """What stood only with the refused step would not be taken back: a person says whether the output rests on it."""
    steps = plan(o=part("form.x", optional=True), r=part("form.y", conditional_on="o"))
    play = Playbook(steps) >> opens() << ... >> contributes("r") << ... >> refuses("o") << "o refused: no"
    play = play << "r to be undone: condition" << "r undo asked" >> refuses_undo("r") << "r undo refused: used"
    play = play >> by_hand(cm.KeepContribution, "r", owner="ani") << "r kept"
    assert (play.state.status, play.state.marks) == ("open", ("held",))
    assert play >> by_hand(cm.TakeKept, "r") << "r taken" << "issuing"
