"""The desk: an officer's inbox and one task, decided in the browser."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, time
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post
from msgspec import structs

from contracts.ids import Instant
from contracts.task_views import TaskView
from contracts.units import Text
from gateway.deciding import DECISIONS, Decision, HandingOver, SecondWord, officer_of
from gateway.inbox import TaskFilter
from gateway.pages import filling, replies
from gateway.pages.answers import Posted
from gateway.pages.citizen.agreements import ending_rows, to_sign
from gateway.pages.filling import Filling
from gateway.pages.formats import WIB
from gateway.pages.names import agency_names
from gateway.pages.officer.views import (
    DECIDED,
    DESK_WORDS,
    DONE_WORDS,
    TABS,
    name_in,
    schema_of,
    task_page,
    task_row,
    told_rows,
)
from gateway.pages.operations.acts import REJECTION_WORDS
from gateway.pages.posting import MOST_FIELDS, read_upload
from gateway.pages.rendering import text_in
from gateway.pages.steps import name_of
from gateway.pages.told import told
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.problems import FormInvalid, NotAllowed, NotFound, NotPossibleNow
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, path_of
from gateway.routes.outputs import attached
from workflows.core.rejections import Rejection

PREVIEW: Final = "pratinjau"
"""The button that shows what would be recorded."""
_FILTERS: Final = ("show", "service", "step", "due", "case")
_FORM_WORDS: Final = {
    "/to": Text("Pilih rekan yang menerima tugas ini.", "Choose the colleague who gets this task."),
    "/reason": Text("Sebutkan alasannya.", "Say why."),
    "/text": Text("Katakan kepada rekan Anda apa yang salah.", "Tell your colleague what is wrong."),
}


@get("/petugas", include_in_schema=False)
async def inbox(request: GatewayRequest) -> Response[bytes]:
    """Show what waits for the officer's agency, longest first."""
    calls, caller = calls_of(request), caller_of(request)
    officer = caller.officer
    if officer is None:
        raise NotAllowed("This page is for officers.")
    shell = replies.shell_of(request, "officer")
    done = (DONE_WORDS | DESK_WORDS).get(replies.what_was_done(request))
    chosen = {name: str(request.query_params.get(name, "")) for name in _FILTERS}
    wanted = TaskFilter(
        show=chosen["show"] if chosen["show"] in TABS else "all",
        service=chosen["service"],
        step=chosen["step"],
        due=_day(chosen["due"]),
        case=chosen["case"].strip(),
    )
    everything = await calls.desks.inbox(caller, TaskFilter())
    found = await calls.desks.inbox(caller, wanted)
    kept = {name: value for name, value in chosen.items() if value and name != "show"}
    context = {
        "tasks": [task_row(task, officer.actor) for task in found.tasks],
        "decided": [structs.asdict(task) | {"told": DECIDED.get(task.word)} for task in found.done],
        "tabs": [
            {"name": name, "label": label, "count": found.counts[name], "href": f"/petugas?{_query(kept, name)}"}
            for name, label in TABS.items()
        ],
        "waiting": everything.counts["all"],
        "show": wanted.show,
        "chosen": chosen,
        "services": sorted({(task.service_name, task.service) for task in everything.tasks}, key=lambda pair: pair[0]),
        "steps": sorted({(task.step, task.title) for task in everything.tasks}, key=lambda pair: pair[0]),
        "agency": name_of(officer.agency, await agency_names(calls)),
        "objections": len(await calls.objecting.undecided(caller)),
        "done": text_in(done, shell.language) if done else "",
        "ending": ending_rows(calls, officer.agency),
        "to_sign": to_sign(calls, officer.agency),
        "own": officer.agency,
    }
    return replies.page(request, "officer/inbox.html", shell, context=context)


def _query(kept: dict[str, str], show: str) -> str:
    return urlencode({**kept, "show": show})


