"""By which days promises are counted: working hours and the year's holidays, for anybody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from litestar import Response, get
from msgspec import Struct

from contracts.ids import Instant
from contracts.units import Text
from gateway.calendars import CalendarView, DayView
from gateway.pages import formats, replies
from gateway.requests import GatewayRequest, calls_of, path_of

WEEKDAY_WORDS: Final[dict[str, Text]] = {
    "mon": Text("Senin", "Monday"),
    "tue": Text("Selasa", "Tuesday"),
    "wed": Text("Rabu", "Wednesday"),
    "thu": Text("Kamis", "Thursday"),
    "fri": Text("Jumat", "Friday"),
    "sat": Text("Sabtu", "Saturday"),
    "sun": Text("Minggu", "Sunday"),
}


class DayRow(Struct, frozen=True, kw_only=True):
    """One day that differs from its day of the week: `written` is its date in words."""

    year: int
    weekday: Text
    written: Text
    title: Text | None
    hours: Text | None


class CalendarPage(Struct, frozen=True, kw_only=True):
    """A calendar as people read it, for one year and those after it that are known."""

    name: str
    title: Text
    zone: str
    legal_basis: str
    source: str
    version: int
    registered_at: Instant
    week: list[tuple[Text, Text | None]]
    years: list[tuple[int, list[DayRow]]]
    working: list[DayRow]


@get("/kalender", include_in_schema=False)
async def calendars(request: GatewayRequest) -> Response[bytes]:
    """List the calendars."""
    shown = calls_of(request).calendars.views()
    return replies.page(request, "citizen/calendars.html", replies.shell_of(request), context={"calendars": shown})


@get("/kalender/{calendar:str}", include_in_schema=False)
async def calendar(request: GatewayRequest) -> Response[bytes]:
    """Show when the offices of a calendar work."""
    calls, shell = calls_of(request), replies.shell_of(request)
    shown = calendar_page(calls.calendars.view(path_of(request, "calendar")), shell.now.year)
    return replies.page(request, "citizen/calendar.html", shell, context={"calendar": shown})


def calendar_page(view: CalendarView, year: int) -> CalendarPage:
    """Give a calendar as its page shows it: the holidays of this year and of those after it."""
    rows = [_row(day) for day in view.free]
    years = sorted({row.year for row in rows if row.year >= year})
    return CalendarPage(
        name=view.calendar,
        title=view.title,
        zone=view.zone,
        legal_basis=view.legal_basis,
        source=view.source,
        version=view.version,
        registered_at=view.registered_at,
        week=[(WEEKDAY_WORDS[entry.day], _hours(entry.hours)) for entry in view.week],
        years=[(number, [row for row in rows if row.year == number]) for number in years],
        working=[row for day in view.working if (row := _row(day)).year >= year],
    )


def _hours(spans: Sequence[str]) -> Text | None:
    """Give the hours of a day as people here write them; None: none."""
    if not spans:
        return None
    written = ", ".join(spans).replace("-", "–")  # noqa: RUF001 - from one time until another, as it is printed
    return Text(written.replace(":", "."), written)


def _row(day: DayView) -> DayRow:
    at = date.fromisoformat(day.date)
    noon = datetime(at.year, at.month, at.day, 12, tzinfo=formats.WIB)
    return DayRow(
        year=at.year,
        weekday=tuple(WEEKDAY_WORDS.values())[at.weekday()],
        written=Text(formats.day(noon, "id"), formats.day(noon, "en")),
        title=day.title,
        hours=_hours(day.hours),
    )


ROUTES: Final = (calendars, calendar)
