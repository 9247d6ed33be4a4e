"""Agencies: the directory, registrations, and what they send by themselves."""

from __future__ import annotations

from typing import Any, Final

from litestar import get, post, put
from msgspec import Struct

from contracts.bulk import BulkView
from contracts.contract import Contract
from contracts.views import AgencyLine
from contracts.wire import Answer
from gateway.bodies import JSON_TYPES, YAML_TYPES, media_type, parse_object
from gateway.hearing import Message
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import NotFound
from gateway.registering import AgencyBody, Registered
from gateway.requests import (
    GatewayRequest,
    Reply,
    body_of,
    caller_of,
    calls_of,
    nothing,
    operator_of,
    path_of,
    query_of,
    reply,
    struct_of,
)

CONTRACT_TYPES: Final = JSON_TYPES | YAML_TYPES


class Directory(Struct, frozen=True, kw_only=True):
    """Every agency, its contracts, and which services use them."""

    agencies: list[AgencyLine]


async def message_of(request: GatewayRequest) -> Message:
    """Give a message as it came: what its signature covers."""
    target = request.scope["raw_path"].decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    body = await body_of(request)
    return Message(request.method, f"{target}?{query}" if query else target, request.headers, body)


@get(
    "/v1/directory",
    opt={
        OPERATION: Operation(
            id="getDirectory", tag="agencies", answers={200: Answered(about="The directory.", type=Directory)}
        )
    },
)
async def get_directory(request: GatewayRequest) -> Reply:
    """Show the directory of agencies and contracts."""
    query_of(request, {})
    return reply(Directory(agencies=await calls_of(request).directory()))


@put(
    "/v1/agencies/{agency:str}",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="registerAgency",
            tag="agencies",
            body=AgencyBody,
            answers={
                200: Answered(about="Its new keys stand, and are to be reviewed: the glass was broken.", type=BulkView),
                202: Answered(about="Its new keys wait for a second operator, as this run.", type=BulkView),
                204: Answered(about="It stands in the register."),
            },
            problems=("form-invalid",),
        )
    },
)
async def register_agency(request: GatewayRequest) -> Reply:
    """Register an agency, or its new keys.

    The same again is no change. Keep a key for a day after its successor is used. Whoever holds a key signs as the
    agency: a new key of one that has keys or contracts, or is part of a plan, waits for a second operator, unless the
    owner of the data folder sends it, or the glass is broken. A key is taken away at once.
    """
    calls, body, operator = calls_of(request), await struct_of(request, AgencyBody), operator_of(request)
    run = await calls.register.agency(path_of(request, "agency"), body, operator, calls.bulk)
    return nothing() if run is None else reply(run, 202 if run.state == "waits" else 200)


_REGISTERED: Final = {
    200: Answered(about="It stood so already, or its operational record changed.", type=Registered),
    201: Answered(about="The contract is new.", type=Registered),
}


@put(
    "/v1/agencies/{agency:str}/contracts/{contract:str}/{version:str}",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="registerContract",
            tag="agencies",
            body=Contract,
            body_media=tuple(sorted(CONTRACT_TYPES)),
            body_about="The contract, as JSON or YAML (contracts/schemas/contract.schema.json).",
            answers=_REGISTERED,
            problems=("contract-invalid", "version-conflict"),
        )
    },
)
async def register_contract(request: GatewayRequest) -> Reply:
    """Register a contract: one kind of step that the agency promises to carry out.

    Signed by the agency, or sent with its token. All mistakes come at once. The same content again is no change; the
    operational record (connection, attempts, limits, examples) may change and is effective at once; another promise
    needs another version.
    """
    calls, agency = calls_of(request), path_of(request, "agency")
    kind = media_type(request.headers, CONTRACT_TYPES)
    message = await message_of(request)
    actor = await calls.hearing.agency_of(message, caller_of(request), agency)
    if kind in JSON_TYPES:
        parse_object(message.body)
    registered = await calls.register.contract(
        agency, path_of(request, "contract"), path_of(request, "version"), message.body, actor=actor
    )
    return reply(registered, 201 if registered.new else 200)


@get(
    "/v1/agencies/{agency:str}/contracts/{contract:str}/{version:str}",
    opt={
        OPERATION: Operation(
            id="getContract",
            tag="agencies",
            answers={200: Answered(about="The contract.", type=dict[str, Any])},
            problems=("not-found",),
        )
    },
)
async def get_contract(request: GatewayRequest) -> Reply:
    """Show a contract as it stands, without where and how its system is reached."""
    query_of(request, {})
    calls = calls_of(request)
    contract = calls.register.public_contract(
        path_of(request, "agency"), path_of(request, "contract"), path_of(request, "version")
    )
    if contract is None:
        raise NotFound("There is no such contract. GET /v1/directory lists them.")
    return reply(contract)


@post(
    "/v1/callbacks",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="answerLater",
            tag="agencies",
            body=Answer,
            body_about="The answer to an ask or undo that was `accepted` (docs/reference/wire.md).",
            params=(
                Param(name="Idempotency-Key", where="header", about="The `key` of the body, as it is."),
                Param(name="Content-Digest", where="header", about="RFC 9530, sha-256.", required=True),
                Param(name="Signature-Input", where="header", about="RFC 9421.", required=True),
            ),
            answers={204: Answered(about="Recorded for ever; the same answer again changes nothing.")},
            problems=("answer-invalid", "parameter-invalid", "storage-full"),
        )
    },
)
async def answer_later(request: GatewayRequest) -> Reply:
    """Give the answer to an ask that was accepted before.

    Signed by a key of the agency that was asked, each attempt afresh: a signature that was seen is refused. 204 comes
    only once the answer is durable; until then repeat it.
    """
    query_of(request, {})
    await calls_of(request).hearing.hear(await message_of(request))
    return nothing()


ROUTES: Final = [get_directory, register_agency, register_contract, get_contract, answer_later]
