"""The application: routes, owner rules, problems, and the ring around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import msgspec
import structlog
from litestar import Litestar, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from contracts.problems import Problem
from gateway.bodies import LARGEST_BODY
from gateway.calls import Calls
from gateway.edge import Edge
from gateway.face import Pages
from gateway.identity.rules import API_OWNERS, Owner, Owners, admit
from gateway.openapi import document
from gateway.parts import Parts
from gateway.problems import PROBLEM_MEDIA_TYPE, headers_of, problem_of
from gateway.requests import GatewayRequest, caller_of, trace_id_of, wants_page
from gateway.routes import api_routes

OWNERS: Final = "owners"

_log = structlog.get_logger(__name__)


class RouteWithoutOwner(Exception):
    """A route is in no owner table: nobody has said whose it is, so the application does not start."""


def create_app(parts: Parts, pages: Pages | None = None) -> Litestar:
    """Put the application together.

    Raises:
        RouteWithoutOwner: a route has no owner rule, or a rule has no route.

    """
    pages = pages or Pages()
    calls = Calls(parts)
    routes = api_routes()
    app = Litestar(
        route_handlers=[*routes, *pages.routes],
        guards=[guard],
        exception_handlers={Exception: _problem_handler(parts.settings.base_url, pages)},
        openapi_config=None,
        request_max_body_size=LARGEST_BODY + 1,
        state=State({"calls": calls}),
        logging_config=None,
    )
    settings = parts.settings
    app.state["document"] = cache(lambda: document(routes, contact=settings.contact, operator=settings.operator))
    app.state[OWNERS] = check_owners(app, {**API_OWNERS, **pages.owners})
    app.asgi_handler = Edge(app.asgi_handler, parts.settings, calls.limits, parts.finished)
    return app


def check_owners(app: Litestar, owners: Owners) -> Owners:
    """Hold the owner tables against the routes, both ways."""
    served = set(served_routes(app))
    if missing := sorted(served - owners.keys()):
        raise RouteWithoutOwner(f"without an owner rule: {', '.join(' '.join(route) for route in missing)}")
    if idle := sorted(owners.keys() - served):
        raise RouteWithoutOwner(f"an owner rule without a route: {', '.join(' '.join(route) for route in idle)}")
    return owners


def served_routes(app: Litestar) -> Iterable[tuple[str, str]]:
    """Give every method and path template that the application answers, but for the framework's own OPTIONS."""
    for route in app.routes:
        template = re.sub(r":\w+\}", "}", route.path)
        for handler in getattr(route, "route_handlers", ()):
            for method in handler.http_methods if isinstance(handler, HTTPRouteHandler) else ():
                if method != "OPTIONS":
                    yield str(method), template


async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Admit a request to its route by the owner tables. Asynchronous: the framework gives others a thread each time."""
    request = cast("GatewayRequest", connection)
    if request.scope["method"] == "OPTIONS":
        return
    owners = cast("Mapping[tuple[str, str], Owner]", connection.app.state[OWNERS])
    template = re.sub(r":\w+\}", "}", str(connection.scope["path_template"]))
    owner = owners[str(request.scope["method"]), template]
    if owner is not Owner.ANYONE:
        admit(owner, caller_of(request))


def _problem_handler(base_url: str, pages: Pages) -> Any:  # noqa: ANN401 - the framework's own type is not public
    def handle(request: GatewayRequest, error: Exception) -> Response[bytes]:
        trace = trace_id_of(request)
        problem = problem_of(error, base_url=base_url, instance=request.scope["path"], trace_id=trace)
        if problem.status == 500:  # noqa: PLR2004 - a bug
            _log.error("request_failed", exc_info=error, trace_id=trace)
        return tell(request, problem, headers_of(error), pages)

    return handle


def tell(request: GatewayRequest, problem: Problem, headers: Mapping[str, str], pages: Pages) -> Response[bytes]:
    """Give a problem as JSON, or to a browser as a page."""
    if pages.problem is not None and wants_page(request.headers.get("accept")):
        page = pages.problem(request, problem)
        page.headers.update(headers)
        return page
    body = msgspec.json.encode(problem)
    return Response(body, status_code=problem.status, media_type=PROBLEM_MEDIA_TYPE, headers=dict(headers))
