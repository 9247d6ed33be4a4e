"""Every status has a meaning, and only what may help is asked again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from workflows.agencies.statuses import LONGEST_RETRY_AFTER_S, SUCCESS, meaning_of, retry_after_s

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
AGAIN_AMONG_4XX = {408, 425, 429}


def test_of_the_client_errors_only_three_are_asked_again() -> None:
    assert {status for status in range(400, 500) if not meaning_of(status).final} == AGAIN_AMONG_4XX


def test_no_server_error_is_final() -> None:
    assert not any(meaning_of(status).final for status in range(500, 600))


def test_only_lasting_redirects_need_a_person() -> None:
    assert {status for status in range(300, 400) if meaning_of(status).final} == {301, 308}


@pytest.mark.parametrize("status", [0, 100, 101, 304, 600, 999])
def test_a_strange_status_is_asked_again_and_called_strange(status: int) -> None:
    assert status not in SUCCESS
    assert not meaning_of(status).final
    assert "not a status" in meaning_of(status).words


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999999999999999", LONGEST_RETRY_AFTER_S),
        ("-1", None),
        ("1.5", None),
        ("\u0663", None),
        ("", None),
        ("soon", None),
        ("Tue, 99 Nov 2026 03:00:00 GMT", None),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), 0.0),
        (format_datetime(NOW + timedelta(days=9), usegmt=True), LONGEST_RETRY_AFTER_S),
        ("Tue, 24 Nov 2026 03:00:10 -0000", 10.0),
        ("Tuesday, 24-Nov-26 03:00:10 GMT", 10.0),
        ("Tue Nov 24 03:00:10 2026", 10.0),
        ("Sat, 01 Jan 2000 00:00:00 +2359", 0.0),
    ],
)
def test_retry_after_is_read_in_every_form_of_the_rfc_and_nonsense_is_left(
    value: str | None, seconds: float | None
) -> None:
    assert retry_after_s(value, now=NOW) == seconds
