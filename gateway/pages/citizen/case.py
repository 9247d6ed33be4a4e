"""One application, for whoever holds its secret: progress, corrections, withdrawal, output."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from litestar import Response, get, post
from litestar.response import Stream

from contracts.units import Text
from contracts.views import CaseView
from gateway.identity.authentication import COOKIE_CASE
from gateway.identity.callers import Caller
from gateway.identity.secrets import CASE_PREFIX, digest_of
from gateway.pages import filling, replies
from gateway.pages.answers import patch_between
from gateway.pages.citizen.opened import opened_here
from gateway.pages.citizen.views import asked_rows, output_page, progress_page
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong
from gateway.pages.names import agency_names
from gateway.pages.posting import MOST_FIELDS, read_posted, read_upload
from gateway.pages.rendering import render_text
from gateway.pages.shell import Shell
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.problems import FormInvalid, NotFound
from gateway.requests import GatewayRequest, Reply, address_of, caller_of, calls_of, cookies_of, only_waits, path_of
from gateway.routes.outputs import attached
from workflows.core.rejections import Rejection

FIND_FORM: Final = {
    "type": "object",
    "required": ["case", "code"],
    "properties": {
        "case": {
            "type": "string",
            "maxLength": 80,
            "x-ui": {
                "label": {"id": "Nomor permohonan", "en": "Reference of the application"},
                "hint": {"id": "Seperti k7pm-2xq9-3fhz-8wtc", "en": "Such as k7pm-2xq9-3fhz-8wtc"},
                "width": "medium",
                "autocomplete": "off",
            },
        },
        "code": {
            "type": "string",
            "maxLength": 100,
            "x-ui": {
                "label": {"id": "Kode akses", "en": "Access code"},
                "hint": {"id": "Diawali gpc_, seperti yang Anda catat", "en": "It begins with gpc_, as you noted it"},
                "autocomplete": "off",
            },
        },
    },
}
WITHDRAW_FORM: Final = {
    "type": "object",
    "properties": {
        "reason": {
            "type": "string",
            "maxLength": 500,
            "x-ui": {
                "label": {"id": "Alasan", "en": "Reason"},
                "hint": {"id": "Hanya bila Anda mau", "en": "Only if you wish"},
            },
        }
    },
}
NO_SUCH: Final = Text("Nomor dan kode akses ini tidak cocok", "This reference and access code do not belong together")


@get("/permohonan", include_in_schema=False)
async def find(request: GatewayRequest) -> Response[bytes]:
    """Show the applications that this browser opened, and ask for another one's reference and code."""
    return await _find(request, filling.empty(FIND_FORM))


@post("/permohonan", status_code=200, include_in_schema=False)
async def open_case(request: GatewayRequest) -> Response[bytes]:
    """Open an application to this browser with its reference and access code."""
    posted = await read_posted(request)
    filled = filling.judged(FIND_FORM, posted)
    if filled.mistakes:
        return await _find(request, filled)
    case, code = (str(filled.answers[name]).strip() for name in ("case", "code"))
    holder = Caller(secrets=frozenset({digest_of(code)}), address=address_of(request))
    try:
        await calls_of(request).drafts.is_draft(holder, case.lower() if code.startswith(CASE_PREFIX) else "")
    except NotFound:
        shown = {name: values for name, values in posted.items() if name == "/case"}
        return await _find(request, Filling(form=filled.form, filled=shown, mistakes=[Wrong("/code", NO_SUCH)]))
    cookies = [*replies.spare_cases(request), replies.case_cookie(request, case.lower(), code)]
    return replies.go(f"/permohonan/{case.lower()}", *cookies)


@get("/permohonan/{case:str}", include_in_schema=False)
async def progress(request: GatewayRequest) -> Response[bytes]:
    """Show how an application stands, for each agency in plain words; what is only a draft has a page of its own."""
    calls, shell = calls_of(request), replies.shell_of(request)
    if await calls.drafts.is_draft(caller_of(request), path_of(request, "case")):
        return replies.go(f"/draf/{path_of(request, 'case')}")
    view = await calls.read_case(caller_of(request), path_of(request, "case"))
    cookies = cookies_of(request)
    secret = cookies.get(f"{COOKIE_CASE}{view.case}") or cookies.get(f"{COOKIE_CASE}{view.parent}", "")
    within = await calls.answering.within(caller_of(request), view.case)
    shown = progress_page(view, await agency_names(calls), shell.language, secret=secret, within=within)
    renewal = await calls.renewing.standing(caller_of(request), view.case)
    return replies.page(request, "citizen/case.html", shell, context={"page": shown, "renewal": renewal})


