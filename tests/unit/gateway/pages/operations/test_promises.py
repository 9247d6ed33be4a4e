"""Clocks as operators read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

from msgspec import structs

from contracts.clocks import ClockSpan, ClockView
from contracts.events import HeldBackBecause
from contracts.units import Text
from gateway.pages.operations.promises import OVERDUE, REASONS, STATES, clock_rows

SINCE = datetime(2026, 11, 24, tzinfo=UTC)
CLOCK = ClockView(
    step="a",
    item="",
    title=Text("Uji", "Test"),
    agency="oss",
    kind="deemed",
    within="1 day",
    state="running",
    because="",
    spans=[
        ClockSpan(since=SINCE, until=SINCE + timedelta(hours=1)),
        ClockSpan(since=SINCE + timedelta(hours=1), until=SINCE + timedelta(hours=3), because="pause"),
        ClockSpan(since=SINCE + timedelta(hours=3)),
    ],
    used_s=7200,
    paused_s=7200,
    due_at=SINCE + timedelta(days=1),
    overdue=False,
)


def test_a_row_says_what_counts_how_much_is_used_and_when_it_stood_still() -> None:
    (row,) = clock_rows([CLOCK])
    assert (row.kind.en, row.used, row.state) == ("By law", timedelta(hours=2), STATES["running"])
    assert [(stop.because.en, stop.since, stop.until) for stop in row.stops] == [
        ("paused by an operator", SINCE + timedelta(hours=1), SINCE + timedelta(hours=3))
    ]


def test_what_is_counted_in_working_hours_shows_those_that_passed() -> None:
    assert clock_rows([CLOCK])[0].opened is None
    assert clock_rows([structs.replace(CLOCK, open_s=5400.0)])[0].opened == timedelta(minutes=90)


def test_a_clock_that_is_overdue_says_so_in_place_of_running() -> None:
    assert clock_rows([structs.replace(CLOCK, overdue=True)])[0].state == OVERDUE


def test_every_reason_to_stand_still_has_words() -> None:
    ours = {"correction", "reopened", "pause", "away", "applicant_in_sub_case"}
    assert {*get_args(HeldBackBecause), *ours} == set(REASONS)
