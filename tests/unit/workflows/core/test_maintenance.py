"""Maintenance windows: what is one, and when it is open, on the clocks of its zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from workflows.core.maintenance import closed_until, read_window

SUNDAY = "Sun 22:00-24:00 Asia/Jakarta"


def zone_of(name: str) -> tzinfo | None:
    return None if name == "Asia/Nowhere" else ZoneInfo(name)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def until(now: str, *windows: str) -> str | None:
    """Give when the maintenance ends that is open at a moment, in UTC."""
    end = closed_until([read_window(text) for text in windows], at(now), zone_of)
    return None if end is None else f"{end:%d %H:%M}"


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-11-22T21:59:59+07:00", None),
        ("2026-11-22T22:00:00+07:00", "22 17:00"),
        ("2026-11-22T23:59:59+07:00", "22 17:00"),
        ("2026-11-23T00:00:00+07:00", None),
        ("2026-11-23T22:30:00+07:00", None),
        ("2026-11-22T22:30:00+00:00", None),
    ],
)
def test_a_weekly_window_is_open_on_its_day_from_its_start_to_its_end_in_its_zone(now: str, end: str | None) -> None:
    assert until(now, SUNDAY) == end


def test_a_daily_window_is_open_every_day_and_a_dated_one_once() -> None:
    daily, dated = "daily 01:00-02:00 Asia/Makassar", "2026-12-24 01:00-02:00 Asia/Makassar"
    assert [until(f"2026-12-{day}T01:30+08:00", daily) for day in (23, 24)] == ["22 18:00", "23 18:00"]
    assert [until(f"2026-12-{day}T01:30+08:00", dated) for day in (23, 24, 25)] == [None, "23 18:00", None]


def test_windows_that_follow_one_another_are_one() -> None:
    over_midnight = (SUNDAY, "Mon 00:00-02:00 Asia/Jakarta")
    assert until("2026-11-22T22:30+07:00", *over_midnight) == "22 19:00"
    assert until("2026-11-22T22:30+07:00", *over_midnight, "Mon 02:01-03:00 Asia/Jakarta") == "22 19:00"


def test_a_window_that_is_always_open_ends_some_day_or_looking_would_never_end() -> None:
    assert until("2026-11-22T22:30+00:00", "daily 00:00-24:00 Etc/UTC") == "06 00:00"


def test_a_window_in_a_zone_that_is_not_known_holds_nobody_up() -> None:
    assert until("2026-11-22T22:30+07:00", "Sun 22:00-24:00 Asia/Nowhere") is None


def spans(window: str, since: str, days: int) -> list[tuple[datetime, datetime]]:
    """Give from when to when it was open, looked at every ten minutes."""
    read, moments = [read_window(window)], [at(since) + timedelta(minutes=10 * count) for count in range(days * 144)]
    seen = [closed_until(read, moment, zone_of) is not None for moment in moments]
    edges = [moment for moment, (before, now) in zip(moments[1:], pairwise(seen), strict=True) if before != now]
    return list(zip(edges[::2], edges[1::2], strict=True))


@pytest.mark.parametrize(
    ("since", "window", "start", "end"),
    [
        # Berlin: 02:00 becomes 03:00 on 29 March, and 03:00 becomes 02:00 on 25 October 2026.
        ("2026-03-28T12:00+01:00", "Sun 01:00-04:00 Europe/Berlin", "2026-03-29T01:00+01:00", "2026-03-29T04:00+02:00"),
        ("2026-10-24T12:00+02:00", "Sun 01:00-04:00 Europe/Berlin", "2026-10-25T01:00+02:00", "2026-10-25T04:00+01:00"),
        ("2026-10-24T12:00+02:00", "Sun 02:00-02:30 Europe/Berlin", "2026-10-25T02:00+02:00", "2026-10-25T02:30+01:00"),
        ("2026-03-28T12:00+01:00", "Sun 02:30-05:00 Europe/Berlin", "2026-03-29T03:30+02:00", "2026-03-29T05:00+02:00"),
    ],
)
def test_clocks_that_are_set_meanwhile_lose_nothing_of_a_window(since: str, window: str, start: str, end: str) -> None:
    assert spans(window, since, 1) == [(at(start), at(end))]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("sometimes", "is no maintenance window"),
        ("Sun 22:00-24:00", "is no maintenance window"),
        ("Sun 22:00 Asia/Jakarta", "has no times"),
        ("Sun 22:00-25:00 Asia/Jakarta", "has no times"),
        ("Sun 24:00-24:00 Asia/Jakarta", "has no times"),
        ("Sun ²²:00-23:00 Asia/Jakarta", "has no times"),
        ("Sun 22:00-02:00 Asia/Jakarta", "ends before it starts"),
        ("Sun 22:00-22:00 Asia/Jakarta", "ends before it starts"),
        ("Sun 22:00-24:00 Jakarta", "has no time zone"),
        ("Sunday 22:00-24:00 Asia/Jakarta", "is on no day"),
        ("2026-02-30 22:00-24:00 Asia/Jakarta", "is on no day of the calendar"),
    ],
)
def test_what_is_no_window_is_told(text: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        read_window(text)
