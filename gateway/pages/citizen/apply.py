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
from gateway.idempotency import wish_of
from gateway.pages import filling, replies
from gateway.pages.citizen.views import service_page
from gateway.pages.filling import Filling
from gateway.pages.mistakes import Wrong
from gateway.pages.names import agency_names
from gateway.pages.posting import FormStale, read_posted
from gateway.pages.rendering import render_text
from gateway.pages.shell import Shell
from gateway.pages.warnings import warnings_of
from gateway.problems import KeyReused
from gateway.requests import GatewayRequest, address_of, calls_of, cookies_of, identity_of, path_of
from workflows.core.rejections import Rejection
from workflows.loading.hashing import canonical

KEY, SEEN = "_key", "_seen"
"""Hidden fields: the form's own key, so that sending twice is one wish; and which warnings were seen."""

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


@post("/layanan/{service:str}/formulir", status_code=200, include_in_schema=False)
async def send(request: GatewayRequest) -> Response[bytes]:
    """Take a sent form: open the case and go to it, or show every mistake with the answers kept."""
    calls = calls_of(request)
    shell = replies.shell_of(request)
    posted = await read_posted(request)
    offered = await calls.service(path_of(request, "service"))
    schema = offered.form or {}
    key = (posted.get(KEY) or [""])[-1]
    if _KEY.fullmatch(key) is None:
        raise FormStale
    if filling.LANGUAGE in posted:
        shell, cookie = replies.in_language(request, shell, posted[filling.LANGUAGE][-1])
        return _form(request, shell, offered, filling.rearranged(schema, posted), key, cookies=[cookie])
    if filling.is_rearranged(posted):
        return _form(request, shell, offered, filling.rearranged(schema, posted), key)
    filled = filling.judged(schema, posted)
    if filled.mistakes:
        return _form(request, shell, offered, filled, key)
    warnings = warnings_of(filled.form, filled.answers)
    if warnings and posted.get(SEEN, [""])[-1] != _digest(filled.answers):
        return _form(request, shell, offered, structs.replace(filled, warnings=warnings), key)
    return await _open(request, shell, offered, filled, key)


async def _open(
    request: GatewayRequest, shell: Shell, offered: ServiceView, filled: Filling, key: str
) -> Response[bytes]:
    browser = hashlib.sha256(replies.browser_value(request).encode()).hexdigest()
    route = f"POST /layanan/{offered.service}/formulir"
    wish = wish_of(key, caller=f"browser {browser}", route=route, body=filled.answers)
    try:
        applied = await calls_of(request).apply(
            offered.service,
            filled.answers,
            wish=wish,
            traceparent=identity_of(request).traceparent,
            address=address_of(request),
        )
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
        lead=render_text("You answer once; each agency receives only what it needs.", shell.language),
        back_to=address,
        action=f"{address}/formulir",
        submit=render_text("Send the application", shell.language),
        note=render_text("By sending it you confirm that your answers are true.", shell.language),
        hidden={KEY: key, SEEN: _digest(filled.answers) if filled.warnings else ""},
    )


def _begun(request: GatewayRequest, service: str) -> tuple[str, str]:
    """Give the key of the form that this browser has begun, the same in every tab; and the case once it was sent."""
    begun, _, case = cookies_of(request).get(f"{replies.COOKIE_FORM}{service}", "").partition(".")
    known = _KEY.fullmatch(begun) is not None
    return (begun, case if case in replies.cases_of(request) else "") if known else (_new_key(), "")


def _new_key() -> str:
    return secrets.token_urlsafe(24)


def _digest(answers: dict[str, object]) -> str:
    return hashlib.sha256(canonical(answers)).hexdigest()[:32]


ROUTES: Final = (home, service, form, send)
