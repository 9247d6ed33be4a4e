"""Renewing what ends: one button on the page of the old application, which begins the new one as a draft."""

from __future__ import annotations

from typing import Final

from litestar import Response, post

from gateway.identity.authentication import COOKIE_CASE
from gateway.pages import replies
from gateway.pages.posting import read_posted
from gateway.problems import NotPossibleNow
from gateway.requests import GatewayRequest, caller_of, calls_of, cookies_of, path_of
from workflows.core.rejections import Rejection


@post("/permohonan/{case:str}/perpanjang", status_code=200, include_in_schema=False)
async def renew(request: GatewayRequest) -> Response[bytes]:
    """Begin to renew; the draft is opened to this browser by the same code.

    What is not possible (any more) is not done: the page of the case says how it stands, and since when.
    """
    await read_posted(request)
    case = path_of(request, "case")
    try:
        view = await calls_of(request).renewing.begin(caller_of(request), case)
    except (NotPossibleNow, Rejection):
        return replies.go(f"/permohonan/{case}")
    secret = cookies_of(request).get(f"{COOKIE_CASE}{case}", "")
    cookies = [*replies.spare_cases(request), replies.case_cookie(request, view.draft, secret)] if secret else []
    return replies.go(f"/draf/{view.draft}", *cookies)


ROUTES: Final = (renew,)
