"""Renewing what ends, by whoever holds the case's secret."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar import post

from contracts.draft_views import DraftView
from gateway.openapi import OPERATION, Answered, Operation
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, path_of, query_of, reply


@post(
    "/v1/cases/{case:str}/renewal",
    opt={
        OPERATION: Operation(
            id="renewCase",
            tag="cases",
            answers={
                201: Answered(about="The renewal, as a draft.", type=DraftView, headers={"Location": "The draft."})
            },
            problems=("gone", "not-possible-now", "storage-full"),
        )
    },
)
async def renew_case(request: GatewayRequest) -> Reply:
    """Begin to renew a joint output that ends, from 90 days before its end on.

    It is a new case in full, on the plan that is on offer now. It begins as a draft with your earlier answers, opened
    by the same secret: look through them, change what has changed, and send it. Documents are taken over where the form
    still asks for them (`carried`), each as a copy of the new case's own; hand in another to replace one. Asked again,
    it gives the same draft. The old output stays valid until its end.
    """
    query_of(request, {})
    view = await calls_of(request).renewing.begin(caller_of(request), path_of(request, "case"))
    return reply(view, HTTPStatus.CREATED, {"Location": f"/v1/services/{view.service}/drafts/{view.draft}"})


ROUTES: Final = [renew_case]
