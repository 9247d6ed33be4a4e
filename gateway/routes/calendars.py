"""Calendars: when offices work, for anybody to see; the operator registers them."""

from __future__ import annotations

from typing import Final

from litestar import get, put
from msgspec import Struct

from contracts.calendar import Calendar
from gateway.bodies import JSON_TYPES, media_type, parse_object
from gateway.calendars import CalendarView
from gateway.openapi import OPERATION, Answered, Operation
from gateway.registering import Registered
from gateway.requests import GatewayRequest, Reply, body_of, calls_of, operator_of, path_of, query_of, reply
from gateway.routes.agencies import CONTRACT_TYPES


class CalendarList(Struct, frozen=True, kw_only=True):
    """Every calendar, as it counts today."""

    calendars: list[CalendarView]


@get(
    "/v1/calendars",
    opt={
        OPERATION: Operation(
            id="listCalendars", tag="agencies", answers={200: Answered(about="The calendars.", type=CalendarList)}
        )
    },
)
async def list_calendars(request: GatewayRequest) -> Reply:
    """Show every calendar by which working days are counted."""
    query_of(request, {})
    return reply(CalendarList(calendars=calls_of(request).calendars.views()))


@get(
    "/v1/calendars/{calendar:str}",
    opt={
        OPERATION: Operation(
            id="getCalendar",
            tag="agencies",
            answers={200: Answered(about="The calendar.", type=CalendarView)},
            problems=("not-found",),
        )
    },
)
async def get_calendar(request: GatewayRequest) -> Reply:
    """Show a calendar as it counts today: working hours, and the days that are free."""
    query_of(request, {})
    return reply(calls_of(request).calendars.view(path_of(request, "calendar")))


@put(
    "/v1/calendars/{calendar:str}",
    status_code=200,
    opt={
        OPERATION: Operation(
            id="registerCalendar",
            tag="agencies",
            body=Calendar,
            body_media=tuple(sorted(CONTRACT_TYPES)),
            body_about="The calendar, as JSON or YAML (contracts/schemas/calendar.schema.json).",
            answers={
                200: Answered(about="It stood so already, or counts from now on as it is here.", type=Registered),
                201: Answered(about="The calendar is new.", type=Registered),
            },
            problems=("contract-invalid",),
        )
    },
)
async def register_calendar(request: GatewayRequest) -> Reply:
    """Register a calendar, or what has changed in it.

    Effective at once, in open cases too; what a case has recorded stays. The holidays of its region are found out anew,
    so that the same file is sent again when a year's holidays are decreed. All mistakes come at once.
    """
    kind = media_type(request.headers, CONTRACT_TYPES)
    body = await body_of(request)
    if kind in JSON_TYPES:
        parse_object(body)
    calendars = calls_of(request).calendars
    registered = await calendars.register(path_of(request, "calendar"), body, actor=operator_of(request).actor)
    return reply(registered, 201 if registered.new else 200)


ROUTES: Final = [list_calendars, get_calendar, register_calendar]
