"""Drafts of applications: saved, looked at, sent, deleted, by whoever began them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from litestar import delete, get, post, put
from msgspec import Struct

from contracts.draft_views import DraftView
from contracts.ids import CaseId
from contracts.views import CaseView
from gateway.idempotency import wish_of
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.problems import NotFound
from gateway.requests import (
    GatewayRequest,
    Reply,
    address_of,
    caller_of,
    calls_of,
    identity_of,
    nothing,
    number_in,
    path_of,
    query_of,
    reply,
)
from gateway.routes.answers import LARGEST_ANSWERS, answers_of


class DraftReceipt(Struct, frozen=True, kw_only=True):
    """What whoever begins a draft gets. `secret` opens it, and the case that it becomes; it is told only here."""

    draft: CaseId
    secret: str
    view: DraftView


_BODY: Final = {"type": "object", "description": "The answers as far as they are filled in."}
_ABOUT: Final = "Part of the form, or all of it: nothing is judged but its size and its documents (`bytes`, base64)."
_DRAFT: Final = {200: Answered(about="The draft as it now stands.", type=DraftView)}


@post(
    "/v1/services/{service:str}/drafts",
    request_max_body_size=LARGEST_ANSWERS + 1,
    opt={
        OPERATION: Operation(
            id="beginDraft",
            tag="drafts",
            body_schema=_BODY,
            body_about=_ABOUT,
            params=(
                Param(
                    name="Idempotency-Key",
                    where="header",
                    about="A random UUID, kept secret: it and the same body again give the same draft and secret.",
                    schema={"type": "string", "minLength": 16, "maxLength": 202},
                    example='"8e03978e-40d5-43dd-bc93-6894a57f9324"',
                ),
            ),
            answers={
                201: Answered(about="The draft is on record.", type=DraftReceipt, headers={"Location": "The draft."})
            },
            problems=("not-found", "gone", "form-invalid", "key-reused", "not-possible-now", "storage-full"),
        )
    },
)
async def begin_draft(request: GatewayRequest) -> Reply:
    """Save an application to go on with later.

    It is kept encrypted, no agency sees it, and it is deleted with its key at `expires_at` unless it is saved again.
    """
    calls, service = calls_of(request), path_of(request, "service")
    query_of(request, {})
    form = await answers_of(request, service)
    wish = wish_of(
        request.headers.get("idempotency-key"),
        caller="anyone",
        route=f"POST /v1/services/{service}/drafts",
        body=form,
    )
    begun = await calls.drafts.begin(service, form, wish=wish, address=address_of(request))
    receipt = DraftReceipt(draft=begun.draft, secret=begun.secret, view=begun.view)
    return reply(receipt, HTTPStatus.CREATED, {"Location": f"/v1/services/{service}/drafts/{begun.draft}"})


@get(
    "/v1/services/{service:str}/drafts/{draft:str}",
    opt={OPERATION: Operation(id="getDraft", tag="drafts", answers=_DRAFT, problems=("not-possible-now",))},
)
async def get_draft(request: GatewayRequest) -> Reply:
    """Show a draft, with the answers that the form now on offer still takes.

    `unfit` names those that it does not take: a newer form may ask otherwise.
    """
    query_of(request, {})
    view = await _draft(request)
    return Reply(reply(view).body, headers={"ETag": f'"{view.version}"'})


@put(
    "/v1/services/{service:str}/drafts/{draft:str}",
    request_max_body_size=LARGEST_ANSWERS + 1,
    opt={
        OPERATION: Operation(
            id="saveDraft",
            tag="drafts",
            body_schema=_BODY,
            body_about=f"{_ABOUT} A document that it has stays by its description.",
            params=(
                Param(
                    name="since",
                    where="query",
                    about="The version that these answers began from: `overwrote` then says whether it was the newest.",
                    schema={"type": "integer", "minimum": 0},
                ),
            ),
            answers=_DRAFT,
            problems=("form-invalid", "not-possible-now", "storage-full", "parameter-invalid"),
        )
    },
)
async def save_draft(request: GatewayRequest) -> Reply:
    """Save a draft again: the last save counts.

    What is as it was is recorded at most once a day. A draft can be saved 200 times.
    """
    since = query_of(request, {"since": ""})["since"]
    version = number_in(since, "since", least=0, most=10**9) if since else None
    draft = await _draft(request)
    form = await answers_of(request, draft.service)
    return reply(await calls_of(request).drafts.save(caller_of(request), draft.draft, form, since=version))


@delete(
    "/v1/services/{service:str}/drafts/{draft:str}",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="deleteDraft",
            tag="drafts",
            answers={204: Answered(about="It is deleted: nobody can read it any more.")},
            problems=("not-possible-now",),
        )
    },
)
async def delete_draft(request: GatewayRequest) -> Reply:
    """Delete a draft, with its key."""
    query_of(request, {})
    await calls_of(request).drafts.delete(caller_of(request), (await _draft(request)).draft)
    return nothing()


@post(
    "/v1/services/{service:str}/drafts/{draft:str}/case",
    status_code=202,
    opt={
        OPERATION: Operation(
            id="sendDraft",
            tag="drafts",
            answers={
                202: Answered(
                    about="The application is on record, under the draft's name and secret.",
                    type=CaseView,
                    headers={"Location": "The case."},
                )
            },
            problems=("gone", "form-invalid", "not-possible-now", "storage-full"),
        )
    },
)
async def send_draft(request: GatewayRequest) -> Reply:
    """Apply with a draft as it was saved.

    All mistakes in the form come at once. Sent twice, it is one case.
    """
    calls, caller, draft = calls_of(request), caller_of(request), path_of(request, "draft")
    query_of(request, {})
    if await calls.drafts.service_of(caller, draft) != path_of(request, "service"):
        raise NotFound
    case = await calls.drafts.apply(caller, draft, traceparent=identity_of(request).traceparent)
    return reply(await calls.read_case(caller, case), HTTPStatus.ACCEPTED, {"Location": f"/v1/cases/{case}"})


async def _draft(request: GatewayRequest) -> DraftView:
    """Give the draft of a path; one of another service is not there."""
    view = await calls_of(request).drafts.read(caller_of(request), path_of(request, "draft"))
    if view.service != path_of(request, "service"):
        raise NotFound
    return view


ROUTES: Final = [begin_draft, get_draft, save_draft, delete_draft, send_draft]
