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
    keys,
    leases,
    objections,
    operations,
    outputs,
    payments,
    promises,
    reference,
    runs,
    services,
    sheets,
    work,
)


def api_routes() -> list[HTTPRouteHandler]:
    """Give every route of the API, the gateway's own included."""
    return [
        *services.ROUTES,
        *drafts.ROUTES,
        *announcements.ROUTES,
        *cases.ROUTES,
        *outputs.ROUTES,
        *payments.ROUTES,
        *work.ROUTES,
        *objections.ROUTES,
        *sheets.ROUTES,
        *contributions.ROUTES,
        *facts.ROUTES,
        *agencies.ROUTES,
        *leases.ROUTES,
        *agreements.ROUTES,
        *calendars.ROUTES,
        *promises.ROUTES,
        *operations.ROUTES,
        *runs.ROUTES,
        *keys.ROUTES,
        *health.ROUTES,
        *reference.ROUTES,
    ]
