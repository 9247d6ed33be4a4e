"""A rate is kept in every second, minute and hour; repeats stay within their budget."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from workflows.agencies.rates import Lately, Rates, read_rate


@pytest.mark.parametrize("rate", ["1/s", "7/s", "50/s", "30/min", "100/h"])
def test_in_no_window_are_more_than_the_rate_and_hardly_fewer(rate: str) -> None:
    most, length_s = read_rate(rate)
    rates, now, made = Rates(), 1234.5678, list[float]()
    rng = Random(1)  # noqa: S311 - a seeded test
    while len(made) < 5 * most + 3:
        free = rates.room_at(rate, now)
        assert free == now or free > now
        now = free
        if rates.room_at(rate, now) == now:
            rates.note(now, repeat=False)
            made.append(now)
            now += rng.random() * length_s / most / 4
    for first, beyond in zip(made, made[most:], strict=False):
        assert beyond - first >= length_s
    assert made[-1] - made[0] < (len(made) / most + 1) * length_s * (1 + 1 / 32)


def test_without_a_rate_there_is_always_room() -> None:
    assert Rates().room_at(None, 5) == 5


def test_contracts_of_one_agency_count_together_whatever_their_rates() -> None:
    rates = Rates()
    assert [rates.room_at(rate, 0) for rate in ("2/s", "2/min")] == [0, 0]
    for _ in range(2):
        rates.note(0, repeat=False)
    assert rates.room_at("2/s", 0) == pytest.approx(65 / 64)
    assert rates.room_at("2/min", 0) > 60
    assert rates.room_at("3/s", 0) == 0


def test_a_full_moment_is_never_free_by_rounding() -> None:
    rates = Rates()
    for start in (1e5 / 3, 7e6 / 11, 1e9 / 7):
        rates.room_at("1/s", start)
        rates.note(start, repeat=False)
        now = start
        while (free := rates.room_at("1/s", now)) > now:
            assert free - now >= 0.001
            now = free
        assert now - start >= 1


def test_ten_repeats_a_minute_are_free_and_beyond_they_are_a_fifth_of_all_calls() -> None:
    rates, now, made = Rates(), 0.0, list[tuple[float, bool]]()
    rng = Random(2)  # noqa: S311 - a seeded test
    for _ in range(6000):
        now += rng.random() * 0.1
        repeat = rates.may_repeat_at(now) <= now
        rates.note(now, repeat=repeat)
        made.append((now, repeat))
        if rng.random() < 0.5:
            rates.note(now, repeat=False)
            made.append((now, False))
    for end, (moment, again) in enumerate(made):
        if again and end % 7 == 0:
            lately = [other for when, other in made[: end + 1] if when > moment - 60]
            assert sum(lately) <= max(10, 0.2 * len(lately))
    assert sum(again for _, again in made) > 0.15 * len(made)


def test_a_budget_that_is_spent_says_when_it_is_free_again() -> None:
    rates = Rates()
    for _ in range(10):
        assert rates.may_repeat_at(0) == 0
        rates.note(0, repeat=True)
    free = rates.may_repeat_at(1)
    assert 60 < free < 62
    assert rates.may_repeat_at(free) == free
    for _ in range(45):
        rates.note(1, repeat=False)
    assert rates.may_repeat_at(1) == 1


def test_what_is_counted_stays_small_however_much_it_is() -> None:
    lately = Lately(60)
    for moment in range(100_000):
        lately.note(moment / 100)
        lately.most(moment / 100)
    assert len(vars(lately)["_slices"]) <= 66
    assert 5900 <= lately.least(999.99) <= 6000 <= lately.most(999.99) <= 6100
    assert lately.most(2000) == lately.least(2000) == 0
    assert lately.fewer_at(2000) == 2000


def test_time_only_goes_on() -> None:
    assert all(read_rate(before)[1] < read_rate(after)[1] for before, after in pairwise(["1/s", "1/min", "1/h"]))
