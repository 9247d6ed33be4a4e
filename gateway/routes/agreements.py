"""Plans and the agreements that every agency of a plan signs."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.agreement import Agreement, Signature
from contracts.plan import Plan
from contracts.views import AgreementView
from gateway.bodies import JSON_TYPES, YAML_TYPES, media_type
from gateway.openapi import OPERATION, Answered, Operation
from gateway.registering import AgreementBody, Registered
from gateway.requests import (
    GatewayRequest,
    Reply,
    body_of,
    calls_of,
    operator_of,
    path_of,
    query_of,
    reply,
    struct_of,
)

PLAN_TYPES: Final = JSON_TYPES | YAML_TYPES


class Shown(Struct, frozen=True, kw_only=True):
    """An agreement, word for word, and where each agency stands."""

    agreement: Agreement
    view: AgreementView


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
    "/v1/agreements/{agreement:str}",
    opt={
        OPERATION: Operation(
            id="getAgreement",
            tag="agreements",
            answers={200: Answered(about="The agreement.", type=Shown)},
            problems=("not-found",),
        )
    },
)
async def get_agreement(request: GatewayRequest) -> Reply:
    """Show an agreement, and where each agency stands."""
    query_of(request, {})
    agreement, view = calls_of(request).register.agreement(path_of(request, "agreement"))
    return reply(Shown(agreement=agreement, view=view))


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


ROUTES: Final = [publish_plan, propose_agreement, get_agreement, sign_agreement]
