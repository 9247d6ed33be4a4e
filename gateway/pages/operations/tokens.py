"""Operations: who holds a token, and taking one back."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post

from contracts.units import Text
from gateway.pages import replies
from gateway.pages.operations.bulk import REVIEWS
from gateway.pages.posting import read_posted
from gateway.pages.told import told
from gateway.problems import FormInvalid, NotPossibleNow
from gateway.requests import GatewayRequest, caller_of, calls_of

ROLES: Final = {
    "officer": Text("Petugas", "Officer"),
    "operator": Text("Operator", "Operator"),
    "agency": Text("Sistem instansi", "An agency's system"),
}
STATES: Final = {
    "valid": Text("Berlaku", "Valid"),
    "past": Text("Lewat waktunya", "Expired"),
    "revoked": Text("Dicabut", "Revoked"),
}


@get("/operasi/token", include_in_schema=False)
async def tokens(request: GatewayRequest) -> Response[bytes]:
    """Show who holds a token, and a form beside each that is valid."""
    return _page(request)


@post("/operasi/token", status_code=200, include_in_schema=False)
async def revoke(request: GatewayRequest) -> Response[bytes]:
    """Take one back, or show what is missing."""
    posted = await read_posted(request)
    name, why = ((posted.get(field) or [""])[-1].strip()[:1000] for field in ("nama", "alasan"))
    try:
        await calls_of(request).register.issued.revoke(caller_of(request), name, why)
    except FormInvalid as no:
        return _page(request, why=told(no.errors[0].detail), status=422)
    except NotPossibleNow as no:
        return _page(request, why=told(no.detail), status=409)
    return replies.go("/operasi/token")


def _page(request: GatewayRequest, *, why: Text | None = None, status: int = 200) -> Response[bytes]:
    found = calls_of(request).register.issued.listed(caller_of(request))
    context = {"tokens": found, "roles": ROLES, "states": STATES, "reviewed": REVIEWS, "why": why}
    shell = replies.shell_of(request, "operations")
    return replies.page(request, "operations/tokens.html", shell, context=context, status=status)


ROUTES: Final = (tokens, revoke)
