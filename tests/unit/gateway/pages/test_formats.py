from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.pages import formats

AT = datetime(2026, 11, 24, 2, 15, 9, tzinfo=UTC)


def test_a_time_is_not_written_as_people_here_read_it() -> None:
    assert formats.clock(AT, "id") == "09.15 WIB"
    assert formats.clock(AT, "en") == "09:15 WIB"
    assert formats.clock_seconds(AT, "id") == "09.15.09"
    assert formats.day(AT, "id") == "24 November 2026"
    assert formats.day(datetime(2026, 5, 1, tzinfo=UTC), "id") == "1 Mei 2026"
    assert formats.moment(AT, "en") == "24 November 2026, 09:15 WIB"
    assert formats.iso(AT) == "2026-11-24T02:15:09Z"


def test_an_evening_in_utc_is_the_same_day_here() -> None:
    assert formats.day(datetime(2026, 11, 24, 18, tzinfo=UTC), "id") == "25 November 2026"


@pytest.mark.parametrize(
    ("seconds", "indonesian", "english"),
    [
        (5, "baru saja", "just now"),
        (-5, "baru saja", "just now"),
        (60, "1 menit lalu", "1 minute ago"),
        (7_300, "2 jam lalu", "2 hours ago"),
        (90_000, "1 hari lalu", "1 day ago"),
        (70 * 86_400, "2 bulan lalu", "2 months ago"),
    ],
)
def test_how_long_ago_is_said_otherwise(seconds: int, indonesian: str, english: str) -> None:
    then = AT - timedelta(seconds=seconds)
    assert (formats.ago(then, AT, "id"), formats.ago(then, AT, "en")) == (indonesian, english)


def test_what_is_left_is_said_otherwise() -> None:
    assert formats.left(AT + timedelta(hours=3), AT, "id") == "3 jam lagi"
    assert formats.left(AT + timedelta(seconds=3), AT, "en") == "1 minute left"
    assert formats.left(AT - timedelta(seconds=3), AT, "id") == "sudah lewat"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0156, "16 ms"),
        (2.84, "2,8 dtk"),
        (3, "3 dtk"),
        (12, "12 dtk"),
        (185, "3 mnt 5 dtk"),
        (3_600, "1 jam"),
        (187_200, "2 hari 4 jam"),
        (86_405, "1 hari"),
    ],
)
def test_a_measured_length_is_said_otherwise(seconds: float, words: str) -> None:
    assert formats.span(timedelta(seconds=seconds), "id") == words


def test_a_promise_or_a_fee_is_said_otherwise() -> None:
    assert formats.promised("3 working days", "id") == "3 hari kerja"
    assert formats.promised("1 working day", "en") == "1 working day"
    assert formats.promised("8 working hours", "id") == "8 jam kerja"
    assert formats.promised("1 working hour", "en") == "1 working hour"
    assert formats.promised("10 years", "en") == "10 years"
    assert formats.promised("soon", "id") == "soon"
    assert formats.rupiah("1500000 IDR", "id") == "Rp1.500.000"
    assert formats.rupiah("1500000 IDR", "en") == "IDR 1,500,000"
    assert formats.rupiah("0 IDR", "id") == "Gratis"
    assert formats.rupiah("free", "id") == "free"
