"""Officers' tasks, and what an officer's decision is to the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal, TypedDict

from msgspec import Meta, Struct, field, structs

from contracts.asked import Act
from contracts.commands import CaseCommand
from contracts.desk_commands import (
    ClaimTask,
    ConfirmDecision,
    DecideTask,
    HandTaskOver,
    ReassignTask,
    RejectDecision,
    ReleaseTask,
)
from contracts.ids import AskKey, ItemKey, Place, StepName, parse_ask_key
from contracts.problems import Mistake
from contracts.task_views import TaskView
from contracts.wire import Answer, Contributed, Refused, Returned, Undone, UndoRefused
from gateway.acts import ActBody
from gateway.attesting import attested
from gateway.bodies import Sentence, written
from gateway.identity.callers import Caller, Grant
from gateway.inbox import Inbox, TaskFilter, inbox_of
from gateway.intake import Intake
from gateway.known import known_case
from gateway.parts import Engine
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from gateway.second_person import may_second
from workflows.agencies.reading import MAX_TEXT
from workflows.core.compiled import CompiledStep
from workflows.core.state import CaseState
from workflows.ports import Clock
from workflows.projections.directory import Directory
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


class HandingOver(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To which colleague a task goes, written as `agency/person`, and why."""

    to: str
    reason: Sentence


