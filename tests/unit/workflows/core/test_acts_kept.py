"""What operators do by hand about undos, and about what was kept although it should have been undone."""

from __future__ import annotations

from contracts import commands as cm
from contracts import events as ev
from tests.unit.workflows.core.parts import Part, part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
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
    unheard,
)

OUTPUT = {"number": "told"}


def exhausted(made: Part | None = None, **more: object) -> Playbook:
    """Give a case whose step `a` is exhausted; `b` waits on a desk."""
    step = made or part("form.x", **more)  # type: ignore[arg-type]
    return Playbook(plan(a=step, b=part(desk=True))) >> opens() << ... >> all_exhausts("a") << "a exhausted: attempts"


def kept() -> Playbook:
    """Give a case in which the first round of `a` was kept although a correction should have replaced it."""
    steps = plan(a=part("form.x"), b=part("form.x", effect="none"), c=part("a.number"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> refuses("b", "fixable") << ...
    play = play >> corrects(x="x1") << ... >> is_undone("c") << ... >> refuses_undo("a") << ...
    return play >> by_hand(cm.KeepContribution, "a/1", owner="ani") << "a kept"


# --- undo ---------------------------------------------------------------------------------------------------


def test_a_refused_undo_is_sent_again_by_hand() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << ... >> refuses_undo("a") << "a undo refused: used"
    play = play >> passes("2 h") >> by_hand(cm.UndoAgain, "a") << "a undo asked again (2)"
    # Waiting begins anew: one silence does not exhaust it again.
    assert play >> unheard("a", "undo") << "a undo failed"


def test_an_undo_is_not_sent_again_by_hand_while_paused_or_too_late() -> None:
    play = Playbook(plan(a=part("form.x", undo_within="1 day"), b=part(desk=True))) >> opens() << ...
    play = play >> contributes("a") << ... >> cm.Withdraw() << ... >> refuses_undo("a") << "a undo refused: used"
    play = play >> cm.PauseCase(act=ACT) << "paused" >> by_hand(cm.UndoAgain, "a") << "rejected: not_now"
    play = play >> passes("2 days") >> cm.ResumeCase(act=ACT) << "resumed"
    assert play >> by_hand(cm.UndoAgain, "a") << "rejected: too_late"


def test_an_undo_known_from_elsewhere_is_recorded_with_its_evidence() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << ... >> refuses_undo("a") << ...
    play = play >> by_hand(cm.UndoneByHand, "a", evidence=PROOF) << "a undone"
    undone = play.journal[-1]
    assert isinstance(undone, ev.StepUndone)
    assert (undone.actor, undone.reason, undone.evidence) == (ACT.actor, ACT.reason, PROOF)


def test_only_an_undo_that_is_refused_or_exhausted_is_kept_or_done_by_hand() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << ...
    assert play >> by_hand(cm.KeepContribution, "a", owner="ani") << "rejected: not_now"
    assert play >> by_hand(cm.UndoneByHand, "a", evidence=PROOF) << "rejected: not_now"


# --- kept ---------------------------------------------------------------------------------------------------


def test_a_kept_contribution_holds_its_step_until_it_is_taken() -> None:
    play = kept()
    assert play.state.marks == ("held",)
    assert (play.at("a/2").state, play.at("a/2").reason) == ("ready", "undo")
    play = play >> by_hand(cm.TakeKept, "a") << "a taken" << "a/2 dropped: replaced" << "c/2 asked"
    assert play.at("c/2").input == {"a": "1"}
    assert play >> by_hand(cm.TakeKept, "a") << "rejected: not_now"


def test_a_kept_contribution_opens_no_new_round_whatever_is_corrected_later() -> None:
    play = (
        kept() >> refuses("b/2", "fixable") << ... >> corrects(x="x2") << "corrected: ['/x']" << "b/3 opens: correction"
    )
    play = play << "b/3 asked" >> by_hand(cm.TakeKept, "a/1") << "a taken" << "a/2 dropped: replaced" << "c/2 asked"
    play = play >> refuses("b/3", "fixable") << ... >> corrects(x="x3") << "corrected: ['/x']"
    # What rests on it is not asked again: nothing that it reads has changed.
    assert play << "b/4 opens: correction" << "b/4 asked"


def test_a_case_with_a_kept_contribution_may_be_ended() -> None:
    play = kept() >> contributes("b/2") << "b/2 contributed" >> cm.EndCase(act=ACT) << "ended by hand"
    play = play << "closing: ended" << "a/2 dropped: ended" << "c/2 dropped: ended" << "closed: ended"
    assert play.at("a/1").owner == "ani"


def test_nothing_is_taken_of_which_nobody_knows_what_it_is() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << ... >> refuses_undo("a") << ...
    play = play >> by_hand(cm.KeepContribution, "a", owner="ani") << "a kept"
    assert play >> by_hand(cm.TakeKept, "a") << "rejected: outcome_unknown"


def test_a_kept_contribution_is_taken_also_when_the_round_that_was_to_replace_it_fell() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        o=part("form.y", conditional_on="z", optional=True),
        judge=part("form.y", effect="none"),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("o") << ... >> refuses("judge", "fixable") << ...
    play = play >> corrects(y="y1") << ... >> refuses("z") << "z refused: no" << "o/2 dropped: condition"
    # The output waits for the undo of the older round, though every step has its word.
    play = play >> contributes("judge/2") << "judge/2 contributed"
    play = play >> refuses_undo("o/1") << "o undo refused: used"
    other = by_hand(cm.KeepContribution, "o/1", owner="ani")
    assert play >> other << "o kept" << "issuing" >> by_hand(cm.TakeKept, "o") << "rejected: not_open"


def test_a_kept_contribution_whose_later_round_fell_may_be_taken_while_the_case_is_open() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        o=part("form.y", conditional_on="z", optional=True),
        judge=part("form.y", effect="none"),
        last=part(desk=True),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("o") << ... >> refuses("judge", "fixable") << ...
    play = play >> corrects(y="y1") << ... >> refuses("z") << ... >> refuses_undo("o/1") << ...
    play = play >> by_hand(cm.KeepContribution, "o/1", owner="ani") << "o kept"
    assert play >> by_hand(cm.TakeKept, "o") << "o taken"


def left_over(**dependant: object) -> Playbook:
    """Give a case whose optional step `o` was asked to go because of `z`, and is kept; `r` was asked without it."""
    steps = plan(
        z=part("form.x", optional=True),
        o=part(conditional_on="z", optional=True),
        r=part("o.number", **dependant),  # type: ignore[arg-type]
        d=part(desk=True, optional=True),
    )
    return Playbook(steps) >> opens() << ... >> contributes("o") << "o contributed" << "r asked"


def test_taking_what_was_kept_opens_a_round_of_what_was_asked_without_it() -> None:
    play = left_over() >> contributes("r") << "r contributed" >> refuses("z") << "z refused: no"
    play = play << "o to be undone: condition" << "r to be undone: replaced" << "r/2 opens: dependency"
    play = play << "r undo asked" >> is_undone("r") << "r undone" << "o undo asked"
    play = play >> refuses_undo("o") << "o undo refused: used" >> by_hand(cm.KeepContribution, "o", owner="ani")
    play = play << "o kept" << "r/2 asked" >> contributes("r/2") << "r/2 contributed"
    play = play >> by_hand(cm.TakeKept, "o") << "o taken" << "r/2 to be undone: replaced" << "r/3 opens: dependency"
    play = play << "r/2 undo asked" << "r/3 ready: undo" >> is_undone("r/2") << "r/2 undone" << "r/3 asked"
    assert play.at("r/3").input == {"o": "1"}


def test_nothing_is_taken_that_a_final_step_was_asked_without() -> None:
    steps = plan(
        z=part("form.x", optional=True),
        o=part(conditional_on="z", optional=True),
        g=part("form.y"),
        f=part("o.number", after=("g",), effect="final"),
        d=part(desk=True, optional=True),
    )
    play = Playbook(steps) >> opens() << ... >> contributes("o") << ... >> refuses("z") << "z refused: no"
    play = play << "o to be undone: condition" << "o undo asked" >> refuses_undo("o") << "o undo refused: used"
    play = play >> by_hand(cm.KeepContribution, "o", owner="ani") << "o kept" >> contributes("g") << ...
    assert play.at("f").state == "asked"
    assert play >> by_hand(cm.TakeKept, "o") << "rejected: locked"
