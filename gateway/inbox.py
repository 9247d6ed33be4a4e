"""An officer's inbox: the agency's tasks by who has them and by when they are due, filtered. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from msgspec import Struct, field

from contracts.ids import Instant
from contracts.task_views import DoneTaskView, TaskView


class TaskFilter(Struct, frozen=True, kw_only=True):
    """Which tasks to show: one of `SHOWN`, and only of a service, a step, due until a moment, of one case."""

    show: str = "all"
    service: str = ""
    step: str = ""
    due: Instant | None = None
    case: str = ""


class Inbox(Struct, frozen=True, kw_only=True):
    """The tasks that were asked for, the earliest due first; how many each list has; the newest decided ones."""

    tasks: list[TaskView]
    counts: dict[str, int]
    done: list[DoneTaskView] = field(default_factory=list[DoneTaskView])


SHOWN: Final[Mapping[str, Callable[[TaskView, str, Instant], bool]]] = {
    "unassigned": lambda task, _officer, _now: not task.officer,
    "mine": lambda task, officer, _now: task.officer == officer,
    "second": lambda task, officer, _now: task.proposal is not None and task.proposal.officer != officer,
    "overdue": lambda task, _officer, now: task.due is not None and task.due < now,
    "all": lambda _task, _officer, _now: True,
    "done": lambda _task, _officer, _now: False,
}
"""The lists of an inbox, and which open tasks are in each: `second` are those that wait for a second officer."""


def inbox_of(
    tasks: Iterable[TaskView], done: Iterable[DoneTaskView], wanted: TaskFilter, officer: str, now: Instant
) -> Inbox:
    """Give the list that is asked for, and what every list has under the same filter."""
    fitting = [task for task in tasks if _fits(task, wanted) and (wanted.due is None or _due_by(task, wanted.due))]
    decided = [task for task in done if _fits(task, wanted)]
    counts = {name: sum(is_in(task, officer, now) for task in fitting) for name, is_in in SHOWN.items()}
    shown = [task for task in fitting if SHOWN[wanted.show](task, officer, now)]
    shown.sort(key=lambda task: (task.due is None, task.due or task.since, task.since, task.key))
    return Inbox(tasks=shown, counts=counts | {"done": len(decided)}, done=decided if wanted.show == "done" else [])


def _fits(task: TaskView | DoneTaskView, wanted: TaskFilter) -> bool:
    return (
        wanted.service in {"", task.service_name} and wanted.step in {"", task.step} and wanted.case in {"", task.case}
    )


def _due_by(task: TaskView, moment: Instant) -> bool:
    return task.due is not None and task.due <= moment
