"""Agencies are told when something of an issued output stands no more, and take note."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from contracts.after_issue import NoticePage
from gateway.facts import CursorBody
from gateway.notices import Noted
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, nothing, path_of, query_of, reply
from gateway.routes.agencies import message_of

_CURSOR: Final = Param(name="cursor", where="query", about="`next` of the page before.")
_SIGNED: Final = (
    Param(name="Content-Digest", where="header", about="RFC 9530, sha-256; with a signature."),
    Param(name="Signature-Input", where="header", about="RFC 9421; or the agency's token instead."),
)


@get(
    "/v1/notices",
    opt={
        OPERATION: Operation(
            id="listNotices",
            tag="work",
            params=(_CURSOR,),
            answers={200: Answered(about="What your agency has still to note.", type=NoticePage)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_notices(request: GatewayRequest) -> Reply:
    """List what was revoked of outputs to which the officer's agency gave a part: whose, since when, by which law.

    `rests`: your agency was given what stands no more.
    """
    cursor = query_of(request, {"cursor": ""})["cursor"]
    return reply(await calls_of(request).notices.listed(caller_of(request), cursor))


@post(
    "/v1/notices/{notice:str}/taking",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="takeNotice",
            tag="work",
            answers={204: Answered(about="It is on record; the same again changes nothing.")},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def take_notice(request: GatewayRequest) -> Reply:
    """Say that your agency knows it; what follows from it is your agency's own decision."""
    query_of(request, {})
    await calls_of(request).notices.take(caller_of(request), path_of(request, "notice"))
    return nothing()


@post(
    "/v1/agencies/{agency:str}/notices",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="fetchNotices",
            tag="agencies",
            body=CursorBody,
            params=_SIGNED,
            answers={200: Answered(about="What the agency has still to note.", type=NoticePage)},
            problems=("not-found", "form-invalid", "parameter-invalid"),
        )
    },
)
async def fetch_notices(request: GatewayRequest) -> Reply:
    """Fetch what the agency is to note, by its own system: signed as callbacks are, or sent with its token."""
    query_of(request, {})
    message, agency = await message_of(request), path_of(request, "agency")
    return reply(await calls_of(request).notices.fetched(message, caller_of(request), agency))


@post(
    "/v1/agencies/{agency:str}/noted",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="noteNotice",
            tag="agencies",
            body=Noted,
            params=_SIGNED,
            answers={204: Answered(about="Recorded for ever; the same again changes nothing.")},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def note_notice(request: GatewayRequest) -> Reply:
    """Say by the agency's own system that it knows it."""
    query_of(request, {})
    message, agency = await message_of(request), path_of(request, "agency")
    await calls_of(request).notices.hear(message, caller_of(request), agency)
    return nothing()


ROUTES: Final = [list_notices, take_notice, fetch_notices, note_notice]
