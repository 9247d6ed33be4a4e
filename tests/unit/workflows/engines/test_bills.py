"""What the provider is told with a bill, a look and a refund: nobody is billed for another sum, or has less time."""

from __future__ import annotations

from datetime import timedelta

from msgspec import structs

from contracts import commands as cm
from contracts import effects as ef
from contracts.ids import StepName
from contracts.units import Text
from tests.unit.workflows.core.bills import REFUNDS, SOME, asked, check, contributed, ended, over, paid
from tests.unit.workflows.core.parts import part, pays, plan
from tests.unit.workflows.core.playbook import Playbook, is_undone, opens
from workflows.core.pending import pending
from workflows.engines.bills import known_of

STEP = StepName("p")


def owed(
    play: Playbook, kind: type[ef.SendAsk | ef.SendLookup | ef.SendUndo]
) -> ef.SendAsk | ef.SendLookup | ef.SendUndo:
    (effect,) = [effect for effect in pending(play.state) if isinstance(effect, kind)]
    return effect


def unbilled() -> Playbook:
    return Playbook(plan(p=pays(SOME), b=part("p.receipt"))) >> opens() << ...


def test_a_bill_is_of_another_sum_payee_or_key_than_the_step() -> None:
    play = unbilled()
    effect, step = owed(play, ef.SendAsk), play.state.step(STEP)
    billing = known_of(effect, step, play.now).billing
    assert billing is not None
    assert (billing.key, billing.amount, billing.title) == (effect.key, 150_000, step.title)
    task = step.spec.applicant
    assert task is not None
    assert billing.payee == task.payee
    assert billing.legal_basis == step.contract.legal_basis


def test_whatever_held_a_bill_up_takes_time_from_the_applicant() -> None:
    play = unbilled()
    effect, step = owed(play, ef.SendAsk), play.state.step(STEP)
    for late in (timedelta(0), timedelta(days=3)):
        billing = known_of(effect, step, play.now + late).billing
        assert billing is not None
        assert billing.until == play.now + late + timedelta(days=7)


def test_a_bill_to_nobody_breaks_instead_of_being_told_so() -> None:
    play = unbilled()
    effect, step = owed(play, ef.SendAsk), play.state.step(STEP)
    nameless = structs.replace(step, spec=structs.replace(step.spec, applicant=None))
    billing = known_of(effect, nameless, play.now).billing
    assert billing is not None
    assert billing.payee == Text("", "")


def test_any_look_ends_the_bill_or_the_last_one_does_not() -> None:
    for play, closes in ((asked() >> check() << ..., False), (over(), True)):
        effect = owed(play, ef.SendLookup)
        assert known_of(effect, play.state.step(STEP), play.now).closes is closes


def test_a_refund_of_the_second_payment_takes_the_first_one_back_too() -> None:
    twice = contributed() >> check() << ... >> paid(amount=300_000) << ... >> REFUNDS << ...
    undo = owed(twice, ef.SendUndo)
    assert known_of(undo, twice.state.step(STEP), twice.now).keep == 150_000
    late = over() >> ended() << ... >> check() << ... >> paid() << ... >> REFUNDS << ...
    undo = owed(late, ef.SendUndo)
    assert known_of(undo, late.state.step(STEP), late.now).keep == 0


def test_something_of_a_withdrawn_payment_is_kept() -> None:
    play = contributed() >> cm.Withdraw() << ... >> is_undone("b") << ...
    undo = owed(play, ef.SendUndo)
    assert known_of(undo, play.state.step(STEP), play.now).keep == 0
