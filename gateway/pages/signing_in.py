"""Signing officers and operators in with a token, and out again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar import Response, get, post
from msgspec import structs

from contracts.units import Text
from gateway.identity.authentication import COOKIE_ROLE
from gateway.identity.secrets import digest_of
from gateway.pages import replies
from gateway.pages.mistakes import Wrong
from gateway.pages.posting import read_posted
from gateway.requests import GatewayRequest, address_of, calls_of

HOMES: Final = {"officer": "/petugas", "operator": "/operasi"}
NOT_VALID: Final = Text(
    "Token ini tidak berlaku, atau sudah lewat waktunya. Minta yang baru kepada pengelola.",
    "This token is not valid, or has expired. Ask your administrator for a new one.",
)
NO_PAGES: Final = Text(
    "Token ini untuk sistem instansi, bukan untuk orang", "This token is for an agency's system, not for a person"
)


@get("/masuk", include_in_schema=False)
async def sign_in_page(request: GatewayRequest) -> Response[bytes]:
    """Ask staff for their token."""
    return sign_in_reply(request, "")


@post("/masuk", status_code=200, include_in_schema=False)
async def sign_in(request: GatewayRequest) -> Response[bytes]:
    """Take a token, and go where its role works."""
    calls = calls_of(request)
    posted = await read_posted(request)
    token = (posted.get("token") or [""])[-1].strip()
    onward = (posted.get("tujuan") or [""])[-1]
    address = address_of(request)
    digest = digest_of(token)
    calls.limits.guesses.check(address, digest)
    record = calls.tokens.get(digest) if token else None
    if record is None or record.expires_at <= calls.now():
        calls.limits.guesses.wrong(address)
        return sign_in_reply(request, onward, NOT_VALID)
    if record.role not in HOMES:
        return sign_in_reply(request, onward, NO_PAGES)
    calls.limits.guesses.right(address, digest)
    home = HOMES[record.role]
    return replies.go(onward if _is_within(onward, home) else home, replies.role_cookie(request, record.role, token))


@post("/keluar", status_code=200, include_in_schema=False)
async def sign_out(request: GatewayRequest) -> Response[bytes]:
    """Forget who was signed in here."""
    await read_posted(request)
    return replies.go("/masuk", *(replies.forget(request, f"{COOKIE_ROLE}{role}") for role in HOMES))


def sign_in_reply(
    request: GatewayRequest, onward: str, wrong: Text | None = None, *, status: int = HTTPStatus.OK
) -> Response[bytes]:
    """Give the sign-in page; `onward` is where one wanted to go."""
    shell = structs.replace(replies.shell_of(request), person="")
    context = {"onward": onward, "wrong": wrong, "mistakes": [Wrong("/token", wrong)] if wrong else []}
    shown = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status
    return replies.page(request, "sign_in.html", shell, status=shown, context=context)


def _is_within(path: str, home: str) -> bool:
    """Say whether a path is a page of this role: nothing else is gone to after signing in."""
    return (path == home or path.startswith(f"{home}/")) and not set(path) & {"\\", "\r", "\n"}


ROUTES: Final = (sign_in_page, sign_in, sign_out)
