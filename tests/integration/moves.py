"""What a gateway in this process records, case by case; and one that is ended before it carries out what follows."""

# pyright: reportPrivateUsage=false
# It steps between the engine and its driver.
from __future__ import annotations

import asyncio
from collections import Counter

from contracts.commands import CaseCommand
from contracts.ids import CaseId
from workflows.core.state import CaseState
from workflows.core.unknown import bears_repeats
from workflows.engines.driver import UnderWay
from workflows.engines.embedded import EmbeddedEngine
from workflows.ports import Claim


class Moves:
    """Notes which cases an engine records something of."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        """Step between the driver and its journal."""
        self.moved: set[str] = set()
        self.times = Counter[str]()
        """How often something of a case was recorded."""
        self.recorded = asyncio.Event()
        driver = engine._driver
        record = driver._record

        async def record_and_note(state: CaseState, command: CaseCommand, claim: Claim | None) -> CaseState:
            if self.ended(state):
                return state
            following = await record(state, command, claim)
            if following.version > state.version:
                self.moved.add(following.case)
                self.times[following.case] += 1
                self.recorded.set()
            return following

        driver._record = record_and_note  # type: ignore[method-assign]  # this is what the tests are about

    def ended(self, state: CaseState) -> bool:
        """Whether nothing of a case can be recorded any more."""
        del state
        return False


class OneMove(Moves):
    """Lets each case carry out something only until something of it was recorded in this session.

    With `unheard` (empty at first, and kept over sessions) nothing more is recorded of such a case either, whatever is
    under way; and what comes of each effect is first lost once: the gateway ended after an agency did its work and
    before that was recorded.
    """

    def __init__(self, engine: EmbeddedEngine, unheard: set[UnderWay] | None = None) -> None:
        """Step between the driver and what it carries out."""
        super().__init__(engine)
        self._unheard = unheard
        driver = engine._driver
        carry_out, settle = driver.carry_out, driver._settle

        def carry_out_once(state: CaseState) -> None:
            if state.case not in self.moved or asked_by_a_person(state):
                carry_out(state)

        async def settle_the_second_time(name: UnderWay, case: CaseId, command: CaseCommand) -> None:
            if unheard is None or name in unheard:
                await settle(name, case, command)
                return
            unheard.add(name)
            self.moved.add(case)

        driver.carry_out = carry_out_once  # type: ignore[method-assign]  # this is what the tests are about
        driver._settle = settle_the_second_time  # type: ignore[method-assign]  # the same

    def ended(self, state: CaseState) -> bool:
        """Whether the gateway would be gone by now, as far as this case is concerned."""
        return self._unheard is not None and state.case in self.moved


def asked_by_a_person(state: CaseState) -> bool:
    """Whether an agency that would do it twice is asked again, since a person knows that it did nothing.

    A restart between the record and the call puts the first ask in doubt, which is the point; each further one would
    put every further ask in doubt again, and nobody would get anywhere.
    """
    return any(
        entry.state == "asked" and entry.attempt > 1 and not bears_repeats(step.contract)
        for step, _, entry in state.currents()
    )
