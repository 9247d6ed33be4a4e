"""What anyone needs to check a joint output without asking us: keys and the status list."""

from __future__ import annotations

from typing import Final

from litestar import get

from contracts.trust import TrustFile
from gateway.openapi import OPERATION, Answered, Operation
from gateway.problems import NotFound
from gateway.requests import GatewayRequest, Reply, calls_of, path_of, query_of, reply

_CACHED: Final = {"Cache-Control": "public, max-age=60"}


@get(
    "/v1/keys",
    opt={OPERATION: Operation(id="getKeys", tag="outputs", answers={200: Answered(about="The keys.", type=TrustFile)})},
)
async def get_keys(request: GatewayRequest) -> Reply:
    """Get the public keys of the gateway and of every agency: what offline verification needs."""
    query_of(request, {})
    return reply(calls_of(request).judge.trust(), headers=_CACHED)


@get(
    "/v1/status-lists/{number:str}",
    opt={
        OPERATION: Operation(
            id="getStatusList",
            tag="outputs",
            answers={200: Answered(about="A compact `vc+jwt`.", media=("application/vc+jwt",))},
            problems=("not-found",),
        )
    },
)
async def get_status_list(request: GatewayRequest) -> Reply:
    """Get a list of which joint outputs were revoked (W3C Bitstring Status List): the same for everybody who asks."""
    query_of(request, {})
    text = path_of(request, "number")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0  # noqa: PLR2004 - lists by the million
    if number < 1:
        raise NotFound("Status lists are numbered from 1.")
    listed = calls_of(request).judge.status_list(number)
    return Reply(listed.encode(), media_type="application/vc+jwt", headers=_CACHED)


ROUTES: Final = [get_keys, get_status_list]
