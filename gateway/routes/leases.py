"""Agencies that fetch what they are asked: lease, heartbeat, answer, release."""

from __future__ import annotations

from typing import Final

from litestar import post

from contracts.wire import Answer
from gateway.fetching import LONGEST_WAIT_S, Extended, GiveBackBody, LeaseBody, Leases
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    nothing,
    only_waits,
    path_of,
    preferred_wait,
    query_of,
    reply,
)
from gateway.routes.agencies import message_of

_SIGNED: Final = (
    Param(name="Content-Digest", where="header", about="RFC 9530, sha-256.", required=True),
    Param(name="Signature-Input", where="header", about="RFC 9421.", required=True),
)


@post(
    "/v1/agencies/{agency:str}/leases",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="lease",
            tag="agencies",
            body=LeaseBody,
            params=(
                Param(
                    name="Prefer",
                    where="header",
                    about=f"`wait=N`: wait up to N seconds (at most {LONGEST_WAIT_S}) for the first.",
                    example="wait=20",
                ),
            ),
            answers={200: Answered(about="What was fetched; an empty list: nothing waits.", type=Leases)},
            problems=("not-found", "form-invalid"),
        )
    },
)
async def lease(request: GatewayRequest) -> Reply:
    """Fetch asks, undos and lookups, for an agency whose system can only call out.

    Signed by the agency, or sent with its token; the reply to a signed call is signed too. What is fetched counts as
    received. It is the worker's alone until the lease ends; then it is offered again, under the same key.
    """
    query_of(request, {})
    calls, message = calls_of(request), await message_of(request)
    wait = preferred_wait(request.headers.get("prefer"), most=LONGEST_WAIT_S)
    caller = caller_of(request)
    if wait:
        only_waits(request)
    given = await calls.fetching.lease(message, caller, path_of(request, "agency"), wait=wait)
    applied = {"Preference-Applied": f"wait={wait}"} if wait else {}
    return Reply(given.body, 200, {**given.headers, **applied})


@post(
    "/v1/agencies/{agency:str}/leases/{lease:str}/heartbeat",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="extendLease",
            tag="agencies",
            answers={200: Answered(about="The new end of the lease.", type=Extended)},
            problems=("not-found", "lease-over"),
        )
    },
)
async def heartbeat(request: GatewayRequest) -> Reply:
    """Say that the work on something fetched goes on: its lease begins anew, within the contract's deadline."""
    query_of(request, {})
    message = await message_of(request)
    agency, held = path_of(request, "agency"), path_of(request, "lease")
    return reply(await calls_of(request).fetching.heartbeat(message, caller_of(request), agency, held))


@post(
    "/v1/agencies/{agency:str}/leases/{lease:str}/answer",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="answerLease",
            tag="agencies",
            body=Answer,
            body_about="The answer to what was fetched (docs/reference/wire.md).",
            params=_SIGNED,
            answers={204: Answered(about="Recorded for ever; the same answer again changes nothing.")},
            problems=("not-found", "answer-invalid", "parameter-invalid", "storage-full"),
        )
    },
)
async def answer(request: GatewayRequest) -> Reply:
    """Answer something that was fetched, whether or not the lease is still held: an answer is never dropped.

    Signed by a key of the agency, each attempt afresh. 204 comes only once the answer is durable; until then repeat it.
    """
    query_of(request, {})
    message = await message_of(request)
    await calls_of(request).fetching.answer(message, path_of(request, "agency"), path_of(request, "lease"))
    return nothing()


@post(
    "/v1/agencies/{agency:str}/leases/{lease:str}/release",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="releaseLease",
            tag="agencies",
            body=GiveBackBody,
            answers={204: Answered(about="It is offered again later, under the same key.")},
            problems=("not-found", "lease-over", "form-invalid"),
        )
    },
)
async def release(request: GatewayRequest) -> Reply:
    """Give something back that this worker cannot do now: not a "no", which is an answer."""
    query_of(request, {})
    message = await message_of(request)
    agency, held = path_of(request, "agency"), path_of(request, "lease")
    await calls_of(request).fetching.give_back(message, caller_of(request), agency, held)
    return nothing()


ROUTES: Final = [lease, heartbeat, answer, release]
