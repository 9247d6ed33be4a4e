"""Money that is not what was asked: another amount, too late, twice; and who settles it."""

from __future__ import annotations

import pytest

from contracts import commands as cm
from contracts import wire
from tests.unit.workflows.core.bills import (
    REFUNDS,
    SOME,
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
    Playbook,
    by_hand,
    hears,
    is_undone,
    opens,
    passes,
    unheard,
)

# --- what is odd ----------------------------------------------------------------------------------------------


def test_another_amount_is_no_contribution_and_a_person_settles_it() -> None:
    play = asked() >> check() << ... >> paid(amount=15_000) << "p recorded" << "p exhausted: contract"
    assert play.at("p").reason == "15000 rupiah were paid, not 150000"
    play = play >> check() << "p checked for provider" >> paid(amount=15_000) << "p not told"
    assert play >> check() << "p checked for provider" >> paid() << "p contributed" << "b asked"


def test_ending_a_case_pays_another_amount_back_too() -> None:
    play = asked() >> check() << ... >> paid(amount=15_000) << ... >> cm.EndCase(act=ACT) << ...
    assert play.owed == ["undo p/1 #1"]


def expired() -> Playbook:
    return over() >> ended() << ...


def late() -> Playbook:
    """Give a closed case whose bill a bank took money for all the same."""
    play = expired() >> check() << "p checked for provider"
    assert play.owed == ["lookup p/1 #" + str(play.at("p").lookup)]
    return play >> paid() << "p recorded, incident: late_contribution" << "p not told"


def test_money_after_the_end_is_an_incident_and_is_paid_back_by_hand_under_an_owner() -> None:
    play = late()
    assert [incident.owner for incident in play.state.incidents] == [""]
    play = play >> REFUNDS << "p incident owned" << "p refund asked, keeping 0" >> REFUNDS << "rejected: not_now"
    assert play.owed == ["undo p/1 #1"]
    play = (
        play >> unheard("p", "undo") << "p not refunded" >> REFUNDS << "p incident owned" << "p refund asked, keeping 0"
    )
    assert play.owed == ["undo p/1 #2"]
    play = play >> is_undone("p") << "p refunded"
    assert (play.owed, play.at("p").paying.refunded, play.state.incidents[0].owner) == ([], True, "operator")


def test_money_that_comes_again_after_it_was_paid_back_is_an_incident_again() -> None:
    play = late() >> REFUNDS << ... >> is_undone("p") << "p refunded" >> passes("6 s") >> check() << ...
    play = play >> paid() << "p recorded, incident: late_contribution" << "p not told"
    assert [incident.owner for incident in play.state.incidents] == ["operator", ""]
    assert play >> REFUNDS << "p incident owned" << "p refund asked, keeping 0" >> is_undone("p") << "p refunded"


@pytest.mark.parametrize(
    ("heard", "reason"),
    [
        (wire.UndoRefused(key=KEY, code="not_supported"), "not_supported"),
        (wire.UndoRefused(key=KEY, code="x", text="tidak dapat"), "tidak dapat"),
        (wire.Accepted(key=KEY), "the provider is at it"),
        (wire.Unreadable(key=KEY, mistakes=["no"]), "the answer cannot be read"),
    ],
)
def test_a_refund_by_hand_that_does_not_come_about_says_why(heard: wire.Heard, reason: str) -> None:
    play = late() >> REFUNDS << ... >> hears("p", heard, "undo") << "p not refunded"
    assert (play.at("p").paying.not_refunded, play.owed) == (reason, [])


def test_a_late_look_that_finds_nothing_new_settles_itself_and_opens_no_second_incident() -> None:
    play = expired() >> check() << "p checked for provider" >> ended() << "p not told"
    assert play.owed == []
    play = late() >> passes("6 s") >> check() << "p checked for provider" >> paid() << "p recorded" << "p not told"
    assert len(play.state.incidents) == 1


def test_what_was_paid_twice_is_an_incident_and_only_the_second_is_paid_back() -> None:
    play = contributed() >> passes("6 s") >> check() << "p checked for provider"
    play = play >> paid(amount=300_000) << "p recorded, incident: paid_twice" << "p not told"
    play = play >> passes("6 s") >> check() << ... >> paid(amount=300_000) << "p not told"
    assert play >> REFUNDS << "p incident owned" << "p refund asked, keeping 150000" >> is_undone("p") << "p refunded"


def test_a_doubled_notice_of_a_payment_that_stands_changes_nothing() -> None:
    play = contributed() >> passes("6 s") >> check() << "p checked for provider" >> paid() << "p not told"
    assert (play.state.incidents, play.at("p").state) == ((), "contributed")


