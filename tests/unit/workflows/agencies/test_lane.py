"""One agency's lane: every protection holds, whatever the others do, and each ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.wire import Unheard
from tests.unit.workflows.agencies.lanes import ANSWER, KEY, SILENCE, SUNDAY, Gate, bears, busy

NIGHT = "Sun 22:00-24:00 Asia/Jakarta"
"""Three hours after the tests begin."""


def names(count: int, prefix: str = "c") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


# --- in flight, and order -----------------------------------------------------------------------------------


def test_no_more_than_the_limit_are_in_flight_and_each_who_leaves_lets_the_next_in() -> None:
    gate = Gate(bears(in_flight=2))
    gate.wants(*names(5))
    assert gate.order == ["c0", "c1"]
    gate.hears(ANSWER)
    gate.hears(SILENCE)
    assert gate.order == ["c0", "c1", "c2", "c3"]
    assert (gate.lane.running, gate.lane.waiting(gate.now)) == (2, {"maintenance": 0, "queue": 1})


def test_a_place_that_is_given_back_twice_is_one_place() -> None:
    gate = Gate(bears(in_flight=1))
    (ticket, *_) = gate.wants(*names(3))
    assert ticket.place is not None
    ticket.place.leave(ANSWER)
    ticket.place.leave(None)
    assert gate.order == ["c0", "c1"]


def test_a_backlog_of_one_service_and_of_one_case_keeps_nobody_else_waiting() -> None:
    gate = Gate(bears(in_flight=1))
    gate.wants(*names(100, "backlog"), service="loud")
    gate.wants(*["one"] * 50, service="quiet")
    gate.wants("other", service="quiet")
    for _ in range(4):
        gate.hears(ANSWER)
    assert gate.order == ["backlog0", "backlog1", "one", "backlog2", "other"]


def test_a_changed_limit_counts_for_those_who_wait() -> None:
    gate = Gate(bears(in_flight=1))
    gate.wants(*names(3))
    gate.contract = bears(in_flight=3)
    gate.look()
    assert gate.order == names(3)


# --- the rate -----------------------------------------------------------------------------------------------


def test_a_rate_is_kept_and_goes_on_by_itself() -> None:
    gate = Gate(bears(rate="2/min", in_flight=100))
    gate.wants(*names(6))
    assert gate.order == names(2)
    gate.passes(59.9)
    assert gate.order == names(2)
    gate.passes(2)
    assert gate.order == names(4)
    gate.passes(62)
    assert gate.order == names(6)
    assert gate.lane.look_again_at(gate.now) is None


# --- the breaker --------------------------------------------------------------------------------------------


def frozen(gate: Gate) -> Gate:
    """Nobody is heard any more."""
    gate.wants(*names(20))
    for _ in range(5):
        gate.hears(SILENCE)
    return gate


def test_five_failures_let_nobody_in_any_more_and_then_exactly_one_to_see() -> None:
    gate = frozen(Gate(bears(in_flight=5)))
    assert (len(gate.order), gate.lane.standing(gate.now)) == (9, "open")
    while gate.inside:
        gate.hears(SILENCE)
    assert len(gate.order) == 9
    gate.passes(9.9)
    assert len(gate.order) == 9
    gate.passes(0.2)
    assert (len(gate.order), gate.lane.standing(gate.now)) == (10, "half_open")
    gate.passes(1000)
    assert len(gate.order) == 10, "one probe, for as long as it takes"
    gate.hears(SILENCE)
    gate.passes(19.9)
    assert len(gate.order) == 10
    gate.passes(0.2)
    gate.hears(ANSWER)
    assert (len(gate.order), gate.lane.standing(gate.now)) == (16, "closed")


def test_the_probe_waits_for_a_place_and_whoever_leaves_lets_it_in() -> None:
    gate = frozen(Gate(bears(in_flight=5)))
    gate.contract = bears(in_flight=4)
    gate.passes(60)
    assert (len(gate.order), gate.lane.running) == (9, 4)
    gate.hears(ANSWER)
    assert (len(gate.order), gate.lane.standing(gate.now)) == (10, "half_open")


@pytest.mark.parametrize("nothing", [None, Unheard(key=KEY, reason="no address", sent=False, final=True)])
def test_an_attempt_that_was_none_is_no_probe_and_no_failure(nothing: Unheard | None) -> None:
    gate = Gate(bears(in_flight=1))
    gate.wants(*names(30))
    for _ in range(10):
        gate.hears(nothing)
    assert gate.lane.standing(gate.now) == "closed"
    for _ in range(5):
        gate.hears(SILENCE)
    gate.passes(10)
    gate.hears(nothing)
    assert (gate.lane.standing(gate.now), len(gate.inside)) == ("half_open", 1)


def test_an_answer_that_no_repeat_can_help_was_heard() -> None:
    gate = Gate()
    gate.wants(*names(10))
    for _ in range(10):
        gate.hears(Unheard(key=KEY, reason="418", final=True))
    assert gate.lane.standing(gate.now) == "closed"


# --- Retry-After --------------------------------------------------------------------------------------------


def test_an_agency_that_asks_us_to_wait_is_left_alone_by_everybody_for_so_long() -> None:
    gate = Gate(bears(in_flight=1))
    gate.wants("a", "b", "c")
    gate.hears(busy(120))
    gate.wants("d", contract=bears(name="other"))
    gate.passes(119.9)
    assert gate.order == ["a"]
    held = gate.lane.held_back(gate.contract, gate.now)
    assert held is not None
    assert (held.because, held.until) == ("told_to_wait", SUNDAY + timedelta(seconds=120))
    gate.passes(0.2)
    assert gate.order == ["a", "b"]


def test_nobody_is_left_alone_for_longer_than_an_hour_and_a_shorter_wait_shortens_none() -> None:
    gate = Gate(bears(in_flight=2))
    gate.wants("a", "b", "c")
    gate.hears(busy(1e9))
    gate.hears(busy(1))
    gate.passes(3599)
    assert gate.order == ["a", "b"]
    gate.passes(2)
    assert gate.order == ["a", "b", "c"]


# --- repeats ------------------------------------------------------------------------------------------------


def test_repeats_beyond_their_budget_wait_and_first_attempts_do_not() -> None:
    gate = Gate(bears(in_flight=1000))
    gate.wants(*names(30, "again"), repeat=True)
    assert gate.order == names(10, "again")
    gate.wants(*names(40, "first"))
    assert len(gate.order) == 50
    gate.wants(*names(5, "more"))
    assert [name for name in gate.order if name.startswith("again")] == names(11, "again")
    gate.passes(62)
    assert len([name for name in gate.order if name.startswith("again")]) == 21
    gate.passes(70)
    assert len(gate.order) == 75


def test_repeats_are_not_starved_by_a_backlog_of_first_attempts() -> None:
    gate = Gate(bears(in_flight=1))
    gate.wants(*names(100))
    gate.wants("again", repeat=True)
    gate.hears(ANSWER)
    assert gate.order == ["c0", "again"]


# --- maintenance --------------------------------------------------------------------------------------------


def test_maintenance_lets_nobody_in_and_ends_by_itself_within_half_a_minute_of_its_end() -> None:
    gate = Gate(bears(maintenance=(NIGHT,)))
    gate.passes(3 * 3600 + 1)
    gate.wants("a", "b")
    held = gate.lane.held_back(gate.contract, gate.now)
    assert held is not None
    assert held.because == "maintenance"
    assert held.until is not None
    assert timedelta(hours=5) <= held.until - SUNDAY <= timedelta(hours=5, seconds=30)
    assert (gate.order, gate.lane.waiting(gate.now)["maintenance"]) == ([], 2)
    gate.passes(2 * 3600 - 2)
    assert gate.order == []
    gate.passes(31)
    assert (gate.order, gate.lane.waiting(gate.now)) == (["a", "b"], {"maintenance": 0, "queue": 0})


def test_maintenance_that_begins_while_somebody_waits_holds_them_too() -> None:
    gate = Gate(bears(maintenance=(NIGHT,), in_flight=1))
    gate.wants("a", "b")
    gate.passes(3 * 3600 + 1)
    gate.hears(ANSWER)
    assert gate.order == ["a"]
    gate.passes(2 * 3600 + 31)
    assert gate.order == ["a", "b"]


def test_maintenance_under_one_contract_holds_no_other_of_the_agency() -> None:
    gate = Gate(bears(maintenance=(NIGHT,)))
    gate.passes(3 * 3600 + 1)
    gate.wants("a")
    gate.wants("b", contract=bears(name="other"))
    assert gate.order == ["b"]
    assert gate.lane.held_back(bears(name="other"), gate.now) is None


def test_maintenance_that_is_called_off_is_over_at_once() -> None:
    gate = Gate(bears(maintenance=(NIGHT,)))
    gate.passes(3 * 3600 + 1)
    gate.wants("a")
    gate.contract = bears()
    gate.look()
    assert gate.order == ["a"]


def test_a_window_that_is_none_or_of_an_unknown_zone_keeps_nobody_waiting() -> None:
    gate = Gate(bears(maintenance=("sometimes", "Sun 00:00-24:00 Asia/Nowhere")))
    gate.wants("a")
    assert gate.order == ["a"]


# --- who is told --------------------------------------------------------------------------------------------


def test_who_waits_for_long_is_told_why_once() -> None:
    gate = Gate(bears(in_flight=1))
    gate.wants("a", "b")
    gate.passes(4.9)
    assert gate.told == []
    gate.passes(100)
    assert gate.told == [("b", "queue")]


@pytest.mark.parametrize("because", ["unreachable", "told_to_wait", "maintenance"])
def test_the_gravest_reason_is_told(because: str) -> None:
    gate = Gate(bears(in_flight=5, maintenance=(NIGHT,) if because == "maintenance" else ()))
    gate.passes(3 * 3600 - 3)
    gate.wants(*names(5))
    for _ in range(5):
        gate.hears(SILENCE if because == "unreachable" else busy(60))
    gate.wants("late")
    gate.passes(5)
    assert gate.told == [("late", because)]


def test_who_goes_in_time_is_told_nothing_and_not_remembered() -> None:
    gate = Gate()
    gate.wants(*names(3))
    gate.passes(100)
    assert gate.told == []
    assert not vars(gate.lane)["_untold"]