def _day(text: str) -> Instant | None:
    """Read a day as its last moment where the office is; what is none filters nothing."""
    with suppress(ValueError):
        return datetime.combine(date.fromisoformat(text), time.max, tzinfo=WIB)
    return None


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
    act = (posted.get("act") or [""])[-1]
    if act:
        return await _act(request, found, act, posted)
    name = (posted.get("decision") or [""])[-1]
    if name not in DECISIONS[found.verb]:
        raise NotFound
    schema = schema_of(found, name)
    if filling.is_rearranged(posted):
        return await _page(request, found, name, filling.rearranged(schema, posted))
    filled = filling.judged(schema, posted, files)
    if filled.mistakes:
        return await _page(request, found, name, filled)
    if PREVIEW in posted:
        return await _page(request, found, name, filled, preview=told_rows(found, name, filled.answers))
    return await _decide(request, found, name, filled)


async def _decide(request: GatewayRequest, found: TaskView, name: str, filled: Filling) -> Response[bytes]:
    calls, caller = calls_of(request), caller_of(request)
    try:
        proposed = await calls.decide_task(caller, found.key, _decision(name, filled))
    except Rejection as rejection:
        return await _refused(request, found, rejection)
    except FormInvalid as invalid:
        return await _page(
            request, found, name, filled.reported(invalid.errors, "/output" if name == "contribute" else "")
        )
    return replies.go_done(request, "/petugas", "proposed" if proposed else name)


async def _act(request: GatewayRequest, found: TaskView, act: str, posted: Posted) -> Response[bytes]:
    """Take the task, put it back, hand it over, or be the second officer of it."""
    desks, caller = calls_of(request).desks, caller_of(request)
    given = {name: (posted.get(name) or [""])[-1].strip() for name in ("to", "reason", "text", "digest")}
    try:
        match act:
            case "claim":
                await desks.claim(caller, found.key)
                return replies.go_done(request, f"/petugas/tugas/{found.key}", "claim")
            case "release":
                await desks.release(caller, found.key)
            case "handover":
                await desks.hand_over(caller, found.key, HandingOver(to=given["to"], reason=given["reason"][:500]))
            case "confirm" | "reject":
                second = SecondWord(confirm=act == "confirm", digest=given["digest"], text=given["text"][:1000])
                await desks.confirm(caller, found.key, second)
            case _:
                raise NotFound
    except FormInvalid as invalid:
        return await _told(request, found, _FORM_WORDS[invalid.errors[0].pointer], 422)
    except Rejection as rejection:
        return await _refused(request, found, rejection)
    except NotPossibleNow as no:
        return await _told(request, found, told(no.detail), 409)
    return replies.go_done(request, "/petugas", act)


async def _refused(request: GatewayRequest, found: TaskView, rejection: Rejection) -> Response[bytes]:
    """Explain why it is not possible; where the task is still there, on its page as it now stands."""
    with suppress(NotFound):
        found = await calls_of(request).task(caller_of(request), found.key)
    return await _told(request, found, Text(REJECTION_WORDS[rejection.code], str(rejection)), 409)


async def _told(request: GatewayRequest, found: TaskView, why: Text, status: int) -> Response[bytes]:
    return await _page(request, found, DECISIONS[found.verb][0], None, why=why, status=status)


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


async def _page(
    request: GatewayRequest,
    found: TaskView,
    chosen: str,
    filled: Filling | None,
    *,
    preview: list[tuple[Text, object]] | None = None,
    why: Text | None = None,
    status: int = 200,
) -> Response[bytes]:
    """Show a task; the form of the decision that was begun (`chosen`) is the one with its answers and mistakes."""
    calls, caller = calls_of(request), caller_of(request)
    shell = replies.shell_of(request, "officer")
    page = task_page(found, await agency_names(calls), officer_of(caller).actor)
    more: dict[str, Any] = {
        "preview": preview,
        "why": why,
        "done": (DONE_WORDS | DESK_WORDS).get(replies.what_was_done(request)),
        "colleagues": [(each, name_in(each)) for each in calls.desks.colleagues(caller)],
        "leads": officer_of(caller).lead,
        "page": page,
        "chosen": chosen,
    }
    if filled is None:
        context = Filling(form=page.choices[0].form).context() | more
        return replies.page(request, "officer/task.html", shell, context=context, status=status)
    choices = [structs.replace(item, form=filled.form) if item.name == chosen else item for item in page.choices]
    more["page"] = structs.replace(page, choices=choices)
    return replies.form_page(request, "officer/task.html", shell, filled, **more)


def _key(request: GatewayRequest) -> str:
    return path_of(request, "key").removeprefix("/")


ROUTES: Final = (inbox, task, decide, document)