def test_money_beside_what_a_person_recorded_is_an_incident_and_all_of_it_is_paid_back() -> None:
    play = Playbook(plan(p=pays(SOME))) >> opens() << ... >> billed() << ... >> passes("1 min") << ...
    play = play >> passes("8 days") >> unpaid() << ... >> passes("3 days") << ... >> unheard("p", "lookup") << ...
    teller = by_hand(
        cm.ContributeByHand, "p", output={"amount": 150_000, "paid_at": "2026-11-20", "receipt": "T-1"}, evidence=PROOF
    )
    play = play >> teller << "p contributed" << "issuing" >> check() << "p checked for provider"
    play = play >> paid() << "p recorded, incident: late_contribution" << "p not told"
    assert play >> REFUNDS << "p incident owned" << "p refund asked, keeping 0"


def test_nothing_is_paid_back_by_hand_where_nothing_is_odd_or_while_nothing_may_leave() -> None:
    assert contributed() >> REFUNDS << "rejected: not_now"
    assert late() >> by_hand(cm.RefundPayment, "p/7") << "rejected: unknown_step"
    play = (
        contributed() >> passes("6 s") >> check() << ... >> paid(amount=300_000) << ... >> cm.PauseCase(act=ACT) << ...
    )
    assert play >> REFUNDS << "rejected: not_now"


def test_nobody_checks_what_is_not_paid_or_not_billed_yet_or_is_being_paid_back() -> None:
    assert asked() >> check("b") << "rejected: unknown_step" >> check("q") << "rejected: unknown_step"
    assert Playbook(plan(p=pays(SOME))) >> opens() << ... >> check()
    play = contributed() >> check(by="applicant") >> cm.Withdraw() << ... >> is_undone("b") << ... >> check()
    assert play.at("p").looking is False


def test_a_notice_under_another_round_is_of_that_round() -> None:
    play = asked() >> check("p/1") << "p checked for provider"
    assert play.at("p").looking


# --- crossings, found by the simulator --------------------------------------------------------------------------


def test_money_on_a_bill_whose_making_was_never_heard_is_seen_by_nobody() -> None:
    steps = plan(p=pays(SOME), b=part("p.receipt"))
    play = Playbook(steps) >> opens() << "opened" << "p asked" >> check() << "nothing"
    play = play >> cm.Withdraw() << ... >> is_undone("p") << ...
    play = play >> check() << "p checked for provider" >> paid() << "p recorded, incident: late_contribution" << ...
    assert [incident.owner for incident in play.state.incidents] == [""]


def test_a_look_after_the_end_that_is_not_heard_is_given_up() -> None:
    play = expired() >> check() << "p checked for provider" >> unheard("p", "lookup") << "p not told"
    assert (play.owed, play.state.status) == ([], "refused")
    waits = play.due_in()
    assert waits is not None
    play = play >> passes(f"{int(waits.total_seconds()) + 1} s") << "p looked up" >> ended() << "p not told"
    assert (play.owed, play.due_in()) == ([], None)


def test_a_case_that_came_to_its_end_while_it_was_paused_looks_for_no_late_money() -> None:
    play = contributed() >> cm.Withdraw() << ... >> is_undone("b") << ... >> cm.PauseCase(act=ACT) << "paused"
    play = play >> is_undone("p") << ...
    assert (play.state.status, play.state.paused) == ("withdrawn", False)
    play = play >> passes("6 s") >> check() << "p checked for provider"
    assert play.owed == ["lookup p/1 #2"]


def test_an_undo_of_the_whole_keeps_what_a_refund_of_a_part_was_to_leave() -> None:
    play = contributed() >> passes("6 s") >> check() << ... >> paid(amount=300_000) << ...
    play = play >> REFUNDS << "p incident owned" << "p refund asked, keeping 150000" >> cm.Withdraw() << ...
    play = play >> is_undone("b") << ...
    assert (play.at("p").state, [owed for owed in play.owed if "undo p" in owed]) == ("undoing", ["undo p/1 #1"])
    play = play >> is_undone("p") << "p refunded" << ...
    assert (play.at("p").paying.keep, [owed for owed in play.owed if "undo p" in owed]) == (0, ["undo p/1 #2"])
    play = play >> unheard("p", "undo") << ...
    assert not [owed for owed in play.owed if "undo p" in owed], "what was not heard is sent again without a wait"
    play = play >> passes("1 h") << ... >> is_undone("p") << ...
    assert play.at("p").state == "undone"


def test_an_old_look_says_that_a_bill_has_ended_while_a_newer_one_is_under_way() -> None:
    play = over() >> passes("6 s") >> check() << "p checked for provider"
    stale = hears("p", wire.Refused(key=KEY, code="expired"), "lookup", attempt=play.at("p").lookup - 1)
    play = play >> stale << "nothing"
    assert (play >> paid() << ...).at("p").state == "contributed"
