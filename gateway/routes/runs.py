"""Acts of operators that are carried out as runs: on many cases, or with a second person."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.bulk import BulkView
from gateway.bodies import Sentence
from gateway.choosing import BulkBody
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.repeating import KEY
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    optional_struct_of,
    path_of,
    query_of,
    reply,
    struct_of,
)
from gateway.routes.work import Empty


class Runs(Struct, frozen=True, kw_only=True):
    """Every run, newest first."""

    runs: list[BulkView]


class StopBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a run does not begin, or goes no further."""

    reason: Sentence


class ReviewBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody else finds of an act behind broken glass."""

    right: bool
    text: Sentence


@post(
    "/v1/operations/bulk",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="startBulk",
            tag="operations",
            body=BulkBody,
            params=(Param(name="Idempotency-Key", where="header", about=KEY),),
            answers={
                200: Answered(about="What it would do (`preview`).", type=BulkView),
                201: Answered(about="The run is on record, and its first cases are carried out.", type=BulkView),
            },
            problems=("form-invalid", "key-reused", "parameter-invalid"),
        )
    },
)
async def start_bulk(request: GatewayRequest) -> Reply:
    """Begin an act on many cases, or only see what it would do.

    A run touches only the cases that are named in `seen`, as a preview had them; what no longer applies is refused
    with the reason, and `joined` are those that came under the filter since. The gateway carries it out by itself.
    `end` cannot be taken back: another operator approves it first, or `break_glass` says on record that nobody waited.
    """
    caller, body = caller_of(request), await struct_of(request, BulkBody)
    key = request.headers.get("idempotency-key")
    return reply(await calls_of(request).bulk.start(caller, body, key), 200 if body.preview else 201)


@get(
    "/v1/operations/bulk",
    opt={
        OPERATION: Operation(
            id="listBulk", tag="operations", answers={200: Answered(about="Every run, newest first.", type=Runs)}
        )
    },
)
async def list_bulk(request: GatewayRequest) -> Reply:
    """List runs: what waits for a second person, what is to be reviewed, what is under way, what is done."""
    query_of(request, {})
    return reply(Runs(runs=calls_of(request).bulk.runs(caller_of(request))))


@get(
    "/v1/operations/bulk/{run:str}",
    opt={
        OPERATION: Operation(
            id="getBulk",
            tag="operations",
            answers={200: Answered(about="How far it is, with a line for each case.", type=BulkView)},
            problems=("not-found",),
        )
    },
)
async def get_bulk(request: GatewayRequest) -> Reply:
    """Show how far a run is."""
    query_of(request, {})
    return reply(calls_of(request).bulk.show(caller_of(request), path_of(request, "run")))


@post(
    "/v1/operations/bulk/{run:str}/approval",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="approveBulk",
            tag="operations",
            answers={200: Answered(about="It has begun.", type=BulkView)},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def approve_bulk(request: GatewayRequest) -> Reply:
    """Approve an act that cannot be taken back, as a second operator: it is carried out, where it still applies."""
    await optional_struct_of(request, Empty)
    return reply(await calls_of(request).bulk.approve(caller_of(request), path_of(request, "run")))


@post(
    "/v1/operations/bulk/{run:str}/stop",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="stopBulk",
            tag="operations",
            body=StopBody,
            answers={200: Answered(about="It goes no further; what was done stays done.", type=BulkView)},
            problems=("not-found", "not-possible-now", "form-invalid"),
        )
    },
)
async def stop_bulk(request: GatewayRequest) -> Reply:
    """Refuse or withdraw what waits for a second person, or stop a run on its way."""
    body = await struct_of(request, StopBody)
    return reply(await calls_of(request).bulk.stop(caller_of(request), path_of(request, "run"), body.reason))


@post(
    "/v1/operations/bulk/{run:str}/review",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="reviewBulk",
            tag="operations",
            body=ReviewBody,
            answers={200: Answered(about="The review is on record.", type=BulkView)},
            problems=("not-found", "not-possible-now", "form-invalid"),
        )
    },
)
async def review_bulk(request: GatewayRequest) -> Reply:
    """Say what you find of an act that did not wait for a second person; due within three days of it."""
    caller, run, body = caller_of(request), path_of(request, "run"), await struct_of(request, ReviewBody)
    return reply(await calls_of(request).bulk.review(caller, run, right=body.right, text=body.text))


ROUTES: Final = [start_bulk, list_bulk, get_bulk, approve_bulk, stop_bulk, review_bulk]
