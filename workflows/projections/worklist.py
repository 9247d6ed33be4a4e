"""What officers have to decide: asks, and undos, of contracts that people answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from contracts.contract import DeskConnection
from contracts.ids import AskKey, Instant, Place, ask_key
from contracts.views import TaskView
from workflows.core.corrections import correctable_pointers
from workflows.core.state import CaseState, CompiledStep, Round
from workflows.core.undoing import decided_by_people

_TO_DECIDE: Final = frozenset({"asked", "failed", "accepted", "exhausted"})
"""Sent, and no last word: also an exhausted ask, since a late answer still decides it."""


def tasks_of(state: CaseState) -> tuple[TaskView, ...]:
    """Give everything in a case that an officer can decide now, in the plan's order."""
    return tuple(_tasks(state))


def desks_of(state: CaseState) -> set[str]:
    """Give the agencies whose officers have something to decide in this case."""
    return {step.contract.agency for step, _, entry in state.everything() if _verb_of(step, entry) is not None}


def task_under(state: CaseState, key: AskKey) -> TaskView | None:
    """Give the task under an ask key, or None when there is nothing (any more) to decide."""
    return next((task for task in _tasks(state) if task.key == key), None)


def _tasks(state: CaseState) -> Iterator[TaskView]:
    for step, place, entry in state.everything():
        verb = _verb_of(step, entry)
        if verb == "ask":
            yield _ask_task(state, step, place, entry)
        elif verb == "undo":
            yield _undo_task(state, step, place, entry)


def _verb_of(step: CompiledStep, entry: Round) -> Literal["ask", "undo"] | None:
    """Give what officers have to decide of a round, if anything."""
    by_desk = isinstance(step.contract.connection, DeskConnection)
    if by_desk and entry.state in _TO_DECIDE and entry.sent:
        return "ask"
    out = entry.state == "undoing" and (entry.undo_out or entry.undo_accepted)
    return "undo" if out and decided_by_people(step.contract) else None


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
        title=step.title,
        service=state.plan.published.plan.title,
        since=_since(entry),
        input=dict(entry.input or {}),
        sources={name: _source(step, name) for name in entry.input or {}},
        givers={name: other.contract.agency for name, other in state.plan.steps.items() if name in step.data},
        input_schema=contract.input,
        output_schema=contract.output,
        refusals={code: refusal.title for code, refusal in contract.refusals.items()},
        correctable=[name for name in step.form_inputs if correctable_pointers(state, step, [name])],
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
        title=step.title,
        service=state.plan.published.plan.title,
        since=_since(entry),
        input={"contributed": dict(entry.output)} if entry.output is not None else {},
        input_schema={"type": "object", "properties": {"contributed": contract.output}},
    )


def _source(step: CompiledStep, name: str) -> str:
    """Say where an input came from: `form`, the step that gave it, or `plan` for what the plan itself says."""
    given = step.spec.in_.get(name)
    if isinstance(given, str):
        return given.partition(".")[0]
    paths = step.inputs[name].paths if name in step.inputs else ()
    roots = {path[0] for path in paths}
    return ", ".join(sorted(roots)) or "plan"


def _since(entry: Round) -> Instant:
    since = entry.asked_at or entry.since
    if since is None:
        message = "a round that was asked has a time"
        raise ValueError(message)
    return since
