"""The API: each route decodes, authorises, makes one call and encodes."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from gateway.routes import (
    agencies,
    agreements,
    announcements,
    calendars,
    cases,
    contributions,
    drafts,
    facts,
    health,
    hooks,
    keys,
    leases,
    notices,
    objections,
    operations,
    outputs,
    payments,
    promises,
    reference,
    renewals,
    runs,
    services,
    sheets,
    tokens,
    work,
)


def api_routes() -> list[HTTPRouteHandler]:
    """Give every route of the API, the gateway's own included."""
    return [
        *services.ROUTES,
        *drafts.ROUTES,
        *announcements.ROUTES,
        *cases.ROUTES,
        *renewals.ROUTES,
        *outputs.ROUTES,
        *payments.ROUTES,
        *work.ROUTES,
        *objections.ROUTES,
        *sheets.ROUTES,
        *contributions.ROUTES,
        *facts.ROUTES,
        *notices.ROUTES,
        *agencies.ROUTES,
        *leases.ROUTES,
        *hooks.ROUTES,
        *agreements.ROUTES,
        *calendars.ROUTES,
        *promises.ROUTES,
        *operations.ROUTES,
        *runs.ROUTES,
        *tokens.ROUTES,
        *keys.ROUTES,
        *health.ROUTES,
        *reference.ROUTES,
    ]
