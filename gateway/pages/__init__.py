"""Server-rendered pages for applicants, officers and operators: complete without JavaScript, in two languages."""

from __future__ import annotations

from gateway.face import Pages
from gateway.pages import signing_in, surroundings
from gateway.pages.citizen import (
    actions,
    agreements,
    announcements,
    apply,
    calendars,
    case,
    drafts,
    paying,
    renewing,
    verify,
)
from gateway.pages.officer import contributions, notices, objections, questions, sheets
from gateway.pages.officer import routes as officer
from gateway.pages.operations import agreements as agreements_kept
from gateway.pages.operations import bulk, facts, fetching, hooks, promises, tokens
from gateway.pages.operations import routes as operations
from gateway.pages.owners import PAGE_OWNERS
from gateway.pages.problem_page import problem_page


def pages() -> Pages:
    """Give the browser's face of a gateway: its routes, whose each is, and the page that a problem becomes."""
    handlers = [
        *apply.ROUTES,
        *drafts.ROUTES,
        *announcements.ROUTES,
        *case.ROUTES,
        *actions.ROUTES,
        *paying.ROUTES,
        *verify.ROUTES,
        *calendars.ROUTES,
        *agreements.ROUTES,
        *officer.ROUTES,
        *objections.ROUTES,
        *sheets.ROUTES,
        *contributions.ROUTES,
        *questions.ROUTES,
        *notices.ROUTES,
        *renewing.ROUTES,
        *operations.ROUTES,
        *bulk.ROUTES,
        *fetching.ROUTES,
        *tokens.ROUTES,
        *agreements_kept.ROUTES,
        *facts.ROUTES,
        *hooks.ROUTES,
        *promises.ROUTES,
        *signing_in.ROUTES,
        *surroundings.ROUTES,
    ]
    return Pages(routes=handlers, owners=PAGE_OWNERS, before=surroundings.switch_language, problem=problem_page)


__all__ = ["pages"]
