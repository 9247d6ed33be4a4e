"""Payments: the applicant says that a bill is paid; the provider's notices."""

from __future__ import annotations

from typing import Final

from litestar import post
from msgspec import Struct

from contracts.views import CaseView
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.paying import NOTICES
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, nothing, path_of, query_of, reply
from gateway.routes.agencies import message_of


class Notice(Struct, frozen=True, kw_only=True):
    """Something happened to the bill under this key; whatever else it says is not read."""

    key: str


@post(
    "/v1/cases/{case:str}/steps/{step:str}/payment-check",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="checkPayment",
            tag="cases",
            answers={200: Answered(about="The case; the provider's answer is in it soon after.", type=CaseView)},
            problems=("not-found", "not-possible-now"),
        )
    },
)
async def check_payment(request: GatewayRequest) -> Reply:
    """Say that a bill is paid: the provider is asked now. Nothing counts as paid before the provider says so."""
    query_of(request, {})
    calls, caller = calls_of(request), caller_of(request)
    return reply(await calls.paying.check(caller, path_of(request, "case"), path_of(request, "step")))


@post(
    NOTICES,
    status_code=200,
    opt={
        OPERATION: Operation(
            id="noticePayment",
            tag="agencies",
            body=Notice,
            params=(
                Param(name="Payment-Signature", where="header", about="docs/reference/payments.md", required=True),
                Param(name="Payment-Signed-At", where="header", about="Seconds since 1970.", required=True),
            ),
            answers={204: Answered(about="The provider is asked how the bill stands.")},
            problems=("not-found", "signature-invalid"),
        )
    },
)
async def notice_payment(request: GatewayRequest) -> Reply:
    """Take a notice of the provider of payments: no more than a reason to ask it how a bill stands."""
    query_of(request, {})
    await calls_of(request).paying.noticed(await message_of(request))
    return nothing()


ROUTES: Final = [check_payment, notice_payment]
