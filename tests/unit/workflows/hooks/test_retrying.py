"""When something is tried again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from workflows.hooks.retrying import WAITS_S, is_gone, is_taken, next_at

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_the_table_is_not_the_one_of_standard_webhooks() -> None:
    assert WAITS_S == (0, 5, 300, 1800, 7200, 18000, 36000, 36000)
    waits = [next_at(tries, NOW) for tries in range(1, 10)]
    assert [(at - NOW).total_seconds() for at in waits if at] == list(WAITS_S[1:])
    assert waits[7:] == [None, None], "it is tried for ever"


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (299, True), (302, False), (0, False)])
def test_an_answer_counts_as_what_it_is_not(status: int, taken: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_taken(status) is taken
    assert is_gone(410)
    assert not is_gone(status)