class SecondWord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a second officer says of a proposed decision, which `digest` names; a no needs a `text`."""

    confirm: bool
    digest: str
    text: Annotated[str, Meta(max_length=MAX_TEXT)] = ""


class At(TypedDict):
    """Which task, and who acts: to be unpacked into a command."""

    step: StepName
    item: ItemKey
    round: int
    verb: Literal["ask", "undo"]
    officer: str


class Desks:
    """The desks of all agencies."""

    def __init__(self, engine: Engine, clock: Clock, intake: Intake) -> None:
        """Take what carries cases out, the time, and who takes documents in."""
        self._engine, self._clock, self._intake = engine, clock, intake

    async def tasks(self, agency: str) -> list[TaskView]:
        """Give an agency's open tasks, longest waiting first."""
        return await self._engine.tasks(agency)

    async def inbox(self, caller: Caller, wanted: TaskFilter) -> Inbox:
        """Give what waits for the officer's agency, as it was asked for, and what it has decided."""
        officer = officer_of(caller)
        done = await self._engine.decided(officer.agency)
        return inbox_of(await self._engine.tasks(officer.agency), done, wanted, officer.actor, self._clock.now())

    async def task(self, agency: str, key: AskKey) -> TaskView:
        """Give one open task. Raises NotFound: there is none under this key, or it is another agency's."""
        return (await self._find(agency, key))[1]

    def colleagues(self, caller: Caller) -> list[str]:
        """Give the others who are officers of the same agency, as they are written into the record."""
        officer = officer_of(caller)
        return [each for each in self.officers(officer.agency) if each != officer.actor]

    def officers(self, agency: str) -> list[str]:
        """Give everybody who holds an officer's token of this agency that is not past its time."""
        now, found = self._clock.now(), set[str]()
        for token in self._engine.directory.tokens.values():
            if token.role == "officer" and token.agency == agency and token.expires_at > now:
                found.add(f"{agency}/{token.person}")
        return sorted(found)

    def check_reassigned(self, state: CaseState, body: ActBody) -> None:
        """Raise FormInvalid where an operator gives a task to somebody who is no officer of its agency."""
        step = state.plan.steps.get(StepName(body.step))
        if body.act != "reassign-task" or step is None or not body.owner:
            return
        officers = self.officers(step.contract.agency)
        if body.owner not in officers:
            known = ", ".join(officers) or "nobody at the moment"
            raise FormInvalid("There is no such officer.", [Mistake("/owner", f"Name one of: {known}.")])

    async def claim(self, caller: Caller, key: AskKey) -> TaskView:
        """Take a task. Raises Rejection `taken`: somebody has it; and NotFound as `task` does."""
        return await self._do(caller, key, lambda at: ClaimTask(**at))

    async def release(self, caller: Caller, key: AskKey) -> TaskView:
        """Put a task back. Raises as `claim` does."""
        return await self._do(caller, key, lambda at: ReleaseTask(**at))

    async def hand_over(self, caller: Caller, key: AskKey, handing: HandingOver) -> TaskView:
        """Give a task to a colleague; who leads the desk may give away anybody's.

        Raises FormInvalid: there is no such colleague; and as `claim` does.
        """
        officer = officer_of(caller)
        _, task = await self._find(officer.agency, key)
        colleagues = self.colleagues(caller)
        known = ", ".join(colleagues) or "nobody at the moment"
        mistakes = [] if handing.to in colleagues else [Mistake("/to", f"Name one of: {known}.")]
        mistakes += [] if written(handing.reason) else [Mistake("/reason", "Say why.")]
        if mistakes:
            raise FormInvalid("The handover has mistakes.", mistakes)
        if officer.lead and task.officer not in {"", officer.actor}:
            act = Act(actor=officer.actor, reason=handing.reason)
            return await self._do(caller, key, lambda at: _reassigned(at, handing.to, act))
        return await self._do(caller, key, lambda at: HandTaskOver(**at, to=handing.to, reason=handing.reason))

    async def confirm(self, caller: Caller, key: AskKey, second: SecondWord) -> None:
        """Confirm, or reject, what a colleague decided.

        Raises:
            FormInvalid: a rejection does not say why.
            NotFound: there is no such task for this agency.
            NotPossibleNow: the token itself was issued by one person alone, and nobody has found that right.
            Rejection: nothing, or something else, is proposed now; or the same person proposed it.

        """
        if second.confirm:
            check_second(self._engine.directory, officer_of(caller))
            await self._done(caller, key, lambda at: ConfirmDecision(**at, digest=second.digest))
            return
        await self._find(officer_of(caller).agency, key)
        if not second.text.strip():
            raise FormInvalid("Say why.", [Mistake("/text", "Tell your colleague what is wrong with the decision.")])
        await self._done(caller, key, lambda at: RejectDecision(**at, digest=second.digest, text=second.text))

    async def decide(self, officer: Grant, key: AskKey, decision: Decision) -> bool:
        """Record an officer's decision as the agency's answer; say whether a second officer must confirm it first.

        Raises:
            FormInvalid: the decision has mistakes; all of them.
            NotFound: there is no such task for this agency.
            Rejection: somebody else has it, or decided it first.
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
        evidence = attested(answer, by=officer.actor, at=self._clock.now())
        at = _at(task, officer)
        after = await self._engine.submit(state.case, DecideTask(**at, answer=answer, evidence=evidence))
        entry = after.round_at(Place(task.step, task.item, task.round))
        return entry is not None and entry.claim.proposal is not None

    async def _do(self, caller: Caller, key: AskKey, command: Callable[[At], CaseCommand]) -> TaskView:
        state = await self._done(caller, key, command)
        task = task_under(state, key)
        if task is None:
            raise NotPossibleNow("There is nothing to decide here any more: it is decided, or taken back.")
        return task

    async def _done(self, caller: Caller, key: AskKey, command: Callable[[At], CaseCommand]) -> CaseState:
        officer = officer_of(caller)
        state, task = await self._find(officer.agency, key)
        return await self._engine.submit(state.case, command(_at(task, officer)))

    async def _find(self, agency: str, key: AskKey) -> tuple[CaseState, TaskView]:
        try:
            case, _, _ = parse_ask_key(key)
        except ValueError:
            raise NotFound from None
        state = await known_case(self._engine, case)
        task = task_under(state, key) if state is not None else None
        if state is None or task is None or task.agency != agency:
            raise NotFound("There is no such task: it is decided, taken back, or another agency's.")
        return state, task


def officer_of(caller: Caller) -> Grant:
    """Give the officer's grant. Raises NotAllowed: this is none."""
    if caller.officer is None:
        raise NotAllowed("This is for officers.")
    return caller.officer


def check_second(directory: Directory, officer: Grant) -> None:
    """Raise NotPossibleNow where the officer's own token was issued by one person, and nobody has found that right."""
    if not may_second(directory, officer.run):
        message = "Your token was issued without a second person: until that is found right, others must confirm it."
        raise NotPossibleNow(message)


def _reassigned(at: At, to: str, act: Act) -> ReassignTask:
    return ReassignTask(step=at["step"], item=at["item"], round=at["round"], to=to, act=act, by_operator=False)


def _at(task: TaskView, officer: Grant) -> At:
    return At(step=task.step, item=task.item, round=task.round, verb=task.verb, officer=officer.actor)


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
