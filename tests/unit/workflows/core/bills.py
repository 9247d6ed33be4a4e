"""What happens to a step that is paid, in plays."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from contracts import commands as cm
from contracts import wire
from contracts.declared import Derived
from contracts.ids import StepName, Verb
from contracts.payments import Bill, Billed
from tests.unit.workflows.core.parts import part, pays, plan
from tests.unit.workflows.core.playbook import (
    KEY,
    START,
    Happening,
    Playbook,
    by_hand,
    hears,
    opens,
    passes,
    place,
)

WEEK = timedelta(days=7)
SOME = Derived(const=150_000)
AMOUNT = "form.count"


def billed(where: str = "p", verb: Verb = "ask") -> Happening:
    """The provider has the bill, for seven days from now."""

    def command(play: Playbook) -> cm.CaseCommand:
        bill = play.at(where).paying.bill or Bill(
            number="B-1", until=play.now + WEEK, code="8808", url="https://pay.example"
        )
        made = hears(where, Billed(key=KEY, bill=bill), verb)
        assert callable(made)
        told = made(play)
        assert told is not None
        return told

    return command


def paid(where: str = "p", amount: int = 150_000, verb: Verb = "lookup") -> Happening:
    """The provider says that this much stands."""
    output = {"amount": amount, "paid_at": START.isoformat(), "receipt": "R-1"}
    return hears(where, wire.Contributed(key=KEY, output=output), verb)


def ended(where: str = "p") -> Happening:
    """The provider says that the bill has ended unpaid."""
    return hears(where, wire.Refused(key=KEY, code="expired"), "lookup")


def unpaid(where: str = "p") -> Happening:
    """The provider says that the bill is there, and not paid."""
    return billed(where, "lookup")


def check(where: str = "p", by: Literal["provider", "applicant", "operator"] = "provider") -> cm.CheckPayment:
    at = place(where)
    return cm.CheckPayment(step=at.step, round=at.round if "/" in where else 0, by=by)


REFUNDS = by_hand(cm.RefundPayment, "p")
DECLINES = cm.DeclineStep(step=StepName("p"))


def asked(**more: object) -> Playbook:
    """Give a case whose bill is made; `b` reads the receipt."""
    steps = plan(p=pays(SOME, **more), b=part("p.receipt"))  # type: ignore[arg-type]
    return Playbook(steps) >> opens() << "opened" << "p asked" >> billed() << "p billed"


def contributed() -> Playbook:
    return asked() >> check() << "p checked for provider" >> paid() << "p contributed" << "b asked"


def over() -> Playbook:
    """Give a case whose bill's time is over, at the moment of the last look."""
    play = asked()
    while not play.at("p").paying.closes:
        due = play.due_in()
        assert due is not None
        play = play >> passes(f"{int(due.total_seconds()) + 1} s") << ...
        if not play.at("p").paying.closes:
            play = play >> unpaid() << ...
    return play
