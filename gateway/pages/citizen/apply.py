"""Applying: what the service is, the one form, and what is made of it when it is sent."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Final

from litestar import Response, get, post
from litestar.datastructures import Cookie
from msgspec import structs

from contracts.units import Text
from contracts.views import ServiceView
from gateway.calls import Applied
from gateway.idempotency import Wish, wish_of
from gateway.identity.callers import Caller
from gateway.identity.secrets import digest_of
from gateway.pages import filling, replies
from gateway.pages.citizen.drafts import SAVE, not_saved, read_answers_of
from gateway.pages.citizen.views import service_page
from gateway.pages.filling import Filling
from gateway.pages.formats import Language
from gateway.pages.mistakes import Wrong
from gateway.pages.names import agency_names
from gateway.pages.posting import FormStale
from gateway.pages.rendering import render_text
from gateway.pages.shell import Shell
from gateway.pages.uploads import LARGEST_UPLOAD
from gateway.pages.warnings import SEEN, seen, warnings_of
from gateway.problems import KeyReused
from gateway.requests import GatewayRequest, address_of, calls_of, cookies_of, identity_of, path_of
from workflows.core.rejections import Rejection

KEY: Final = "_key"
"""The hidden field with the form's own key, so that sending twice is one wish."""

NEW = "baru"
"""The query parameter that asks for a new form although one was sent."""
_KEY = re.compile(r"[A-Za-z0-9_-]{32}")

SENT_BEFORE: Final = Text(
    "Formulir ini sudah dikirim dengan jawaban lain. Permohonan itu ada di halaman Permohonan saya; "
    "untuk permohonan baru, muat ulang halaman ini.",
    "This form was sent before with other answers. You find that application under My applications; "
    "for a new one, load this page again.",
)


@get("/", include_in_schema=False)
async def home(request: GatewayRequest) -> Response[bytes]:
    """Show the catalogue, by life event: every service whose agencies have all agreed."""
    calls = calls_of(request)
    shell = replies.shell_of(request)
    names = await agency_names(calls)
    offered = sorted(await calls.catalogue(), key=lambda service: (service.life_event, service.service))
    services = [service_page(service, names, shell.language) for service in offered]
    return replies.page(request, "citizen/home.html", shell, context={"services": services})


@get("/layanan/{service:str}", include_in_schema=False)
async def service(request: GatewayRequest) -> Response[bytes]:
    """Show a service before one applies: what one gets, who receives what and why, what it costs."""
    calls = calls_of(request)
    shell = replies.shell_of(request)
    offered = await calls.service(path_of(request, "service"))
    shown = service_page(offered, await agency_names(calls), shell.language)
    return replies.page(request, "citizen/service.html", shell, context={"service": shown})


@get("/layanan/{service:str}/formulir", include_in_schema=False)
async def form(request: GatewayRequest) -> Response[bytes]:
    """Show the one form; to a browser that has just sent it, the application that it became."""
    offered = await calls_of(request).service(path_of(request, "service"))
    shell, (key, case) = replies.shell_of(request), _begun(request, offered.service)
    if NEW in request.query_params:
        fresh = replies.form_cookie(request, offered.service, _new_key())
        return replies.go(request.url.path, fresh)
    if case:
        sent = {"service": offered.service, "title": offered.title, "case": case}
        return replies.page(request, "citizen/sent.html", shell, context=sent)
    cookies = [replies.form_cookie(request, offered.service, key)]
    return _form(request, shell, offered, filling.empty(offered.form or {}), key, cookies=cookies)


@post(
    "/layanan/{service:str}/formulir",
    status_code=200,
    include_in_schema=False,
    request_max_body_size=LARGEST_UPLOAD + 1,
)
async def send(request: GatewayRequest) -> Response[bytes]:
    """Take a sent form: open the case and go to it, save a draft, or show every mistake with the answers kept."""
    calls = calls_of(request)
    shell = replies.shell_of(request)
    offered = await calls.service(path_of(request, "service"))
    schema = offered.form or {}
    files, posted = await read_answers_of(request, schema)
    key = (posted.get(KEY) or [""])[-1]
    if _KEY.fullmatch(key) is None:
        raise FormStale
    if filling.LANGUAGE in posted:
        shell, cookie = replies.in_language(request, shell, posted[filling.LANGUAGE][-1])
        return _form(request, shell, offered, filling.rearranged(schema, posted), key, cookies=[cookie])
    if filling.is_rearranged(posted):
        return _form(request, shell, offered, filling.rearranged(schema, posted), key)
    if SAVE in posted:
        return await _save(request, shell, offered, filling.unjudged(schema, posted, files), key)
    filled = filling.judged(schema, posted, files)
    if filled.mistakes:
        return _form(request, shell, offered, filled, key)
    warnings = warnings_of(filled.form, filled.answers)
    if warnings and posted.get(SEEN, [""])[-1] != seen(filled.answers):
        return _form(request, shell, offered, structs.replace(filled, warnings=warnings), key)
    return await _open(request, shell, offered, filled, key)


