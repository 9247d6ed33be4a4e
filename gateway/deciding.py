"""Officers' tasks, and what an officer's decision is to the core."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

from msgspec import Meta, Struct, field, structs

from contracts.commands import RecordAnswer
from contracts.ids import AskKey, Place, parse_ask_key
from contracts.problems import Mistake
from contracts.views import TaskView
from contracts.wire import Answer, Contributed, Evidence, Refused, Returned, Undone, UndoRefused
from gateway.identity.callers import Grant
from gateway.intake import Intake
from gateway.parts import Engine
from gateway.problems import FormInvalid, NotFound, NotPossibleNow
from workflows.agencies.reading import MAX_TEXT
from workflows.core.state import CaseState, CompiledStep
from workflows.loading.hashing import canonical
from workflows.ports import REGISTER, Clock
from workflows.projections.worklist import task_under


class Decision(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer decided of a task.

    `contribute` with the `output`; `refuse` with a `code` of the contract's list; `return` with the `inputs` that must
    change and a `text`; of an undo `undone`, or `undo_refused` with a `text`.
    """

    decision: str
    output: dict[str, Any] | None = None
    code: str = ""
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""
    inputs: list[str] = field(default_factory=list[str])


DECISIONS: Final = {"ask": ("contribute", "refuse", "return"), "undo": ("undone", "undo_refused")}
"""What can be decided, by the task's verb."""


class Desks:
    """The desks of all agencies."""

    def __init__(self, engine: Engine, clock: Clock, intake: Intake) -> None:
        """Take what carries cases out, the time, and who takes documents in."""
        self._engine, self._clock, self._intake = engine, clock, intake

    async def tasks(self, agency: str) -> list[TaskView]:
        """Give an agency's open tasks, longest waiting first."""
        return await self._engine.tasks(agency)

    async def task(self, agency: str, key: AskKey) -> TaskView:
        """Give one open task. Raises NotFound: there is none under this key, or it is another agency's."""
        return (await self._find(agency, key))[1]

    async def decide(self, officer: Grant, key: AskKey, decision: Decision) -> None:
        """Record an officer's decision as the agency's answer.

        Raises:
            FormInvalid: the decision has mistakes; all of them.
            NotFound: there is no such task for this agency.
            NotPossibleNow: somebody else decided it first.
            DocumentUnreachable: a document that it links to cannot be fetched now.

        """
        state, task = await self._find(officer.agency, key)
        step = state.plan.steps[task.step]
        mistakes = mistakes_in(decision, task, step)
        if decision.decision == "contribute" and not mistakes:
            given, found = await self._intake.taken(
                state.case, decision.output or {}, step.contract.output, step.check_output
            )
            decision = structs.replace(decision, output=given)
            mistakes = [Mistake(f"/output{mistake.pointer}", mistake.detail) for mistake in found]
        if mistakes:
            raise FormInvalid("The decision has mistakes.", mistakes)
        answer = answer_of(decision, AskKey(task.key))
        evidence = Evidence(
            kind="attested",
            received_at=self._clock.now(),
            digest=f"sha256:{hashlib.sha256(canonical(answer)).hexdigest()}",
            actor=officer.actor,
        )
        place = Place(task.step, task.item, task.round)
        command = RecordAnswer(
            step=place.step, item=place.item, round=place.round, verb=task.verb, heard=answer, evidence=evidence
        )
        after = (await self._engine.submit(state.case, command)).round_at(place)
        if after is None or after.evidence != evidence:
            raise NotPossibleNow(
                "Somebody else decided this task first. Your decision is on record, and changed nothing."
            )

    async def _find(self, agency: str, key: AskKey) -> tuple[CaseState, TaskView]:
        try:
            case, _, _ = parse_ask_key(key)
        except ValueError:
            raise NotFound from None
        state = await self._engine.state(case) if case != REGISTER else None
        task = task_under(state, key) if state is not None else None
        if state is None or task is None or task.agency != agency:
            raise NotFound("There is no such task: it is decided, taken back, or another agency's.")
        return state, task


def mistakes_in(decision: Decision, task: TaskView, step: CompiledStep) -> list[Mistake]:
    """Give everything that is wrong with a decision, but for what it gives."""
    offered = DECISIONS[task.verb]
    if decision.decision not in offered:
        return [Mistake("/decision", f"Choose one of: {', '.join(offered)}.")]
    match decision.decision:
        case "refuse" if decision.code not in step.contract.refusals:
            return [Mistake("/code", f"Choose a reason of the contract: {', '.join(step.contract.refusals)}.")]
        case "return":
            return list(_mistakes_in_return(decision, task))
        case _:
            return []


def _mistakes_in_return(decision: Decision, task: TaskView) -> list[Mistake]:
    mistakes: list[Mistake] = []
    foreign = [name for name in decision.inputs if name not in task.correctable]
    if foreign or not decision.inputs:
        can = ", ".join(task.correctable) or "none any more; refuse, or contribute"
        mistakes.append(Mistake("/inputs", f"Name the inputs that the applicant can correct: {can}."))
    if not decision.text.strip():
        mistakes.append(Mistake("/text", "Tell the applicant what to change."))
    return mistakes


def answer_of(decision: Decision, key: AskKey) -> Answer:
    """Give a checked decision as the answer that the agency's system would give."""
    match decision.decision:
        case "contribute":
            return Contributed(key=key, output=decision.output or {})
        case "refuse":
            return Refused(key=key, code=decision.code, text=decision.text)
        case "return":
            return Returned(key=key, inputs=decision.inputs, text=decision.text)
        case "undone":
            return Undone(key=key)
        case _:
            return UndoRefused(key=key, code=decision.code or "refused", text=decision.text)
