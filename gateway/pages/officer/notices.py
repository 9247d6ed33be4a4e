"""What was revoked of outputs to which an officer's agency gave a part: to be noted, with one button each."""

from __future__ import annotations

from typing import Final

from litestar import Response, get, post

from gateway.deciding import officer_of
from gateway.pages import replies
from gateway.pages.names import agency_names
from gateway.pages.posting import read_posted
from gateway.pages.steps import name_of
from gateway.requests import GatewayRequest, caller_of, calls_of

DONE: Final = "dicatat"
"""The query parameter that says that something was just noted."""


@get("/petugas/pemberitahuan", include_in_schema=False)
async def notices(request: GatewayRequest) -> Response[bytes]:
    """Show what the officer's agency has still to note."""
    calls, caller = calls_of(request), caller_of(request)
    officer_of(caller)
    found = await calls.notices.listed(caller, str(request.query_params.get("cursor", "")))
    names = await agency_names(calls)
    context = {
        "notices": [(view, name_of(view.by, names)) for view in found.notices],
        "next": found.next,
        "done": DONE in request.query_params,
    }
    return replies.page(request, "officer/notices.html", replies.shell_of(request, "officer"), context=context)


@post("/petugas/pemberitahuan", status_code=200, include_in_schema=False)
async def take(request: GatewayRequest) -> Response[bytes]:
    """Record that the agency took note."""
    posted = await read_posted(request)
    await calls_of(request).notices.take(caller_of(request), (posted.get("notice") or [""])[-1])
    return replies.go(f"/petugas/pemberitahuan?{DONE}=1")


ROUTES: Final = (notices, take)
