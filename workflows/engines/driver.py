"""The one loop: decide, append, carry out.

It works on one case at a time, keys what is under way by ask key, verb and attempt, and lets nothing leave before the
events behind it are committed. Whatever an agency answers, silence included, comes back through `submit`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final, cast

import structlog
from structlog.contextvars import bind_contextvars

from contracts import commands as cm
from contracts import effects as ef
from contracts.contract import Contract
from contracts.events import CaseEvent, HeldBackBecause
from contracts.ids import CaseId, StepName
from workflows.agencies.lane import Place, Ticket
from workflows.core.compiled import CompiledPlan
from workflows.core.decide import decided
from workflows.core.drafts import is_over, on_newer, plan_of
from workflows.core.evolve import fold
from workflows.core.pending import owed, pending, wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.core.unknown import bears_repeats
from workflows.engines import asks
from workflows.engines.attempts import ToAgency, carried_out, doubted, letting_go
from workflows.engines.sub_cases import to_case, told
from workflows.engines.turns import Turn
from workflows.engines.world import World
from workflows.ports import Append, Claim, Conflict, JournalUnavailable, Outage
from workflows.projections.case_view import case_line, trace_id

_log = structlog.get_logger(__name__)

_CASES_REMEMBERED: Final = 4096
_RECORD_RETRY_S: Final = 0.5
_AFTER_BUG_S: Final = 5.0

UnderWay = tuple[str, str, int]


class Driver:
    """Carries cases out. `spawn` runs a piece of work beside the caller; `committed` is told each new state."""

    def __init__(
        self,
        world: World,
        *,
        spawn: Callable[[Coroutine[Any, Any, None]], None],
        committed: Callable[[CaseState], None],
    ) -> None:
        """Take the world, and how work is run beside the caller."""
        self._world = world
        self._spawn = spawn
        self._committed = committed
        self._remembered: OrderedDict[CaseId, CaseState] = OrderedDict()
        self._turns: dict[CaseId, Turn] = {}
        self._under_way: set[UnderWay] = set()
        self._interrupted: set[UnderWay] = set()
        self.accepting = True

    @property
    def under_way(self) -> int:
        """How many effects are being carried out."""
        return len(self._under_way)

    async def load(self, case: CaseId) -> CaseState | None:
        """Fold a case, or give None where there is none."""
        remembered = self._remembered.get(case)
        if remembered is not None:
            self._remembered.move_to_end(case)
            # Operational records may have changed since: the plan is looked up afresh.
            return self._refreshed(remembered)
        recorded = await self._world.journal.read(case)
        if not recorded:
            return None
        events = [cast("CaseEvent", row.event) for row in recorded]
        state = fold(CaseState.empty(self._world.register.plan(plan_of(case, events))), events)
        self._remember(state)
        return state

    def forget(self, case: CaseId) -> None:
        """Let go of a case whose key was destroyed."""
        self._remembered.pop(case, None)

    def _refreshed(self, state: CaseState) -> CaseState:
        plan = self._world.register.plan(state.plan.published.digest)
        return state if plan is state.plan else state.on_plan(plan)

    async def open(
        self, plan: CompiledPlan, command: cm.OpenCase | cm.SaveDraft, claim: Claim | None = None
    ) -> CaseState:
        """Open a case, or begin its draft: its first events and the claim on its Idempotency-Key are one append.

        Raises:
            Rejection: the form is wrong.
            KeyTaken: the key was claimed before.
            JournalUnavailable: nothing was recorded.

        """
        state = await self._record(CaseState.empty(plan), command, claim)
        self.carry_out(state)
        return state

    async def open_once(self, plan: CompiledPlan, command: cm.OpenCase, documents: Sequence[bytes] = ()) -> CaseState:
        """Open a case under an id that names one wish; find it where that was made before. Its form has `documents`.

        Raises:
            Rejection: the form is wrong.
            Erased: it was opened, and erased since.
            JournalUnavailable: nothing was recorded.

        """
        async with self._turn(command.case):
            state = await self.load(command.case) or await self._record(CaseState.empty(plan), command, None)
            for content in documents:
                await self._world.journal.keep_document(command.case, content)
        self.carry_out(state)
        return state

    async def submit(
        self,
        case: CaseId,
        command: cm.CaseCommand,
        *,
        settles: UnderWay | None = None,
        plan: CompiledPlan | None = None,
        claim: Claim | None = None,
    ) -> CaseState:
        """Decide a command, record what follows, carry it out; give the case as it then stands.

        `settles` is the effect that the command tells the end of: under way until that is recorded, and no longer.
        `plan` is the one that a draft goes on with; `claim` as for `open`.

        Raises:
            Rejection: the case does not allow it now, or there is no such case.
            KeyTaken: the key was claimed before.
            JournalUnavailable: nothing was recorded.

        """
        async with self._turn(case):
            while True:
                if self._world.presence.late:
                    await self._world.presence.show()
                state = await self.load(case)
                if state is None:
                    raise Rejection("not_open", "There is no such case.")
                state = state if plan is None else on_newer(state, plan)
                try:
                    state = await self._record(state, command, claim)
                except Conflict:
                    # Somebody else wrote: fold again and decide the same command again.
                    self._remembered.pop(case, None)
                    continue
                break
        if settles is not None:
            self._under_way.discard(settles)
        self.carry_out(state)
        return state

    async def keep_time(self, case: CaseId) -> None:
        """Store anew when time itself moves a case: a calendar may say otherwise now, or nothing was due.

        Raises:
            JournalUnavailable: not now.

        """
        async with self._turn(case):
            state = await self.load(case)
            if state is None:
                return
            append = Append(
                stream=case,
                expected_version=state.version,
                events=[],
                line=case_line(state) if state.opened_at is not None else None,
                wake_at=wake_at(state),
                owes=bool(pending(state)),
            )
            try:
                await self._world.journal.append(append)
            except Conflict:
                self._remembered.pop(case, None)  # whoever wrote meanwhile has stored it
            else:
                self._committed(state)

    async def _record(self, state: CaseState, command: cm.CaseCommand, claim: Claim | None) -> CaseState:
        events, following = decided(state, command, now=self._world.clock.now())
        if not events:
            return state
        append = Append(
            stream=following.case,
            expected_version=state.version,
            events=events,
            line=case_line(following) if following.opened_at is not None else None,
            wake_at=wake_at(following),
            owes=bool(pending(following)) or is_over(following),
            claim=claim,
        )
        await self._world.journal.append(append)
        self._remember(following)
        self._committed(following)
        return following

    def _remember(self, state: CaseState) -> None:
        held = self._remembered.get(state.case)
        if held is not None and held.version > state.version:
            # It was read while somebody recorded something: whoever did would not see it.
            return
        self._remembered[state.case] = state
        self._remembered.move_to_end(state.case)
        while len(self._remembered) > _CASES_REMEMBERED:
            self._remembered.popitem(last=False)

    def _turn(self, case: CaseId) -> Turn:
        turn = self._turns.get(case)
        if turn is None:
            turn = self._turns[case] = Turn(case, self._turns)
        return turn

    # --- carrying out -----------------------------------------------------------------------------------------

    async def take_up(self, state: CaseState) -> None:
        """Go on with a case after a restart: what time has made due first, then what it owes.

        Raises:
            JournalUnavailable: not now.

        """
        # What was held back had not left.
        self._interrupted.update(_name(effect) for effect in owed(state) if not _held_back(effect, state))
        await self.submit(state.case, cm.Wake())

    def carry_out(self, state: CaseState) -> None:
        """Start everything that the case owes and that is not under way."""
        if not self.accepting:
            return
        for effect in pending(state):
            name = _name(effect)
            if name not in self._under_way:
                self._under_way.add(name)
                if isinstance(effect, ef.SendAsk) and self._must_not_leave_twice(effect, state):
                    self._spawn(self._settle(name, effect.case, asks.doubted(effect, self._world.clock.now())))
                elif isinstance(effect, ef.SendAsk | ef.SendUndo | ef.SendLookup) and self._waits(effect, state):
                    self._line_up(name, effect, state)
                else:
                    self._spawn(self._carry(name, effect, state))

    # --- waiting for an agency --------------------------------------------------------------------------------

    def _line_up(self, name: UnderWay, effect: ToAgency, state: CaseState) -> None:
        """Let an attempt go when it is its turn. What waits is a ticket, not a task: it may wait for days."""
        case, held_back, leaving = effect.case, _held_back(effect, state), letting_go(effect)
        ticket = Ticket(
            service=state.plan.published.plan.service,
            case=case,
            repeat=effect.attempt > 1,
            record=partial(self._record_of, state.plan.published.digest, effect.place.step),
            start=lambda place: self._spawn(self._go(name, case, leaving, place)),
        )
        if isinstance(leaving, cm.LetGo) and not held_back:
            ticket.hold_back = partial(self._hold_back, name, case, leaving, ticket)
        place = self._world.protection.enter(ticket)
        if place is not None and held_back:
            ticket.start(place)
        elif place is not None:
            self._spawn(self._carry(name, effect, state, place))

    def _waits(self, effect: ToAgency, state: CaseState) -> bool:
        contract, undo = state.step(effect.place.step).contract, isinstance(effect, ef.SendUndo)
        if to_case(effect, state) is not None:
            return False
        return _held_back(effect, state) or self._world.ways.protects(contract, undo=undo)

    def _must_not_leave_twice(self, effect: ef.SendAsk, state: CaseState) -> bool:
        """Whether an attempt that was cut off may have left, and its agency would do again what it is asked again."""
        return _name(effect) in self._interrupted and not bears_repeats(state.step(effect.place.step).contract)

    def _record_of(self, plan: str, step: StepName) -> Contract:
        return self._world.register.plan(plan).steps[step].contract

    def _hold_back(
        self, name: UnderWay, case: CaseId, letting_go: cm.LetGo, ticket: Ticket, because: HeldBackBecause
    ) -> None:
        """Let it be recorded that an attempt has not left, unless it goes meanwhile."""
        command = cm.HoldBack(
            step=letting_go.step,
            item=letting_go.item,
            round=letting_go.round,
            verb=letting_go.verb,
            attempt=letting_go.attempt,
            because=because,
            sent=name in self._interrupted,
        )
        self._spawn(self._told_held_back(case, command, ticket))

    async def _told_held_back(self, case: CaseId, command: cm.HoldBack, ticket: Ticket) -> None:
        await self._insist(case, command, while_=lambda: ticket.place is None)

    async def _go(self, name: UnderWay, case: CaseId, command: cm.CaseCommand, place: Place) -> None:
        """Let an attempt leave that has waited, if it is still wanted; that it leaves is recorded before."""
        try:
            state = await self._insist(case, command)
            effect = next((each for each in pending(state) if _name(each) == name), None) if state else None
            if state is not None and effect is not None:
                await self._carry(name, effect, state, place)
            else:
                self._under_way.discard(name)
        finally:
            place.leave(None)

    async def _insist(
        self, case: CaseId, command: cm.CaseCommand, *, while_: Callable[[], bool] = lambda: True
    ) -> CaseState | None:
        """Submit a command, however long the journal takes; give the case, or None where it was given up."""
        while self.accepting and while_():
            try:
                return await self.submit(case, command)
            except JournalUnavailable as outage:
                _log.warning("effect_waits_for_the_journal", case=case, reason=str(outage))
                await self._world.clock.sleep(_RECORD_RETRY_S)
        return None

    async def _carry(self, name: UnderWay, effect: ef.CaseEffect, state: CaseState, place: Place | None = None) -> None:
        # Every line that this task writes, a library's included, tells whose work it was.
        bind_contextvars(case=effect.case, trace_id=trace_id(state.traceparent))
        try:
            among_cases = to_case(effect, state)
            if among_cases is not None:
                command = await told(self._world, self, among_cases, state)
            else:
                command = await carried_out(self._world, effect, state, place)
        except Exception:  # noqa: BLE001 - whatever it was, it is told, and the effect stays owed
            # A bug, not an answer: the effect is still owed, under the same key, and the case must not stand still.
            _log.exception("effect_failed", case=effect.case, effect=type(effect).__name__)
            self._interrupted.add(name)
            await self._again(name, effect.case)
        else:
            # Begun before a crash, an attempt may have left already, whatever happens to it now.
            await self._settle(name, effect.case, doubted(command) if name in self._interrupted else command)

    async def _again(self, name: UnderWay, case: CaseId) -> None:
        """Carry out again what failed by a bug, however long the journal takes."""
        while self.accepting:
            await self._world.clock.sleep(_AFTER_BUG_S)
            try:
                state = await self.load(case)
            except Outage as outage:
                _log.warning("effect_waits_for_the_journal", case=case, reason=str(outage))
                continue
            self._under_way.discard(name)
            if state is not None:
                self.carry_out(state)
            return

    async def _settle(self, name: UnderWay, case: CaseId, command: cm.CaseCommand) -> None:
        """Record what came of an effect, however long the journal takes: an agency's answer is never dropped."""
        while True:
            try:
                await self.submit(case, command, settles=name)
            except JournalUnavailable as outage:
                _log.warning("answer_not_recorded_yet", case=case, reason=str(outage))
                if not self.accepting:
                    return
                await self._world.clock.sleep(_RECORD_RETRY_S)
            except BaseException:
                self._under_way.discard(name)
                raise
            else:
                self._interrupted.discard(name)
                return


def _held_back(effect: ef.CaseEffect, state: CaseState) -> bool:
    """Whether it is recorded that this attempt has not left."""
    entry = state.round_at(effect.place) if isinstance(effect, ef.SendAsk | ef.SendUndo) else None
    return entry is not None and entry.held_back_at is not None


def _name(effect: ef.CaseEffect) -> UnderWay:
    if isinstance(effect, ef.SealOutput):
        return effect.case, "seal", effect.attempt
    if isinstance(effect, ef.TellParent):
        return effect.case, "tell", effect.telling
    if isinstance(effect, ef.PublishStatus):
        return effect.case, "status", effect.status_index
    return effect.key, type(effect).__name__, effect.attempt
