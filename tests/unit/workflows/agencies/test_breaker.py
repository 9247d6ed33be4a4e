"""A breaker opens after five failures in 30 s, and then lets exactly one call in to see."""

from __future__ import annotations

import pytest

from workflows.agencies.breaker import Breaker


def failing(breaker: Breaker, moments: list[float], first: int = 1) -> Breaker:
    """Let calls in and let nobody be heard."""
    for call, moment in enumerate(moments, first):
        breaker = breaker.entered(call).unheard(call, moment)
    return breaker


OPENED = failing(Breaker(), [1, 2, 3, 4, 5])


def test_five_failures_in_thirty_seconds_open_it_and_four_do_not() -> None:
    assert failing(Breaker(), [1, 2, 3, 4]).standing(4) == "closed"
    assert OPENED.standing(5) == "open"
    assert not OPENED.lets_in(14.9)


def test_failures_that_are_longer_ago_do_not_count() -> None:
    assert failing(Breaker(), [0, 10, 20, 29, 30]).standing(30) == "closed"
    assert failing(Breaker(), [1, 10, 20, 29, 30]).standing(30) == "open"


def test_a_call_that_is_heard_makes_up_for_a_failure_and_no_more_than_one() -> None:
    well = Breaker()
    for call in range(1, 1000):
        well = well.heard(call)
    assert failing(well, [1, 2, 3, 4, 5], 1000).standing(5) == "open"
    once = failing(Breaker(), [1, 2, 3, 4]).heard(5)
    assert failing(once, [5], 6).standing(5) == "closed"
    assert failing(once, [5, 6], 6).standing(6) == "open"


def test_one_failure_in_a_hundred_calls_never_opens_it() -> None:
    breaker = Breaker()
    for call in range(1, 3000):
        now = call / 100
        breaker = breaker.unheard(call, now) if call % 100 == 0 else breaker.heard(call)
        assert breaker.standing(now) == "closed"


def test_exactly_one_call_is_let_in_to_see() -> None:
    assert OPENED.standing(15) == "half_open"
    probing = OPENED.entered(6)
    assert OPENED.lets_in(15)
    assert not probing.lets_in(15)
    assert not probing.lets_in(10_000)


def test_a_probe_that_is_heard_closes_it_and_one_that_is_not_opens_it_for_longer() -> None:
    closed = OPENED.entered(6).heard(6)
    assert (closed.standing(15), closed.lets_in(15)) == ("closed", True)
    opens = [OPENED.entered(6).unheard(6, 15)]
    for call in range(7, 12):
        opens.append(opens[-1].entered(call).unheard(call, 15))
    assert [breaker.open_until for breaker in opens] == [35, 55, 75, 75, 75, 75]
    assert failing(closed, [16, 17, 18, 19, 20], 7).open_until == 30


@pytest.mark.parametrize("late", ["heard", "unheard", "abandoned"])
def test_what_was_let_in_before_it_opened_says_nothing_about_now(late: str) -> None:
    probing = OPENED.entered(6)
    closed = probing.heard(6)
    for breaker in (OPENED, probing, closed):
        after = breaker.unheard(3, 15) if late == "unheard" else getattr(breaker, late)(3)
        assert after == breaker


def test_a_probe_of_which_nothing_is_learned_leaves_it_to_the_next() -> None:
    unsure = OPENED.entered(6).abandoned(6)
    assert unsure.lets_in(15)
    assert unsure.entered(7).heard(7).standing(15) == "closed"
