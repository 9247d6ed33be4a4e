"""What applicants do as steps of their own: answers and documents are judged and kept, then recorded."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from contracts.commands import AnswerStep, DeclineStep
from contracts.ids import ItemKey, StepName
from contracts.views import CaseView
from gateway.attesting import attested
from gateway.families import live_within
from gateway.identity.callers import Caller
from gateway.intake import Intake
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotFound
from gateway.showing import Showing
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState

Held = Callable[[Caller, str], Awaitable[CaseState]]
"""Gives a case to whoever holds its secret."""


class Answering:
    """Takes what applicants answer to steps of theirs."""

    def __init__(self, parts: Parts, intake: Intake, showing: Showing, held: Held) -> None:
        """Take the parts to call upon."""
        self._engine, self._clock, self._intake = parts.engine, parts.clock, intake
        self._showing, self._held = showing, held

    async def within(self, caller: Caller, case: str) -> list[CaseView]:
        """Give the live sub-cases of a case, and theirs: what they ask is asked of whoever holds it."""
        states = await live_within(self._engine, await self._held(caller, case))
        return [self._showing.view(state) for state in states]

    async def answer(self, caller: Caller, case: str, step: str, answers: dict[str, Any], item: str = "") -> CaseView:
        """Record the answers; they are durable when this returns.

        Raises:
            NotFound: there is no such case of theirs, or no such step in it.
            Rejection: nothing is asked of the applicant there now.
            FormInvalid: the answers have mistakes; all of them.

        """
        state = await self._held(caller, case)
        compiled = state.plan.steps.get(StepName(step))
        if compiled is None:
            raise NotFound
        track = (compiled.name, ItemKey(item))
        if compiled.spec.applicant is None or track not in state.tracks or not state.current(track).theirs:
            raise Rejection("not_now", f"Step {step!r} asks nothing of the applicant now.")
        given, mistakes = await self._intake.taken(
            state.case, answers, compiled.spec.applicant.form, compiled.check_output
        )
        if mistakes:
            raise FormInvalid("The answers have mistakes.", mistakes)
        evidence = attested(given, by="applicant", at=self._clock.now())
        command = AnswerStep(step=compiled.name, item=ItemKey(item), output=given, evidence=evidence)
        return self._showing.view(await self._engine.submit(state.case, command))

    async def decline(self, caller: Caller, case: str, step: str, item: str = "") -> CaseView:
        """Record that the applicant does not do it: the step is refused. Raises as `answer` does."""
        state = await self._held(caller, case)
        command = DeclineStep(step=StepName(step), item=ItemKey(item))
        return self._showing.view(await self._engine.submit(state.case, command))
