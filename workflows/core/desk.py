"""What officers do with a task: take it, put it back, hand it over, decide it, and confirm what another decided.

Of two at once one wins, because a case decides one command after the other; the other is told who has it, since when.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import events as ev
from contracts.contract import Contract, DeskConnection
from contracts.ids import Instant, Place
from contracts.units import same_person
from contracts.wire import Answer, Refused, UndoRefused
from workflows.core.allowed_moves import OUT
from workflows.core.answers import record_answer
from workflows.core.claims import NOBODY, Claim, Proposal
from workflows.core.compiled import CompiledStep
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, where
from workflows.core.undoing import decided_by_people


class Task(NamedTuple):
    """One thing that officers can decide now, and who has it."""

    step: CompiledStep
    place: Place
    verb: Literal["ask", "undo"]
    claim: Claim


def verb_of(step: CompiledStep, entry: Round) -> Literal["ask", "undo"] | None:
    """Give what officers have to decide of a round, if anything: an exhausted ask too, since a late answer counts."""
    if isinstance(step.contract.connection, DeskConnection) and entry.state in OUT and entry.sent:
        return "ask"
    out = entry.state == "undoing" and (entry.undo_out or entry.undo_accepted)
    return "undo" if out and decided_by_people(step.contract) else None


def claim_of(entry: Round, verb: str | None) -> Claim:
    """Give who has the task of this verb: who had the ask does not have the undo."""
    return entry.claim if entry.claim.verb == verb else NOBODY


def needs_second(contract: Contract, answer: Answer) -> bool:
    """Say whether a second officer must confirm this answer."""
    wanted = contract.connection.second_officer if isinstance(contract.connection, DeskConnection) else None
    return wanted == "all" or (wanted == "refusals" and isinstance(answer, Refused | UndoRefused))


def claim(state: CaseState, command: dm.ClaimTask, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take a task that nobody has; who has it already has it."""
    task = _task(state, command)
    if task.claim.officer == command.officer:
        return ()
    _not_anothers(task, command)
    return (_claimed(task, command, now),)


def release(state: CaseState, command: dm.ReleaseTask, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Put one's task back; a task that nobody has stays so."""
    task = _task(state, command)
    _not_anothers(task, command)
    _nothing_proposed(task)
    if not task.claim.officer:
        return ()
    return (ev.TaskReleased(verb=task.verb, officer=command.officer, **where(now, task.place)),)


def hand_over(state: CaseState, command: dm.HandTaskOver, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give a task that is one's own, or nobody's, to a colleague."""
    task = _task(state, command)
    _not_anothers(task, command)
    _nothing_proposed(task)
    at = where(now, task.place)
    handed = ev.TaskHandedOver(verb=task.verb, officer=command.officer, to=command.to, reason=command.reason, **at)
    return (handed,)


def reassign(state: CaseState, command: dm.ReassignTask, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give a task to somebody else, whoever has it: what was proposed and not confirmed is given up."""
    task = _task(state, command)
    act, at = command.act, where(now, task.place)
    handed = ev.TaskHandedOver(
        verb=task.verb, officer=act.actor, to=command.to, reason=act.reason, by_operator=command.by_operator, **at
    )
    return () if task.claim.officer == command.to and task.claim.proposal is None else (handed,)


def decide_task(state: CaseState, command: dm.DecideTask, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Decide one's task (one that nobody has is taken by that), or propose the decision where a second must confirm."""
    task = _task(state, command)
    _not_anothers(task, command)
    _nothing_proposed(task)
    taken = () if task.claim.officer else (_claimed(task, command, now),)
    if needs_second(task.step.contract, command.answer):
        proposed = ev.DecisionProposed(
            verb=task.verb,
            officer=command.officer,
            answer=command.answer,
            evidence=command.evidence,
            **where(now, task.place),
        )
        return (*taken, proposed)
    answer = Proposal(answer=command.answer, evidence=command.evidence, officer=command.officer, at=now)
    return (*taken, *_answered(state, task, answer, now))


def confirm(state: CaseState, command: dm.ConfirmDecision, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let what was proposed be the agency's answer."""
    task = _task(state, command)
    proposal = _proposal(task, command)
    confirmed = ev.DecisionConfirmed(
        verb=task.verb,
        officer=command.officer,
        proposed_by=proposal.officer,
        digest=command.digest,
        **where(now, task.place),
    )
    return (confirmed, *_answered(state, task, proposal, now))


def reject(state: CaseState, command: dm.RejectDecision, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give what was proposed back to whoever proposed it."""
    task = _task(state, command)
    proposal = _proposal(task, command)
    rejected = ev.DecisionRejected(
        verb=task.verb,
        officer=command.officer,
        proposed_by=proposal.officer,
        digest=command.digest,
        text=command.text,
        **where(now, task.place),
    )
    return (rejected,)


def _task(state: CaseState, command: dm.TaskCommand | dm.ReassignTask) -> Task:
    rounds = state.rounds((command.step, command.item))
    wanted = [each for each in rounds if command.round in {0, each.number}]
    if not wanted:
        raise Rejection("unknown_step", f"There is no such step or round of {command.step!r} in this case.")
    step = state.step(command.step)
    for entry in reversed(wanted):
        verb = verb_of(step, entry)
        if verb is not None and (not isinstance(command, dm.TaskCommand) or command.verb == verb):
            return Task(step, Place(command.step, command.item, entry.number), verb, claim_of(entry, verb))
    raise Rejection("not_now", "There is nothing to decide here any more: it is decided, or taken back.")


def _not_anothers(task: Task, command: dm.TaskCommand) -> None:
    if task.claim.officer in {"", command.officer}:
        return
    since = f" since {task.claim.since:%Y-%m-%d %H:%M} UTC" if task.claim.since else ""
    message = f"{task.claim.officer} has had this task{since}. Only they decide it, put it back or hand it over."
    raise Rejection("taken", message)


def _nothing_proposed(task: Task) -> None:
    if task.claim.proposal is not None:
        message = f"{task.claim.proposal.officer} has decided this task; another officer must confirm or reject that."
        raise Rejection("not_now", message)


def _proposal(task: Task, command: dm.ConfirmDecision | dm.RejectDecision) -> Proposal:
    proposal = task.claim.proposal
    if proposal is None or proposal.evidence.digest != command.digest:
        raise Rejection("not_now", "What you saw is not what is proposed now. Look at the task again.")
    if same_person(proposal.officer, command.officer):
        raise Rejection("same_person", "You proposed this decision yourself: another officer must confirm it.")
    return proposal


def _claimed(task: Task, command: dm.TaskCommand, now: Instant) -> ev.TaskClaimed:
    return ev.TaskClaimed(verb=task.verb, officer=command.officer, **where(now, task.place))


def _answered(state: CaseState, task: Task, proposal: Proposal, now: Instant) -> tuple[ev.CaseEvent, ...]:
    answer = cm.RecordAnswer(
        step=task.place.step,
        item=task.place.item,
        round=task.place.round,
        verb=task.verb,
        heard=proposal.answer,
        evidence=proposal.evidence,
    )
    return record_answer(state, answer, now)
