"""Limits: places, buckets and guesses, on a clock of the test's own."""

from __future__ import annotations

import pytest

from gateway.limits import REMEMBERED, Buckets, Guesses, Limits, Slots
from gateway.problems import Overloaded, TooManyRequests
from gateway.settings import Settings


class Time:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_places_are_given_back_once_also_when_left_early() -> None:
    slots = Slots(1, "places")
    with slots.one() as place:
        with pytest.raises(Overloaded, match="All 1 places"), slots.one():
            pass
        place.leave()
        with slots.one():
            assert slots.taken == 1
    assert slots.taken == 0


def test_a_place_is_given_back_by_whoever_fails() -> None:
    slots = Slots(1, "places")
    with pytest.raises(ValueError, match="x"), slots.one():
        raise ValueError("x")
    assert slots.taken == 0


def test_one_address_takes_its_share_of_the_places_and_no_more() -> None:
    slots = Slots(8, "places", share=4)
    with slots.one("a") as first, slots.one("a"):
        with pytest.raises(TooManyRequests, match="Your address holds 2 places"), slots.one("a"):
            pass
        with slots.one("b"), slots.one("b"):
            assert slots.taken == 4
        first.leave()
        with slots.one("a"):
            assert slots.held == {"a": 2}
    assert (slots.taken, slots.held) == (0, {})


def test_of_few_places_an_address_still_has_one() -> None:
    with Slots(1, "places", share=4).one("a"):
        pass


def test_a_bucket_fills_up_again_with_time_and_not_by_knocking() -> None:
    time = Time()
    buckets = Buckets(0.5, 2, time)
    for _ in range(5):
        buckets.take("a")
    assert buckets.wait_s("a") == pytest.approx(2)
    assert buckets.wait_s("b") == 0
    time.now = 2
    assert buckets.wait_s("a") == 0


def test_only_so_many_names_are_remembered() -> None:
    buckets = Buckets(1, 1, Time())
    for number in range(REMEMBERED + 10):
        buckets.take(str(number))
    assert buckets.wait_s("0") == 0
    assert buckets.wait_s(str(REMEMBERED + 9)) > 0


def test_a_guesser_waits_and_a_proved_secret_does_not() -> None:
    time = Time()
    guesses = Guesses(2, time)
    guesses.right("1.2.3.4", "good")
    for _ in range(2):
        guesses.check("1.2.3.4", "bad")
        guesses.wrong("1.2.3.4")
    with pytest.raises(TooManyRequests) as caught:
        guesses.check("1.2.3.4", "bad")
    assert int(caught.value.headers["Retry-After"]) == 30
    guesses.check("1.2.3.4", "good")
    guesses.check("5.6.7.8", "bad")
    time.now = 31
    guesses.check("1.2.3.4", "bad")


def test_requests_of_an_address_are_bounded_only_where_that_is_set() -> None:
    free = Limits.of(Settings(), Time())
    for _ in range(1000):
        free.arrive("a")
    bound = Limits.of(Settings(requests_per_s=1), Time())
    for _ in range(24):
        bound.arrive("a")
    with pytest.raises(TooManyRequests):
        bound.arrive("a")
    bound.arrive("b")
