"""Calendars from files: their shape, what must hold within them, and the holidays of their region, as plain dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import structs

from contracts.calendar import Calendar, PublishedCalendar, Region
from contracts.units import Text
from workflows.core.compiled import CompiledPlan
from workflows.core.mistakes import Finding, Place, did_you_mean
from workflows.core.working_time import WorkingTime, working_time
from workflows.loading.mistakes import LoadingError, LoadMistake
from workflows.loading.structure import shape, told
from workflows.loading.yaml import Document, parse_document, read_document
from workflows.loading.zones import zone_of

if TYPE_CHECKING:
    from holidays import HolidayBase

YEARS_BEFORE: Final = 2
YEARS_AFTER: Final = 2
"""For how many years around this one the holidays of a region are found out."""


def load_calendar(path: Path, *, year: int) -> PublishedCalendar:
    """Read a calendar, with the holidays of the years around `year`.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    return _calendar(read_document(path), year)


def parse_calendar(data: bytes, file: str, *, year: int) -> PublishedCalendar:
    """Read a calendar that came over the wire (YAML or JSON); `file` is its name in messages.

    Raises:
        LoadingError: it has mistakes: all of them.

    """
    return _calendar(parse_document(data, file), year)


def load_calendars(folder: Path, *, year: int) -> dict[str, PublishedCalendar]:
    """Read every calendar (`*.yaml`) in a folder, by name; none, where there is no such folder.

    Raises:
        LoadingError: one of them has mistakes, or two are called the same: all mistakes of all files.

    """
    loaded: dict[str, PublishedCalendar] = {}
    mistakes: list[LoadMistake] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            published = load_calendar(path, year=year)
        except LoadingError as error:
            mistakes.extend(error.mistakes)
            continue
        name = published.calendar.calendar
        if name in loaded:
            mistakes.append(LoadMistake(str(path), 1, 1, f"{name} is also in another file", "one file for each name"))
        loaded[name] = published
    if mistakes:
        raise LoadingError(mistakes)
    return loaded


def on_calendar(plan: CompiledPlan, published: PublishedCalendar | None) -> CompiledPlan:
    """Give a plan whose working days are counted by this calendar; without one, they are Monday to Friday."""
    calendar = None if published is None else _counting(published)
    steps = {name: structs.replace(step, calendar=calendar) for name, step in plan.steps.items()}
    return structs.replace(plan, calendar=calendar, steps=steps)


def _counting(published: PublishedCalendar) -> WorkingTime | None:
    zone = zone_of(published.calendar.zone)
    return None if zone is None else working_time(published, zone)


def _calendar(document: Document, year: int) -> PublishedCalendar:
    calendar = shape(document, Calendar)
    first, last = year - YEARS_BEFORE, year + YEARS_AFTER
    findings = [*_check(calendar)]
    free: Mapping[str, Text] = {}
    if calendar.region is not None:
        try:
            free = _holidays(calendar.region, range(first, last + 1))
        except _UnknownRegion as error:
            findings.append(error.finding)
    if findings:
        raise told(document, findings)
    known = {day: title for day, title in {**free, **calendar.holidays}.items() if day not in calendar.working}
    return PublishedCalendar(
        calendar=calendar,
        free=dict(sorted(known.items())),
        first_year=first,
        last_year=last,
        source=f"holidays {version('holidays')}" if calendar.region is not None else "",
    )


# --- what must hold -----------------------------------------------------------------------------------------


def _check(calendar: Calendar) -> Iterator[Finding]:
    if zone_of(calendar.zone) is None:
        zones = "a zone of the IANA database: Asia/Jakarta, Asia/Makassar, Asia/Jayapura"
        yield Finding(("zone",), f"there is no time zone {calendar.zone}", zones)
    if not any(calendar.week.days):
        yield Finding(("week",), "no day of the week is worked", 'hours: mon: ["07:30-12:00", "13:00-16:00"]')
    for name, hours in zip(calendar.week.__struct_fields__, calendar.week.days, strict=True):
        yield from _check_hours(("week", name), hours)
    for day, hours in calendar.working.items():
        yield from _check_day(("working", day), day)
        yield from _check_hours(("working", day), hours)
        if not hours:
            yield Finding(("working", day), f"{day} is worked, without hours", 'its hours: ["07:30-12:00"]')
    for day in calendar.holidays:
        yield from _check_day(("holidays", day), day)
        if day in calendar.working:
            yield Finding(("holidays", day), f"{day} is both free and worked", "one of the two")


def _check_day(place: Place, day: str) -> Iterator[Finding]:
    try:
        date.fromisoformat(day)
    except ValueError:
        yield Finding(place, f"{day} is on no day of the calendar", "a date: 2026-12-24")


def _check_hours(place: Place, hours: Sequence[str]) -> Iterator[Finding]:
    before = ""
    for index, text in enumerate(hours):
        begins, _, ends = text.partition("-")
        if not before <= begins < ends:
            yield Finding((*place, index), f"{text} does not follow what is before it", "hours in order: 07:30-12:00")
        before = ends


# --- the holidays of a region -------------------------------------------------------------------------------


class _UnknownRegion(Exception):
    """A region whose holidays nobody here knows: `finding` says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.what)
        self.finding = finding


def _holidays(region: Region, years: range) -> dict[str, Text]:
    """Give the holidays of a region in both languages; where they have no Indonesian names, in English only."""
    english = _known(region, years, "en_US")
    indonesian = _known(region, years, "id") if "id" in _languages(english) else english
    return {day.isoformat(): Text(id=indonesian.get(day) or name, en=name) for day, name in english.items()}


def _languages(known: HolidayBase) -> Sequence[str]:
    return known.supported_languages


def _known(region: Region, years: range, language: str) -> HolidayBase:
    # Two tenths of a second and some megabytes, for what is done once a year.
    import holidays  # noqa: PLC0415 - see above

    try:
        country = holidays.country_holidays(region.country)
    except NotImplementedError as error:
        what = f"the holidays of {region.country} are not known"
        raise _UnknownRegion(Finding(("region", "country"), what, "ID; or no region")) from error
    parts, kinds = country.subdivisions, country.supported_categories
    if region.subdivision and region.subdivision not in parts:
        what = f"{region.country} has no holidays of its own in {region.subdivision}"
        raise _UnknownRegion(Finding(("region", "subdivision"), what, did_you_mean(region.subdivision, parts)))
    for index, category in enumerate(region.categories):
        if category not in kinds:
            what = f"{region.country} has no {category} holidays"
            raise _UnknownRegion(Finding(("region", "categories", index), what, ", ".join(sorted(kinds))))
    return holidays.country_holidays(
        region.country,
        subdiv=region.subdivision or None,
        years=years,
        language=language,
        categories=tuple(region.categories),
    )