@get("/permohonan/{case:str}/kabar", include_in_schema=False)
async def news(request: GatewayRequest) -> Stream:
    """Tell a page that is open that its case has moved: the version, nothing else; the page then loads itself."""
    batches = calls_of(request).events(caller_of(request), path_of(request, "case"))
    await anext(batches)
    only_waits(request)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(_versions(batches), media_type="text/event-stream", headers=headers)


async def _versions(batches: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    async for events in batches:
        version = events[-1]["version"] if events else None
        yield f"id: {version}\nevent: moved\ndata: {version}\n\n" if version else ": still here\n\n"


@get("/permohonan/{case:str}/perbaikan", include_in_schema=False)
async def correction(request: GatewayRequest) -> Response[bytes]:
    """Show just the questions that an agency asks to have corrected, with what was answered."""
    calls, caller = calls_of(request), caller_of(request)
    view = await calls.read_case(caller, path_of(request, "case"))
    if not view.corrections:
        return replies.go(f"/permohonan/{view.case}")
    plan = (await calls.plan_of(caller, view.case)).plan
    filled = filling.given(plan.form, await calls.form_of(caller, view.case), _asked(view))
    return await _correction(request, replies.shell_of(request), view, filled)


@post(
    "/permohonan/{case:str}/perbaikan",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD + 1,
)
async def correct(request: GatewayRequest) -> Response[bytes]:
    """Take the corrected answers, another document included."""
    calls, caller, shell = calls_of(request), caller_of(request), replies.shell_of(request)
    files, posted = await read_upload(request, largest=LARGEST_UPLOAD, parts=MOST_FIELDS)
    view = await calls.read_case(caller, path_of(request, "case"))
    if not view.corrections:
        return replies.go(f"/permohonan/{view.case}")
    schema, asked = (await calls.plan_of(caller, view.case)).plan.form, _asked(view)
    before = await calls.form_of(caller, view.case)
    if filling.LANGUAGE in posted:
        shell, cookie = replies.in_language(request, shell, posted[filling.LANGUAGE][-1])
        reply = await _correction(request, shell, view, filling.rearranged_with(schema, posted, before, asked))
        reply.set_cookie(cookie)
        return reply
    if filling.is_rearranged(posted):
        return await _correction(request, shell, view, filling.rearranged_with(schema, posted, before, asked))
    filled = filling.judged_correction(schema, posted, before, asked, files)
    if not filled.mistakes:
        handed_in = {pointer[1:]: filled.answers[pointer[1:]] for pointer in filled.files}
        try:
            await calls.correct(caller, view.case, {**patch_between(before, filled.answers), **handed_in})
        except Rejection as rejection:
            filled = _rejected(filled, rejection)
        except FormInvalid as invalid:
            filled = filled.reported(invalid.errors)
    return (
        await _correction(request, shell, view, filled) if filled.mistakes else replies.go(f"/permohonan/{view.case}")
    )


@post("/permohonan/{case:str}/tetap", status_code=200, include_in_schema=False)
async def decline(request: GatewayRequest) -> Response[bytes]:
    """Leave the answers as they are: the refusal is final."""
    posted = await read_posted(request)
    case, step = path_of(request, "case"), (posted.get("step") or [""])[-1]
    view = await calls_of(request).decline(caller_of(request), case, step, (posted.get("item") or [""])[-1])
    return replies.go(f"/permohonan/{view.case}")


@get("/permohonan/{case:str}/tarik", include_in_schema=False)
async def withdrawal(request: GatewayRequest) -> Response[bytes]:
    """Ask whether the applicant really withdraws."""
    view = await calls_of(request).read_case(caller_of(request), path_of(request, "case"))
    if not view.can_withdraw:
        return replies.go(f"/permohonan/{view.case}")
    form = filling.empty(WITHDRAW_FORM).form
    shell = replies.shell_of(request)
    return replies.page(request, "citizen/withdraw.html", shell, context={"case": view.case, "form": form})


@post("/permohonan/{case:str}/tarik", status_code=200, include_in_schema=False)
async def withdraw(request: GatewayRequest) -> Response[bytes]:
    """Withdraw."""
    posted = await read_posted(request)
    reason = (posted.get("/reason") or [""])[-1].strip()[:500]
    view = await calls_of(request).withdraw(caller_of(request), path_of(request, "case"), reason)
    return replies.go(f"/permohonan/{view.case}")


@post("/permohonan/{case:str}/tutup", status_code=200, include_in_schema=False)
async def close(request: GatewayRequest) -> Response[bytes]:
    """Forget an application, or a draft, on this device."""
    await read_posted(request)
    case = path_of(request, "case")
    await calls_of(request).drafts.is_draft(caller_of(request), case)
    return replies.go("/permohonan", replies.forget(request, f"{COOKIE_CASE}{case}"))


@get("/permohonan/{case:str}/hasil", include_in_schema=False)
async def output(request: GatewayRequest) -> Response[bytes]:
    """Show the joint output or the closing record."""
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    issued = await calls.output(caller, case)
    view = await calls.read_case(caller, case)
    shown = issued.output or issued.record
    if shown is None:
        raise NotFound
    context = {"page": output_page(shown, state=view.state), "renewal": await calls.renewing.standing(caller, case)}
    return replies.page(request, "citizen/output.html", replies.shell_of(request), context=context)


@get("/permohonan/{case:str}/hasil.pdf", include_in_schema=False)
async def output_pdf(request: GatewayRequest) -> Response[bytes]:
    """Give the PDF."""
    case = path_of(request, "case")
    document = await calls_of(request).output_pdf(caller_of(request), case)
    return _file(document, "application/pdf", f"{case}.pdf")


@get("/permohonan/{case:str}/hasil.jwt", include_in_schema=False)
async def output_credential(request: GatewayRequest) -> Response[bytes]:
    """Give the credential."""
    case = path_of(request, "case")
    issued = await calls_of(request).output(caller_of(request), case)
    if not issued.credential:
        raise NotFound
    return _file(issued.credential.encode(), "application/vc+jwt", f"{case}.jwt")


@get("/permohonan/{case:str}/dokumen/{digest:str}", include_in_schema=False)
async def document(request: GatewayRequest) -> Reply:
    """Give a document that an agency gave."""
    case, digest = path_of(request, "case"), path_of(request, "digest")
    return attached(await calls_of(request).document(caller_of(request), case, digest))


def _file(content: bytes, kind: str, name: str) -> Response[bytes]:
    headers = {**replies.HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=headers)


async def _find(request: GatewayRequest, filled: Filling) -> Response[bytes]:
    shell = replies.shell_of(request)
    return replies.form_page(request, "citizen/find.html", shell, filled, opened=await opened_here(request))


async def _correction(request: GatewayRequest, shell: Shell, view: CaseView, filled: Filling) -> Response[bytes]:
    address = f"/permohonan/{view.case}"
    return replies.form_page(
        request,
        "citizen/correct.html",
        shell,
        filled,
        heading=Text("Perbaiki jawaban", "Correct an answer"),
        lead="",
        case=view.case,
        asked=asked_rows(view, await agency_names(calls_of(request))),
        back_to=address,
        action=f"{address}/perbaikan",
        submit=render_text("Send the correction", shell.language),
        note="",
        hidden={},
    )


def _asked(view: CaseView) -> list[str]:
    return sorted({pointer for item in view.corrections for pointer in item.pointers})


def _rejected(filled: Filling, rejection: Rejection) -> Filling:
    """Show why a correction was not taken: its mistakes, or that nothing was changed."""
    if rejection.mistakes:
        return filled.reported(rejection.mistakes)
    if rejection.code != "nothing_changed":
        raise rejection
    same = Text(
        "Jawaban masih sama. Ubah, atau biarkan seperti semula di bawah.",
        "The answer is the same. Change it, or leave it as it is below.",
    )
    return Filling(form=filled.form, filled=filled.filled, mistakes=[Wrong("", same)])


ROUTES: Final = (
    find,
    open_case,
    progress,
    news,
    correction,
    correct,
    decline,
    withdrawal,
    withdraw,
    close,
    output,
    output_pdf,
    output_credential,
    document,
)
