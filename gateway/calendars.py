"""Calendars in the register: by which offices' days are counted, and how a new one takes its place."""

from __future__ import annotations

from typing import Final

from msgspec import Struct, field

from contracts.calendar import Hours, PublishedCalendar
from contracts.events import CalendarRegistered
from contracts.ids import Instant
from contracts.problems import Mistake
from contracts.units import Text
from gateway.parts import Parts
from gateway.problems import ContractInvalid, NotFound
from gateway.registering import Registered, refused
from workflows.loading.calendars import parse_calendar
from workflows.loading.hashing import digest
from workflows.loading.mistakes import LoadingError

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class WeekdayView(Struct, frozen=True, kw_only=True):
    """A day of the week and its working hours (none: it is one of rest)."""

    day: str
    hours: list[Hours]


class DayView(Struct, frozen=True, kw_only=True):
    """A day that differs from its day of the week: `title` is why it is free, `hours` are those that are worked."""

    date: str
    title: Text | None = None
    hours: list[Hours] = field(default_factory=list[Hours])


class CalendarView(Struct, frozen=True, kw_only=True):
    """A calendar as anybody may see it. Holidays are known from `first_year` to `last_year`, by `source`."""

    calendar: str
    title: Text
    zone: str
    legal_basis: str
    week: list[WeekdayView]
    free: list[DayView]
    working: list[DayView]
    first_year: int
    last_year: int
    source: str
    version: int
    digest: str
    registered_at: Instant


class Calendars:
    """The register's calendars. Who may change them has been judged before; `actor` is recorded."""

    def __init__(self, parts: Parts) -> None:
        """Take the parts to call upon."""
        self._engine, self._clock = parts.engine, parts.clock

    async def register(self, name: str, data: bytes, *, actor: str) -> Registered:
        """Register a calendar, or what has changed in it: effective at once, in open cases too.

        The holidays of its region are found out anew; the same again is no change.

        Raises:
            ContractInvalid: it has mistakes; all of them, with pointer or line.

        """
        now = self._clock.now()
        try:
            published = parse_calendar(data, name, year=now.year)
        except LoadingError as error:
            raise refused("calendar", error) from error
        if published.calendar.calendar != name:
            mistake = Mistake("/calendar", f"Must be {name}, as in the address.")
            raise ContractInvalid("The calendar is another one than the address says.", [mistake])
        named, known = digest(published), self._engine.directory.calendars.get(name)
        changed = known is None or known[-1].digest != named
        if changed:
            await self._engine.register([CalendarRegistered(at=now, published=published, digest=named, actor=actor)])
        version = len(self._engine.directory.calendars[name])
        return Registered(name=name, version=str(version), digest=named, new=version == 1 and changed, changed=changed)

    def views(self) -> list[CalendarView]:
        """Give every calendar as it counts today, by name."""
        return [self.view(name) for name in sorted(self._engine.directory.calendars)]

    def view(self, name: str) -> CalendarView:
        """Give a calendar as it counts today. Raises NotFound."""
        versions = self._engine.directory.calendars.get(name)
        if not versions:
            raise NotFound("There is no such calendar. GET /v1/calendars lists them.")
        return calendar_view(versions[-1], len(versions))


def calendar_view(event: CalendarRegistered, version: int) -> CalendarView:
    """Give a calendar as it was registered."""
    published: PublishedCalendar = event.published
    calendar = published.calendar
    return CalendarView(
        calendar=calendar.calendar,
        title=calendar.title,
        zone=calendar.zone,
        legal_basis=calendar.legal_basis,
        week=[WeekdayView(day=day, hours=hours) for day, hours in zip(WEEKDAYS, calendar.week.days, strict=True)],
        free=[DayView(date=day, title=title) for day, title in published.free.items()],
        working=[DayView(date=day, hours=hours) for day, hours in sorted(calendar.working.items())],
        first_year=published.first_year,
        last_year=published.last_year,
        source=published.source,
        version=version,
        digest=event.digest,
        registered_at=event.at,
    )
