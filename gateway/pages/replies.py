"""Pages as HTTP replies: the shell of a request, headers that keep a page to itself, cookies, redirects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from litestar import Response
from litestar.datastructures import Cookie
from msgspec import structs

from contracts.units import Text
from gateway.identity.authentication import COOKIE_CASE, COOKIE_HOST, COOKIE_ROLE
from gateway.identity.callers import Caller
from gateway.pages import language, posting
from gateway.pages.filling import Filling
from gateway.pages.rendering import render
from gateway.pages.shell import Area, Shell, Theme, section_of
from gateway.problems import Declined
from gateway.requests import GatewayRequest, caller_of, calls_of, cookies_of
from gateway.settings import Settings

YEAR_S, MONTH_S, SHIFT_S, SENT_S = 365 * 86_400, 30 * 86_400, 12 * 3_600, 900
COOKIE_FORM: Final = "gapura-form-"
"""The key of a form that was begun, by its service."""
DONE: Final = "selesai"
"""The query parameter that says what was just done."""
COOKIE_DONE: Final = "gapura-done"
TOLD_S: Final = 60
MOST_CASES: Final = 20
"""Cases that one browser keeps open; the oldest gives way."""

_IN_ADDRESSES: Final = "/?#%&=:@!$'()*+,;[]~"
"""What means something in an address; line ends, spaces and the like are written with `%`."""
HEADERS: Final = {"Referrer-Policy": "same-origin"}
"""The other headers of every reply come from `gateway.edge`. Under its `no-referrer` older browsers post our own forms
with `Origin: null`, which reads as another site's."""


def theme_of(settings: Settings) -> Theme:
    """Give the theme of this gateway."""
    alone = Text(
        "Percobaan: gerbang ini hanya terbuka bagi komputer ini.",
        "A trial: this gateway is open to this computer only.",
    )
    return Theme(
        place=Text(settings.operator, settings.operator) if settings.operator != Settings().operator else Theme().place,
        notice=alone if settings.identity == "loopback" else None,
        verify_at=f"{settings.base_url}/verifikasi",
        keys_at=f"{settings.base_url}/v1/keys",
    )


def shell_of(request: GatewayRequest, area: Area = "citizen") -> Shell:
    """Give the shell of a request's page."""
    calls = calls_of(request)
    path = request.url.path
    return Shell(
        theme=theme_of(calls.settings),
        language=language.wanted(cookies_of(request).get(language.COOKIE)),
        area=area,
        path=path,
        section=section_of(area, path),
        now=calls.now(),
        token=posting.token_for(browser_value(request)),
        person=_person(request, area),
        refreshing="diam" not in request.query_params,
        query=query_of(request),
    )


def query_of(request: GatewayRequest) -> tuple[tuple[str, str], ...]:
    """Give the address's parameters, but for the one that changes the language."""
    given = request.query_params.multi_items()
    return tuple((name, str(value)) for name, value in given if name != language.PARAMETER)


def browser_value(request: GatewayRequest) -> str:
    """Give the browser's random value; a new one, the same for the whole request, where it has none."""
    known = posting.browser_of(cookies_of(request))
    if known:
        return known
    state = request.scope["state"]
    if "browser" not in state:
        state["browser"] = posting.new_browser()
    return str(state["browser"])


def page(
    request: GatewayRequest,
    template: str,
    shell: Shell,
    *,
    context: Mapping[str, object],
    status: int = HTTPStatus.OK,
    cookies: Sequence[Cookie] = (),
) -> Response[bytes]:
    """Give a rendered page; `context` is what its template takes."""
    set_cookies = list(cookies)
    if not posting.browser_of(cookies_of(request)):
        set_cookies.append(_cookie(request, posting.COOKIE_BROWSER, browser_value(request), YEAR_S))
    return Response(
        render(template, shell, context),
        status_code=status,
        media_type="text/html",
        headers=dict(HEADERS),
        cookies=set_cookies,
    )


