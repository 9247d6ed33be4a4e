"""The desk: an officer's inbox and one task, decided in the browser."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post
from msgspec import structs

from contracts.views import TaskView
from gateway.deciding import DECISIONS, Decision
from gateway.pages import filling, replies
from gateway.pages.filling import Filling
from gateway.pages.names import agency_names
from gateway.pages.officer.views import DONE_WORDS, schema_of, task_page, task_row
from gateway.pages.posting import MOST_FIELDS, read_upload
from gateway.pages.rendering import text_in
from gateway.pages.steps import name_of
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.problems import FormInvalid, NotAllowed, NotFound
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, path_of
from gateway.routes.outputs import attached

DONE: Final = "selesai"
"""The query parameter that says which decision was just recorded."""


@get("/petugas", include_in_schema=False)
async def inbox(request: GatewayRequest) -> Response[bytes]:
    """Show what waits for the officer's agency, longest first."""
    calls, caller = calls_of(request), caller_of(request)
    officer = caller.officer
    if officer is None:
        raise NotAllowed("This page is for officers.")
    shell = replies.shell_of(request, "officer")
    done = DONE_WORDS.get(str(request.query_params.get(DONE, "")))
    context = {
        "tasks": [task_row(task) for task in await calls.tasks(caller)],
        "agency": name_of(officer.agency, await agency_names(calls)),
        "done": text_in(done, shell.language) if done else "",
    }
    return replies.page(request, "officer/inbox.html", shell, context=context)


@get("/petugas/tugas/{key:path}", include_in_schema=False)
async def task(request: GatewayRequest) -> Response[bytes]:
    """Show a task: what the agency is given, and what can be decided."""
    found = await calls_of(request).task(caller_of(request), _key(request))
    return await _page(request, found, DECISIONS[found.verb][0], None)


@post("/petugas/tugas/{key:path}", status_code=200, include_in_schema=False, request_max_body_size=LARGEST_UPLOAD + 1)
async def decide(request: GatewayRequest) -> Response[bytes]:
    """Record a decision, or show what is wrong with it."""
    calls, caller = calls_of(request), caller_of(request)
    files, posted = await read_upload(request, largest=LARGEST_UPLOAD, parts=MOST_FIELDS)
    found = await calls.task(caller, _key(request))
    name = (posted.get("decision") or [""])[-1]
    if name not in DECISIONS[found.verb]:
        raise NotFound
    schema = schema_of(found, name)
    if filling.is_rearranged(posted):
        return await _page(request, found, name, filling.rearranged(schema, posted))
    filled = filling.judged(schema, posted, files)
    if filled.mistakes:
        return await _page(request, found, name, filled)
    try:
        await calls.decide_task(caller, found.key, _decision(name, filled))
    except FormInvalid as invalid:
        return await _page(
            request, found, name, filled.reported(invalid.errors, "/output" if name == "contribute" else "")
        )
    return replies.go(f"/petugas?{DONE}={name}")


@get("/petugas/dokumen/{key:path}", include_in_schema=False)
async def document(request: GatewayRequest) -> Reply:
    """Give a document that a task shows; the address ends in its digest."""
    key, _, digest = _key(request).rpartition("/")
    return attached(await calls_of(request).task_document(caller_of(request), key, digest))


def _decision(name: str, filled: Filling) -> Decision:
    if name == "contribute":
        return Decision(decision=name, output=filled.answers)
    return Decision(
        decision=name,
        code=str(filled.answers.get("code", "")),
        text=str(filled.answers.get("text", "")),
        inputs=list(filled.answers.get("inputs", [])),
    )


async def _page(request: GatewayRequest, found: TaskView, chosen: str, filled: Filling | None) -> Response[bytes]:
    """Show a task; the form of the decision that was begun (`chosen`) is the one with its answers and mistakes."""
    shell = replies.shell_of(request, "officer")
    page = task_page(found, await agency_names(calls_of(request)))
    if filled is None:
        return replies.form_page(
            request, "officer/task.html", shell, Filling(form=page.choices[0].form), page=page, chosen=chosen
        )
    choices = [structs.replace(item, form=filled.form) if item.name == chosen else item for item in page.choices]
    page = structs.replace(page, choices=choices)
    return replies.form_page(request, "officer/task.html", shell, filled, page=page, chosen=chosen)


def _key(request: GatewayRequest) -> str:
    return path_of(request, "key").removeprefix("/")


ROUTES: Final = (inbox, task, decide, document)
