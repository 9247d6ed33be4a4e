"""What an agency's answer, or its silence, makes of a round."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts import wire
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    KEY,
    PROOF,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    hears,
    is_undone,
    opens,
    passes,
    refuses,
    refuses_undo,
    returns,
    unheard,
)

LOOKUP_LATER = timedelta(minutes=10)
NOTHING_HELD = wire.NothingHeld(key=KEY)
UNREADABLE = wire.Unreadable(key=KEY, mistakes=["no JSON"])


def asking(**more: object) -> Playbook:
    """Give a case whose step `a` is asked; `b` waits on a desk, so that nothing ends."""
    return Playbook(plan(a=part("form.x", **more), b=part(desk=True))) >> opens() << ...  # type: ignore[arg-type]


def exhausted(**more: object) -> Playbook:
    """Give a case whose step `a` was sent, and waiting is spent."""
    return asking(**more) >> all_exhausts("a") << "a exhausted: attempts"


# --- the word -----------------------------------------------------------------------------------------------


def test_a_refusal_is_recorded_and_final_where_nothing_can_be_corrected() -> None:
    play = asking(optional=True) >> refuses("a") << "a refused: no"
    assert play.at("a").settled


def test_a_contribution_that_breaks_the_contract_is_kept_and_not_asked_again() -> None:
    play = asking() >> hears("a", wire.Contributed(key=KEY, output={"other": 1})) << "a recorded"
    assert play << "a exhausted: contract" >> passes("3 h")
    assert play.owed == ["ask b/1 #1"]


def test_a_refusal_that_the_contract_does_not_list_is_no_refusal() -> None:
    assert asking() >> refuses("a", "unheard of") << "a recorded" << "a exhausted: contract"


@pytest.mark.parametrize(
    "answer", [NOTHING_HELD, wire.Undone(key=KEY), wire.UndoRefused(key=KEY)], ids=lambda answer: type(answer).__name__
)
def test_an_answer_that_is_none_to_an_ask_is_kept_and_not_asked_again(answer: wire.Answer) -> None:
    assert asking() >> hears("a", answer) << "a recorded" << "a exhausted: contract"


def test_an_unreadable_answer_is_not_asked_again() -> None:
    assert asking() >> hears("a", UNREADABLE) << "a exhausted: contract"


def test_an_answer_of_a_round_that_is_not_there_is_rejected() -> None:
    assert asking() >> contributes("a/2") << "rejected: unknown_step" >> contributes("z") << "rejected: unknown_step"


def test_an_accepted_ask_is_accepted_once() -> None:
    assert asking() >> accepts("a") << "a accepted" >> accepts("a")


# --- silence ------------------------------------------------------------------------------------------------


def test_an_attempt_that_is_not_heard_is_repeated_under_the_same_key() -> None:
    play = asking() >> unheard("a") << "a failed" >> passes("3 s") << "a asked again (2)"
    assert play.owed == ["ask a/1 #2", "ask b/1 #1"]


def test_an_agency_that_asks_for_a_longer_wait_gets_it() -> None:
    play = asking() >> unheard("a", retry_after_s=600) << "a failed" >> passes("599 s")
    assert play >> passes("1 s") << "a asked again (2)"


def test_waiting_is_spent_when_the_next_attempt_would_come_after_give_up_after() -> None:
    play = asking() >> passes("59 min") >> unheard("a", retry_after_s=59) << "a failed" >> passes("1 min") << ...
    assert play >> unheard("a") << "a exhausted: attempts"
    assert play.at("a").owner == ""
    assert play.state.marks == ("held",)


def test_a_no_of_the_transport_that_repeating_cannot_help_exhausts_at_once() -> None:
    assert asking() >> unheard("a", final=True) << "a exhausted: answer"


def test_silence_of_another_attempt_than_the_one_that_is_out_says_nothing() -> None:
    play = asking() >> unheard("a") << "a failed" >> unheard("a", attempt=1) >> passes("3 s") << "a asked again (2)"
    assert play >> unheard("a", attempt=1)


def test_an_unknown_outcome_is_being_checked_until_it_is_settled() -> None:
    play = asking() >> unheard("a", sent=False) << "a failed"
    assert not play.at("a").in_doubt
    play = play >> passes("3 s") << "a asked again (2)" >> unheard("a") << "a failed"
    assert play.at("a").in_doubt
    play = play >> passes("6 s") << "a asked again (3)" >> unheard("a", sent=False) << "a failed"
    assert play.at("a").in_doubt, "not having been sent now proves nothing about the time before"
    assert not (play >> contributes("a") << "a contributed").at("a").in_doubt


def test_a_return_is_an_answer_and_leaves_nothing_in_doubt() -> None:
    assert not (asking() >> returns("a") << "a exhausted: returned").at("a").in_doubt


# --- looking up ---------------------------------------------------------------------------------------------


def looking() -> Playbook:
    """Give a case that has asked the agency what it holds."""
    play = asking(lookup=True) >> accepts("a") << "a accepted" >> passes("10 min") << "a looked up"
    assert play.owed == ["lookup a/1 #1", "ask b/1 #1"]
    return play


def test_a_lookup_settles_only_positively() -> None:
    play = looking() >> hears("a", NOTHING_HELD, "lookup") << "a not told"
    assert play.at("a").state == "accepted"
    assert (
        play
        >> passes("20 min")
        << "a looked up"
        >> hears("a", wire.Contributed(key=KEY, output={"number": "1"}), "lookup")
        << "a contributed"
    )


@pytest.mark.parametrize("verb", ["Unheard", "Accepted", "Unreadable"])
def test_a_lookup_that_tells_nothing_is_made_again_later(verb: str) -> None:
    heard: dict[str, wire.Heard] = {
        "Unheard": wire.Unheard(key=KEY, reason="silence", final=True),
        "Accepted": wire.Accepted(key=KEY),
        "Unreadable": UNREADABLE,
    }
    assert looking() >> hears("a", heard[verb], "lookup") << "a not told" >> passes("20 min") << "a looked up"


def test_a_lookup_heard_twice_counts_once() -> None:
    play = looking() >> hears("a", NOTHING_HELD, "lookup") << "a not told"
    assert play >> hears("a", NOTHING_HELD, "lookup")


def test_lookups_become_rare_and_never_rarer_than_daily() -> None:
    play = looking()
    for _ in range(12):
        play = play >> hears("a", NOTHING_HELD, "lookup") << "a not told" >> passes("1 day") << ...
    assert play.at("a").looking


def test_only_a_wire_agency_that_says_that_it_can_is_looked_up() -> None:
    play = asking() >> accepts("a") << "a accepted" >> accepts("b") << "b accepted"
    assert play.due_in() == timedelta(days=2), "what moves next is the promise, not a lookup"


# --- after exhaustion ---------------------------------------------------------------------------------------


def test_a_late_answer_still_decides_what_is_exhausted() -> None:
    assert exhausted() >> contributes("a") << "a contributed"
    assert exhausted(optional=True) >> refuses("a") << "a refused: no"
    assert exhausted() >> accepts("a") << "a accepted" >> contributes("a") << "a contributed"


def test_silence_adds_nothing_to_what_is_exhausted() -> None:
    assert exhausted() >> unheard("a") >> hears("a", NOTHING_HELD, "lookup")


def test_an_agency_that_goes_on_breaking_the_contract_is_recorded_at_most_three_times() -> None:
    broken = hears("a", wire.Contributed(key=KEY, output={}))
    play = asking() >> broken << "a recorded" << "a exhausted: contract"
    assert play >> broken << "a recorded" >> broken << "a recorded" >> broken >> broken


def test_an_agency_that_goes_on_accepting_what_is_exhausted_makes_no_journal_grow() -> None:
    play = asking(on_deadline="exhaust") >> accepts("a") << "a accepted" >> passes("3 days") << "a exhausted: deadline"
    assert play >> accepts("a") >> accepts("a")


def test_an_agency_that_goes_on_returning_makes_no_journal_grow() -> None:
    assert asking() >> returns("a", "q") << "a exhausted: returned" >> returns("a", "q") >> returns("a")


def test_another_answer_leaves_an_owned_incident_with_its_owner() -> None:
    play = exhausted() >> by_hand(cm.TakeIncident, "a", owner="ani") << "a incident owned"
    assert (play >> returns("a") << "a exhausted: returned").at("a").owner == "ani"


# --- after the end ------------------------------------------------------------------------------------------


def test_after_the_end_the_same_word_moves_nothing_and_is_not_recorded() -> None:
    assert asking() >> contributes("a") << "a contributed" >> contributes("a") >> accepts("a") >> unheard("a")
    assert asking(optional=True) >> refuses("a") << "a refused: no" >> refuses("a")


def test_after_the_end_another_word_is_recorded_at_most_three_times_and_moves_nothing() -> None:
    play = asking() >> contributes("a") << "a contributed"
    for number in ("2", "3", "4"):
        play = play >> contributes("a", number) << "a recorded"
    play = play >> contributes("a", "5")
    assert play.at("a").output == {"number": "1"}
    assert play.state.incidents == ()


def test_a_contribution_after_an_undo_opens_an_incident_once() -> None:
    play = exhausted(optional=True) >> by_hand(cm.SkipStep, "a") << "a to be undone: skipped" << "a undo asked"
    play = play >> is_undone("a") << "a undone" >> contributes("a") << "a recorded, incident: late_contribution"
    assert play.state.marks == ("held",)
    assert play >> contributes("a", "2") << "a recorded"


def test_a_contribution_after_a_refusal_opens_an_incident() -> None:
    play = asking(optional=True) >> refuses("a") << "a refused: no"
    assert play >> contributes("a") << "a recorded, incident: late_contribution"


def test_a_contribution_after_a_drop_opens_an_incident() -> None:
    play = asking(optional=True) >> unheard("a", sent=False, final=True) << "a exhausted: answer"
    play = play >> by_hand(cm.SkipStep, "a") << "a skipped: hand"
    assert play >> contributes("a") << "a recorded, incident: late_contribution"


def test_a_late_check_is_no_incident_it_did_nothing() -> None:
    play = exhausted(optional=True, effect="none") >> by_hand(cm.SkipStep, "a") << "a skipped: hand"
    assert play >> contributes("a") << "a recorded"


def test_a_chatty_agency_cannot_hide_a_contribution_that_nobody_owns() -> None:
    broken = hears("a", wire.Contributed(key=KEY, output={}))
    play = asking(optional=True) >> broken << ... >> broken << ... >> broken << ... >> by_hand(cm.SkipStep, "a") << ...
    play = play >> is_undone("a") << "a undone"
    assert play.at("a").late == 3
    assert play >> contributes("a") << "a recorded, incident: late_contribution"


def test_a_contribution_that_differs_from_what_a_person_recorded_for_it_is_an_incident() -> None:
    play = exhausted() >> by_hand(cm.ContributeByHand, "a", output={"number": "told"}, evidence=PROOF) << ...
    assert play >> contributes("a", "told") >> contributes("a", "9") << "a recorded, incident: late_contribution"
    assert play.at("a").output == {"number": "told"}


def test_a_return_that_comes_twice_is_one() -> None:
    play = asking() >> returns("a", "x") << "a returned, may change /x"
    assert play >> returns("a", "x")


def test_a_refusal_after_the_end_is_recorded() -> None:
    assert asking() >> contributes("a") << "a contributed" >> refuses("a") << "a recorded"


# --- during and after an undo -------------------------------------------------------------------------------


def undoing(**more: object) -> Playbook:
    """Give a case that takes back what the exhausted step `a` may have done."""
    return exhausted(optional=True, **more) >> by_hand(cm.SkipStep, "a") << ...


def test_during_an_undo_an_answer_is_recorded_for_its_use() -> None:
    play = undoing() >> contributes("a") << "a recorded"
    assert play.at("a").output == {"number": "1"}
    assert not play.at("a").in_doubt
    assert play.at("a").contributed_at == play.now


def test_during_an_undo_an_ask_that_is_answered_undone_is_what_was_wanted() -> None:
    assert undoing() >> hears("a", wire.Undone(key=KEY))


def test_a_contribution_during_an_undo_is_recorded_however_much_was_recorded_before() -> None:
    broken = hears("a", wire.Contributed(key=KEY, output={}))
    play = asking(optional=True) >> broken << ... >> broken << ... >> broken << ... >> by_hand(cm.SkipStep, "a") << ...
    assert play >> contributes("a") << "a recorded" >> contributes("a", "2")


def test_an_undo_that_is_answered_with_something_else_is_exhausted() -> None:
    assert undoing() >> hears("a", NOTHING_HELD, "undo") << "a undo exhausted"


def test_an_undo_is_sent_again_until_give_up_after() -> None:
    play = undoing() >> unheard("a", "undo") << "a undo failed" >> passes("3 s") << "a undo asked again (2)"
    assert play >> unheard("a", "undo", retry_after_s=7200) << "a undo exhausted"


def test_an_undo_that_repeating_cannot_help_is_exhausted_at_once() -> None:
    assert undoing() >> unheard("a", "undo", final=True) << "a undo exhausted"


def test_a_refused_undo_says_why() -> None:
    play = undoing() >> refuses_undo("a", "used") << "a undo refused: used"
    assert play.at("a").code == "used"
    assert (undoing() >> refuses_undo("a", "") << ...).at("a").code == "refused"


def test_an_undo_answer_that_comes_late_still_counts_where_it_takes_back() -> None:
    play = (
        undoing() >> unheard("a", "undo", final=True) << "a undo exhausted" >> refuses_undo("a") >> accepts("a", "undo")
    )
    assert play >> is_undone("a") << "a undone" >> is_undone("a")


def test_silence_of_another_undo_attempt_says_nothing() -> None:
    play = undoing() >> unheard("a", "undo") << "a undo failed" >> unheard("a", "undo", attempt=1)
    assert play >> passes("3 s") << "a undo asked again (2)" >> unheard("a", "undo", attempt=1)


def test_nobody_answers_an_undo_that_was_not_asked() -> None:
    steps = plan(a=part("form.x"), b=part("a.number"), c=part(desk=True))
    play = (
        Playbook(steps) >> opens() << ... >> contributes("a") << ... >> contributes("b") << ... >> cm.Withdraw() << ...
    )
    assert play.at("a").undo_attempt == 0
    assert play >> is_undone("a") >> refuses_undo("a")


def test_an_accepted_undo_that_is_not_answered_is_sent_again_and_then_exhausted() -> None:
    play = undoing() >> accepts("a", "undo") << "a undo accepted" >> accepts("a", "undo")
    play = play >> passes("10 min") << "a undo asked again (2)" >> accepts("a", "undo") << "a undo accepted"
    play = play >> passes("20 min") << "a undo asked again (3)" >> accepts("a", "undo") << "a undo accepted"
    assert play >> passes("30 min") << "a undo exhausted"


def test_an_undo_that_lies_on_a_desk_is_not_sent_again_and_for_ever_waited_for_by_nobody() -> None:
    play = undoing(undo_by="officer") >> accepts("a", "undo") << "a undo accepted"
    assert play.due_in() == timedelta(hours=1)
    play = play >> passes("1 h") << "a undo exhausted"
    assert play >> is_undone("a") << "a undone"


def test_an_undone_that_comes_after_a_person_kept_it_is_an_incident_once() -> None:
    play = undoing() >> refuses_undo("a") << ... >> by_hand(cm.KeepContribution, "a", owner="ani") << "a kept"
    assert play >> is_undone("a") << "a recorded, incident: undone_though_kept" >> is_undone("a")


# --- corrections --------------------------------------------------------------------------------------------


def test_an_agency_that_may_not_say_no_may_not_send_back() -> None:
    # The order of effects counts on it: a final step may be asked before a step that can say nothing but yes.
    made, contract = part("form.x")
    steps = plan(a=(made, structs.replace(contract, refusals={})))
    assert Playbook(steps) >> opens() << ... >> returns("a", "x") << "a exhausted: returned"


def test_answers_are_taken_while_a_case_is_paused() -> None:
    play = asking() >> cm.PauseCase(act=ACT) << "paused" >> contributes("a") << "a contributed"
    assert play.owed == []
