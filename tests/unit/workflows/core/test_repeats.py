"""When an unheard attempt is repeated, and when an accepted one is looked after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts.contract import Attempts
from workflows.core.repeats import again_at, give_up_at, look_again_at

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
ATTEMPTS = Attempts(first_wait="10 s", factor=2, longest_wait="5 min", give_up_after="1 h")


def wait_s(attempt: int, key: str = "c/a/ask/1", retry_after_s: float | None = None) -> float:
    return (again_at(NOW, ATTEMPTS, key, attempt, retry_after_s) - NOW).total_seconds()


def test_the_wait_grows_up_to_the_longest_and_moves_by_a_fifth() -> None:
    for attempt, middle in ((1, 10), (2, 20), (3, 40), (5, 160), (6, 300), (1000, 300)):
        assert middle * 0.8 <= wait_s(attempt) <= middle * 1.2


def test_the_jitter_is_the_same_for_the_same_key_and_attempt_and_spreads_others() -> None:
    assert wait_s(1) == wait_s(1)
    assert len({round(wait_s(1, f"c{number}/a/ask/1"), 3) for number in range(50)}) > 45


def test_the_wait_is_never_shorter_than_the_agency_asked_for() -> None:
    assert wait_s(1, retry_after_s=700) == 700
    assert wait_s(6, retry_after_s=1) > 200


def test_waiting_is_spent_after_give_up_after() -> None:
    assert give_up_at(NOW, ATTEMPTS) == NOW + timedelta(hours=1)


def test_looking_after_an_accepted_ask_becomes_rare_up_to_daily() -> None:
    waits = [look_again_at(NOW, ATTEMPTS, times) - NOW for times in (0, 1, 2, 9, 10**6)]
    assert waits == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20), *[timedelta(days=1)] * 2]
