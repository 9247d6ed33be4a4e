"""A step that is paid: billed, paid, expired by the provider's word alone, paid back once; what is odd, a person's."""

from __future__ import annotations

from datetime import timedelta

from contracts import commands as cm
from contracts import wire
from contracts.declared import Derived
from contracts.ids import StepName
from tests.unit.workflows.core.bills import (
    AMOUNT,
    DECLINES,
    SOME,
    WEEK,
    asked,
    billed,
    check,
    contributed,
    ended,
    over,
    paid,
    unpaid,
)
from tests.unit.workflows.core.parts import part, pays, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    KEY,
    PROOF,
    START,
    Playbook,
    by_hand,
    contributes,
    corrects,
    hears,
    is_undone,
    opens,
    passes,
    refuses,
    refuses_undo,
    unheard,
)

# --- the straight road ----------------------------------------------------------------------------------------


def test_the_amount_is_resolved_once_and_the_bill_asked_under_the_rounds_key() -> None:
    play = Playbook(plan(p=pays(AMOUNT, "form.x"))) >> opens(count=150_000) << "opened" << "p asked"
    assert (play.at("p").input, play.owed) == ({"amount": 150_000, "x": "x0"}, ["ask p/1 #1"])


def test_a_bill_waits_for_the_applicant_and_nothing_leaves_for_it_until_somebody_says_something() -> None:
    play = asked()
    assert (play.state.marks, play.owed) == (("waiting",), [])
    assert play.at("p").give_up_at == START + WEEK


def test_what_was_paid_is_the_steps_value() -> None:
    assert contributed().at("b").input == {"p": "R-1"}


def test_a_lost_notice_strands_nothing_because_the_provider_is_asked_as_time_goes_by() -> None:
    play = asked() >> passes("1 min") << "p looked up"
    assert play.owed == ["lookup p/1 #1"]
    assert play >> paid() << "p contributed" << "b asked"


def test_looks_grow_rarer_and_come_often_again_once_somebody_says_that_something_happened() -> None:
    play = asked()
    for _ in range(15):
        due = play.due_in()
        assert due is not None
        play = play >> passes(f"{int(due.total_seconds()) + 1} s") << "p looked up" >> unpaid() << "p not told"
    rare = play.due_in()
    assert rare is not None
    assert rare > timedelta(hours=1)
    play = play >> check() << "p checked for provider" >> unpaid() << "p not told"
    assert play.due_in() == timedelta(minutes=1)


def test_a_notice_while_the_provider_is_asked_is_lost_with_the_money_that_it_tells_of() -> None:
    play = asked() >> check() << "p checked for provider" >> check(by="applicant")
    assert play.owed == ["lookup p/1 #1"], "who presses meanwhile adds nothing: the provider tells us too"
    play = play >> check() << "p checked for provider"
    assert play.owed == ["lookup p/1 #2"]
    before_it_was_paid = hears("p", wire.Refused(key=KEY, code="expired"), "lookup", attempt=1)
    assert (play >> before_it_was_paid << "nothing" >> paid() << ...).at("p").state == "contributed"


def test_an_ask_that_was_sent_twice_ends_a_bill_that_was_paid_since() -> None:
    play = asked() >> check() << "p checked for provider" >> unheard("p", verb="lookup") << "p not told"
    play = play >> hears("p", wire.Refused(key=KEY, code="expired"), "ask") << "nothing"
    assert play.at("p").lookup_at is not None, "nobody looks any more"


def test_an_applicant_who_presses_again_and_again_fills_the_journal_or_is_never_heard_again() -> None:
    play = asked() >> check(by="applicant") << "p checked for applicant" >> unpaid() << "p not told"
    play = play >> check(by="applicant") << ... >> check() << "p checked for provider" >> unpaid() << "p not told"
    play = play >> passes("6 s") >> check(by="applicant") << "p checked for applicant" >> unpaid() << "p not told"
    for _ in range(6):
        play = play >> passes("9 s") >> check(by="applicant") << "p checked for applicant" >> unpaid() << "p not told"
    play = play >> passes("7 s") >> check(by="applicant") << ... >> passes("7 s") >> check(by="applicant")
    assert (play << "p checked for applicant").at("p").looking


def test_who_has_paid_is_looked_up_again_for_pressing_again() -> None:
    play = contributed()
    again = play >> passes("1 day") >> check(by="applicant") << ...
    assert again.state.version == play.state.version


