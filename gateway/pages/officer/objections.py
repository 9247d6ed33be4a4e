"""Objections in the lead agency's inbox: what was published, what somebody objects, and the word on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from litestar import Response, get, post

from contracts.units import Text
from gateway.objecting import ObjectionWord
from gateway.pages import replies
from gateway.pages.operations.acts import ACT_WORDS
from gateway.pages.posting import number_of, read_posted
from gateway.pages.told import told
from gateway.problems import FormInvalid
from gateway.requests import GatewayRequest, caller_of, calls_of
from workflows.core.rejections import Rejection

_NAMES: Final = ("case", "step", "item", "number")
"""What names one objection in its form."""


@get("/petugas/keberatan", include_in_schema=False)
async def objections(request: GatewayRequest) -> Response[bytes]:
    """Show what is to be decided."""
    return await _page(request)


@post("/petugas/keberatan", status_code=200, include_in_schema=False)
async def decide(request: GatewayRequest) -> Response[bytes]:
    """Record the word on one objection."""
    posted = await read_posted(request)
    given = {name: (posted.get(name) or [""])[-1].strip() for name in (*_NAMES, "alasan")}
    word = ObjectionWord(
        number=number_of(given["number"]),
        upheld="terima" in posted,
        reason=given["alasan"][:1000],
        item=given["item"],
    )
    try:
        await calls_of(request).objecting.decide(caller_of(request), given["case"], given["step"], word)
    except FormInvalid as invalid:
        return await _page(request, given, why=told(invalid.errors[0].detail), status=422)
    except Rejection as no:
        return await _page(request, given, why=told(str(no), no.code), status=409)
    return replies.go("/petugas/keberatan")


async def _page(
    request: GatewayRequest, given: Mapping[str, str] | None = None, *, why: Text | None = None, status: int = 200
) -> Response[bytes]:
    """Show what is to be decided; what was `given` for one of them stands where it was written."""
    found = await calls_of(request).objecting.undecided(caller_of(request))
    written = {} if given is None else {tuple(given[name] for name in _NAMES): given["alasan"]}
    rows = [(each, written.get((each.case, each.step, each.item, str(each.raised.number)))) for each in found]
    context = {"objections": rows, "why": why, "acts": ACT_WORDS}
    shell = replies.shell_of(request, "officer")
    return replies.page(request, "officer/objections.html", shell, context=context, status=status)


ROUTES: Final = (objections, decide)
