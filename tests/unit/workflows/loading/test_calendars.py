"""Calendars from files: all mistakes at once, and the holidays of a region as plain dates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from workflows.loading.calendars import load_calendar, load_calendars, on_calendar, parse_calendar
from workflows.loading.mistakes import LoadingError

EXAMPLE = Path(__file__).parents[4] / "examples" / "purbalingga" / "calendars"
WEEK = {"mon": ["07:30-12:00", "13:00-16:00"]}
RIGHT: dict[str, Any] = {"calendar": "office", "title": {"id": "a", "en": "b"}, "zone": "Asia/Jakarta", "week": WEEK}
TITLE = {"id": "Libur", "en": "Free"}
WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no such zone": ({"zone": "Asia/Purbalingga"}, ["there is no time zone Asia/Purbalingga"]),
    "a week without work": ({"week": {}}, ["no day of the week is worked"]),
    "hours that overlap": (
        {"week": {"mon": ["07:30-12:00", "11:00-16:00"]}},
        ["11:00-16:00 does not follow what is before it"],
    ),
    "hours that end before they begin": (
        {"week": {"mon": ["12:00-07:30"]}},
        ["12:00-07:30 does not follow what is before it"],
    ),
    "a holiday on no day": ({"holidays": {"2026-02-30": TITLE}}, ["2026-02-30 is on no day of the calendar"]),
    "a worked day without hours": ({"working": {"2026-02-28": []}}, ["2026-02-28 is worked, without hours"]),
    "a day that is both": (
        {"working": {"2026-02-28": ["08:00-12:00"]}, "holidays": {"2026-02-28": TITLE}},
        ["2026-02-28 is both free and worked"],
    ),
    "a country that nobody knows": ({"region": {"country": "XX"}}, ["the holidays of XX are not known"]),
    "a part that has no holidays of its own": (
        {"region": {"country": "ID", "subdivision": "JT"}},
        ["ID has no holidays of its own in JT"],
    ),
    "a kind of holidays that there is not": (
        {"region": {"country": "ID", "categories": ["bank"]}},
        ["ID has no bank holidays"],
    ),
    "everything at once": (
        {"zone": "x", "week": {}, "region": {"country": "XX"}},
        ["there is no time zone x", "no day of the week is worked", "the holidays of XX are not known"],
    ),
}


def told(changes: dict[str, Any]) -> list[str]:
    with pytest.raises(LoadingError) as refused:
        parse_calendar(msgspec.json.encode({**RIGHT, **changes}), "calendar", year=2026)
    return [mistake.what for mistake in refused.value.mistakes]


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_told(name: str) -> None:
    changes, mistakes = WRONG[name]
    assert sorted(told(changes)) == sorted(mistakes)


def test_the_holidays_of_the_region_are_dates_with_names_in_both_languages() -> None:
    published = load_calendar(EXAMPLE / "id-purbalingga.yaml", year=2026)
    free = published.free
    assert (free["2026-08-17"].id, free["2026-08-17"].en) == ("Hari Kemerdekaan Republik Indonesia", "Independence Day")
    assert "Cuti Bersama" in free["2026-12-24"].id  # joint leave, of the category `government`
    assert free["2026-12-18"].en == "Anniversary of the regency (example)"  # the list of the region
    assert "2026-08-18" not in free
    assert (published.first_year, published.last_year) == (2024, 2028)
    assert published.source.startswith("holidays ")
    assert list(free) == sorted(free)


def test_a_day_that_is_worked_all_the_same_is_not_free() -> None:
    changes = {"region": {"country": "ID"}, "working": {"2026-08-17": ["08:00-12:00"]}}
    published = parse_calendar(msgspec.json.encode({**RIGHT, **changes}), "calendar", year=2026)
    assert "2026-08-17" not in published.free


def test_where_holidays_have_no_indonesian_names_they_have_their_english_ones() -> None:
    changes = {"region": {"country": "SG"}}
    free = parse_calendar(msgspec.json.encode({**RIGHT, **changes}), "calendar", year=2026).free
    assert free["2026-08-09"].id == free["2026-08-09"].en == "National Day"


def test_a_calendar_without_a_region_knows_only_what_it_says() -> None:
    published = parse_calendar(msgspec.json.encode(RIGHT), "calendar", year=2026)
    assert (published.free, published.source) == ({}, "")


def test_two_calendars_of_one_name_and_the_mistakes_of_every_file_are_told(tmp_path: Path) -> None:
    for name, changes in (("a", {}), ("b", {}), ("c", {"zone": "x"})):
        (tmp_path / f"{name}.yaml").write_bytes(msgspec.json.encode({**RIGHT, **changes}))
    with pytest.raises(LoadingError) as refused:
        load_calendars(tmp_path, year=2026)
    assert [mistake.what for mistake in refused.value.mistakes] == [
        "office is also in another file",
        "there is no time zone x",
    ]
    assert load_calendars(tmp_path / "nowhere", year=2026) == {}
    assert list(load_calendars(EXAMPLE, year=2026)) == ["id-purbalingga"]


def test_a_plan_on_a_calendar_counts_by_it_and_without_one_it_does_not() -> None:
    plain = plan(a=part("form.x"))
    published = load_calendar(EXAMPLE / "id-purbalingga.yaml", year=2026)
    counting = on_calendar(plain, published).steps[StepName("a")].calendar
    assert counting is not None
    assert counting.due(datetime(2026, 8, 14, tzinfo=UTC), 1) == datetime(2026, 8, 18, 9, tzinfo=UTC)
    assert on_calendar(plain, None).calendar is None
