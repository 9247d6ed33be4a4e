"""Objections of others, as officers of the lead agency decide them."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.objections import OpenObjection
from gateway.objecting import ObjectionWord
from gateway.openapi import OPERATION, Answered, Operation
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, nothing, path_of, query_of, reply, struct_of


class OpenObjections(Struct, frozen=True, kw_only=True):
    """Objections that are not decided, the longest waiting first."""

    objections: list[OpenObjection]


@get(
    "/v1/objections",
    opt={
        OPERATION: Operation(
            id="listObjections",
            tag="work",
            answers={200: Answered(about="What is to be decided.", type=OpenObjections)},
        )
    },
)
async def list_objections(request: GatewayRequest) -> Reply:
    """List the objections that the officer's agency is to decide as the lead of its services."""
    query_of(request, {})
    return reply(OpenObjections(objections=await calls_of(request).objecting.undecided(caller_of(request))))


@post(
    "/v1/objections/{case:str}/{step:str}",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="decideObjection",
            tag="work",
            body=ObjectionWord,
            answers={204: Answered(about="It is on record.")},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def decide_objection(request: GatewayRequest) -> Reply:
    """Uphold an objection, which refuses the step, or dismiss it; the applicant reads the reason of one that is upheld.

    Only officers of the agency that leads the service; operators can do the same as an act.
    """
    word = await struct_of(request, ObjectionWord)
    case, step = path_of(request, "case"), path_of(request, "step")
    await calls_of(request).objecting.decide(caller_of(request), case, step, word)
    return nothing()


ROUTES: Final = [list_objections, decide_objection]
