"""What officers have to decide: asks, and undos, of contracts that people answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import to_builtins

from contracts.contract import Contract, DeskConnection
from contracts.ids import AskKey, Instant, Place, ask_key
from contracts.task_views import DoneTaskView, ProposalView, TaskView
from contracts.wire import Evidence
from workflows.core.allowed_moves import OUT
from workflows.core.claims import Claim
from workflows.core.clocks import promised_by
from workflows.core.compiled import CompiledStep
from workflows.core.corrections import correctable_pointers
from workflows.core.deeming import deemed_at
from workflows.core.desk import claim_of, verb_of
from workflows.core.items import title_of
from workflows.core.state import CaseState, Round

_UNDO_WORDS: Final = frozenset({"undone", "undo_refused", "undo_exhausted"})


def tasks_of(state: CaseState) -> tuple[TaskView, ...]:
    """Give everything in a case that an officer can decide now, in the plan's order."""
    return tuple(_tasks(state))


def desks_of(state: CaseState) -> set[str]:
    """Give the agencies whose officers have something to decide in this case."""
    return {step.contract.agency for step, _, entry in state.everything() if verb_of(step, entry) is not None}


def task_under(state: CaseState, key: AskKey) -> TaskView | None:
    """Give the task under an ask key, or None when there is nothing (any more) to decide."""
    return next((task for task in _tasks(state) if task.key == key), None)


def done_of(state: CaseState, agency: str) -> Iterator[DoneTaskView]:
    """Give what this agency's officers have decided in a case, by their last word on each round."""
    for step, place, entry in state.everything():
        evidence = _decided(step, entry)
        if evidence is not None and step.contract.agency == agency:
            undone = entry.state in _UNDO_WORDS
            yield DoneTaskView(
                key=ask_key(state.case, place, "undo" if undone else "ask"),
                case=state.case,
                step=step.name,
                agency=agency,
                title=title_of(step, place.item),
                service=state.plan.published.plan.title,
                service_name=state.plan.published.plan.service,
                word=entry.state,
                officer=evidence.actor,
                at=evidence.received_at,
                digest=evidence.digest,
            )


def deciders_of(state: CaseState) -> set[str]:
    """Give the agencies whose officers have decided something in this case."""
    return {step.contract.agency for step, _, entry in state.everything() if _decided(step, entry) is not None}


def _decided(step: CompiledStep, entry: Round) -> Evidence | None:
    """Give the evidence of an officer's last word on a round, if there is one."""
    evidence = entry.evidence
    if evidence is None or verb_of(step, entry) is not None or entry.state in OUT:
        return None
    return evidence if evidence.actor.startswith(f"{step.contract.agency}/") else None


def _tasks(state: CaseState) -> Iterator[TaskView]:
    for step, place, entry in state.everything():
        verb = verb_of(step, entry)
        if verb == "ask":
            yield _ask_task(state, step, place, entry)
        elif verb == "undo":
            yield _undo_task(state, step, place, entry)


def _ask_task(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> TaskView:
    contract = step.contract
    return TaskView(
        key=ask_key(state.case, place),
        case=state.case,
        step=step.name,
        item=place.item,
        round=place.round,
        verb="ask",
        agency=contract.agency,
        contract=contract.name,
        title=title_of(step, place.item),
        service=state.plan.published.plan.title,
        service_name=state.plan.published.plan.service,
        since=_since(entry),
        due=promised_by(state, step, place),
        granted_at=deemed_at(state, step, place),
        **_held_by(contract, claim_of(entry, "ask")),
        input=dict(entry.input or {}),
        sources={name: _source(step, name) for name in entry.input or {}},
        givers={name: other.contract.agency for name, other in state.plan.steps.items() if name in step.data},
        input_schema=contract.input,
        output_schema=contract.output,
        refusals={code: refusal.title for code, refusal in contract.refusals.items()},
        correctable=[name for name in step.form_inputs if correctable_pointers(state, step, [name], place.item)],
    )


def _undo_task(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> TaskView:
    contract = step.contract
    return TaskView(
        key=ask_key(state.case, place, "undo"),
        case=state.case,
        step=step.name,
        item=place.item,
        round=place.round,
        verb="undo",
        agency=contract.agency,
        contract=contract.name,
        title=title_of(step, place.item),
        service=state.plan.published.plan.title,
        service_name=state.plan.published.plan.service,
        since=_since(entry),
        **_held_by(contract, claim_of(entry, "undo")),
        input={"contributed": dict(entry.output)} if entry.output is not None else {},
        input_schema={"type": "object", "properties": {"contributed": contract.output}},
    )


def _held_by(contract: Contract, claim: Claim) -> dict[str, Any]:
    """Give who has a task, and what waits for a second officer."""
    proposal = claim.proposal
    connection = contract.connection
    return {
        "officer": claim.officer,
        "claimed_at": claim.since,
        "objection": claim.objection,
        "second_officer": (connection.second_officer or "") if isinstance(connection, DeskConnection) else "",
        "proposal": proposal
        and ProposalView(
            answer=to_builtins(proposal.answer),
            officer=proposal.officer,
            at=proposal.at,
            digest=proposal.evidence.digest,
        ),
    }


def _source(step: CompiledStep, name: str) -> str:
    """Say where an input came from: `form`, the step that gave it, or `plan` for what the plan itself says."""
    given = step.spec.in_.get(name)
    if isinstance(given, str):
        root = given.partition(".")[0]
        return step.each.list_path[0] if step.each is not None and root == step.each.name else root
    paths = step.inputs[name].paths if name in step.inputs else ()
    roots = {path[0] for path in paths}
    return ", ".join(sorted(roots)) or "plan"


def _since(entry: Round) -> Instant:
    since = entry.asked_at or entry.since
    if since is None:
        message = "a round that was asked has a time"
        raise ValueError(message)
    return since
