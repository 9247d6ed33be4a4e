"""A draft: a form that is gone on with later, on any device; sent, or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar import Response, get, post
from litestar.datastructures import Cookie
from msgspec import Struct, structs

from contracts.contract import JsonSchema
from contracts.documents import document_fields, document_labels, documents_among
from contracts.draft_views import DraftView
from contracts.units import Text
from gateway.identity.authentication import COOKIE_CASE
from gateway.pages import filling, replies
from gateway.pages.answers import Posted
from gateway.pages.filling import NO_FILES, Filling
from gateway.pages.forms import build_form
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import MOST_FIELDS, Uploads, read_posted, read_upload
from gateway.pages.rendering import render_text
from gateway.pages.shell import Shell
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.pages.warnings import SEEN, seen, warnings_of
from gateway.requests import (
    GatewayRequest,
    address_of,
    caller_of,
    calls_of,
    cookies_of,
    identity_of,
    number_in,
    path_of,
)
from workflows.core.rejections import Rejection
from workflows.outputs.wording import document_about

SAVE: Final = "_save"
"""The name of the button that saves and sends nothing."""
VERSION: Final = "_version"
"""The hidden field with the version that a form began from."""
OVERWROTE: Final = "diganti"
"""The query parameter that says that a newer save was replaced."""
NOT_SAVED: Final = Text(
    "Draf ini terlalu besar, atau terlalu sering disimpan, sehingga tidak disimpan lagi. Kirim permohonannya.",
    "This draft is too large, or was saved too often, and is not saved again. Send the application.",
)


async def read_answers_of(request: GatewayRequest, schema: JsonSchema) -> tuple[Uploads, Posted]:
    """Read a posted first form: with its files, where its service asks for any.

    Raises as `read_upload`, and Overloaded or TooManyRequests where too many with files are being read.
    """
    if not document_fields(schema):
        return NO_FILES, await read_posted(request)
    with calls_of(request).limits.uploads.one(address_of(request)):
        return await read_upload(request, largest=LARGEST_UPLOAD, parts=MOST_FIELDS)


def not_saved(filled: Filling, rejection: Rejection) -> Filling:
    """Show why a draft was not saved."""
    if rejection.mistakes:
        return filled.reported(rejection.mistakes)
    return structs.replace(filled, mistakes=[Wrong("", NOT_SAVED)])


@get("/draf/{draft:str}", include_in_schema=False)
async def show(request: GatewayRequest) -> Response[bytes]:
    """Show a draft: until when it is kept, by what it is opened again, and what a newer form does not take."""
    calls, caller, draft = calls_of(request), caller_of(request), path_of(request, "draft")
    if not await calls.drafts.is_draft(caller, draft):
        return replies.go(f"/permohonan/{draft}")
    view = await calls.drafts.read(caller, draft)
    schema, before = await calls.drafts.schemas(caller, draft)
    context = {
        "draft": view,
        "unfit": _labels(before, view.unfit),
        "papers": _papers(schema, view),
        "secret": cookies_of(request).get(f"{COOKIE_CASE}{view.draft}", ""),
        "overwrote": OVERWROTE in request.query_params,
    }
    return replies.page(request, "citizen/draft.html", replies.shell_of(request), context=context)


@get("/draf/{draft:str}/formulir", include_in_schema=False)
async def form(request: GatewayRequest) -> Response[bytes]:
    """Show the form with what was filled in."""
    calls, caller, draft = calls_of(request), caller_of(request), path_of(request, "draft")
    if not await calls.drafts.is_draft(caller, draft):
        return replies.go(f"/permohonan/{draft}")
    view = await calls.drafts.read(caller, draft)
    schema, _ = await calls.drafts.schemas(caller, draft)
    return _form(request, replies.shell_of(request), view, filling.given(schema, view.form))


@post(
    "/draf/{draft:str}/formulir",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD + 1,
)
async def send(request: GatewayRequest) -> Response[bytes]:
    """Save the form again, or send it: the draft becomes the application; or show every mistake."""
    calls, caller, draft = calls_of(request), caller_of(request), path_of(request, "draft")
    shell = replies.shell_of(request)
    if not await calls.drafts.is_draft(caller, draft):
        await read_posted(request)
        return replies.go(f"/permohonan/{draft}")
    view = await calls.drafts.read(caller, draft)
    schema, _ = await calls.drafts.schemas(caller, draft)
    files, posted = await read_answers_of(request, schema)
    if filling.is_rearranged(posted):
        cookies: list[Cookie] = []
        if filling.LANGUAGE in posted:
            shell, cookie = replies.in_language(request, shell, posted[filling.LANGUAGE][-1])
            cookies.append(cookie)
        return _form(request, shell, view, filling.rearranged_with(schema, posted, view.form), cookies=cookies)
    if SAVE in posted:
        return await _save(request, shell, view, filling.unjudged(schema, posted, files, view.form), posted)
    return await _send(request, shell, view, filling.judged(schema, posted, files, view.form), posted)


async def _send(
    request: GatewayRequest, shell: Shell, view: DraftView, filled: Filling, posted: Posted
) -> Response[bytes]:
    calls, traceparent = calls_of(request), identity_of(request).traceparent
    warnings = [] if filled.mistakes else warnings_of(filled.form, filled.answers)
    unseen = bool(warnings) and posted.get(SEEN, [""])[-1] != seen(filled.answers)
    if filled.mistakes or unseen:
        return _form(request, shell, view, structs.replace(filled, warnings=warnings))
    try:
        await calls.drafts.apply(caller_of(request), view.draft, filled.answers, traceparent=traceparent)
    except Rejection as rejection:
        if not rejection.mistakes:
            raise
        return _form(request, shell, view, filled.reported(rejection.mistakes))
    return replies.go(f"/permohonan/{view.draft}")


async def _save(
    request: GatewayRequest, shell: Shell, view: DraftView, filled: Filling, posted: Posted
) -> Response[bytes]:
    if filled.mistakes:
        return _form(request, shell, view, filled.found(filled.mistakes))
    since = number_in((posted.get(VERSION) or ["0"])[-1], VERSION, least=0, most=10**9)
    try:
        saved = await calls_of(request).drafts.save(caller_of(request), view.draft, filled.answers, since=since)
    except Rejection as rejection:
        return _form(request, shell, view, not_saved(filled, rejection))
    secret = cookies_of(request).get(f"{COOKIE_CASE}{view.draft}", "")
    cookies = [replies.case_cookie(request, view.draft, secret)] if secret else []
    return replies.go(f"/draf/{view.draft}{f'?{OVERWROTE}=1' if saved.overwrote else ''}", *cookies)


@post("/draf/{draft:str}/hapus", status_code=200, include_in_schema=False)
async def delete(request: GatewayRequest) -> Response[bytes]:
    """Delete a draft, for everybody and at once."""
    await read_posted(request)
    draft = path_of(request, "draft")
    await calls_of(request).drafts.delete(caller_of(request), draft)
    return replies.go("/permohonan", replies.forget(request, f"{COOKIE_CASE}{draft}"))


def _form(
    request: GatewayRequest, shell: Shell, view: DraftView, filled: Filling, *, cookies: Sequence[Cookie] = ()
) -> Response[bytes]:
    address = f"/draf/{view.draft}"
    return replies.form_page(
        request,
        "citizen/form.html",
        shell,
        filled,
        cookies=cookies,
        heading=view.title,
        lead=render_text("You answer once; each agency receives only what it needs.", shell.language),
        back_to=address,
        action=f"{address}/formulir",
        submit=render_text("Send the application", shell.language),
        note=render_text("By sending it you confirm that your answers are true.", shell.language),
        hidden={VERSION: str(view.version), SEEN: seen(filled.answers) if filled.warnings else ""},
        can_save=True,
    )


class Paper(Struct, frozen=True):
    """A document that is kept with a draft; `carried`: it is still that of the application that is renewed."""

    label: Text
    name: str
    about: Text
    carried: bool


def _papers(schema: JsonSchema, view: DraftView) -> list[Paper]:
    found = documents_among(view.form, document_fields(schema))
    labels = document_labels(schema)
    return [
        Paper(
            labels.get(name, Text(name, name)),
            document.name,
            document_about(document.type, document.size),
            f"/{name}" in view.carried,
        )
        for name, document in found.items()
    ]


def _labels(schema: JsonSchema, pointers: Sequence[str]) -> list[Text]:
    """Give what people call answers, each once."""
    top = {element.pointer: element.label for element in build_form(schema).plain()}
    labels = [top.get(f"/{pointer.split('/')[1]}", Text(pointer, pointer)) for pointer in pointers]
    return list({label.id: label for label in labels}.values())


ROUTES: Final = (show, form, send, delete)
