"""Runs: acts on many cases, chosen by a filter and seen before; what waits for a second person; what is reviewed."""

from __future__ import annotations

import re
import uuid
from typing import Any, Final

from litestar import Response, get, post
from msgspec import convert

from contracts.bulk import BULK_ACTS, BulkView
from contracts.units import Text, same_person
from gateway.agency_keys import REPLACE_KEYS, is_about_register
from gateway.choosing import MOST_CASES, BulkBody
from gateway.pages import replies
from gateway.pages.agreement_words import DECISIONS, FOUND_WORDS
from gateway.pages.answers import Posted
from gateway.pages.operations.acts import ACT_WORDS
from gateway.pages.operations.views import MARK_OPTIONS, STATE_OPTIONS
from gateway.pages.posting import number_of, read_posted
from gateway.pages.told import told
from gateway.problems import FormInvalid, KeyReused, NotPossibleNow
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of
from gateway.second_person import ISSUE_TOKEN, RECORD_SIGNED

MOST_SHOWN: Final = 20
_CURSOR: Final = re.compile("[0-9]{0,15}")
FIELDS: Final = (
    "act",
    "reason",
    "state",
    "mark",
    "service",
    "step",
    "agency",
    "error",
    "attempts",
    "overdue",
    "owner",
    "cursor",
)
STANDING: Final = {
    "waits": Text("Menunggu persetujuan operator kedua", "Waits for a second operator"),
    "lapsed": Text("Tidak disetujui pada waktunya", "Not approved in time"),
    "running": Text("Sedang dikerjakan", "Being carried out"),
    "stopped": Text("Dihentikan", "Stopped"),
    "done": Text("Selesai", "Done"),
}
REVIEWS: Final = {
    "due": Text("Perlu diperiksa operator lain", "To be reviewed by another operator"),
    "overdue": Text("Terlambat diperiksa", "The review is overdue"),
    "right": Text("Diperiksa: tepat", "Reviewed: right"),
    "wrong": Text("Diperiksa: tidak tepat", "Reviewed: not right"),
}
WORDS: Final = {
    "fits": Text("Dapat", "Applies"),
    "done": Text("Dikerjakan", "Done"),
    "refused": Text("Tidak dapat", "Does not apply"),
}
LABELS: Final = {
    **{name: words.label for name, words in ACT_WORDS.items()},
    ISSUE_TOKEN: Text("Token baru", "A new token"),
    REPLACE_KEYS: Text("Kunci instansi", "Keys of an agency"),
    RECORD_SIGNED: Text("PDF kesepakatan yang ditandatangani", "A signed PDF of an agreement"),
}
RUN_WORDS: Final[dict[str, object]] = {
    "labels": LABELS,
    "standing": STANDING,
    "reviewed": REVIEWS,
    "words": WORDS,
    "told": told,
    "found": FOUND_WORDS,
    "decisions": dict(DECISIONS),
}
"""What the templates of runs take."""
_MISTAKES: Final = {
    "/reason": Text("Sebutkan alasannya.", "Say why."),
    "/owner": Text("Sebutkan siapa penanggung jawabnya.", "Say who answers for the incidents."),
    "/attempts": Text(
        "Tulis jumlah percobaan sebagai angka bulat, misalnya 3.", "Write the attempts as a whole number, such as 3."
    ),
    "/service": Text(
        "Pilih layanan yang menjaga fakta tetap sama: hasilnya yang ditanyakan.",
        "Choose a service that keeps facts in step: its joint outputs are asked about.",
    ),
    "/state": Text(
        "Hanya hasil yang sudah terbit yang ditanyakan: kosongkan keadaan.",
        "Only issued cases are asked about: leave the state out.",
    ),
    "/seen": Text("Tidak ada permohonan yang cocok.", "The act applies to no case that the filter gives."),
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
    if "lihat" in posted or not _CURSOR.fullmatch(chosen["cursor"]):
        chosen["cursor"] = ""  # what was changed is looked at from the newest on
    # What was changed since it was shown is shown first: nobody ends cases by a button that said "pause".
    seen = (posted.get("terlihat") or [""])[-1] == _seen(chosen)
    attempts = number_of(chosen["attempts"])
    # A filter that cannot be read filters nothing: it must not let an act reach more cases than were meant.
    unread = ["/attempts"] if chosen["attempts"].strip("0") and not attempts else []
    begins = "mulai" in posted and seen and not unread
    body = convert(
        {
            **chosen,
            "attempts": attempts,
            "overdue": bool(chosen["overdue"]),
            "preview": not begins,
            "seen": _lines_of(posted) if begins else [],
            "break_glass": "darurat" in posted,
        },
        BulkBody,
    )
    try:
        key = (posted.get("_key") or [""])[-1] if begins else ""
        view = await calls_of(request).bulk.start(caller_of(request), body, key or None)
    except KeyReused as no:
        return await _form(request, chosen, mistakes=[told(no.detail)])
    except FormInvalid as invalid:
        view, unread = None, unread + [each.pointer for each in invalid.errors]
    if view is None or unread:
        return await _form(request, chosen, mistakes=[_MISTAKES[pointer] for pointer in unread])
    return await _form(request, chosen, preview=view) if body.preview else replies.go(f"/operasi/massal/{view.run}")


@get("/operasi/massal/{run:str}", include_in_schema=False)
async def show(request: GatewayRequest) -> Response[bytes]:
    """Show how far a run is."""
    return _run_page(request, calls_of(request).bulk.show(caller_of(request), path_of(request, "run")))


@post("/operasi/massal/{run:str}", status_code=200, include_in_schema=False)
async def decide(request: GatewayRequest) -> Response[bytes]:
    """Approve a run, stop it, or say what a review of it found."""
    bulk, caller, run = calls_of(request).bulk, caller_of(request), path_of(request, "run")
    posted = await read_posted(request)
    text = (posted.get("alasan") or [""])[-1].strip()[:1000]
    try:
        if "setujui" in posted:
            await bulk.approve(caller, run)
        elif "hentikan" in posted:
            await bulk.stop(caller, run, text)
        else:
            await bulk.review(caller, run, right="tepat" in posted, text=text)
    except NotPossibleNow as no:
        return _run_page(request, bulk.show(caller, run), why=told(no.detail), status=409)
    except FormInvalid as no:
        return _run_page(request, bulk.show(caller, run), why=told(no.errors[0].detail), status=422)
    return replies.go(f"/operasi/massal/{run}")


@get("/operasi/persetujuan", include_in_schema=False)
async def approvals(request: GatewayRequest) -> Response[bytes]:
    """Show what waits for a second person, what is to be reviewed, and what was decided."""
    views = calls_of(request).bulk.runs(caller_of(request))
    waiting = [view for view in views if view.state == "waits"]
    reviews = sorted((view for view in views if view.review in {"due", "overdue"}), key=lambda view: view.at or 0)
    over = [view for view in views if view not in waiting and view not in reviews]
    context = {"waiting": waiting, "reviews": reviews, "over": over[:MOST_SHOWN], **RUN_WORDS}
    return replies.page(request, "operations/approvals.html", replies.shell_of(request, "operations"), context=context)


def _lines_of(posted: Posted) -> list[dict[str, str]]:
    """Give the lines that the page showed, each as its case and, after a blank, its steps."""
    lines = [line.partition(" ") for line in (posted.get("dilihat") or [""])[-1].splitlines()]
    return [{"case": case[:80], "step": step[:2000]} for case, _, step in lines if case][:MOST_CASES]


def _seen(chosen: dict[str, str]) -> str:
    return " ".join(f"{name}={chosen[name]}" for name in FIELDS if name != "reason")


async def _form(request: GatewayRequest, chosen: dict[str, str], **more: Any) -> Response[bytes]:
    calls = calls_of(request)
    context = {
        "chosen": chosen,
        "seen": _seen(chosen),
        "key": str(uuid.uuid4()),
        "acts": [(name, ACT_WORDS[name].label) for name in BULK_ACTS],
        "states": STATE_OPTIONS,
        "marks": MARK_OPTIONS,
        "services": [(each.service, each.title) for each in await calls.catalogue()],
        "runs": [run for run in calls.bulk.runs(caller_of(request)) if not run.single and not is_about_register(run)][
            :MOST_SHOWN
        ],
        "preview": None,
        "mistakes": (),
        **RUN_WORDS,
        **more,
    }
    status = 422 if context["mistakes"] else 200
    shell = replies.shell_of(request, "operations")
    return replies.page(request, "operations/bulk.html", shell, context=context, status=status)


def _run_page(
    request: GatewayRequest, view: BulkView, *, why: Text | None = None, status: int = 200
) -> Response[bytes]:
    shell = replies.shell_of(request, "operations")
    own = same_person(shell.person, view.actor)
    context = {"run": view, "own": own, "why": why, **RUN_WORDS}
    return replies.page(request, "operations/bulk_run.html", shell, context=context, status=status)


ROUTES: Final = (choose, begin, show, decide, approvals)
