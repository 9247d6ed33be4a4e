"""Looking after cases."""

from __future__ import annotations

from typing import Final, get_args

from litestar import get, post
from msgspec import Struct

from contracts.bulk import BulkView
from contracts.views import CaseHistoryView, CaseLine, CaseView, ErrandView
from gateway.acts import ACTS, ActBody
from gateway.bulk import BulkBody
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import ParameterInvalid
from gateway.registering import Token, TokenBody
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    number_in,
    optional_struct_of,
    path_of,
    query_of,
    reply,
    struct_of,
)
from gateway.routes.work import Empty
from workflows.core.allowed_moves import CaseStatus
from workflows.ports import CaseFilter

MARKS: Final = (
    "waiting",
    "held",
    "paused",
    "retrying",
    "announced",
    "taking-back",
    "facts-asked",
    "differs",
    "overdue",
)
MOST: Final = 200
_FILTERS: Final = {"state": "", "mark": "", "service": "", "cursor": "", "limit": "50"}


class Cases(Struct, frozen=True, kw_only=True):
    """A page of cases, newest first; `next` is the cursor of the next page, empty on the last."""

    cases: list[CaseLine]
    next: str


class Inspection(Struct, frozen=True, kw_only=True):
    """A case as operations see it: payloads masked."""

    view: CaseView
    history: CaseHistoryView


@get(
    "/v1/operations/cases",
    opt={
        OPERATION: Operation(
            id="listCases",
            tag="operations",
            params=(
                Param(
                    name="state",
                    where="query",
                    about="Only cases in this state.",
                    schema={"enum": list(get_args(CaseStatus))},
                ),
                Param(name="mark", where="query", about="Only cases with this mark.", schema={"enum": list(MARKS)}),
                Param(name="service", where="query", about="Only cases of this service."),
                Param(name="cursor", where="query", about="`next` of the page before."),
                Param(
                    name="limit",
                    where="query",
                    about="Cases a page.",
                    schema={"type": "integer", "minimum": 1, "maximum": MOST, "default": 50},
                ),
            ),
            answers={200: Answered(about="A page.", type=Cases)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_cases(request: GatewayRequest) -> Reply:
    """List cases, newest first, without personal data."""
    query = query_of(request, _FILTERS)
    if query["state"] not in {"", *get_args(CaseStatus)} or query["mark"] not in {"", *MARKS}:
        raise ParameterInvalid(f"state is one of {', '.join(get_args(CaseStatus))}; mark is one of {', '.join(MARKS)}.")
    wanted = CaseFilter(
        state=query["state"],
        mark=query["mark"],
        service=query["service"],
        before=number_in(query["cursor"], "cursor", least=0, most=2**53) if query["cursor"] else None,
        limit=number_in(query["limit"], "limit", least=1, most=MOST),
    )
    page = await calls_of(request).list_cases(caller_of(request), wanted)
    return reply(Cases(cases=page.cases, next="" if page.next_before is None else str(page.next_before)))


@get(
    "/v1/operations/cases/{case:str}",
    opt={
        OPERATION: Operation(
            id="inspectCase",
            tag="operations",
            answers={200: Answered(about="The case.", type=Inspection)},
            problems=("not-found",),
        )
    },
)
async def inspect_case(request: GatewayRequest) -> Reply:
    """Inspect any case: incidents, attempts, acts, events; payloads masked."""
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    query_of(request, {})
    view = await calls.inspect(caller, case)
    return reply(Inspection(view=view, history=await calls.history(caller, case)))


@post(
    "/v1/operations/cases/{case:str}/acts",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="act",
            tag="operations",
            body=ActBody,
            body_about="\n".join(
                f"- `{name}` needs {', '.join(('reason', *kind.needs))}" for name, kind in ACTS.items()
            ),
            answers={200: Answered(about="The case as it now stands.", type=CaseView)},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def act(request: GatewayRequest) -> Reply:
    """Do something to a case by hand.

    Each act is recorded with its actor and reason. A step's `incident.acts` names those that apply now.
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    return reply(await calls.act(caller, case, await struct_of(request, ActBody)))


class Errands(Struct, frozen=True, kw_only=True):
    """What waits for agencies that fetch, and which worker has fetched what."""

    errands: list[ErrandView]


@get(
    "/v1/operations/leases",
    opt={
        OPERATION: Operation(
            id="listLeases",
            tag="operations",
            answers={200: Answered(about="Agency by agency, oldest first.", type=Errands)},
        )
    },
)
async def list_leases(request: GatewayRequest) -> Reply:
    """List what waits to be fetched by agencies, and what is with which worker; without personal data."""
    query_of(request, {})
    return reply(Errands(errands=calls_of(request).errands(caller_of(request))))


@post(
    "/v1/operations/bulk",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="startBulk",
            tag="operations",
            body=BulkBody,
            answers={
                200: Answered(about="What it would do (`preview`).", type=BulkView),
                201: Answered(about="The run is on record; go on with it.", type=BulkView),
            },
            problems=("form-invalid",),
        )
    },
)
async def start_bulk(request: GatewayRequest) -> Reply:
    """Begin an act on many cases, or only see what it would do.

    `end` cannot be taken back: another operator approves it first, or `break_glass` says on record that nobody waited.
    """
    caller, body = caller_of(request), await struct_of(request, BulkBody)
    return reply(await calls_of(request).bulk.start(caller, body), 200 if body.preview else 201)


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
    "/v1/operations/bulk/{run:str}/continuation",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="goOnWithBulk",
            tag="operations",
            answers={200: Answered(about="How far it is now.", type=BulkView)},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def go_on_with_bulk(request: GatewayRequest) -> Reply:
    """Carry out the next piece of a run; call it again until nothing is `left`.

    Safe to repeat, also after a restart: a case is not done twice, and what no longer applies is refused with a reason.
    """
    await optional_struct_of(request, Empty)
    return reply(await calls_of(request).bulk.go_on(caller_of(request), path_of(request, "run")))


@post(
    "/v1/operations/bulk/{run:str}/approval",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="approveBulk",
            tag="operations",
            answers={200: Answered(about="It may begin.", type=BulkView)},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def approve_bulk(request: GatewayRequest) -> Reply:
    """Approve a run that cannot be taken back, as a second operator."""
    await optional_struct_of(request, Empty)
    return reply(await calls_of(request).bulk.approve(caller_of(request), path_of(request, "run")))


@post(
    "/v1/tokens",
    status_code=201,
    opt={
        OPERATION: Operation(
            id="issueToken",
            tag="operations",
            body=TokenBody,
            answers={201: Answered(about="The token, told once.", type=Token)},
            problems=("form-invalid",),
        )
    },
)
async def issue_token(request: GatewayRequest) -> Reply:
    """Issue a token for an officer, an operator or an agency's machine; only its digest is kept."""
    return reply(await calls_of(request).register.token(await struct_of(request, TokenBody)), 201)


ROUTES: Final = [
    start_bulk,
    get_bulk,
    go_on_with_bulk,
    approve_bulk,
    list_cases,
    inspect_case,
    act,
    list_leases,
    issue_token,
]
