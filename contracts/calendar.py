"""A calendar: when a region's offices work, and on which days they do not. Working days are counted by it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from contracts.declared import Closed
from contracts.units import Name, Text

Day = Annotated[
    str,
    Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", description="A date: 2026-12-24"),
]
Hours = Annotated[
    str,
    Meta(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        description="From a time of day to a later one: 07:30-12:00",
    ),
]


class Week(Closed, frozen=True, kw_only=True):
    """The working hours of each day of the week, in order; a day without hours is one of rest."""

    mon: list[Hours] = field(default_factory=list[Hours])
    tue: list[Hours] = field(default_factory=list[Hours])
    wed: list[Hours] = field(default_factory=list[Hours])
    thu: list[Hours] = field(default_factory=list[Hours])
    fri: list[Hours] = field(default_factory=list[Hours])
    sat: list[Hours] = field(default_factory=list[Hours])
    sun: list[Hours] = field(default_factory=list[Hours])

    @property
    def days(self) -> tuple[list[str], ...]:
        """The hours of each day, Monday first."""
        return self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun


class Region(Closed, frozen=True, kw_only=True):
    """Whose holidays are taken over: a country, one of its parts where they have their own, and which kinds."""

    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}$", description="ISO 3166-1: ID")]
    subdivision: str = ""
    categories: Annotated[list[Literal["public", "government", "bank", "optional"]], Meta(min_length=1)] = field(
        default_factory=lambda: ["public"]
    )


class Calendar(Closed, frozen=True, kw_only=True):
    """A calendar as it is written. `working` are days that are worked although they would be free, with their hours."""

    calendar: Name
    title: Text
    zone: str
    week: Week
    region: Region | None = None
    holidays: dict[Day, Text] = field(default_factory=dict[Day, Text])
    working: dict[Day, list[Hours]] = field(default_factory=dict[Day, list[Hours]])
    legal_basis: str = ""


class PublishedCalendar(Struct, frozen=True, kw_only=True):
    """A calendar with its region's holidays found out: plain dates, from the first year to the last one.

    `source` is what knew them. Beyond the last year only the week is known.
    """

    calendar: Calendar
    free: dict[str, Text]
    first_year: int
    last_year: int
    source: str = ""
