"""By which days promises are counted: `gapura calendar`."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# Click leaves the parameters of its generic types open.
from __future__ import annotations

from pathlib import Path

import msgspec
import rich_click as click

from contracts.calendar import PublishedCalendar
from gateway.cli.calling import at, connect, run, token_option, url_option
from gateway.cli.exits import emit, ending, escape, json_option, out
from gateway.cli.files import FILE, read_file
from gateway.cli.registering import YAML, Registered, told
from gateway.clock import SystemClock
from workflows.loading.calendars import load_calendar
from workflows.loading.mistakes import LoadingError


class Week(msgspec.Struct, frozen=True):
    """A day of the week and its hours."""

    day: str
    hours: list[str]


class Day(msgspec.Struct, frozen=True):
    """A day that is free, and why."""

    date: str
    title: dict[str, str]


class Shown(msgspec.Struct, frozen=True):
    """A calendar as a gateway shows it."""

    calendar: str
    zone: str
    version: int
    week: list[Week]
    free: list[Day]


@click.group()
def calendar() -> None:
    """Calendars: working hours and holidays, by which working days are counted."""


@calendar.command("check")
@click.argument("file", type=FILE)
@json_option
@ending
def check(file: Path, *, as_json: bool) -> None:
    """Check a calendar file; all mistakes at once."""
    published = _load(file, as_json=as_json)
    years = f"{published.first_year} to {published.last_year}"
    line = f"[green]✓[/] {escape(published.calendar.calendar)}: {len(published.free)} free days, {years}"
    emit(published, as_json=as_json, human=lambda: out.print(line))


@calendar.command("register")
@click.argument("file", type=FILE)
@url_option
@token_option
@json_option
@ending
def register(file: Path, url: str, token: str, *, as_json: bool) -> None:
    """Register a calendar, or the same again when a year's holidays are decreed (operator)."""
    name = _load(file, as_json=as_json).calendar.calendar

    async def work() -> Registered:
        async with connect(url, token) as client:
            reply = await client.call("PUT", at("calendars", name), body=read_file(file), headers=YAML)
        return reply.into(Registered)

    registered = run(work())
    word = "is registered" if registered.new else "has changed" if registered.changed else "is unchanged"
    line = f"{escape(registered.name)} {word}: version {registered.version}."
    emit(registered, as_json=as_json, human=lambda: out.print(line))


@calendar.command("show")
@click.argument("name")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", show_default=True, help="Of the holidays.")
@url_option
@json_option
@ending
def show(name: str, language: str, url: str, *, as_json: bool) -> None:
    """Show a calendar as it counts today: working hours, and the days that are free from this year on."""

    async def work() -> object:
        async with connect(url) as client:
            return await client.get(at("calendars", name))

    found = run(work())
    emit(found, as_json=as_json, human=lambda: _print(msgspec.convert(found, Shown), language))


def _print(shown: Shown, language: str) -> None:
    out.print(f"[bold]{escape(shown.calendar)}[/], version {shown.version}, {escape(shown.zone)}")
    for entry in shown.week:
        out.print(f"  {entry.day}  {', '.join(entry.hours) or 'closed'}")
    this_year = str(SystemClock().now().year)
    for day in shown.free:
        if day.date >= this_year:
            out.print(f"  {day.date}  {escape(day.title[language])}")


def _load(file: Path, *, as_json: bool) -> PublishedCalendar:
    try:
        return load_calendar(file, year=SystemClock().now().year)
    except LoadingError as error:
        raise told(error, as_json=as_json) from error
