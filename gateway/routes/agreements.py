"""Plans and the agreements that every agency of a plan signs."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from contracts.agreement import Signature
from contracts.agreement_views import AgreementList, AgreementShown, AgreementView
from contracts.bulk import BulkView
from contracts.documents import LARGEST_BYTES
from contracts.plan import Plan
from gateway.agreeing import MOST_DAYS
from gateway.bodies import JSON_TYPES, SLOWEST_LARGE_S, YAML_TYPES, media_type, take
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.outputs import File
from gateway.recording import PaperBody
from gateway.registering import AgreementBody, Registered
from gateway.requests import (
    GatewayRequest,
    Reply,
    body_of,
    caller_of,
    calls_of,
    chosen_type,
    number_in,
    object_of,
    operator_of,
    path_of,
    query_of,
    reply,
    struct_of,
)
from gateway.routes.outputs import attached

JSON: Final = "application/json"
PDF: Final = "application/pdf"
LARGEST_PAPER: Final = LARGEST_BYTES * 4 // 3 + 64 * 1024
"""A PDF at its limit, in base64, and the words beside it."""
PLAN_TYPES: Final = JSON_TYPES | YAML_TYPES


@post(
    "/v1/plans",
    status_code=201,
    opt={
        OPERATION: Operation(
            id="publishPlan",
            tag="agreements",
            body=Plan,
            body_media=tuple(sorted(PLAN_TYPES)),
            answers={
                200: Answered(about="It was published before.", type=Registered),
                201: Answered(about="The plan stands for ever under its digest.", type=Registered),
            },
            problems=("contract-invalid",),
        )
    },
)
async def publish_plan(request: GatewayRequest) -> Reply:
    """Publish a plan against the registered contracts.

    All mistakes come at once. A plan is offered only once every agency has signed an agreement about it.
    """
    media_type(request.headers, PLAN_TYPES)
    registered = await calls_of(request).register.plan(await body_of(request), actor=operator_of(request).actor)
    return reply(registered, 201 if registered.new else 200)


@post(
    "/v1/agreements",
    status_code=201,
    opt={
        OPERATION: Operation(
            id="proposeAgreement",
            tag="agreements",
            body=AgreementBody,
            answers={201: Answered(about="The agreement, to be signed.", type=AgreementView)},
            problems=("not-found", "form-invalid"),
        )
    },
)
async def propose_agreement(request: GatewayRequest) -> Reply:
    """Propose an agreement about a published plan."""
    body = await struct_of(request, AgreementBody)
    return reply(await calls_of(request).register.propose(body, actor=operator_of(request).actor), 201)


@get(
    "/v1/agreements",
    opt={
        OPERATION: Operation(
            id="listAgreements",
            tag="agreements",
            params=(
                Param(name="service", where="query", about="Only agreements on this service: its history."),
                Param(name="agency", where="query", about="Only agreements to which this agency is a party."),
                Param(
                    name="ending",
                    where="query",
                    about="Only those in force that end within so many days and that no later one outlives; 0: all.",
                    schema={"type": "integer", "minimum": 0, "maximum": MOST_DAYS, "default": 0},
                ),
            ),
            answers={
                200: Answered(about="The agreements, newest first; those that end, soonest first.", type=AgreementList)
            },
            problems=("parameter-invalid",),
        )
    },
)
async def list_agreements(request: GatewayRequest) -> Reply:
    """List agreements, and where each agency stands."""
    query = query_of(request, {"service": "", "agency": "", "ending": "0"})
    days = number_in(query["ending"], "ending", least=0, most=MOST_DAYS)
    listed = calls_of(request).agreements.listed(service=query["service"], agency=query["agency"], ending_days=days)
    return reply(AgreementList(agreements=listed))


@get(
    "/v1/agreements/{agreement:str}",
    opt={
        OPERATION: Operation(
            id="getAgreement",
            tag="agreements",
            params=(Param(name="Accept", where="header", about=f"One of: {JSON}, {PDF}."),),
            answers={200: Answered(about="The agreement.", type=AgreementShown, media=(PDF,))},
            problems=("not-found", "not-acceptable"),
        )
    },
)
async def get_agreement(request: GatewayRequest) -> Reply:
    """Show an agreement, where each agency stands, and what differs from what was signed before.

    The PDF is for people, and to be signed: the canonical document is attached to it.
    """
    query_of(request, {})
    agreements, digest = calls_of(request).agreements, path_of(request, "agreement")
    if chosen_type(request.headers.get("accept"), (JSON, PDF)) == PDF:
        return Reply(await agreements.pdf(digest), media_type=PDF, headers={"Vary": "Accept"})
    return reply(agreements.shown(digest), headers={"Vary": "Accept"})


@post(
    "/v1/agreements/{agreement:str}/signatures",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="signAgreement",
            tag="agreements",
            body=Signature,
            answers={200: Answered(about="Where each agency stands now.", type=AgreementView)},
            problems=("not-found", "form-invalid"),
        )
    },
)
async def sign_agreement(request: GatewayRequest) -> Reply:
    """Hand in one agency's word: accept, reject or revoke.

    The JWS itself says whose word it is, so anyone may carry it. After a revocation the service is no longer offered;
    open cases finish.
    """
    signature = await struct_of(request, Signature)
    return reply(await calls_of(request).register.sign(path_of(request, "agreement"), signature))


@post(
    "/v1/agreements/{agreement:str}/papers",
    status_code=200,
    request_max_body_size=LARGEST_PAPER + 1,
    opt={
        OPERATION: Operation(
            id="recordSignedAgreement",
            tag="agreements",
            body=PaperBody,
            answers={200: Answered(about="The run in which a second operator approves it.", type=BulkView)},
            problems=("not-found", "form-invalid", "not-possible-now"),
        )
    },
)
async def record_paper(request: GatewayRequest) -> Reply:
    """Record an agency's word that came back as a signed PDF.

    The PDF must contain the agreement: its document `agreement.json` attached, or its digest as text. Signatures in it
    are looked at, and what is found is told. The word counts once a second operator has approved it.
    """
    operator = operator_of(request)
    body = take(await object_of(request, largest=LARGEST_PAPER, slowest_s=SLOWEST_LARGE_S), PaperBody)
    return reply(await calls_of(request).recording.record(operator, path_of(request, "agreement"), body))


@get(
    "/v1/agreements/{agreement:str}/papers/{digest:str}",
    opt={
        OPERATION: Operation(
            id="getSignedAgreement",
            tag="agreements",
            answers={200: Answered(about="The PDF, byte for byte.", media=(PDF,))},
            problems=("not-found",),
        )
    },
)
async def get_paper(request: GatewayRequest) -> Reply:
    """Get a signed PDF that came back. Its SHA-256 is the digest that the agreement's page shows."""
    query_of(request, {})
    agreement, digest = path_of(request, "agreement"), path_of(request, "digest")
    content = await calls_of(request).recording.file(caller_of(request), agreement, digest)
    return attached(File(content=content, type=PDF, name="agreement-signed.pdf"))


ROUTES: Final = [
    publish_plan,
    propose_agreement,
    list_agreements,
    get_agreement,
    sign_agreement,
    record_paper,
    get_paper,
]
