"""What officers have to decide."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.documents import TYPES
from contracts.views import TaskView
from gateway.calls import Decision
from gateway.openapi import OPERATION, Answered, Operation
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, nothing, path_of, query_of, reply, struct_of
from gateway.routes.outputs import attached


class Tasks(Struct, frozen=True, kw_only=True):
    """The open tasks of an agency, longest waiting first."""

    tasks: list[TaskView]


def task_name(key: str) -> str:
    """Give an ask key as it stands in a path."""
    return key.replace("/", ":")


def _key(request: GatewayRequest) -> str:
    return path_of(request, "task").replace(":", "/")


@get(
    "/v1/tasks",
    opt={OPERATION: Operation(id="listTasks", tag="work", answers={200: Answered(about="The tasks.", type=Tasks)})},
)
async def list_tasks(request: GatewayRequest) -> Reply:
    """List the open tasks of the officer's agency.

    Each has exactly the fields that the contract declares, and where each came from.
    """
    query_of(request, {})
    return reply(Tasks(tasks=await calls_of(request).tasks(caller_of(request))))


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
    "/v1/tasks/{task:str}/decision",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="decideTask",
            tag="work",
            body=Decision,
            answers={204: Answered(about="The decision is on record.")},
            problems=("form-invalid", "not-possible-now"),
        )
    },
)
async def decide_task(request: GatewayRequest) -> Reply:
    """Decide a task.

    Of an ask: `contribute` with `output` (a document in it is `bytes` in base64, or a `link`), `refuse` with a `code`
    of the contract, `return` with the `inputs` that the applicant must change. Of an undo: `undone` or `undo_refused`.
    Of two officers at once one decides.
    """
    caller = caller_of(request)
    decision = await struct_of(request, Decision)
    await calls_of(request).decide_task(caller, _key(request), decision)
    return nothing()


ROUTES: Final = [list_tasks, get_task, get_task_document, decide_task]
