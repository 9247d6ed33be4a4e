"""An operator's act on one case: carried out at once, or as a run that waits for a second person."""

from __future__ import annotations

from contracts.bulk import BulkView
from contracts.views import CaseView
from gateway.acts import ActBody, command_of
from gateway.bulk import Bulk
from gateway.deciding import Desks
from gateway.identity.callers import Caller
from gateway.intake import Intake
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import NotAllowed, NotFound, NotPossibleNow
from gateway.repeating import Repeats, said_of
from gateway.second_person import SECOND_PERSON
from gateway.showing import Showing
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.ports import Erased, KeyTaken
from workflows.projections.case_view import masked


class Acting:
    """Carries acts out."""

    def __init__(self, parts: Parts, bulk: Bulk, desks: Desks, intake: Intake, showing: Showing) -> None:
        """Take the parts to call upon, and who does what of an act."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._repeats = Repeats(parts)
        self._bulk, self._desks, self._intake, self._showing = bulk, desks, intake, showing

    async def act(self, caller: Caller, case: str, body: ActBody, key: str | None = None) -> CaseView | BulkView:
        """Carry out one act of the table in `acts`, with its reason; the actor is recorded.

        One that needs a second person becomes a run, which is given while it waits. Under a `key` that came before
        with the same words nothing is done again: the answer is how the case, or the run, stands.

        Raises:
            NotAllowed: this is no operator.
            NotFound: there is no such case.
            FormInvalid: something that the act needs is missing.
            ParameterInvalid, KeyReused: the key is none, or came with other words.
            NotPossibleNow: the same act waits already, for another reason.
            Rejection: the case does not allow it now.

        """
        grant = caller.operator
        if grant is None:
            raise NotAllowed("This is not yours to do with what you sent.")
        command_of(body, actor=grant.actor, now=self._clock.now())  # whether it is one, before a document is kept
        state = await self._state(case)
        said = said_of(key, grant, f"act {case}", body)
        if known := await self._repeats.earlier(said):
            return await self._answer(case, known)
        try:
            if body.act in SECOND_PERSON:
                run = await self._bulk.single(grant, state, body, said)
                return run if run.state == "waits" else await self._view(case)
            self._desks.check_reassigned(state, body)
            command = command_of(await self._intake.acted(state, body), actor=grant.actor, now=self._clock.now())
            claim = self._repeats.claim(said, state.case, stream=state.case)
            return masked(self._showing.view(await self._engine.submit(state.case, command, claim)))
        except (KeyTaken, NotPossibleNow, Rejection):
            # Of two at once the later one is refused because the earlier one was done: it is answered as that was.
            if known := await self._repeats.earlier(said):
                return await self._answer(case, known)
            raise

    async def _answer(self, case: str, known: str) -> CaseView | BulkView:
        run = self._bulk.known(known)
        return run if run is not None and run.state == "waits" else await self._view(case)

    async def _view(self, case: str) -> CaseView:
        return masked(self._showing.view(await self._state(case)))

    async def _state(self, case: str) -> CaseState:
        if (state := await known_case(self._engine, case)) is None:
            raise NotFound
        try:
            await self._journal.read(state.case, after=state.version)  # the engine may remember what was erased since
        except Erased:
            raise NotFound from None
        return state
