"""What surrounds every page: help, the files that pages load, the language."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from litestar import Response, get

from gateway.pages import language, replies
from gateway.pages.rendering import assets
from gateway.problems import NotFound
from gateway.requests import GatewayRequest, calls_of, path_of


@get("/bantuan", include_in_schema=False)
async def help_page(request: GatewayRequest) -> Response[bytes]:
    """Show where help is, and what these pages keep."""
    agencies = await calls_of(request).directory()
    return replies.page(request, "citizen/help.html", replies.shell_of(request), context={"agencies": agencies})


@get("/aset/{digest:str}/{name:str}", include_in_schema=False)
async def asset(request: GatewayRequest) -> Response[bytes]:
    """Give a file that pages load."""
    found = assets().get(path_of(request, "name"))
    if found is None:
        raise NotFound
    current = path_of(request, "digest") == found.digest
    keep = "public, max-age=31536000, immutable" if current else "no-cache"
    return Response(found.content, media_type=found.media_type, headers={"Cache-Control": keep})


def switch_language(request: GatewayRequest) -> Response[bytes] | None:
    """Before any page: take a language that was asked for in the address, remember it, and load the page plain."""
    wanted = request.query_params.get(language.PARAMETER)
    if wanted is None or request.method != "GET":
        return None
    rest = urlencode(replies.query_of(request))
    return replies.go(
        f"{request.url.path}{'?' if rest else ''}{rest}",
        replies.language_cookie(request, language.wanted(None, str(wanted))),
    )


ROUTES: Final = (help_page, asset)
