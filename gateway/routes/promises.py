"""Clocks: how agencies stand by their promises, of one case and of all that are open."""

from __future__ import annotations

from typing import Final

from litestar import get
from msgspec import Struct

from contracts.clocks import MOST_DAYS, SOON, ClockView, PromisesView
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.promises import MOST_DUE
from gateway.requests import GatewayRequest, Reply, calls_of, number_in, path_of, query_of, reply


class Clocks(Struct, frozen=True, kw_only=True):
    """The clocks of a case, in the order of its plan."""

    clocks: list[ClockView]


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
            params=(
                Param(name="cursor", where="query", about="The `next` of the page before."),
                Param(
                    name="limit",
                    where="query",
                    about="Of how many cases what is due is listed.",
                    schema={"type": "integer", "minimum": 1, "maximum": MOST_DUE, "default": MOST_DUE},
                ),
                Param(
                    name="days",
                    where="query",
                    about="Beside what is overdue, list what is due within so many working days.",
                    schema={"type": "integer", "minimum": 0, "maximum": MOST_DAYS, "default": SOON},
                ),
            ),
            answers={200: Answered(about="By agency, and what is due.", type=PromisesView)},
            problems=("parameter-invalid",),
        )
    },
)
async def list_promises(request: GatewayRequest) -> Reply:
    """Show, by agency, what runs, stands still and is overdue, and list what is due, the longest overdue first."""
    asked = query_of(request, {"days": str(SOON), "cursor": "", "limit": str(MOST_DUE)})
    days = number_in(asked["days"], "days", least=0, most=MOST_DAYS)
    limit = number_in(asked["limit"], "limit", least=1, most=MOST_DUE)
    return reply(await calls_of(request).promises.standing(within_days=days, cursor=asked["cursor"], limit=limit))


ROUTES: Final = [case_clocks, list_promises]
