"""What an operator sees of a bill: each call to the provider with its own answer, and never how it is paid."""

from __future__ import annotations

from contracts import commands as cm
from contracts.bills import BillView
from contracts.ids import NO_ITEM, Place, StepName
from contracts.views import IncidentView
from tests.unit.workflows.core.bills import REFUNDS, asked, check, contributed, ended, over, paid, unpaid
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import START, Playbook, contributes, is_undone, opens, unheard
from workflows.ports import Recorded
from workflows.projections.bills import bills


def bills_of(play: Playbook) -> list[BillView]:
    rows = [Recorded("c", number, number, event) for number, event in enumerate(play.journal, 1)]
    return bills(play.state, rows, {})


def calls(play: Playbook) -> list[tuple[str, str, str]]:
    (bill,) = bills_of(play)
    return [(entry.call, entry.by, entry.result) for entry in bill.entries]


MADE = ("make", "gateway", "made")


def test_how_a_bill_is_paid_is_shown_to_operators_or_its_number_and_time_are_not() -> None:
    (bill,) = bills_of(asked())
    assert (bill.payment.number, bill.payment.amount, bill.payment.state) == ("B-1", 150_000, "to_pay")
    assert (bill.payment.code, bill.payment.code_for, bill.payment.url) == ("", "", "")
    assert bill.due_at is not None
    assert (bill.step, bill.round) == ("p", 1)


def test_a_look_that_gave_nothing_reads_as_one_that_was_not_heard() -> None:
    nothing = asked() >> check() << ... >> unpaid() << ...
    assert calls(nothing) == [MADE, ("look", "provider", "nothing_new")]
    silent = asked() >> check(by="applicant") << ... >> unheard("p", verb="lookup") << ...
    assert calls(silent) == [MADE, ("look", "applicant", "not_heard")]
    (bill,) = bills_of(silent)
    assert bill.entries[-1].again_at is not None


def test_what_was_paid_is_not_told_with_its_amount() -> None:
    (bill,) = bills_of(contributed())
    last = bill.entries[-1]
    assert (last.call, last.result, last.amount, last.reason) == ("look", "paid", 150_000, "")


def test_another_amount_reads_as_paid() -> None:
    play = asked() >> check() << ... >> paid(amount=15_000) << ...
    (bill,) = bills_of(play)
    assert (bill.entries[-1].result, bill.entries[-1].amount) == ("another_amount", 15_000)
    assert bill.payment.state == "held"


def test_the_last_look_reads_as_any_other() -> None:
    play = over() >> ended() << ...
    assert calls(play)[-1] == ("last-look", "gateway", "ended")


def test_money_after_the_end_and_who_paid_it_back_are_lost_among_the_looks() -> None:
    play = over() >> ended() << ... >> check() << ... >> paid() << ...
    assert calls(play)[-1] == ("look", "provider", "paid_beside")
    play = play >> REFUNDS << ...
    call, by, result = calls(play)[-1]
    assert (call, result) == ("refund-by-hand", "under_way")
    assert by not in {"gateway", "provider", "applicant"}


def test_a_withdrawn_payment_shows_no_refund() -> None:
    play = contributed() >> cm.Withdraw() << ... >> is_undone("b") << ...
    assert calls(play)[-1] == ("refund", "gateway", "under_way")


def test_a_look_that_was_overtaken_waits_for_its_answer_for_ever() -> None:
    play = asked() >> check() << ... >> check() << ... >> unpaid() << ...
    assert [result for _, _, result in calls(play)] == ["made", "overtaken", "nothing_new"]


def test_an_incident_of_another_round_stands_at_a_bill() -> None:
    play = asked()
    incident = IncidentView(cause="late_contribution", reason="", owner="", since=START)
    rows = [Recorded("c", number, number, event) for number, event in enumerate(play.journal, 1)]
    for number, shown in ((1, incident), (2, None)):
        (bill,) = bills(play.state, rows, {Place(StepName("p"), NO_ITEM, number): incident})
        assert bill.incident == shown


def test_a_case_in_which_nothing_is_paid_has_bills() -> None:
    play = Playbook(plan(a=part())) >> opens() << ... >> contributes("a") << ...
    assert bills_of(play) == []
