"""Looking after cases."""

from __future__ import annotations

from typing import Final, get_args

from litestar import get, post
from msgspec import Struct, field

from contracts.after_issue import Ending
from contracts.bills import BillView
from contracts.bulk import BulkView
from contracts.ids import CaseId
from contracts.views import CaseHistoryView, CaseLine, CaseView, ErrandView
from gateway.acts import ACTS, ActBody
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import ParameterInvalid
from gateway.registering import Token, TokenBody
from gateway.repeating import KEY
from gateway.requests import (
    GatewayRequest,
    Reply,
    caller_of,
    calls_of,
    number_in,
    operator_of,
    path_of,
    query_of,
    reply,
    struct_of,
)
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
    "sub-case",
)
MOST: Final = 200
_FILTERS: Final = {"state": "", "mark": "", "service": "", "cursor": "", "limit": "50"}


class Cases(Struct, frozen=True, kw_only=True):
    """A page of cases, newest first; `next` is the cursor of the next page, empty on the last.

    `ends` says by case until when a joint output is valid, and since when it can be renewed.
    """

    cases: list[CaseLine]
    next: str
    ends: dict[CaseId, Ending] = field(default_factory=dict[CaseId, Ending])


class Inspection(Struct, frozen=True, kw_only=True):
    """A case as operations see it: payloads masked. `runs` wait for a second person, or are to be reviewed by one.

    `bills` is what is paid in it: every time that the provider of payments was asked, and what it said. `within` are
    its sub-cases that are not at an end, and theirs: an operator acts on what holds one up in that case.
    """

    view: CaseView
    history: CaseHistoryView
    runs: list[BulkView]
    bills: list[BillView]
    within: list[CaseLine]


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
    calls = calls_of(request)
    page = await calls.list_cases(caller_of(request), wanted)
    following = "" if page.next_before is None else str(page.next_before)
    return reply(Cases(cases=page.cases, next=following, ends=await calls.renewing.endings(page.cases)))


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
    history, runs = await calls.history(caller, case), calls.bulk.of_case(view.case)
    bills = await calls.paying.bills(caller, view)
    return reply(
        Inspection(view=view, history=history, runs=runs, bills=bills, within=await calls.within(caller, case))
    )


@post(
    "/v1/operations/cases/{case:str}/acts",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="act",
            tag="operations",
            body=ActBody,
            params=(Param(name="Idempotency-Key", where="header", about=KEY),),
            body_about="\n".join(
                f"- `{name}` needs {', '.join(('reason', *kind.needs))}" for name, kind in ACTS.items()
            ),
            answers={
                200: Answered(about="The case as it now stands.", type=CaseView),
                202: Answered(about="It waits for a second person, as this run.", type=BulkView),
            },
            problems=("not-found", "form-invalid", "not-possible-now", "key-reused", "parameter-invalid"),
        )
    },
)
async def act(request: GatewayRequest) -> Reply:
    """Do something to a case by hand.

    Each act is recorded with its actor and reason. A step's `incident.acts` names those that apply now. `end`, `revoke`
    and `undone` wait for a second person (`/v1/operations/bulk/{run}/approval`), unless the glass is broken.
    """
    calls, caller, case = calls_of(request), caller_of(request), path_of(request, "case")
    body, key = await struct_of(request, ActBody), request.headers.get("idempotency-key")
    acted = await calls.acting.act(caller, case, body, key)
    return reply(acted, 202 if isinstance(acted, BulkView) else 200)


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
    "/v1/tokens",
    status_code=201,
    opt={
        OPERATION: Operation(
            id="issueToken",
            tag="operations",
            body=TokenBody,
            answers={
                201: Answered(about="The token, told once.", type=Token),
                202: Answered(about="The token, told once; it opens nothing before its run is approved.", type=Token),
            },
            problems=("form-invalid",),
        )
    },
)
async def issue_token(request: GatewayRequest) -> Reply:
    """Issue a token for an officer, an operator or an agency's machine; only its digest is kept.

    It waits for a second operator, unless the owner of the data folder asks, or the glass is broken.
    """
    calls, operator = calls_of(request), operator_of(request)
    issued = await calls.register.token(await struct_of(request, TokenBody), operator, calls.bulk)
    return reply(issued, 202 if issued.waits else 201)


ROUTES: Final = [
    list_cases,
    inspect_case,
    act,
    list_leases,
    issue_token,
]
