"""Nobody's backlog starves anybody: a property of the queue, whatever comes in which order."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from workflows.agencies.fairness import FairQueue


class Wish(Struct, frozen=True):
    service: str
    case: str
    number: int = 0


def drained(queue: FairQueue[Wish]) -> list[Wish]:
    return [queue.take() for _ in range(len(queue))]


def test_a_backlog_of_one_service_delays_another_by_one_turn() -> None:
    queue = FairQueue[Wish]()
    for number in range(1000):
        queue.add(Wish("loud", f"case-{number}"))
    queue.add(Wish("quiet", "case"))
    assert [wish.service for wish in drained(queue)[:3]] == ["loud", "quiet", "loud"]


def test_a_backlog_of_one_case_delays_another_of_the_same_service_by_one_turn() -> None:
    queue = FairQueue[Wish]()
    for number in range(1000):
        queue.add(Wish("service", "loud", number))
    queue.add(Wish("service", "quiet"))
    taken = drained(queue)
    assert [wish.case for wish in taken[:3]] == ["loud", "quiet", "loud"]
    assert [wish.number for wish in taken if wish.case == "loud"] == list(range(1000))


def test_whoever_is_next_is_seen_before_and_taken_then() -> None:
    queue = FairQueue[Wish]()
    queue.add(Wish("one", "case"))
    queue.add(Wish("two", "case"))
    assert queue.first() == queue.first() == queue.take() == Wish("one", "case")
    assert len(queue) == 1


def test_a_queue_that_is_empty_keeps_nothing_of_those_who_were_there() -> None:
    queue = FairQueue[Wish]()
    for number in range(100):
        queue.add(Wish(f"service-{number}", "case"))
    drained(queue)
    assert not queue
    assert not vars(queue)["_services"]
    with pytest.raises(StopIteration):
        queue.take()


WISHES = st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")), max_size=60)
OPERATIONS = st.lists(st.one_of(st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")), st.none()), max_size=80)


@given(WISHES)
def test_between_two_turns_of_one_nobody_who_waits_is_passed_over(wishes: list[tuple[str, str]]) -> None:
    queue = FairQueue[Wish]()
    for number, (service, case) in enumerate(wishes):
        queue.add(Wish(service, case, number))
    taken = drained(queue)
    assert sorted(wish.number for wish in taken) == list(range(len(wishes)))
    left = Counter((wish.service, wish.case) for wish in taken)
    since: defaultdict[tuple[str, ...], Counter[tuple[str, ...]]] = defaultdict(Counter)
    for wish in taken:
        waits = {who for who, count in left.items() if count}
        for service in {who[0] for who in waits} - {wish.service}:
            since[(service,)][(wish.service,)] += 1
            assert since[(service,)][(wish.service,)] <= 1, "a service had two turns while another waited"
        for other in waits - {(wish.service, wish.case)}:
            if other[0] == wish.service:
                since[other][wish.service, wish.case] += 1
                assert since[other][wish.service, wish.case] <= 1, "a case had two turns while another waited"
        since[(wish.service,)].clear()
        since[wish.service, wish.case].clear()
        left[wish.service, wish.case] -= 1


@given(OPERATIONS)
def test_whatever_comes_and_goes_is_counted_and_comes_out_once_in_the_order_of_its_case(
    operations: list[tuple[str, str] | None],
) -> None:
    queue, came, went = FairQueue[Wish](), list[Wish](), list[Wish]()
    for number, operation in enumerate(operations):
        if operation is not None:
            came.append(Wish(*operation, number))
            queue.add(came[-1])
        elif queue:
            went.append(queue.take())
        assert len(queue) == len(came) - len(went)
    went += drained(queue)
    for who in {(wish.service, wish.case) for wish in came}:
        assert [wish for wish in went if (wish.service, wish.case) == who] == [
            wish for wish in came if (wish.service, wish.case) == who
        ]