def form_page(
    request: GatewayRequest,
    template: str,
    shell: Shell,
    filled: Filling,
    *,
    cookies: Sequence[Cookie] = (),
    **context: object,
) -> Response[bytes]:
    """Give a page with a form: 422 when it shows mistakes."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if filled.mistakes else HTTPStatus.OK
    return page(request, template, shell, status=status, cookies=cookies, context=filled.context() | context)


def go(to: str, *cookies: Cookie) -> Response[bytes]:
    """Send the browser on with a GET; `to` is a path of ours, and stays one whatever stands in it."""
    place = "/" + quote(to.lstrip("/\\"), safe=_IN_ADDRESSES)
    return Response(
        b"",
        status_code=HTTPStatus.SEE_OTHER,
        headers={"Location": place, "Cache-Control": "no-store"},
        cookies=list(cookies),
        media_type="text/html",
    )


def go_done(request: GatewayRequest, to: str, what: str) -> Response[bytes]:
    """Send the browser on to a page that tells it, and no other, that something was done (`what_was_done`)."""
    return go(f"{to}?{DONE}={what}", _cookie(request, COOKIE_DONE, what, TOLD_S))


def what_was_done(request: GatewayRequest) -> str:
    """Give what this browser has just done; nothing where somebody only follows an address that says so."""
    told = str(request.query_params.get(DONE, ""))
    return told if told and told == cookies_of(request).get(COOKIE_DONE, "") else ""


def in_language(request: GatewayRequest, shell: Shell, wanted: str) -> tuple[Shell, Cookie]:
    """Change a page's language, and remember it: what the switch inside a form does."""
    chosen = language.wanted(None, wanted)
    return structs.replace(shell, language=chosen), language_cookie(request, chosen)


def language_cookie(request: GatewayRequest, wanted: str) -> Cookie:
    """Remember a language."""
    return _cookie(request, language.COOKIE, wanted, YEAR_S)


def case_cookie(request: GatewayRequest, case: str, secret: str) -> Cookie:
    """Open a case to this browser."""
    return _cookie(request, f"{COOKIE_CASE}{case}", secret, MONTH_S)


def form_cookie(request: GatewayRequest, service: str, key: str, case: str = "") -> Cookie:
    """Remember the key of the form that this browser has begun, and the case that it became, for a while."""
    value, seconds = (f"{key}.{case}", SENT_S) if case else (key, SHIFT_S)
    return _cookie(request, f"{COOKIE_FORM}{service}", value, seconds)


def role_cookie(request: GatewayRequest, role: str, token: str) -> Cookie:
    """Sign somebody in for a shift."""
    return _cookie(request, f"{COOKIE_ROLE}{role}", token, SHIFT_S)


def forget(request: GatewayRequest, name: str) -> Cookie:
    """Take a cookie away."""
    return _cookie(request, name, "", 0)


def cases_of(request: GatewayRequest) -> list[str]:
    """Give the references of the cases that this browser opened."""
    return [name.removeprefix(COOKIE_CASE) for name in cookies_of(request) if name.startswith(COOKIE_CASE)]


def spare_cases(request: GatewayRequest) -> list[Cookie]:
    """Make room for one more case: the oldest give way, since a browser sends every cookie every time."""
    return [forget(request, f"{COOKIE_CASE}{case}") for case in cases_of(request)[: 1 - MOST_CASES]]


def page_caller(request: GatewayRequest) -> Caller | None:
    """Give who is looking; None where what was sent says nobody (a page is then shown as to a stranger)."""
    try:
        return caller_of(request)
    except Declined:
        return None


def _person(request: GatewayRequest, area: Area) -> str:
    caller = page_caller(request) if area != "citizen" else None
    grant = caller and (caller.officer if area == "officer" else caller.operator)
    return grant.person or grant.actor if grant else ""


def _cookie(request: GatewayRequest, name: str, value: str, seconds: int) -> Cookie:
    """Make a cookie that no script reads and no other site sends."""
    secure = calls_of(request).settings.secure
    key = f"{COOKIE_HOST}{name}" if secure else name
    return Cookie(key=key, value=value, max_age=seconds, path="/", httponly=True, samesite="strict", secure=secure)
