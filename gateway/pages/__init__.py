"""Server-rendered pages for applicants, officers and operators: complete without JavaScript, in two languages."""

from __future__ import annotations

from litestar import Router

from gateway.face import Pages
from gateway.pages import signing_in, surroundings
from gateway.pages.citizen import apply, case, verify
from gateway.pages.officer import routes as officer
from gateway.pages.operations import routes as operations
from gateway.pages.owners import PAGE_OWNERS
from gateway.pages.problem_page import problem_page


def pages() -> Pages:
    """Give the browser's face of a gateway: its routes, whose each is, and the page that a problem becomes."""
    handlers = [
        *apply.ROUTES,
        *case.ROUTES,
        *verify.ROUTES,
        *officer.ROUTES,
        *operations.ROUTES,
        *signing_in.ROUTES,
        *surroundings.ROUTES,
    ]
    router = Router(
        path="/", route_handlers=handlers, before_request=surroundings.switch_language, include_in_schema=False
    )
    return Pages(routes=[router], owners=PAGE_OWNERS, problem=problem_page)


__all__ = ["pages"]
