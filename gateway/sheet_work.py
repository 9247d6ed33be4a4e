"""Deciding a day's tasks by a sheet: given out, read back, judged whole, then decided row by row."""

from __future__ import annotations

from contracts.contract import JsonSchema
from contracts.ids import AskKey, Place, parse_ask_key
from contracts.problems import Mistake
from contracts.sheet import SheetLine, SheetView
from contracts.task_views import TaskView
from gateway.deciding import Desks, answer_of, mistakes_in, officer_of
from gateway.identity.callers import Caller, Grant
from gateway.inbox import TaskFilter
from gateway.known import known_case
from gateway.parts import Engine
from gateway.problems import Declined, FormInvalid, NotFound, ParameterInvalid
from gateway.sheets import Filled, digest_of_task, placed, read_sheet, sheet_of
from workflows.core.compiled import CompiledStep
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState
from workflows.loading.hashing import digest as digest_of
from workflows.projections.worklist import task_under


class Sheets:
    """Sheets of all desks."""

    def __init__(self, desks: Desks, engine: Engine) -> None:
        """Take the desks, and what carries cases out."""
        self._desks, self._engine = desks, engine

    async def give(self, caller: Caller, step: str, service: str = "") -> bytes:
        """Give the tasks of a step that are the officer's or nobody's, as CSV.

        Raises:
            NotFound: there are none.
            ParameterInvalid: two services have such a step, and none is named.

        """
        officer = officer_of(caller)
        inbox = await self._desks.inbox(caller, TaskFilter(step=step, service=service))
        tasks = [task for task in inbox.tasks if _is_for_a_sheet(task, officer)]
        if not tasks:
            raise NotFound("There is no task of this step that is yours or nobody's.")
        if len({task.contract for task in tasks}) > 1:
            raise ParameterInvalid("Two services have such a step: name one with service.")
        return sheet_of(tasks)

    async def take(self, caller: Caller, step: str, data: bytes, *, service: str = "", preview: bool) -> SheetView:
        """Judge a sheet whole; then, unless it is a `preview`, decide its rows one by one.

        The same sheet again decides nothing again.

        Raises:
            FormInvalid: it has mistakes; all of them, by row and column, and nothing is decided.
            NotFound: the agency has no such step.

        """
        officer = officer_of(caller)
        sheet = read_sheet(data, self._schema(officer, step, service))
        mistakes: list[Mistake] = []
        lines: list[SheetLine] = []
        for filled in sheet.filled:
            wrong, line = await self._judged(officer, step, filled)
            mistakes += wrong
            lines.append(line)
        if mistakes:
            raise FormInvalid("The sheet has mistakes; nothing of it is decided.", mistakes)
        ready = sum(line.word == "ready" for line in lines)
        if not preview:
            lines = [
                await self._decided(officer, filled, line) if line.word == "ready" else line
                for filled, line in zip(sheet.filled, lines, strict=True)
            ]
        return SheetView(preview=preview, ready=ready, empty=sheet.empty, lines=lines)

    def _schema(self, officer: Grant, step: str, service: str) -> JsonSchema:
        for published in reversed(list(self._engine.directory.plans.values())):
            contract = published.contracts.get(step)
            if contract is not None and contract.agency == officer.agency and service in {"", published.plan.service}:
                return contract.output
        raise NotFound("Your agency has no such step.")

    async def _judged(self, officer: Grant, step: str, filled: Filled) -> tuple[list[Mistake], SheetLine]:
        def told(word: str, detail: str = "") -> SheetLine:
            return SheetLine(
                row=filled.row, task=filled.task, decision=filled.decision.decision, word=word, detail=detail
            )

        found = await self._found(filled.task)
        state, place = found if found is not None else (None, None)
        if state is None or place is None or state.plan.steps[place.step].contract.agency != officer.agency:
            return [Mistake(f"/{filled.row}/task", "There is no such task of your agency.")], told("refused")
        if place.step != step:
            return [Mistake(f"/{filled.row}/task", f"This is a task of {place.step}, not of {step}.")], told("refused")
        if _said_before(state, place, filled, officer):
            return [], told("before")
        task = task_under(state, AskKey(filled.task))
        why = _why_not(task, filled, officer)
        if task is None or why:
            return [], told("refused", why)
        return placed(filled.row, _mistakes(filled, task, state.plan.steps[place.step])), told("ready")

    async def _found(self, key: str) -> tuple[CaseState, Place] | None:
        try:
            case, place, verb = parse_ask_key(AskKey(key))
        except ValueError:
            return None
        state = await known_case(self._engine, case) if verb == "ask" else None
        return None if state is None or state.round_at(place) is None else (state, place)

    async def _decided(self, officer: Grant, filled: Filled, line: SheetLine) -> SheetLine:
        try:
            proposed = await self._desks.decide(officer, AskKey(filled.task), filled.decision)
        except (Rejection, Declined) as no:
            code = no.code if isinstance(no, Rejection) else ""
            return SheetLine(
                row=line.row, task=line.task, decision=line.decision, word="refused", detail=str(no), code=code
            )
        word = "proposed" if proposed else "decided"
        return SheetLine(row=line.row, task=line.task, decision=line.decision, word=word)


def _why_not(task: TaskView | None, filled: Filled, officer: Grant) -> str:
    """Say why a row does not count any more, or nothing."""
    if task is None:
        return "It is decided, or taken back."
    if task.proposal is not None:
        return "A decision of it waits for a second officer."
    if not _is_for_a_sheet(task, officer):
        return f"{task.officer} has this task."
    return "" if filled.digest == digest_of_task(task) else "What was given has changed since. Take a new sheet."


def _mistakes(filled: Filled, task: TaskView, step: CompiledStep) -> list[Mistake]:
    wrong = mistakes_in(filled.decision, task, step)
    if filled.decision.decision != "contribute" or wrong:
        return wrong
    return [Mistake(f"/output{each.pointer}", each.detail) for each in step.check_output(filled.decision.output or {})]


def _is_for_a_sheet(task: TaskView, officer: Grant) -> bool:
    return task.verb == "ask" and task.officer in {"", officer.actor} and task.proposal is None


def _said_before(state: CaseState, place: Place, filled: Filled, officer: Grant) -> bool:
    """Whether this officer has given just this answer already, and it is on record or waits for a second officer."""
    entry = state.round_at(place)
    digest = digest_of(answer_of(filled.decision, AskKey(filled.task)))
    proposed = None if entry is None else entry.claim.proposal
    said = [None if entry is None else entry.evidence, None if proposed is None else proposed.evidence]
    return any(each is not None and (each.digest, each.actor) == (digest, officer.actor) for each in said)
