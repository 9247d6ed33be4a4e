"""Operators' acts on many cases: chosen by a filter, seen before, recorded as a run, carried out piece by piece.

A run and what came of each case are events of the register, so a restart loses none; whoever goes on with it by its id
does the rest. An act carries the run's id in its reason: what was done and not noted is found, and not done twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final, Literal

from msgspec import Struct, field

from contracts.bulk import BulkLine, BulkView
from contracts.events import BulkApproved, BulkDone, BulkResult, BulkStarted
from contracts.ids import CaseId
from contracts.problems import Mistake
from contracts.units import same_person
from contracts.views import CaseView, StepView
from gateway.acts import ActBody, command_of
from gateway.bodies import Sentence
from gateway.identity.callers import Caller, Grant
from gateway.identity.secrets import new_case_id
from gateway.known import known_case
from gateway.parts import Parts
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.ports import CaseFilter
from workflows.projections.case_view import case_view
from workflows.projections.directory import BulkRun
from workflows.projections.history import case_history

GRAVE: Final = frozenset({"end"})
"""What cannot be taken back: a second operator approves it, or somebody breaks the glass, with the reason on record."""
ON_CASES: Final = frozenset({"pause", "resume", "end"})
MOST_CASES: Final = 1000
PIECE: Final = 50
"""Cases that one call carries out, so that it ends within seconds and tells how far it is."""


class BulkBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An act on all cases that a filter gives (`state`, `mark`, `service`, `step`): what, and why.

    `owner` is who answers for the incidents (take-incident). `break_glass`: do not wait for a second person.
    """

    act: Literal["ask-again", "pause", "resume", "take-incident", "skip", "end"]
    reason: Sentence
    state: str = ""
    mark: str = ""
    service: str = ""
    step: str = ""
    owner: Sentence = ""
    preview: bool = False
    break_glass: bool = False


class Chosen(Struct, frozen=True):
    """What a filter gives: cases to which the act applies with the steps, and others with the reason."""

    fitting: list[CaseId] = field(default_factory=list[CaseId])
    lines: list[BulkLine] = field(default_factory=list[BulkLine])
    more: bool = False


