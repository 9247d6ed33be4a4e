"""Whoever takes payments in these plays: one step's bills by their key, and what stands on them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from contracts import effects as ef
from contracts import wire
from contracts.ids import AskKey, Place, parse_ask_key
from contracts.payments import Bill, Billed
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.graph import AMOUNT
from workflows.core.step_kinds import EXPIRED

PAID_AT = "2026-11-02T02:00:00+00:00"
"""When everything is paid, by these books: the same however a story is told."""


class Till:
    """The books of one step that is paid; `refunds` counts under which wish money was paid back."""

    def __init__(self, step: CompiledStep) -> None:
        self.step = step
        self.effect: str = step.contract.effect
        self.bills: dict[AskKey, Bill] = {}
        self.amounts: dict[AskKey, int] = {}
        self.ended: set[AskKey] = set()
        self.standing: Counter[AskKey] = Counter()
        self.away = 0
        """For so many refunds."""
        self.refunds: Counter[AskKey] = Counter()

    def pay(self, key: AskKey, amount: int | None = None) -> None:
        """Pay a bill, however it stands: banks do that."""
        self.standing[key] += self.amounts[key] if amount is None else amount

    def live(self) -> list[Place]:
        """Give where money stands."""
        return [parse_ask_key(key)[1] for key, amount in self.standing.items() if amount]

    def against(self) -> list[Place]:
        """Give where something was done that was not to be: nobody pays what was never billed."""
        return []

    def says(self, effect: ef.SendAsk | ef.SendUndo | ef.SendLookup, now: datetime) -> wire.Heard:
        """Do what is asked, and say how the bill stands."""
        if isinstance(effect, ef.SendUndo) and self.away:
            self.away -= 1
            return wire.Unheard(key=effect.key, reason="no answer")
        if isinstance(effect, ef.SendUndo):
            self.ended.add(effect.undoes)
            if self.standing[effect.undoes] > effect.keep:
                self.standing[effect.undoes] = effect.keep
                self.refunds[effect.key] += 1
            return wire.Undone(key=effect.key)
        if isinstance(effect, ef.SendAsk) and effect.key not in self.bills and effect.key not in self.ended:
            until = after(now, self.step.contract.promise.within, self.step.calendar)
            self.bills[effect.key] = Bill(number=f"T-{len(self.bills) + 1}", until=until, code="8808")
            self.amounts[effect.key] = effect.input[AMOUNT]
        if isinstance(effect, ef.SendLookup) and effect.closes:
            self.ended.add(effect.key)
        return self._stands(effect.key, now)

    def _stands(self, key: AskKey, now: datetime) -> wire.Heard:
        if self.standing[key]:
            output = {AMOUNT: self.standing[key], "paid_at": PAID_AT, "receipt": f"R-{key}"}
            return wire.Contributed(key=key, output=output)
        if key in self.ended or self.bills[key].until <= now:
            return wire.Refused(key=key, code=EXPIRED)
        return Billed(key=key, bill=self.bills[key])
