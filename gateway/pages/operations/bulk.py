"""Acts on many cases: chosen by a filter, seen before, carried out piece by piece."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from msgspec import convert

from contracts.bulk import BULK_ACTS, BulkView
from contracts.units import Text
from gateway.bulk import BulkBody
from gateway.pages import replies
from gateway.pages.operations.acts import ACT_WORDS
from gateway.pages.operations.views import MARK_OPTIONS, STATE_OPTIONS
from gateway.pages.posting import read_posted
from gateway.pages.told import told
from gateway.problems import FormInvalid, NotPossibleNow
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of

FIELDS: Final = ("act", "reason", "state", "mark", "service", "step", "owner")
STANDING: Final = {
    "waits": Text("Menunggu persetujuan operator kedua", "Waits for a second operator"),
    "running": Text("Sedang dikerjakan", "Being carried out"),
    "done": Text("Selesai", "Done"),
}
WORDS: Final = {
    "fits": Text("Dapat", "Applies"),
    "done": Text("Dikerjakan", "Done"),
    "refused": Text("Tidak dapat", "Does not apply"),
}
_MISTAKES: Final = {
    "/reason": Text("Sebutkan alasannya.", "Say why."),
    "/owner": Text("Sebutkan siapa penanggung jawabnya.", "Say who answers for the incidents."),
    "/act": Text("Tidak ada permohonan yang cocok.", "The act applies to no case that the filter gives."),
}


@get("/operasi/massal", include_in_schema=False)
async def choose(request: GatewayRequest) -> Response[bytes]:
    """Ask what is to be done, to which cases, and why."""
    chosen = {name: str(request.query_params.get(name, "")) for name in FIELDS}
    return await _form(request, chosen)


@post("/operasi/massal", status_code=200, include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Show what the run would do, or record it."""
    posted = await read_posted(request)
    chosen = {name: (posted.get(name) or [""])[-1].strip()[:500] for name in FIELDS}
    if chosen["act"] not in BULK_ACTS:
        chosen["act"] = BULK_ACTS[0]
    # What was changed since it was shown is shown first: nobody ends cases by a button that said "pause".
    seen = (posted.get("terlihat") or [""])[-1] == _seen(chosen)
    body = convert(
        {**chosen, "preview": "mulai" not in posted or not seen, "break_glass": "darurat" in posted}, BulkBody
    )
    try:
        view = await calls_of(request).bulk.start(caller_of(request), body)
    except FormInvalid as invalid:
        return await _form(request, chosen, mistakes=[_MISTAKES[each.pointer] for each in invalid.errors])
    return await _form(request, chosen, preview=view) if body.preview else replies.go(f"/operasi/massal/{view.run}")


@get("/operasi/massal/{run:str}", include_in_schema=False)
async def show(request: GatewayRequest) -> Response[bytes]:
    """Show how far a run is."""
    return _run_page(request, calls_of(request).bulk.show(caller_of(request), path_of(request, "run")))


@post("/operasi/massal/{run:str}", status_code=200, include_in_schema=False)
async def go_on(request: GatewayRequest) -> Response[bytes]:
    """Carry out the next piece, or approve the run."""
    bulk, caller, run = calls_of(request).bulk, caller_of(request), path_of(request, "run")
    posted = await read_posted(request)
    try:
        await (bulk.approve(caller, run) if "setujui" in posted else bulk.go_on(caller, run))
    except NotPossibleNow as told:
        why = Text("Operator lain yang menyetujuinya, bukan Anda.", told.detail)
        return _run_page(request, bulk.show(caller, run), why=why, status=409)
    return replies.go(f"/operasi/massal/{run}")


def _seen(chosen: dict[str, str]) -> str:
    return " ".join(f"{name}={chosen[name]}" for name in FIELDS if name != "reason")


async def _form(request: GatewayRequest, chosen: dict[str, str], **more: Any) -> Response[bytes]:
    calls = calls_of(request)
    context = {
        "chosen": chosen,
        "seen": _seen(chosen),
        "acts": [(name, ACT_WORDS[name].label) for name in BULK_ACTS],
        "states": STATE_OPTIONS,
        "marks": MARK_OPTIONS,
        "services": [(each.service, each.title) for each in await calls.catalogue()],
        "runs": calls.bulk.runs(caller_of(request))[:20],
        "preview": None,
        "mistakes": (),
        **_words(),
        **more,
    }
    status = 422 if context["mistakes"] else 200
    shell = replies.shell_of(request, "operations")
    return replies.page(request, "operations/bulk.html", shell, context=context, status=status)


def _run_page(
    request: GatewayRequest, view: BulkView, *, why: Text | None = None, status: int = 200
) -> Response[bytes]:
    context = {"run": view, "why": why, **_words()}
    shell = replies.shell_of(request, "operations")
    return replies.page(request, "operations/bulk_run.html", shell, context=context, status=status)


def _words() -> dict[str, object]:
    labels = {name: ACT_WORDS[name].label for name in BULK_ACTS}
    return {"labels": labels, "standing": STANDING, "words": WORDS, "told": told}


ROUTES: Final = (choose, begin, show, go_on)
