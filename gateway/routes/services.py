"""The catalogue, and the one joint-service endpoint: apply."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from msgspec import Struct

from contracts.ids import CaseId
from contracts.views import CaseView, ServiceView
from gateway.calls import LONGEST_WAIT_S, Applied
from gateway.catalogue import Services
from gateway.idempotency import wish_of
from gateway.identity.callers import Caller
from gateway.identity.secrets import digest_of
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.requests import (
    GatewayRequest,
    Reply,
    address_of,
    calls_of,
    identity_of,
    only_waits,
    path_of,
    preferred_wait,
    query_of,
    reply,
)
from gateway.routes.answers import LARGEST_ANSWERS, answers_of


class Receipt(Struct, frozen=True, kw_only=True):
    """What an applicant gets at once. `secret` opens the case and is told only here: keep it."""

    case: CaseId
    secret: str
    view: CaseView


@get(
    "/v1/services",
    opt={
        OPERATION: Operation(
            id="listServices", tag="services", answers={200: Answered(about="The services on offer.", type=Services)}
        )
    },
)
async def list_services(request: GatewayRequest) -> Reply:
    """List the joint services on offer.

    A service is offered while every agency of its plan has a valid signature under the agreement.
    """
    query_of(request, {})
    return Reply(await calls_of(request).catalogue_json())


@get(
    "/v1/services/{service:str}",
    opt={
        OPERATION: Operation(
            id="getService",
            tag="services",
            answers={200: Answered(about="The service and its form.", type=ServiceView)},
            problems=("not-found", "gone"),
        )
    },
)
async def get_service(request: GatewayRequest) -> Reply:
    """Show a joint service with its one form.

    `form` is JSON Schema 2020-12 with `x-ui` for pages; `readings` says which agency reads what, why, on which basis.
    """
    query_of(request, {})
    return reply(await calls_of(request).service(path_of(request, "service")))


@post(
    "/v1/services/{service:str}/cases",
    request_max_body_size=LARGEST_ANSWERS + 1,
    opt={
        OPERATION: Operation(
            id="apply",
            tag="services",
            body_schema={"type": "object", "description": "The answers, by the service's `form`."},
            body_about="The whole form: `GET /v1/services/{service}` has its schema; documents are sent as `bytes`.",
            params=(
                Param(
                    name="Idempotency-Key",
                    where="header",
                    about="A random UUID, kept secret: it and the same body again give the same case and secret.",
                    schema={"type": "string", "minLength": 16, "maxLength": 202},
                    example='"8e03978e-40d5-43dd-bc93-6894a57f9324"',
                ),
                Param(
                    name="Prefer",
                    where="header",
                    about=f"`wait=N`: wait up to N seconds (at most {LONGEST_WAIT_S}) for the whole output.",
                    example="wait=10",
                ),
                Param(
                    name="traceparent", where="header", about="W3C Trace Context: the case's trace goes on from here."
                ),
            ),
            answers={
                201: Answered(
                    about="The whole joint output is there, at Location.",
                    type=Receipt,
                    headers={"Location": "The joint output.", "Preference-Applied": "wait=N"},
                ),
                202: Answered(
                    about="The application is on record, and on its way; it can be followed at Location.",
                    type=Receipt,
                    headers={"Location": "The case."},
                ),
            },
            problems=("not-found", "gone", "form-invalid", "key-reused", "parameter-invalid", "storage-full"),
        )
    },
)
async def apply(request: GatewayRequest) -> Reply:
    """Apply: one form, many agencies, one joint output.

    What is answered with 201 or 202 is on record and is carried out, whatever happens to this connection or to the
    gateway. All mistakes in the form come at once. The reply has the case's secret, once; repeating the request with
    the same Idempotency-Key gives it again.
    """
    calls, service = calls_of(request), path_of(request, "service")
    query_of(request, {})
    wait = preferred_wait(request.headers.get("prefer"), most=LONGEST_WAIT_S)
    form = await answers_of(request, service)
    wish = wish_of(
        request.headers.get("idempotency-key"),
        caller="anyone",
        route=f"POST /v1/services/{service}/cases",
        body=form,
    )
    traceparent = identity_of(request).traceparent
    applied = await calls.apply(service, form, wish=wish, traceparent=traceparent, address=address_of(request))
    return await _receipt(request, applied, wait)


async def _receipt(request: GatewayRequest, applied: Applied, wait: int) -> Reply:
    """Wait, where that is preferred, and say how far the case is: 201 only with the whole output."""
    calls = calls_of(request)
    holder = Caller(secrets=frozenset({digest_of(applied.secret)}), address=address_of(request))
    if wait:
        only_waits(request)
        view = await calls.wait_for_output(holder, applied.case, wait)
    else:
        view = await calls.read_case(holder, applied.case)
    receipt = Receipt(case=applied.case, secret=applied.secret, view=view)
    if wait and view.state == "issued":
        headers = {"Location": f"/v1/cases/{applied.case}/output", "Preference-Applied": f"wait={wait}"}
        return reply(receipt, 201, headers)
    return reply(receipt, 202, {"Location": f"/v1/cases/{applied.case}"})


ROUTES: Final = [list_services, get_service, apply]
