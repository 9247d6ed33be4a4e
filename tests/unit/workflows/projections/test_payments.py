"""How a payment reads to its payer: nobody is told to pay what is paid, ended or held, or shown a code for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from contracts import commands as cm
from contracts.ids import NO_ITEM, StepName
from contracts.views import PaymentView
from tests.unit.workflows.core.bills import (
    DECLINES,
    REFUNDS,
    SOME,
    asked,
    check,
    contributed,
    ended,
    over,
    paid,
    unpaid,
)
from tests.unit.workflows.core.parts import part, pays, plan
from tests.unit.workflows.core.playbook import Playbook, is_undone, opens, unheard
from workflows.projections.payments import can_refund, payment_view

STEP = StepName("p")


def view(play: Playbook) -> PaymentView:
    shown = payment_view(play.state, play.state.step(STEP), play.at("p"))
    assert shown is not None
    return shown


def late() -> Playbook:
    return over() >> ended() << ... >> check() << ... >> paid() << ...


STANDS: dict[str, Callable[[], Playbook]] = {
    "to_pay": asked,
    "checking": lambda: asked() >> check() << ...,
    "paid": contributed,
    "declined": lambda: asked() >> DECLINES << ... >> ended() << ...,
    "expired": lambda: over() >> ended() << ...,
    "held": lambda: asked() >> check() << ... >> paid(amount=1) << ...,
    "refunding": lambda: contributed() >> cm.Withdraw() << ... >> is_undone("b") << ...,
    "refunded": lambda: contributed() >> cm.Withdraw() << ... >> is_undone("b") << ... >> is_undone("p") << ...,
}


@pytest.mark.parametrize("state", STANDS)
def test_a_payment_reads_as_another_state_or_can_be_paid_when_it_cannot(state: str) -> None:
    shown = view(STANDS[state]())
    assert shown.state == state
    payable = state in {"to_pay", "checking"}
    assert bool(shown.code) is bool(shown.url) is payable
    assert shown.number == "B-1"
    assert (shown.until is not None) is payable


def test_a_bill_that_is_not_there_yet_is_to_be_paid() -> None:
    play = Playbook(plan(p=pays(SOME), b=part("p.receipt"))) >> opens() << ...
    assert (view(play).state, view(play).number, view(play).until) == ("preparing", "", None)


def test_a_provider_that_did_not_answer_reads_as_somebodys_fault_without_when_it_is_tried_again() -> None:
    play = Playbook(plan(p=pays(SOME), b=part("p.receipt"))) >> opens() << ... >> unheard("p") << ...
    shown = view(play)
    assert shown.state == "preparing"
    assert shown.again_at is not None
    assert shown.reason


def test_who_declined_is_still_shown_how_to_pay() -> None:
    play = asked() >> DECLINES << ...
    assert (view(play).state, view(play).code, view(play).url) == ("checking", "", "")


def test_a_receipt_is_lost_once_it_is_paid() -> None:
    shown = view(contributed())
    assert (shown.receipt, shown.amount, shown.reason) == ("R-1", 150_000, "")
    assert shown.paid_at


def test_a_look_after_the_payment_makes_it_unpaid() -> None:
    assert view(asked() >> check() << ... >> unpaid() << ...).state == "to_pay"
    assert view(contributed() >> check() << ...).state == "paid"


def test_a_step_whose_turn_has_not_come_or_that_is_not_paid_shows_a_bill() -> None:
    play = asked()
    other = play.state.step(StepName("b"))
    (entry,) = play.state.rounds((STEP, NO_ITEM))
    assert payment_view(play.state, other, entry) is None


def test_money_is_paid_back_by_hand_twice_or_while_nothing_may_leave() -> None:
    play = late()
    step = play.state.step(STEP)
    assert can_refund(play.state, step, play.at("p"))
    assert not can_refund(play.state, play.state.step(StepName("b")), play.at("p"))
    under_way = play >> REFUNDS << ...
    assert view(under_way).refund == "asked"
    assert not can_refund(under_way.state, step, under_way.at("p"))
