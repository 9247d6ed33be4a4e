"""Taking back what was contributed by hand: an undo by the ask's key reaches only what the agency did under it."""

from __future__ import annotations

from contracts import commands as cm
from contracts import events as ev
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    PROOF,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    is_undone,
    opens,
    passes,
    refuses_undo,
    unheard,
)

OUTPUT = {"number": "told"}
TOLD = "contributed by hand (sha256:0 of 2026-11-02, by an operator): no undo by the ask's key takes it back"


def withdrawn(play: Playbook) -> Playbook:
    """Let somebody telephone, and the applicant withdraw."""
    play = play >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << "a contributed" << ...
    play = play >> cm.Withdraw() << "withdrawn" << "closing: withdrawn" << "a to be undone: withdrawn"
    return play << "b dropped: withdrawn"


def never_sent(**more: object) -> Playbook:
    """Give a case that takes back what was contributed by hand for an ask that its agency never got."""
    steps = plan(a=part(needs=("q",), **more), b=part(desk=True, effect="none"))  # type: ignore[arg-type]
    return withdrawn(Playbook(steps) >> opens() << "opened" << "a exhausted: plan" << "b asked")


def sent() -> Playbook:
    """Give a case that takes back what was contributed by hand for an ask that was sent and never answered."""
    steps = plan(a=part("form.x"), b=part(desk=True, effect="none"))
    return withdrawn(Playbook(steps) >> opens() << ... >> all_exhausts("a") << ...) << "a undo asked"


def test_an_agency_that_never_got_the_ask_is_not_asked_to_take_it_back() -> None:
    play = never_sent() << "a undo exhausted"
    assert play.owed == []
    assert play.at("a").reason == TOLD
    assert play.state.marks == ("held",)


def test_what_no_key_reaches_is_not_undone_by_key_again_but_by_hand_or_kept() -> None:
    play = never_sent() << "a undo exhausted" >> by_hand(cm.UndoAgain, "a") << "rejected: not_now"
    assert play >> by_hand(cm.UndoneByHand, "a", evidence=PROOF) << "a undone" << "closed: withdrawn"
    play = never_sent() << "a undo exhausted" >> by_hand(cm.KeepContribution, "a", owner="ani") << "a kept"
    assert play << "closed: withdrawn"


def test_an_attempt_that_never_left_tells_an_agency_nothing() -> None:
    steps = plan(a=part("form.x"), b=part(desk=True, effect="none"))
    play = Playbook(steps) >> opens() << ... >> unheard("a", sent=False, final=True) << "a exhausted: answer"
    assert withdrawn(play) << "a undo exhausted"


def test_an_officer_who_sees_what_was_contributed_by_hand_takes_it_back_as_any_other() -> None:
    play = never_sent(desk=True) << "a undo asked" >> accepts("a", "undo") << "a undo accepted"
    assert play >> is_undone("a") << "a undone" << "closed: withdrawn"
    assert never_sent(undo_by="officer") << "a undo asked" >> is_undone("a") << "a undone" << "closed: withdrawn"


def test_what_was_sent_is_undone_by_its_key_and_then_what_was_contributed_by_hand_is_told() -> None:
    play = sent()
    assert play.owed == ["undo a/1 #1"]
    play = play >> is_undone("a") << "a recorded" << "a undo exhausted" >> is_undone("a")
    assert play.at("a").reason == TOLD
    recorded = next(event for event in play.journal if isinstance(event, ev.AnswerRecorded))
    assert (recorded.verb, recorded.incident) == ("undo", "")
    play = play >> by_hand(cm.UndoAgain, "a") << "rejected: not_now"
    assert play >> by_hand(cm.UndoneByHand, "a", evidence=PROOF) << "a undone" << "closed: withdrawn"


def test_an_undo_of_a_key_that_was_not_heard_may_be_sent_again_until_it_is_answered() -> None:
    play = sent() >> unheard("a", "undo", final=True) << "a undo exhausted" >> by_hand(cm.UndoAgain, "a")
    assert play << "a undo asked again (2)" >> is_undone("a") << "a recorded" << "a undo exhausted"


def test_a_late_answer_of_the_key_does_not_take_back_what_was_contributed_by_hand() -> None:
    play = sent() >> refuses_undo("a") << "a undo refused: used" >> is_undone("a") << "a recorded" >> is_undone("a")
    assert play.at("a").state == "undo_refused"
    assert play >> by_hand(cm.UndoAgain, "a") << "rejected: not_now"


def test_what_an_agency_did_under_the_key_does_not_hide_what_was_contributed_by_hand() -> None:
    play = sent() >> contributes("a", "under the key") << "a recorded"
    assert play.at("a").output == OUTPUT
    assert play >> is_undone("a") << "a recorded" << "a undo exhausted"


def test_the_contracts_time_for_an_undo_holds_also_for_what_was_contributed_by_hand() -> None:
    steps = plan(a=part(needs=("q",), undo_within="5 days"), b=part(desk=True, effect="none"))
    play = Playbook(steps) >> opens() << ... >> by_hand(cm.ContributeByHand, "a", output=OUTPUT, evidence=PROOF) << ...
    play = play >> passes("6 days") >> cm.Withdraw() << ...
    assert (play.at("a").state, play.at("a").code) == ("undo_refused", "too_late")
