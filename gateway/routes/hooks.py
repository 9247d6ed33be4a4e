"""Hooks: addresses that other systems are told at, new secrets, what arrived there, and sending again."""

from __future__ import annotations

from typing import Any, Final

from litestar import delete, get, post
from msgspec import Struct

from contracts.hooks import DeliveryPage, HookSecret, HookView, Resent
from gateway.bodies import JSON_TYPES, media_type
from gateway.hooks import HookBody, ResendBody
from gateway.openapi import OPERATION, Answered, Operation, Param
from gateway.requests import GatewayRequest, Reply, caller_of, calls_of, nothing, path_of, query_of, reply
from gateway.routes.agencies import message_of

_SIGNED: Final = (
    Param(name="Content-Digest", where="header", about="RFC 9530, sha-256; with a signature."),
    Param(name="Signature-Input", where="header", about="RFC 9421; or the token of the agency, or of an operator."),
)
_CURSOR: Final = Param(name="cursor", where="query", about="`next` of the page before.")


class HookList(Struct, frozen=True, kw_only=True):
    """Hooks, oldest first."""

    hooks: list[HookView]


def _operation(name: str, about: str, kind: type[Any] | None, *, status: int = 200, **more: Any) -> dict[str, Any]:
    params = (*_SIGNED, *more.pop("params", ()))
    problems = ("not-found", *more.pop("problems", ()))
    answers = {status: Answered(about=about, type=kind) if kind is not None else Answered(about=about)}
    return {OPERATION: Operation(id=name, tag="agencies", params=params, answers=answers, problems=problems, **more)}


@post(
    "/v1/hooks",
    status_code=201,
    opt=_operation(
        "registerHook",
        "It is told from now on; the secret is told only here.",
        HookSecret,
        status=201,
        body=HookBody,
        problems=("form-invalid", "not-possible-now"),
    ),
)
async def register_hook(request: GatewayRequest) -> Reply:
    """Let an address be told what happens in the cases of your agency (docs/reference/hooks.md).

    Signed as callbacks are, or sent with the agency's token; an operator may do it for any agency, or for all of them.
    """
    query_of(request, {})
    media_type(request.headers, JSON_TYPES)
    return reply(await calls_of(request).hooks.register(await message_of(request), caller_of(request)), 201)


@get(
    "/v1/hooks",
    opt=_operation(
        "listHooks",
        "The hooks of your agency; of everybody for an operator.",
        HookList,
        params=(Param(name="agency", where="query", about="Whose; needed with a signature."),),
    ),
)
async def list_hooks(request: GatewayRequest) -> Reply:
    """List addresses that are told, which of them are disabled, and how much was not delivered."""
    agency = query_of(request, {"agency": ""})["agency"]
    found = await calls_of(request).hooks.listed(await message_of(request), caller_of(request), agency)
    return reply(HookList(hooks=found))


@get("/v1/hooks/{hook:str}", opt=_operation("getHook", "The hook.", HookView))
async def get_hook(request: GatewayRequest) -> Reply:
    """Show one hook."""
    query_of(request, {})
    hooks, name = calls_of(request).hooks, path_of(request, "hook")
    return reply(await hooks.shown(await message_of(request), caller_of(request), name))


@delete("/v1/hooks/{hook:str}", status_code=200, opt=_operation("removeHook", "It is no more.", None, status=204))
async def remove_hook(request: GatewayRequest) -> Reply:
    """Tell an address nothing any more, and forget what it was told."""
    query_of(request, {})
    hooks, name = calls_of(request).hooks, path_of(request, "hook")
    await hooks.remove(await message_of(request), caller_of(request), name)
    return nothing()


@post(
    "/v1/hooks/{hook:str}/rotation",
    status_code=200,
    opt=_operation("rotateHook", "The new secret; for 24 hours the one before signs too.", HookSecret),
)
async def rotate_hook(request: GatewayRequest) -> Reply:
    """Make a new secret, told only here."""
    query_of(request, {})
    hooks, name = calls_of(request).hooks, path_of(request, "hook")
    return reply(await hooks.rotate(await message_of(request), caller_of(request), name))


@post(
    "/v1/hooks/{hook:str}/enabling",
    status_code=200,
    opt=_operation("enableHook", "It is told again from now on.", HookView),
)
async def enable_hook(request: GatewayRequest) -> Reply:
    """Tell a hook again that was disabled: because it answered 410, or was not heard for 27 hours."""
    query_of(request, {})
    hooks, name = calls_of(request).hooks, path_of(request, "hook")
    return reply(await hooks.enable(await message_of(request), caller_of(request), name))


@get(
    "/v1/hooks/{hook:str}/deliveries",
    opt=_operation(
        "listDeliveries",
        "What it was told, newest first.",
        DeliveryPage,
        params=(_CURSOR, Param(name="state", where="query", about="`waiting`, `delivered` or `undelivered`.")),
        problems=("form-invalid", "parameter-invalid"),
    ),
)
async def list_deliveries(request: GatewayRequest) -> Reply:
    """List what a hook was told: each attempt, what was answered, and when it is tried again."""
    query = query_of(request, {"cursor": "", "state": ""})
    hooks, name = calls_of(request).hooks, path_of(request, "hook")
    message, caller = await message_of(request), caller_of(request)
    return reply(await hooks.deliveries(message, caller, name, state=query["state"], cursor=query["cursor"]))


@post(
    "/v1/hooks/{hook:str}/resending",
    status_code=200,
    opt=_operation(
        "resendDeliveries",
        "They are on their way, under the same `webhook-id`.",
        Resent,
        body=ResendBody,
        problems=("form-invalid", "not-possible-now"),
    ),
)
async def resend_deliveries(request: GatewayRequest) -> Reply:
    """Send one delivery again, or all since a moment."""
    query_of(request, {})
    media_type(request.headers, JSON_TYPES)
    hooks, name = calls_of(request).hooks, path_of(request, "hook")
    return reply(await hooks.resend(await message_of(request), caller_of(request), name))


ROUTES: Final = [
    register_hook,
    list_hooks,
    get_hook,
    remove_hook,
    rotate_hook,
    enable_hook,
    list_deliveries,
    resend_deliveries,
]