class Bulk:
    """Runs of acts on many cases."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._journal, self._clock = parts.engine, parts.journal, parts.clock
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def start(self, caller: Caller, body: BulkBody) -> BulkView:
        """Show what a run would do (`preview`), or record the run; nothing is done before it is gone on with.

        Raises:
            FormInvalid: the reason, or the owner of incidents, is missing; or no case fits.

        """
        operator = _operator(caller)
        mistakes = [] if body.reason.strip() else [Mistake("/reason", "Say why.")]
        if body.act == "take-incident" and not body.owner.strip():
            mistakes.append(Mistake("/owner", "Say who answers for the incidents."))
        if mistakes:
            raise FormInvalid("Something that the run needs is missing.", mistakes)
        chosen = await self._choose(body)
        if body.preview:
            return BulkView(
                run="",
                act=body.act,
                reason=body.reason,
                actor=operator.actor,
                state="preview",
                total=len(chosen.fitting),
                left=len(chosen.fitting),
                more=chosen.more,
                lines=chosen.lines,
            )
        if not chosen.fitting:
            raise FormInvalid("Nothing fits.", [Mistake("/act", "The act applies to no case that the filter gives.")])
        event = BulkStarted(
            at=self._clock.now(),
            run=new_case_id(),
            act=body.act,
            actor=operator.actor,
            reason=body.reason,
            step=body.step,
            owner=body.owner,
            cases=chosen.fitting,
            waits=body.act in GRAVE and not body.break_glass,
            broke_glass=body.act in GRAVE and body.break_glass,
        )
        await self._engine.register([event])
        return self.show(caller, event.run)

    def show(self, caller: Caller, run: str) -> BulkView:
        """Give how far a run is. Raises NotFound."""
        _operator(caller)
        known = self._run(run)
        started = known.started
        through = {line.case for line in known.results}
        left = len(started.cases) - len(through)
        lines = [BulkLine(case=each.case, step=each.step, word=each.word, detail=each.detail) for each in known.results]
        if known.waits:  # whoever approves it sees what
            lines = [BulkLine(case=case, step=started.step, word="fits") for case in started.cases]
        return BulkView(
            run=run,
            act=started.act,
            reason=started.reason,
            actor=started.actor,
            state="waits" if known.waits else "running" if left else "done",
            total=len(started.cases),
            left=left,
            done=sum(line.word == "done" for line in known.results),
            refused=sum(line.word == "refused" for line in known.results),
            approved_by=known.approved_by,
            broke_glass=started.broke_glass,
            lines=lines,
        )

    def runs(self, caller: Caller) -> list[BulkView]:
        """Give every run, newest first."""
        _operator(caller)
        return [self.show(caller, run) for run in reversed(list(self._engine.directory.bulk_runs))]

    async def approve(self, caller: Caller, run: str) -> BulkView:
        """Let a run that cannot be taken back begin. Raises NotPossibleNow: by whoever started it."""
        operator, known = _operator(caller), self._run(run)
        started = known.started
        if not known.waits:
            raise NotPossibleNow("This run waits for nobody.")
        if same_person(operator.actor, started.actor):
            raise NotPossibleNow("You started this run yourself: another operator must approve it.")
        await self._engine.register([BulkApproved(at=self._clock.now(), run=run, actor=operator.actor)])
        return self.show(caller, run)

    async def go_on(self, caller: Caller, run: str) -> BulkView:
        """Carry out the next piece of a run. Raises NotPossibleNow while it waits for a second person."""
        _operator(caller)
        self._run(run)  # a turn is kept only of a run that there is
        async with self._turns[run]:
            known = self._run(run)
            if known.waits:
                raise NotPossibleNow("This run cannot be taken back: another operator must approve it first.")
            through = {line.case for line in known.results}
            piece = [case for case in known.started.cases if case not in through][:PIECE]
            results: list[BulkResult] = []
            for case in piece:
                results += await self._carry_out(known.started, case)
            if results:
                await self._engine.register([BulkDone(at=self._clock.now(), run=run, results=results)])
        return self.show(caller, run)

    async def _choose(self, body: BulkBody) -> Chosen:
        chosen, before = Chosen(), None
        while len(chosen.lines) < MOST_CASES:
            page = await self._journal.list_cases(
                CaseFilter(state=body.state, mark=body.mark, service=body.service, before=before, limit=200)
            )
            for line in page.cases:
                state = await known_case(self._engine, line.case)
                steps, why = _targets(body.act, body.step, state) if state is not None else ([], "It is erased.")
                if steps:
                    chosen.fitting.append(line.case)
                chosen.lines.append(
                    BulkLine(
                        case=line.case, step=", ".join(steps).strip(), word="fits" if steps else "refused", detail=why
                    )
                )
            before = page.next_before
            if before is None:
                return chosen
        return Chosen(chosen.fitting, chosen.lines, more=True)

    async def _carry_out(self, run: BulkStarted, case: CaseId) -> list[BulkResult]:
        """Do the act to one case; what no longer applies is refused with the reason."""
        reason = f"{run.reason} (bulk {run.run})"
        state = await known_case(self._engine, case)
        if state is None:
            return [BulkResult(case=case, step="", word="refused", detail="It is erased.")]
        done = {act.step for act in case_history(await self._journal.read(case)).acts if act.reason == reason}
        steps, why = _targets(run.act, run.step, state)
        results = [BulkResult(case=case, step=step, word="done", detail="") for step in sorted(done)]
        if not steps and not done:
            return [BulkResult(case=case, step="", word="refused", detail=why)]
        for step in steps:
            name, _, item = step.strip().partition("/")
            if name in done and not item:
                continue
            body = ActBody(act=run.act, reason=reason, step=name, item=item, owner=run.owner)
            try:
                await self._engine.submit(case, command_of(body, actor=run.actor, now=self._clock.now()))
            except Rejection as rejection:
                results.append(BulkResult(case=case, step=step.strip(), word="refused", detail=str(rejection)))
            else:
                results.append(BulkResult(case=case, step=step.strip(), word="done", detail=""))
        return results

    def _run(self, run: str) -> BulkRun:
        known = self._engine.directory.bulk_runs.get(run)
        if known is None:
            raise NotFound("There is no such run.")
        return known


def _targets(act: str, step: str, state: CaseState) -> tuple[list[str], str]:
    """Give the steps of a case to which an act applies now (a blank: to the whole case), or why to none."""
    view = case_view(state)
    if act in ON_CASES:
        why = _whole(act, view)
        return ([] if why else [" "]), why
    fitting = [
        each.step + (f"/{each.item}" if each.item else "")
        for each in view.steps
        if step in {"", each.step} and _applies(act, each)
    ]
    return fitting, "" if fitting else "No step of it allows this now."


def _whole(act: str, view: CaseView) -> str:
    paused = "paused" in view.marks
    match act:
        case "pause" if paused:
            return "It is paused already."
        case "resume" if not paused:
            return "It is not paused."
        case "end" if view.state not in {"open", "issuing"}:
            return f"It is {view.state}."
        case _ if view.state not in {"open", "issuing", "closing", "revoking"}:
            return f"It is {view.state}."
        case _:
            return ""


def _applies(act: str, step: StepView) -> bool:
    offered = step.incident is not None and act in step.incident.acts
    return offered or (act == "ask-again" and step.state == "failed" and not step.being_checked)


def _operator(caller: Caller) -> Grant:
    if caller.operator is None:
        raise NotAllowed("This is for operators.")
    return caller.operator