def test_a_silent_provider_is_asked_again_and_the_applicants_time_begins_with_the_bill() -> None:
    steps = plan(p=pays(SOME))
    play = Playbook(steps) >> opens() << ... >> unheard("p") << "p failed" >> passes("1 h") << "p asked again (2)"
    assert play >> unheard("p", retry_after_s=200_000) << "p exhausted: attempts"
    play = play >> by_hand(cm.AskAgain, "p") << "p asked again (3)" >> billed() << "p billed"
    assert play.at("p").give_up_at == play.now + WEEK


def test_a_repeat_of_what_was_paid_meanwhile_contributes_at_once() -> None:
    play = Playbook(plan(p=pays(SOME))) >> opens() << ... >> unheard("p") << "p failed" >> passes("1 h") << ...
    assert play >> paid(verb="ask") << "p contributed" << "issuing"


def test_nothing_to_pay_asks_for_nothing() -> None:
    play = Playbook(plan(p=pays(AMOUNT), b=part("form.x", after=("p",)))) >> opens(count=0) << "opened"
    assert play << "p skipped: when" << "b asked"


def test_less_than_nothing_is_never_asked() -> None:
    assert Playbook(plan(p=pays(AMOUNT))) >> opens(count=-5) << "opened" << "p exhausted: plan"


def test_a_formula_that_counts_in_doubles_asks_for_whole_rupiah() -> None:
    play = Playbook(plan(p=pays(Derived(cel="double(form.count) * 1000.0")))) >> opens(count=3) << ...
    assert repr(play.at("p").input) == "{'amount': 3000}"
    play = Playbook(plan(p=pays(Derived(cel="double(form.count) / 2.0")))) >> opens(count=3) << "opened"
    assert play << "p exhausted: plan"


# --- time -----------------------------------------------------------------------------------------------------


def test_before_it_says_expired_the_provider_is_asked_a_last_time() -> None:
    play = over()
    assert (play.at("p").state, play.now >= START + WEEK) == ("accepted", True)
    play = play >> ended() << "p refused: expired" << "closing: refused" << "b dropped: closing" << "closed: refused"
    assert play.owed == []


def test_a_payment_of_the_last_minute_counts() -> None:
    assert over() >> paid() << "p contributed" << "b asked"


def test_while_the_provider_is_silent_at_the_end_nothing_is_said_and_at_last_a_person_is_told() -> None:
    play = over() >> unheard("p", "lookup") << "p not told" >> passes("2 min") << "p looked up"
    assert play.at("p").state == "accepted"
    play = play >> unpaid() << "p not told" >> passes("3 days") << "p looked up"
    play = play >> unheard("p", "lookup") << "p exhausted: unknown"
    assert play >> by_hand(cm.AskAgain, "p") << "p asked again (2)" >> paid(verb="ask") << "p contributed" << "b asked"


def test_a_look_that_began_before_the_end_is_followed_by_the_last_one() -> None:
    play = asked() >> passes("1 min") << "p looked up" >> passes("8 days") >> unpaid() << "p not told"
    assert play << "p checked for gateway" >> ended() << "p refused: expired" << ...


def test_an_optional_payment_that_expires_lets_the_case_go_on() -> None:
    play = (
        Playbook(plan(p=pays(SOME, optional=True), b=part("form.x", after=("p",)))) >> opens() << ... >> billed() << ...
    )
    play = play >> passes("1 min") << ... >> passes("8 days") >> unpaid() << ...
    assert play >> ended() << "p refused: expired" << "b asked"


def test_a_pause_lets_nothing_leave_and_the_last_look_comes_when_it_is_over() -> None:
    play = asked() >> cm.PauseCase(act=ACT) << "paused" >> passes("8 days") >> check() << "p checked for provider"
    assert play.owed == []
    play = play >> cm.ResumeCase(act=ACT) << "resumed"
    assert play.owed == ["lookup p/1 #1"]
    assert play >> paid() << "p contributed" << "b asked"


# --- declining ------------------------------------------------------------------------------------------------


def test_who_does_not_pay_lets_the_bill_end_unless_it_is_paid_at_that_moment() -> None:
    play = asked(optional=True) >> DECLINES << "p checked for applicant" >> DECLINES
    assert play >> ended() << "p refused: declined" << "b asked"
    play = asked() >> DECLINES << "p checked for applicant" >> unheard("p", "lookup") << "p not told"
    assert play >> passes("2 min") << "p looked up" >> paid() << "p contributed" << "b asked"


def test_no_answer_pays() -> None:
    answer = cm.AnswerStep(step=StepName("p"), output={"amount": 150_000}, evidence=PROOF)
    assert asked() >> answer << "rejected: not_now"


# --- taking back ----------------------------------------------------------------------------------------------


