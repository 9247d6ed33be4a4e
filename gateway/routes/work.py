"""What officers have to decide."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.documents import TYPES
from contracts.ids import AskKey, Instant
from contracts.task_views import TaskView
from gateway.calls import Decision
from gateway.deciding import HandingOver, SecondWord
from gateway.inbox import SHOWN, Inbox, TaskFilter
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import ParameterInvalid
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    nothing,
    optional_struct_of,
    path_of,
    query_of,
    reply,
    struct_of,
)
from gateway.routes.outputs import attached


class Empty(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No body is needed."""


class Proposed(Struct, frozen=True, kw_only=True):
    """A decision that does not count yet, and whom it waits for."""

    waits_for: str


def task_name(key: str) -> str:
    """Give an ask key as it stands in a path."""
    return key.replace("/", ":")


def _key(request: GatewayRequest) -> AskKey:
    return AskKey(path_of(request, "task").replace(":", "/"))


_FILTERS: Final = {"show": "all", "service": "", "step": "", "due": "", "case": ""}


@get(
    "/v1/tasks",
    opt={
        OPERATION: Operation(
            id="listTasks",
            tag="work",
            params=(
                Param(
                    name="show",
                    where="query",
                    about="One list: open tasks by who has them or how late they are, or those that were decided.",
                    schema={"enum": list(SHOWN), "default": "all"},
                ),
                Param(name="service", where="query", about="Only of this service."),
                Param(name="step", where="query", about="Only of this step."),
                Param(name="due", where="query", about="Only what is due until the end of this day, as 2026-11-24."),
                Param(name="case", where="query", about="Only of this case."),
            ),
            answers={200: Answered(about="The tasks, and how many each list has.", type=Inbox)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_tasks(request: GatewayRequest) -> Reply:
    """List the tasks of the officer's agency: the open ones, the earliest due first, or those that were decided.

    Each has exactly the fields that the contract declares, and where each came from.
    """
    query = query_of(request, _FILTERS)
    if query["show"] not in SHOWN:
        raise ParameterInvalid(f"show is one of {', '.join(SHOWN)}.")
    wanted = TaskFilter(
        show=query["show"],
        service=query["service"],
        step=query["step"],
        due=end_of_day(query["due"]) if query["due"] else None,
        case=query["case"],
    )
    return reply(await calls_of(request).desks.inbox(caller_of(request), wanted))


def end_of_day(text: str) -> Instant:
    """Read a day as its last moment, in UTC; raises ParameterInvalid."""
    try:
        return datetime.combine(date.fromisoformat(text), time.max, tzinfo=UTC)
    except ValueError:
        raise ParameterInvalid("due is a day, as 2026-11-24.") from None


@get(
    "/v1/tasks/{task:str}",
    opt={OPERATION: Operation(id="getTask", tag="work", answers={200: Answered(about="The task.", type=TaskView)})},
)
async def get_task(request: GatewayRequest) -> Reply:
    """Show one open task of the officer's agency."""
    query_of(request, {})
    return reply(await calls_of(request).task(caller_of(request), _key(request)))


@get(
    "/v1/tasks/{task:str}/documents/{digest:str}",
    opt={
        OPERATION: Operation(
            id="getTaskDocument",
            tag="work",
            answers={200: Answered(about="The document, as its agency gave it.", media=tuple(TYPES))},
        )
    },
)
async def get_task_document(request: GatewayRequest) -> Reply:
    """Get a document that a task shows: one that its contract reads, and that another agency gave."""
    query_of(request, {})
    digest = path_of(request, "digest")
    return attached(await calls_of(request).task_document(caller_of(request), _key(request), digest))


@post(
    "/v1/tasks/{task:str}/claim",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="claimTask",
            tag="work",
            answers={200: Answered(about="The task is yours.", type=TaskView)},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def claim_task(request: GatewayRequest) -> Reply:
    """Take a task: of two officers at once one has it, and the other is told who, and since when."""
    await optional_struct_of(request, Empty)
    return reply(await calls_of(request).desks.claim(caller_of(request), _key(request)))


@post(
    "/v1/tasks/{task:str}/release",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="releaseTask",
            tag="work",
            answers={200: Answered(about="Nobody has the task.", type=TaskView)},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def release_task(request: GatewayRequest) -> Reply:
    """Put your task back for your colleagues."""
    await optional_struct_of(request, Empty)
    return reply(await calls_of(request).desks.release(caller_of(request), _key(request)))


@post(
    "/v1/tasks/{task:str}/handover",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="handTaskOver",
            tag="work",
            body=HandingOver,
            answers={200: Answered(about="The colleague has the task.", type=TaskView)},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def hand_over(request: GatewayRequest) -> Reply:
    """Give your task, or one that nobody has, to a colleague of your agency, with a reason."""
    caller, handing = caller_of(request), await struct_of(request, HandingOver)
    return reply(await calls_of(request).desks.hand_over(caller, _key(request), handing))


@post(
    "/v1/tasks/{task:str}/confirmation",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="confirmDecision",
            tag="work",
            body=SecondWord,
            answers={204: Answered(about="It is on record.")},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def confirm_decision(request: GatewayRequest) -> Reply:
    """Confirm what a colleague decided, or send it back to them with a text.

    `digest` is `proposal.digest` of the task: what was seen is what is confirmed. Never by whoever proposed it.
    """
    caller, second = caller_of(request), await struct_of(request, SecondWord)
    await calls_of(request).desks.confirm(caller, _key(request), second)
    return nothing()


@post(
    "/v1/tasks/{task:str}/decision",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="decideTask",
            tag="work",
            body=Decision,
            answers={
                202: Answered(about="A second officer must confirm it.", type=Proposed),
                204: Answered(about="The decision is on record."),
            },
            problems=("form-invalid", "not-possible-now"),
        )
    },
)
async def decide_task(request: GatewayRequest) -> Reply:
    """Decide a task.

    Of an ask: `contribute` with `output` (a document in it is `bytes` in base64, or a `link`), `refuse` with a `code`
    of the contract, `return` with the `inputs` that the applicant must change. Of an undo: `undone` or `undo_refused`.
    Only whoever has the task decides it; deciding one that nobody has takes it. Where the contract asks for a second
    officer, the decision is proposed (202) until another confirms it.
    """
    caller = caller_of(request)
    decision = await struct_of(request, Decision)
    if await calls_of(request).decide_task(caller, _key(request), decision):
        return reply(Proposed(waits_for="second officer"), 202)
    return nothing()


ROUTES: Final = [
    list_tasks,
    get_task,
    get_task_document,
    claim_task,
    release_task,
    hand_over,
    confirm_decision,
    decide_task,
]
