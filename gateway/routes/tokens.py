"""Tokens that were issued, for operators: the list, and taking one back."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.tokens import TokenView
from gateway.openapi import OPERATION, Answered, Operation
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, path_of, query_of, reply, struct_of
from gateway.tokens import TokenRevocation


class TokenList(Struct, frozen=True, kw_only=True):
    """Every token that was issued, newest first; none of them can be read here."""

    tokens: list[TokenView]


@get(
    "/v1/tokens",
    opt={
        OPERATION: Operation(
            id="listTokens",
            tag="operations",
            answers={200: Answered(about="Every token, newest first.", type=TokenList)},
        )
    },
)
async def list_tokens(request: GatewayRequest) -> Reply:
    """List who holds a token, until when, who issued it, and which were revoked, by whom and why."""
    query_of(request, {})
    return reply(TokenList(tokens=calls_of(request).register.issued.listed(caller_of(request))))


@post(
    "/v1/tokens/{token:str}/revocation",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="revokeToken",
            tag="operations",
            body=TokenRevocation,
            answers={200: Answered(about="It opens nothing any more.", type=TokenView)},
            problems=("not-found", "not-possible-now", "form-invalid"),
        )
    },
)
async def revoke_token(request: GatewayRequest) -> Reply:
    """Take a token back, by its name in the list: from now on it opens nothing, also where somebody is signed in."""
    body = await struct_of(request, TokenRevocation)
    revoked = await calls_of(request).register.issued.revoke(caller_of(request), path_of(request, "token"), body.reason)
    return reply(revoked)


ROUTES: Final = [list_tokens, revoke_token]