def test_withdrawing_pays_back_and_ends_what_is_unpaid() -> None:
    play = contributed() >> cm.Withdraw() << "withdrawn" << "closing: withdrawn" << ...
    assert "undo b/1 #1" in play.owed
    play = play >> is_undone("b") << "b undone" << "p undo asked"
    assert play.owed == ["undo p/1 #1"]
    assert play >> is_undone("p") << "p undone" << "closed: withdrawn"
    play = asked() >> cm.Withdraw() << "withdrawn" << "closing: withdrawn" << ...
    assert play.owed == ["undo p/1 #1"]


def test_in_a_case_that_is_refused_nothing_stays_paid() -> None:
    play = contributed() >> refuses("b") << "b refused: no" << "closing: refused" << "p to be undone: closing"
    assert play << "p undo asked" >> is_undone("p") << "p undone" << "closed: refused"


def test_a_bill_that_is_out_is_not_awaited_by_a_case_that_closes() -> None:
    play = Playbook(plan(p=pays(SOME), b=part("form.x"))) >> opens() << ... >> billed() << "p billed"
    play = play >> refuses("b") << "b refused: no" << "closing: refused" << "p to be undone: closing" << "p undo asked"
    assert play >> paid() << "p recorded" >> is_undone("p") << "p undone" << "closed: refused"


def test_a_refund_that_the_provider_refuses_is_an_incident_with_the_acts_of_any_undo() -> None:
    play = contributed() >> contributes("b") << ... >> cm.EndCase(act=ACT) << ... >> is_undone("b") << ...
    play = play >> refuses_undo("p", "not_supported") << "p undo refused: not_supported"
    play = play >> by_hand(cm.UndoAgain, "p") << "p undo asked again (2)" >> refuses_undo("p") << "p undo refused: used"
    assert play >> by_hand(cm.UndoneByHand, "p", evidence=PROOF) << "p undone" << "closed: ended"


# --- corrections ----------------------------------------------------------------------------------------------


def charged() -> Playbook:
    """Give a case whose paid amount an agency said, and whose `c` may be corrected."""
    charge = part("form.x")
    steps = plan(a=charge, p=pays(Derived(cel="int(a.number)")), c=part("form.x", after=("p",)), d=part("p.receipt"))
    play = Playbook(steps) >> opens() << ... >> contributes("a", "150000") << "a contributed" << "p asked"
    play = play >> billed() << "p billed" >> check() << ... >> paid() << "p contributed" << "c asked" << "d asked"
    return play >> refuses("c", "fixable") << "c refused: fixable, may change /x"


def test_a_payment_stands_when_the_same_is_to_be_paid_after_a_correction() -> None:
    play = charged() >> corrects(x="new") << ... >> is_undone("a") << "a undone" << "a/2 asked"
    assert play.at("p").paying.doubted
    play = play >> contributes("a/2", "150000") << "a/2 contributed" << "p stands" << "c/2 asked"
    assert (play.at("p").state, play.at("p").paying.doubted) == ("contributed", False)


def test_what_was_paid_is_paid_back_first_when_another_amount_is_to_be_paid() -> None:
    play = (
        charged() >> contributes("d") << ... >> corrects(x="new") << ... >> is_undone("a") << "a undone" << "a/2 asked"
    )
    play = (
        play
        >> contributes("a/2", "200000")
        << "a/2 contributed"
        << "p to be undone: replaced"
        << "p/2 opens: dependency"
    )
    play = play << "d to be undone: replaced" << "d/2 opens: dependency" << ...
    play = play >> is_undone("d") << "d undone" << "p undo asked" >> is_undone("p") << "p undone" << "p/2 asked"
    assert play.at("p/2").input == {"amount": 200_000}


def test_a_payment_whose_new_amount_cannot_be_told_is_paid_back() -> None:
    play = charged() >> corrects(x="new") << ... >> is_undone("a") << ... >> contributes("a/2", "much") << ...
    assert play.at("p").state == "undoing"


def test_a_doubted_payment_is_paid_back_when_the_case_ends_meanwhile() -> None:
    play = charged() >> corrects(x="new") << ... >> cm.Withdraw() << ... >> is_undone("d") << ...
    assert play.at("p").state == "undoing"


def test_a_second_correction_doubts_a_payment_once() -> None:
    play = charged() >> corrects(x="new") << ... >> is_undone("a") << "a undone" << "a/2 asked"
    play = play >> refuses("a/2", "fixable") << ... >> corrects(x="newer") << ...
    assert "p doubted" not in str(play.journal[-3:])
    assert play >> contributes("a/3", "150000") << "a/3 contributed" << "p stands" << "c/2 asked"
