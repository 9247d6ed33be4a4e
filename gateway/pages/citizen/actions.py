"""What a step asks of the applicant: a page with its own form, which is answered or declined."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post
from litestar.datastructures import Cookie

from contracts.units import Text
from contracts.views import ActionView, CaseView
from gateway.pages import filling, replies
from gateway.pages.citizen.paying import paid_step, payment_page
from gateway.pages.filling import Filling
from gateway.pages.posting import MOST_FIELDS, read_posted, read_upload
from gateway.pages.shell import Shell
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.problems import FormInvalid
from gateway.requests import GatewayRequest, caller_of, calls_of, path_of
from workflows.outputs.wording import label_text

SUBMITS: Final = {
    "questions": Text("Kirim jawaban", "Send the answers"),
    "confirm": Text("Konfirmasi", "Confirm"),
    "upload": Text("Kirim berkas", "Send the files"),
}
"""What the button says, by the kind of page."""


@get("/permohonan/{case:str}/langkah/{step:str}", include_in_schema=False)
async def begin(request: GatewayRequest) -> Response[bytes]:
    """Show what is asked, or how the case stands where nothing is asked any more."""
    view = await calls_of(request).read_case(caller_of(request), path_of(request, "case"))
    paid = paid_step(view, path_of(request, "step"))
    if paid is not None:
        return payment_page(request, view, *paid)
    action = _asked(view, path_of(request, "step"))
    if action is None:
        return replies.go(f"/permohonan/{path_of(request, 'case')}")
    return _page(request, replies.shell_of(request), action, filling.empty(action.form))


@post(
    "/permohonan/{case:str}/langkah/{step:str}",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD + 1,
)
async def send(request: GatewayRequest) -> Response[bytes]:
    """Take the answers, or show every mistake with the answers kept."""
    files, posted = await read_upload(request, largest=LARGEST_UPLOAD, parts=MOST_FIELDS)
    case, action, shell = path_of(request, "case"), await _action(request), replies.shell_of(request)
    if action is None or action.page == "pay":
        return replies.go(f"/permohonan/{case}")
    if filling.LANGUAGE in posted:
        shell, cookie = replies.in_language(request, shell, posted[filling.LANGUAGE][-1])
        return _page(request, shell, action, filling.rearranged(action.form, posted), cookie)
    if filling.is_rearranged(posted):
        return _page(request, shell, action, filling.rearranged(action.form, posted))
    filled = filling.judged(action.form, posted, files)
    if not filled.mistakes:
        try:
            await calls_of(request).answering.answer(caller_of(request), case, action.step, filled.answers, action.item)
        except FormInvalid as invalid:
            filled = filled.reported(invalid.errors)
    return _page(request, shell, action, filled) if filled.mistakes else replies.go(f"/permohonan/{case}")


@post("/permohonan/{case:str}/langkah/{step:str}/tidak", status_code=200, include_in_schema=False)
async def decline(request: GatewayRequest) -> Response[bytes]:
    """Not do what is asked: the step is refused."""
    await read_posted(request)
    case, action = path_of(request, "case"), await _action(request)
    if action is not None:
        await calls_of(request).answering.decline(caller_of(request), case, action.step, action.item)
    return replies.go(f"/permohonan/{case}")


async def _action(request: GatewayRequest) -> ActionView | None:
    view = await calls_of(request).read_case(caller_of(request), path_of(request, "case"))
    return _asked(view, path_of(request, "step"))


def _asked(view: CaseView, step: str) -> ActionView | None:
    return next((action for action in view.actions if action.step == step), None)


def _page(
    request: GatewayRequest, shell: Shell, action: ActionView, filled: Filling, *cookies: Cookie
) -> Response[bytes]:
    address = f"/permohonan/{path_of(request, 'case')}"
    given: list[tuple[Text, object]] = [
        (label_text(name, action.labels), value) for name, value in action.given.items()
    ]
    return replies.form_page(
        request,
        "citizen/action.html",
        shell,
        filled,
        cookies=cookies,
        heading=action.title,
        lead="",
        given=given,
        until=action.until,
        optional=action.optional,
        back_to=address,
        action=f"{address}/langkah/{action.step}",
        submit=SUBMITS[action.page].into(shell.language),
        note="",
        hidden={},
    )


ROUTES: Final = (begin, send, decline)
