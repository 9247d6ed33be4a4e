"""The application: routes, owner rules, problems, and the ring around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final, cast

import msgspec
import structlog
from litestar import Litestar, Response, Router
from litestar.datastructures import State
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import BaseRoute, HTTPRoute

from contracts.problems import Problem
from gateway.bodies import LARGEST_BODY
from gateway.calls import Calls
from gateway.edge import Edge
from gateway.face import Before, Pages
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
        route_handlers=[
            *routes,
            Router(path="/", route_handlers=pages.routes, before_request=Admission(pages.before)),
        ],
        before_request=Admission(),
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
    if unasked := [route.path for route in app.routes if not all(map(_asks_first, _handlers(route)))]:
        raise RouteWithoutOwner(f"the owner rules are not asked first: {', '.join(sorted(unasked))}")
    return owners


def _handlers(route: BaseRoute) -> Iterable[BaseRouteHandler]:
    return route.route_handlers if isinstance(route, HTTPRoute) else (cast("Any", route).route_handler,)


def _asks_first(handler: BaseRouteHandler) -> bool:
    """Whether `Admission` is asked before the handler: one with a hook of its own, or not of HTTP, passes it by."""
    return isinstance(handler, HTTPRouteHandler) and isinstance(handler.resolve_before_request(), Admission)


def served_routes(app: Litestar) -> Iterable[tuple[str, str]]:
    """Give every method and path template that the application answers, but for the framework's own OPTIONS."""
    for route in app.routes:
        template = _plain(route.path)
        for handler in _handlers(route):
            for method in handler.http_methods if isinstance(handler, HTTPRouteHandler) else ():
                if method != "OPTIONS":
                    yield str(method), template


class Admission:
    """Admits a request to its route by the owner tables; then a face may answer before its own routes do.

    A guard would do the same; for each one the framework copies the whole route, with every request. Asynchronous: the
    framework gives others a thread each time.
    """

    def __init__(self, before: Before | None = None) -> None:
        """Take what is asked once the request is admitted."""
        self._before = before

    async def __call__(self, request: GatewayRequest) -> Response[bytes] | None:
        """Give an answer that is given instead of the route's, if any; raises what `admit` raises."""
        if request.scope["method"] != "OPTIONS":
            owners = cast("Owners", request.app.state[OWNERS])
            owner = owners[str(request.scope["method"]), _plain(request.scope["path_template"])]
            if owner is not Owner.ANYONE:
                admit(owner, caller_of(request))
        return self._before(request) if self._before is not None else None


@cache
def _plain(template: str) -> str:
    """Give a route's template as the owner tables write it: without the types of its parameters."""
    return re.sub(r":\w+\}", "}", template)


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
