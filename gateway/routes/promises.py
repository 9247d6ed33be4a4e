"""Clocks: how agencies stand by their promises, of one case and of all that are open."""

from __future__ import annotations

from typing import Final

from litestar import get
from msgspec import Struct

from contracts.clocks import ClockView
from gateway.openapi import OPERATION, Answered, Operation
from gateway.promises import AgencyPromises
from gateway.requests import GatewayRequest, Reply, calls_of, path_of, query_of, reply


class Clocks(Struct, frozen=True, kw_only=True):
    """The clocks of a case, in the order of its plan."""

    clocks: list[ClockView]


class PromiseList(Struct, frozen=True, kw_only=True):
    """How every agency stands by its promises."""

    promises: list[AgencyPromises]


@get(
    "/v1/operations/cases/{case:str}/clocks",
    opt={
        OPERATION: Operation(
            id="caseClocks",
            tag="operations",
            answers={200: Answered(about="The clocks.", type=Clocks)},
            problems=("not-found",),
        )
    },
)
async def case_clocks(request: GatewayRequest) -> Reply:
    """Show when each agency's time ran, when it stood still and why, how much is used, and when it is due."""
    query_of(request, {})
    return reply(Clocks(clocks=await calls_of(request).promises.of_case(path_of(request, "case"))))


@get(
    "/v1/operations/promises",
    opt={
        OPERATION: Operation(
            id="listPromises",
            tag="operations",
            answers={200: Answered(about="By agency.", type=PromiseList)},
        )
    },
)
async def list_promises(request: GatewayRequest) -> Reply:
    """Show, by agency, how many clocks run, stand still and are overdue in the 500 newest cases of each state."""
    query_of(request, {})
    return reply(PromiseList(promises=await calls_of(request).promises.by_agency()))


ROUTES: Final = [case_clocks, list_promises]
