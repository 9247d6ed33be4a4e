"""What services publish of their cases, and objecting to it: for anybody."""

from __future__ import annotations

from typing import Final

from litestar import get, post

from gateway.announcing import Announced, Objected, ObjectionBody
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.requests import GatewayRequest, Reply, address_of, calls_of, path_of, query_of, reply, struct_of


@get(
    "/v1/services/{service:str}/announcements",
    opt={
        OPERATION: Operation(
            id="listAnnouncements",
            tag="services",
            params=(Param(name="cursor", where="query", about="`next` of the page before."),),
            answers={200: Answered(about="What is published now, the newest first.", type=Announced)},
            problems=("not-found", "parameter-invalid"),
        )
    },
)
async def list_announcements(request: GatewayRequest) -> Reply:
    """List the cases of a service against which others may object now: just what its plan publishes of them."""
    cursor = query_of(request, {"cursor": ""})["cursor"]
    return reply(await calls_of(request).announcing.listed(path_of(request, "service"), cursor))


@post(
    "/v1/services/{service:str}/announcements/{case:str}/{step:str}/objections",
    status_code=201,
    opt={
        OPERATION: Operation(
            id="raiseObjection",
            tag="services",
            body=ObjectionBody,
            answers={201: Answered(about="The objection is on record.", type=Objected)},
            problems=("not-found", "form-invalid", "not-possible-now", "too-many-requests"),
        )
    },
)
async def raise_objection(request: GatewayRequest) -> Reply:
    """Object to a case while it is published.

    The step does not end before the lead agency has decided; the applicant reads the grounds, not whose they are.
    """
    calls, body = calls_of(request), await struct_of(request, ObjectionBody)
    service, case, step = (path_of(request, name) for name in ("service", "case", "step"))
    return reply(await calls.announcing.raise_objection(service, case, step, body, address=address_of(request)), 201)


ROUTES: Final = [list_announcements, raise_objection]
