"""A day's tasks as a sheet: fetched, filled in beside another system, handed in, seen, decided."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from contracts.problems import Mistake
from contracts.units import Text
from gateway.deciding import officer_of
from gateway.inbox import TaskFilter
from gateway.pages import replies
from gateway.pages.officer.views import LABELS
from gateway.pages.posting import read_upload
from gateway.pages.told import told
from gateway.problems import FormInvalid
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, path_of
from gateway.routes.sheets import sheet_file
from gateway.sheets import LARGEST_SHEET

WORDS: Final = {
    "ready": Text("Akan diputuskan", "Would be decided"),
    "decided": Text("Diputuskan", "Decided"),
    "proposed": Text("Menunggu petugas kedua", "Waits for a second officer"),
    "before": Text("Sudah diputuskan sebelumnya", "Decided before"),
    "refused": Text("Tidak dapat diputuskan", "Cannot be decided"),
}


@get("/petugas/lembar", include_in_schema=False)
async def sheets(request: GatewayRequest) -> Response[bytes]:
    """Offer a sheet for each step that has tasks, and take one that was filled in."""
    return await _page(request, str(request.query_params.get("step", "")))


@get("/petugas/lembar/{step:str}", include_in_schema=False)
async def fetch(request: GatewayRequest) -> Reply:
    """Give a step's sheet."""
    step = path_of(request, "step")
    service = str(request.query_params.get("service", ""))
    return sheet_file(await calls_of(request).sheets.give(caller_of(request), step, service), step)


@post("/petugas/lembar", status_code=200, include_in_schema=False, request_max_body_size=3 * LARGEST_SHEET + 1)
async def hand_in(request: GatewayRequest) -> Response[bytes]:
    """Show what a sheet would decide, or decide it: the page carries it from the one to the other."""
    files, posted = await read_upload(request, largest=3 * LARGEST_SHEET)
    given = {name: (posted.get(name) or [""])[-1] for name in ("step", "isi")}
    data = files["lembar"].content if "lembar" in files else given["isi"].encode()
    step, _, service = given["step"].partition(" ")
    try:
        view = await calls_of(request).sheets.take(
            caller_of(request), step, data[: LARGEST_SHEET + 1], service=service, preview="putuskan" not in posted
        )
    except FormInvalid as invalid:
        return await _page(request, given["step"], mistakes=[_placed(each) for each in invalid.errors], status=422)
    return await _page(request, given["step"], view=view, content=data.decode("utf-8-sig"))


def _placed(mistake: Mistake) -> dict[str, str]:
    _, row, column = [*mistake.pointer.split("/", 2), "", ""][:3]
    return {"row": row, "column": column, "detail": mistake.detail}


async def _page(request: GatewayRequest, step: str, *, status: int = 200, **more: Any) -> Response[bytes]:
    calls, caller = calls_of(request), caller_of(request)
    officer_of(caller)
    inbox = await calls.desks.inbox(caller, TaskFilter())
    steps = {(task.step, task.service_name): (task.title, task.service) for task in inbox.tasks if task.verb == "ask"}
    context = {
        "steps": [(name, service, title, of) for (name, service), (title, of) in sorted(steps.items(), key=_by_name)],
        "step": step,
        "view": None,
        "content": "",
        "mistakes": (),
        "words": WORDS,
        "decisions": {name: label for name, (label, _) in LABELS.items()},
        "told": told,
        **more,
    }
    return replies.page(
        request, "officer/sheets.html", replies.shell_of(request, "officer"), context=context, status=status
    )


def _by_name(entry: tuple[tuple[str, str], object]) -> tuple[str, str]:
    return entry[0]


ROUTES: Final = (sheets, fetch, hand_in)
