"""EmbeddedEngine: everything in one process on one journal. The default."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, cast

import structlog
from msgspec import structs

from contracts import commands as cm
from contracts.contract import Contract
from contracts.events import CalendarRegistered, ContractRegistered, RegisterEvent, StatusSet
from contracts.ids import CaseId
from contracts.plan import PublishedPlan
from contracts.task_views import DoneTaskView, TaskView
from contracts.views import CaseLine, HeldBackView
from workflows.agencies.protection import Protection
from workflows.core.compiled import CompiledPlan
from workflows.core.drafts import is_over
from workflows.core.pending import wake_at
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.engines.driver import Driver
from workflows.engines.erasing import Erasing
from workflows.engines.presence import Presence
from workflows.engines.timers import Timers
from workflows.engines.work import Work
from workflows.engines.world import Ways, World
from workflows.loading.calendars import on_calendar
from workflows.loading.compiling import compile_plan
from workflows.loading.outages import with_outages
from workflows.ports import (
    REGISTER,
    Append,
    CaseFilter,
    Claim,
    Clock,
    Conflict,
    Erased,
    Journal,
    JournalUnavailable,
    Observer,
    Seal,
)
from workflows.projections.case_view import TAKING_BACK
from workflows.projections.directory import Directory
from workflows.projections.due import agency_waits
from workflows.projections.worklist import deciders_of, desks_of, done_of, tasks_of

_log = structlog.get_logger(__name__)

_DRAIN_S: Final = 8.0
_PAGE: Final = 500
_DESTROY_AGAIN_S: Final = 5.0
_LOOKED_THROUGH: Final = 200
"""Cases whose decided tasks are at hand, for each agency."""
_UNFINISHED: Final = (
    *(CaseFilter(state=status, limit=_PAGE) for status in ("open", "issuing", "closing", "revoking")),
    CaseFilter(mark=TAKING_BACK, limit=_PAGE),
)
"""Cases in which something may still be under way; what was issued is among them while something is taken back."""


class EmbeddedEngine:
    """Carries cases out in this process; after a crash, `start` takes everything up that is owed."""

    def __init__(
        self, *, journal: Journal, ways: Ways, seal: Seal, clock: Clock, observer: Observer, callback: str
    ) -> None:
        """Take the ports; `callback` is the URL at which agencies answer later."""
        self._journal, self._clock = journal, clock
        self._directory = Directory()
        self._register_version = 0
        self._compiled: dict[str, CompiledPlan] = {}
        self._work = Work()
        self._running = False
        self.protection = Protection(clock)
        self._desks: defaultdict[str, set[CaseId]] = defaultdict(set)
        self._decided: defaultdict[str, OrderedDict[CaseId, None]] = defaultdict(OrderedDict)
        self._timers = Timers(journal, clock, self._wake)
        self.presence = Presence(journal, clock, self.register)
        world = World(
            journal=journal,
            register=self,
            ways=ways,
            seal=seal,
            clock=clock,
            observer=observer,
            protection=self.protection,
            presence=self.presence,
            callback=callback,
        )
        self._driver = Driver(world, spawn=self._work.start, committed=self._noted)
        self._erasing = Erasing(journal, clock, self._directory, self._driver, self.register)

    # --- the register -----------------------------------------------------------------------------------------

    @property
    def directory(self) -> Directory:
        """The register as it stands."""
        return self._directory

    async def register(self, events: Sequence[RegisterEvent], claim: Claim | None = None) -> None:
        """Record events of the register; the directory shows them when this returns.

        Raises:
            KeyTaken: the claim was made before.
            JournalUnavailable: nothing was recorded.

        """
        # What the directory cannot take must not be recorded: it would be met again at every start.
        self._directory.rehearse(events)
        while True:
            append = Append(stream=REGISTER, expected_version=self._register_version, events=events, claim=claim)
            try:
                await self._journal.append(append)
            except Conflict:
                await self.read_register()
                continue
            await self.read_register()
            return

    async def read_register(self) -> None:
        """Apply what was registered since, by whomever."""
        for row in await self._journal.read(REGISTER, after=self._register_version):
            # Two readers may overlap: each row is applied once.
            if row.version == self._register_version + 1:
                self._directory.apply(cast("RegisterEvent", row.event))
                self._register_version = row.version
                if self._running and isinstance(row.event, CalendarRegistered | ContractRegistered):
                    self._work.start(self._count_anew(partial(_counts_by, row.event)))
        self.protection.look_again()

    async def _count_anew(self, concerned: Callable[[PublishedPlan], bool]) -> None:
        """Let open cases wake when their clocks say, as they are counted now."""
        for line in await self._unfinished():
            state = await self._driver.load(line.case)
            if state is not None and concerned(state.plan.published):
                await self._driver.keep_time(line.case)

    def plan(self, digest: str) -> CompiledPlan:
        """Give a published plan, ready to run, with today's operational records.

        Raises:
            KeyError: no such plan was published.

        """
        published = self._directory.plan(digest)
        if published is None:
            raise KeyError(digest)
        known = self._compiled.get(digest)
        if known is None or known.published is not published:
            versions = self._directory.calendars.get(published.plan.calendar)
            calendar = versions[-1].published if versions else None
            counting = on_calendar(compile_plan(published), calendar)
            known = with_outages(counting, self._directory.absences, self._directory.maintenance)
            self._compiled[digest] = known
        return known

    def agency_titles(self) -> Mapping[str, str]:
        """Give every agency's name for people."""
        return self._directory.agency_titles()

    def agreement_of(self, plan_digest: str) -> str:
        """Give the digest of the agreement under which the plan is offered now, or nothing."""
        return self._directory.agreement_of(plan_digest, self._clock.now())

    async def revoke_status(self, status_index: int, case: CaseId, *, step: str = "", legal_basis: str = "") -> None:
        """Let the status list say that this output, or a part of it, is revoked; doing it twice is doing it once."""
        if status_index not in self._directory.revoked_statuses:
            now = self._clock.now()
            said = StatusSet(at=now, status_index=status_index, case=case, step=step, legal_basis=legal_basis)
            await self.register([said])

    # --- cases ------------------------------------------------------------------------------------------------

    async def open(self, plan: str, command: cm.OpenCase, claim: Claim | None = None) -> int:
        """Open a case under the plan of this digest; give its version once that is durable.

        Raises:
            KeyError: no such plan.
            Rejection: the form is wrong.
            KeyTaken: the claim was made before.
            JournalUnavailable: nothing was recorded.

        """
        state = await self._work.whole(self._driver.open(self.plan(plan), command, claim))
        return state.version

    async def begin_draft(self, plan: str, command: cm.SaveDraft, claim: Claim | None = None) -> CaseState:
        """Begin a draft of a case under the plan of this digest; give it once that is durable. Raises as `open`."""
        return await self._work.whole(self._driver.open(self.plan(plan), command, claim))

    async def go_on(self, plan: str, command: cm.SaveDraft | cm.OpenCase, claim: Claim | None = None) -> CaseState:
        """Save a draft again, or open it as the case of its name, under the plan of this digest. Raises as `open`."""
        return await self._work.whole(self._driver.submit(command.case, command, plan=self.plan(plan), claim=claim))

    async def end_draft(self, draft: CaseId) -> None:
        """Let a draft be no more, and destroy its key: nobody agreed that it be kept.

        Raises:
            Rejection: it became a case.
            JournalUnavailable: not now; whatever of it was recorded is done again by time itself.

        """
        await self._work.whole(self._end(draft, cm.CloseDraft()))

    async def _end(self, draft: CaseId, command: cm.CaseCommand) -> None:
        if is_over(await self._driver.submit(draft, command)):
            try:
                await self._destroy(draft)
            except JournalUnavailable:
                self._work.start(self._insist_on_destroying(draft))
                raise

    async def _destroy(self, draft: CaseId) -> None:
        await self._journal.erase(draft)
        self._driver.forget(draft)

    async def _insist_on_destroying(self, draft: CaseId) -> None:
        """Destroy the key of a draft that is over, however long the journal takes; a restart goes on with it."""
        while self._driver.accepting:
            await self._clock.sleep(_DESTROY_AGAIN_S)
            with suppress(JournalUnavailable):
                await self._destroy(draft)
                return

    async def erase(self, case: CaseId, *, actor: str, reason: str) -> None:
        """Destroy the keys of a case that is at an end, and of its sub-cases after it. Raises as `Erasing.erase`."""
        await self._work.whole(self._erasing.erase(case, actor=actor, reason=reason))

    async def submit(self, case: CaseId, command: cm.CaseCommand, claim: Claim | None = None) -> CaseState:
        """Decide a command, record what follows, carry it out; give the case as it then stands.

        Raises:
            Rejection: the case does not allow it now.
            KeyTaken: the claim was made before.
            JournalUnavailable: nothing was recorded.

        """
        return await self._work.whole(self._driver.submit(case, command, claim=claim))

    async def state(self, case: CaseId) -> CaseState | None:
        """Fold the case, or give None where there is none."""
        return await self._driver.load(case)

    async def watch(self, case: CaseId, *, after: int = 0) -> AsyncIterator[int]:
        """Yield the case's version whenever it has grown beyond `after`; latest wins."""
        async for version in self._journal.watch(case):
            if version > after:
                after = version
                yield version

    async def tasks(self, agency: str) -> list[TaskView]:
        """Give what waits for this agency's officers, longest waiting first."""
        tasks: list[TaskView] = []
        for case in sorted(self._desks.get(agency, ())):
            state = await self._driver.load(case)
            if state is not None:
                tasks += [task for task in tasks_of(state) if task.agency == agency]
        return sorted(tasks, key=lambda task: (task.since, task.key))

    async def decided(self, agency: str) -> list[DoneTaskView]:
        """Give what this agency's officers decided: of cases that moved since the start, and of the newest ones."""
        newest = await self._journal.list_cases(CaseFilter(limit=_LOOKED_THROUGH))
        done: list[DoneTaskView] = []
        for case in dict.fromkeys([*self._decided[agency], *(line.case for line in newest.cases)]):
            with suppress(Erased):
                state = await self._driver.load(case)
                done += done_of(state, agency) if state is not None else ()
        return sorted(done, key=lambda task: (task.at, task.key), reverse=True)[:_LOOKED_THROUGH]

    def held_back(self, contract: Contract) -> HeldBackView | None:
        """Say why nothing is sent under this contract at the moment, if so."""
        return self.protection.held_back(contract)

    # --- running ----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Take up everything that is owed, and let time move cases."""
        await self.read_register()
        await self._erasing.go_on()
        # Cases that owe nothing may still have something on a desk; closed ones may still owe a status.
        lines = {line.case: line for line in await self._unfinished()}
        for case in dict.fromkeys([*lines, *await self._journal.owing()]):
            await self._take_up(case, lines.get(case))
        self._running = True
        self._work.start(self._timers.run())

    async def _unfinished(self) -> list[CaseLine]:
        found: list[CaseLine] = []
        for wanted in _UNFINISHED:
            before: int | None = None
            while True:
                page = await self._journal.list_cases(structs.replace(wanted, before=before))
                found += page.cases
                before = page.next_before
                if before is None:
                    break
        return found

    async def _take_up(self, case: CaseId, line: CaseLine | None) -> None:
        try:
            state = await self._driver.load(case)
            if state is not None and is_over(state):
                await self._end(case, cm.Wake())
            elif state is not None:
                self._noted(state)
                await self._driver.take_up(state)
                if line is not None and line.waits != agency_waits(state):
                    # It was written by an earlier version, or the clocks have stood still while nobody was here.
                    await self._driver.keep_time(case)
        except JournalUnavailable:
            raise
        except Exception:  # noqa: BLE001 - one case that cannot be read must not keep all others waiting
            _log.exception("case_not_taken_up", case=case)

    async def drain(self) -> None:
        """Take nothing new up, finish what is under way, let go: what is left is owed at the next start."""
        self._driver.accepting = False
        self._timers.stop()
        self.protection.close()
        await self._work.finish(within_s=_DRAIN_S)

    def _noted(self, state: CaseState) -> None:
        self._timers.note(wake_at(state))
        wanted = desks_of(state)
        for agency in wanted:
            self._desks[agency].add(state.case)
        for agency, cases in self._desks.items():
            if agency not in wanted:
                cases.discard(state.case)
        for agency in deciders_of(state):
            self._decided[agency][state.case] = None
            self._decided[agency].move_to_end(state.case)
            if len(self._decided[agency]) > _LOOKED_THROUGH:
                self._decided[agency].popitem(last=False)

    async def _wake(self, case: CaseId) -> bool:
        before = await self._driver.load(case)
        try:
            if before is not None and before.opened_at is None:
                await self._end(case, cm.Wake())
                return True
            after = await self._driver.submit(case, cm.Wake())
        except Rejection as rejection:
            _log.error("timer_rejected", case=case, code=rejection.code)
            return False
        except JournalUnavailable:
            return False
        if before is None or after.version > before.version:
            return True
        # Nothing was due after all: its calendar says another day than when the timer was stored.
        following = wake_at(after)
        if following is not None and following <= self._clock.now():
            return False
        await self._driver.keep_time(case)
        return True


def _counts_by(event: CalendarRegistered | ContractRegistered, published: PublishedPlan) -> bool:
    """Whether what was registered says when the clocks of a plan run: its calendar, or maintenance that stops one."""
    if isinstance(event, CalendarRegistered):
        return published.plan.calendar == event.published.calendar.calendar
    return event.contract.deemed is not None and event.digest in published.contract_digests.values()