async def _open(
    request: GatewayRequest, shell: Shell, offered: ServiceView, filled: Filling, key: str
) -> Response[bytes]:
    calls, traceparent, address = calls_of(request), identity_of(request).traceparent, address_of(request)
    wish = wish_of(key, caller=_browser(request), route=f"POST {request.url.path}", body=filled.answers)
    begun = await calls.drafts.begun(_wish_to_save(request, key))
    try:
        if begun is None:
            applied = await calls.apply(
                offered.service, filled.answers, wish=wish, traceparent=traceparent, address=address
            )
        else:  # saved before, and then sent from the page of before: it is that draft which is sent
            holder = Caller(secrets=frozenset({digest_of(begun.secret)}), address=address)
            case = await calls.drafts.apply(holder, begun.case, filled.answers, traceparent=traceparent)
            applied = Applied(case=case, secret=begun.secret)
    except Rejection as rejection:
        if not rejection.mistakes:
            raise
        return _form(request, shell, offered, filled.reported(rejection.mistakes), key)
    except KeyReused:
        again = Filling(form=filled.form, filled=filled.filled, mistakes=[Wrong("", SENT_BEFORE)])
        return _form(request, shell, offered, again, key)
    cookies = [
        *replies.spare_cases(request),
        replies.case_cookie(request, applied.case, applied.secret),
        replies.form_cookie(request, offered.service, key, applied.case),
    ]
    return replies.go(f"/permohonan/{applied.case}", *cookies)


async def _save(
    request: GatewayRequest, shell: Shell, offered: ServiceView, filled: Filling, key: str
) -> Response[bytes]:
    """Save a draft and go to its page; the form's key is the draft's, so saving twice is one draft."""
    calls, address = calls_of(request), address_of(request)
    if filled.mistakes:
        return _form(request, shell, offered, filled.found(filled.mistakes), key)
    try:
        begun = await calls.drafts.begin(
            offered.service, filled.answers, wish=_wish_to_save(request, key), address=address
        )
        if begun.again:
            holder = Caller(secrets=frozenset({digest_of(begun.secret)}), address=address)
            await calls.drafts.save(holder, begun.draft, filled.answers)
    except Rejection as rejection:
        return _form(request, shell, offered, not_saved(filled, rejection), key)
    cookies = [
        *replies.spare_cases(request),
        replies.case_cookie(request, begun.draft, begun.secret),
        replies.form_cookie(request, offered.service, _new_key()),
    ]
    return replies.go(f"/draf/{begun.draft}", *cookies)


def _wish_to_save(request: GatewayRequest, key: str) -> Wish | None:
    """Give the wish by which a form is saved: whatever is in it, it is one draft."""
    return wish_of(key, caller=_browser(request), route=f"SAVE {request.url.path}", body={})


def _browser(request: GatewayRequest) -> str:
    return f"browser {hashlib.sha256(replies.browser_value(request).encode()).hexdigest()}"


def _form(
    request: GatewayRequest,
    shell: Shell,
    offered: ServiceView,
    filled: Filling,
    key: str,
    *,
    cookies: Sequence[Cookie] = (),
) -> Response[bytes]:
    address = f"/layanan/{offered.service}"
    return replies.form_page(
        request,
        "citizen/form.html",
        shell,
        filled,
        cookies=cookies,
        heading=offered.title,
        lead=_lead(offered, shell.language),
        back_to=address,
        action=f"{address}/formulir",
        submit=render_text("Send the application", shell.language),
        note=render_text("By sending it you confirm that your answers are true.", shell.language),
        hidden={KEY: key, SEEN: seen(filled.answers) if filled.warnings else ""},
        can_save=True,
    )


def _lead(offered: ServiceView, language: Language) -> str:
    """Say what is asked of whom: this form alone, or more of the applicant later."""
    if any(step.kind == "applicant" for step in offered.others):
        return render_text(
            "You fill in this form, and later what is asked of you; each agency receives only what it needs.", language
        )
    return render_text("You answer once; each agency receives only what it needs.", language)


def _begun(request: GatewayRequest, service: str) -> tuple[str, str]:
    """Give the key of the form that this browser has begun, the same in every tab; and the case once it was sent."""
    begun, _, case = cookies_of(request).get(f"{replies.COOKIE_FORM}{service}", "").partition(".")
    known = _KEY.fullmatch(begun) is not None
    return (begun, case if case in replies.cases_of(request) else "") if known else (_new_key(), "")


def _new_key() -> str:
    return secrets.token_urlsafe(24)


ROUTES: Final = (home, service, form, send)
