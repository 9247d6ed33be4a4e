"""Carries out what operators began as runs, piece by piece, in the gateway itself.

A run and what came of each case are events of the register, so a restart loses none: whatever is left is gone on with.
An act carries the run's id in its reason: what was done and not noted is found, and not done twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final, NoReturn

import structlog

from contracts.events import BulkDone, BulkResult, BulkStarted
from gateway.acts import ActBody, command_of
from gateway.choosing import ERASED, ON_CASES, targets
from gateway.known import known_case
from gateway.parts import Parts
from gateway.second_person import left_of, state_of
from workflows.core.decide import decide
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.ports import Erased, JournalDamaged, Outage
from workflows.projections.history import case_history
from workflows.projections.runs import BulkRun

PIECE: Final = 50
"""Cases that are carried out before it is noted what came of them; whoever begins a run waits for the first piece."""
AGAIN_S: Final = 5.0
"""After which a run is gone on with that could not be recorded."""
READ_BY_APPLICANTS: Final = frozenset({"revoke-part"})
"""Acts whose reason is told to applicants: as it was written, for the same words twice say nothing new anyway."""
CHANGED: Final = "The case was {} when this was begun, and is {} now: look at it, and begin anew."
GONE: Final = "This step does not allow it any more."

_log = structlog.get_logger(__name__)


class Carrying:
    """Does what is left of every run."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._news = asyncio.Event()

    async def begin(self, run: str) -> None:
        """Carry out the first piece of a run; the rest goes on by itself."""
        try:
            await self._piece(run)
        finally:
            self._news.set()

    async def go_on(self) -> NoReturn:
        """Carry out whatever is left, until cancelled: what was begun before a restart, too."""
        while True:
            self._news.clear()
            now, runs = self._clock.now(), self._engine.directory.bulk_runs
            running = [run for run, known in runs.items() if state_of(known, now) == "running"]
            try:
                for run in running:
                    await self._piece(run)
            except Outage as outage:
                _log.warning("run_not_gone_on_with_yet", exc_info=outage)
                await self._clock.sleep(AGAIN_S)
            if not running:
                await self._news.wait()

    async def _piece(self, run: str) -> None:
        async with self._turns[run]:
            known = self._engine.directory.bulk_runs[run]
            if state_of(known, self._clock.now()) != "running":
                return
            results: list[BulkResult] = []
            for index in left_of(known)[:PIECE]:
                if self._engine.directory.bulk_runs[run].stopped is not None:
                    break
                results += await self._of_case(known, index)
            await self._engine.register([BulkDone(at=self._clock.now(), run=run, results=results)])

    async def _of_case(self, known: BulkRun, index: int) -> list[BulkResult]:
        """Do the act to one case; what no longer applies is refused with the reason."""
        run, case = known.started, known.started.cases[index]
        reason = run.reason if run.act in READ_BY_APPLICANTS else f"{run.reason} (bulk {run.run})"
        try:
            state = await known_case(self._engine, case)
            if state is None:
                return [BulkResult(case=case, step="", word="refused", detail=ERASED)]
            done = {act.step for act in case_history(await self._journal.read(case)).acts if act.reason == reason}
            done |= {""} if done and run.act in ON_CASES else set()  # of all its steps, it is recorded at each
        except Erased:
            return [BulkResult(case=case, step="", word="refused", detail=ERASED)]
        except JournalDamaged:
            return [BulkResult(case=case, step="", word="refused", detail="It cannot be read.")]
        seen = run.steps[index] if run.steps else ""
        if run.single:
            seen = f"{run.step}/{run.item}" if run.item else run.step
        fitting, why = ([seen], "") if run.single else targets(run.act, state, seen)
        results: list[BulkResult] = []
        for step in dict.fromkeys(seen.split(", ")):  # an act on the whole case is on a step without a name
            if step in done:
                results.append(BulkResult(case=case, step=step, word="done"))
            elif step in fitting:
                results.append(await self._done(run, state, step, reason))
            else:
                results.append(BulkResult(case=case, step=step, word="refused", detail=why or GONE))
        return results

    async def _done(self, run: BulkStarted, state: CaseState, step: str, reason: str) -> BulkResult:
        name, _, item = step.partition("/")
        body = ActBody(
            act=run.act,
            reason=reason,
            step=name,
            item=item,
            round=run.round,
            owner=run.owner,
            evidence=run.evidence,
            legal_basis=run.legal_basis,
            remedy=run.remedy,
        )
        now, case = self._clock.now(), state.case
        command = command_of(body, actor=run.actor, now=now)
        try:
            if run.saw and state.status != run.saw:  # whoever began it, and whoever approves it, saw another case
                decide(state, command, now=now)
                detail = CHANGED.format(run.saw, state.status)
                return BulkResult(case=case, step=step, word="refused", detail=detail)
            await self._engine.submit(case, command)
        except Rejection as no:
            return BulkResult(case=case, step=step, word="refused", detail=str(no), code=no.code)
        return BulkResult(case=case, step=step, word="done")
