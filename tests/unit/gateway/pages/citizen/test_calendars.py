"""A calendar as people read it."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.events import CalendarRegistered
from contracts.units import Text
from gateway.calendars import calendar_view
from gateway.pages.citizen.calendars import calendar_page
from tests.unit.workflows.core.office_days import PUBLISHED

EVENT = CalendarRegistered(at=datetime(2026, 1, 2, tzinfo=UTC), published=PUBLISHED, digest="sha256:0", actor="op")


def test_the_page_says_every_day_of_the_week_with_its_hours_and_the_holidays_with_their_date_in_words() -> None:
    page = calendar_page(calendar_view(EVENT, 3), 2026)
    assert page.week[4] == (
        Text("Jumat", "Friday"),
        Text("07.30\u201311.30, 13.00\u201316.30", "07:30\u201311:30, 13:00\u201316:30"),
    )
    assert page.week[6] == (Text("Minggu", "Sunday"), None)
    ((year, rows),) = page.years
    assert (year, len(rows), page.version) == (2026, 2, 3)
    assert (rows[1].weekday.en, rows[1].written) == ("Friday", Text("25 Desember 2026", "25 December 2026"))
    assert [(row.written.en, row.hours) for row in page.working] == [
        ("14 November 2026", Text("08.00\u201324.00", "08:00\u201324:00"))
    ]


def test_years_that_are_over_are_not_shown() -> None:
    page = calendar_page(calendar_view(EVENT, 1), 2027)
    assert (page.years, page.working) == ([], [])
