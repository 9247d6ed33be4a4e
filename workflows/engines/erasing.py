"""Erasing a case, and with it the cases that are steps of it: decided once, in the register, and then carried out.

What is to be erased is recorded before the first key is destroyed: the keys of a case gone, nobody could say any more
which cases were part of it. A crash anywhere leaves the rest to the next start; a sub-case goes after its whole.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

from contracts.events import CasesErased, ErasureDecided, RegisterEvent
from contracts.ids import CaseId, ask_key, parse_ask_key
from workflows.core.allowed_moves import CLOSED
from workflows.core.pending import pending
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.core.sub_cases import sub_case_id
from workflows.ports import Clock, Erased, Journal
from workflows.projections.directory import Directory

_AT_AN_END: Final = CLOSED | {"issued", "revoked"}


class Cases(Protocol):
    """Who has cases in memory."""

    async def load(self, case: CaseId) -> CaseState | None:
        """Fold a case, or give None where there is none."""
        ...

    def forget(self, case: CaseId) -> None:
        """Let go of a case whose key was destroyed."""
        ...


class Erasing:
    """Erases families of cases."""

    def __init__(
        self,
        journal: Journal,
        clock: Clock,
        directory: Directory,
        cases: Cases,
        register: Callable[[Sequence[RegisterEvent]], Awaitable[None]],
    ) -> None:
        """Take the ports, and what is registered."""
        self._journal, self._clock, self._directory = journal, clock, directory
        self._cases, self._register = cases, register

    async def erase(self, case: CaseId, *, actor: str, reason: str) -> None:
        """Erase a case with its sub-cases, and theirs; done twice it is done once.

        Raises:
            Rejection: there is no such case, one of them is not at an end, or it is part of another one.
            JournalUnavailable: not now; what was decided is carried out at the next start, or when it is asked again.

        """
        if case not in self._directory.erasures:
            family = await self._family(case)
            now = self._clock.now()
            await self._register([ErasureDecided(at=now, cases=family, actor=actor, reason=reason)])
        await self._carry_out(case)

    async def go_on(self) -> None:
        """Carry out what was decided and, for a crash, not done.

        Raises:
            JournalUnavailable: not now.

        """
        for case, erasure in list(self._directory.erasures.items()):
            if not erasure.done and case == erasure.decided.cases[0]:
                await self._carry_out(case)

    async def _carry_out(self, case: CaseId) -> None:
        erasure = self._directory.erasures[case]
        if erasure.done:
            return
        for each in erasure.decided.cases:  # the whole first
            await self._journal.erase(each)
            self._cases.forget(each)
        await self._register([CasesErased(at=self._clock.now(), case=erasure.decided.cases[0])])

    async def _family(self, case: CaseId) -> list[CaseId]:
        """Give a case and all that are part of it, whichever round opened them; those that were not opened are none."""
        whole = await self._found(case)
        if whole is None or whole.opened_at is None:
            raise Rejection("not_open", "There is no such case.")
        if whole.parent:
            parent = parse_ask_key(whole.parent)[0]
            raise Rejection("not_now", f"This case is part of {parent}: it is erased with that.")
        family, left = list[CaseId](), [whole]
        while left:
            state = left.pop(0)
            if state.status not in _AT_AN_END or pending(state):
                raise Rejection("not_now", f"Case {state.case} is {state.status}: only what is at an end is erased.")
            family.append(state.case)
            for step, place, _ in state.everything():
                if step.spec.service is not None:
                    child = await self._found(sub_case_id(ask_key(state.case, place)))
                    left += [child] if child is not None else []
        return family

    async def _found(self, case: CaseId) -> CaseState | None:
        try:
            return await self._cases.load(case)
        except Erased:
            return None
