"""How an agency stands by its promises, and where a page of what is due begins."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.clocks import AgencyPromises
from gateway.problems import ParameterInvalid
from gateway.promises import agency_promises, read_cursor

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_the_next_moment_that_is_due_is_none_that_has_passed() -> None:
    going = [NOW - HOUR, NOW + 2 * HOUR, NOW + HOUR, None]
    assert agency_promises("oss", going, NOW) == AgencyPromises(
        agency="oss", running=3, paused=1, overdue=1, next_due=NOW + HOUR
    )


def test_where_every_clock_stands_still_nothing_is_due() -> None:
    assert agency_promises("oss", [None], NOW).next_due is None


@pytest.mark.parametrize("text", ["1", "1.", ".1", "-1.1", "1.1.1", "9999999999999999999.1", "\u0661.1", "1.1\n"])
def test_a_page_begins_at_what_is_no_cursor_of_ours(text: str) -> None:
    with pytest.raises(ParameterInvalid):
        read_cursor(text)
    assert read_cursor("1795000000000000.7") == (1795000000000000, 7)
