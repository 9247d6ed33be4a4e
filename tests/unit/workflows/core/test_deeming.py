"""Granted by law: silence decides, counted from what the agency provably has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts import wire
from tests.unit.workflows.core.office_days import counted
from tests.unit.workflows.core.parts import BY_LAW, part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    KEY,
    PROOF,
    START,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    corrects,
    hears,
    is_undone,
    opens,
    passes,
    place,
    refuses,
    returns,
)
from workflows.core.deeming import apart, deemed_at, silence_grants
from workflows.core.pending import wake_at
from workflows.core.working_time import Stop

HOUR = timedelta(hours=1)
ONE = plan(a=part("form.x", on_deadline="deemed", promise="2 days"))


def due(play: Playbook, where: str = "a") -> timedelta | None:
    """Give how long after the start of the play the law grants it."""
    at = place(where)
    moment = deemed_at(play.state, play.state.step(at.step), at)
    return None if moment is None else moment - START


def received() -> Playbook:
    """Begin with an ask that the agency has accepted after five hours."""
    return Playbook(ONE) >> opens() << ... >> passes("5 h") >> accepts("a") << ...


def test_silence_after_a_receipt_grants_what_the_contract_says_and_the_case_goes_on() -> None:
    play = received()
    assert due(play) == 53 * HOUR
    assert wake_at(play.state) == START + 53 * HOUR
    play = play >> passes("47 h") >> passes("1 h") << "a deemed" << "issuing"
    entry = play.at("a")
    assert (entry.output, entry.reason, entry.granted) == (BY_LAW.output, BY_LAW.legal_basis, True)
    assert entry.evidence is not None
    assert (entry.evidence.kind, entry.evidence.actor, entry.contributed_at) == ("attested", "gateway", play.now)


def test_an_ask_that_was_never_provably_received_is_not_granted_but_escalates() -> None:
    play = Playbook(ONE) >> opens() << ... >> all_exhausts("a") << ...
    assert due(play) is None
    play = play >> passes("49 h") << ...
    assert (play.at("a").state, due(play)) == ("exhausted", None)


def test_a_receipt_that_comes_late_starts_the_clock_then() -> None:
    play = Playbook(ONE) >> opens() << ... >> all_exhausts("a") << ... >> passes("72 h") >> accepts("a") << ...
    assert due(play) == play.now - START + 48 * HOUR


def test_what_a_worker_has_fetched_is_received_with_its_first_sign_and_not_before() -> None:
    at = place("a")
    fetch = cm.RecordFetch(step=at.step, round=1, verb="ask", attempt=1, worker="w1", evidence=PROOF)
    sign = cm.RecordReceipt(step=at.step, round=1, worker="w1", evidence=PROOF)
    play = Playbook(ONE) >> opens() << ... >> passes("1 h") >> fetch << ...
    assert due(play) is None
    play = play >> passes("1 h") >> sign << ...
    assert (play.at("a").state, due(play)) == ("asked", 50 * HOUR)
    assert wake_at(play.state) == START + 50 * HOUR
    assert (play >> passes("48 h") << ...).at("a").state == "deemed"


def test_a_promise_by_the_calendar_is_granted_at_the_hour_of_closing() -> None:
    play = Playbook(counted(plan(a=part("form.x", on_deadline="deemed", promise="5 working days")))) >> opens() << ...
    play = play >> accepts("a") << ...
    at = place("a")
    # The tenth is a holiday.
    assert deemed_at(play.state, play.state.step(at.step), at) == datetime(2026, 11, 9, 9, tzinfo=UTC)


def test_a_pause_of_ours_stops_the_clock() -> None:
    play = received() >> passes("10 h") >> cm.PauseCase(act=ACT) << ...
    assert due(play) is None
    play = play >> passes("100 h") >> cm.ResumeCase(act=ACT) << ...
    assert due(play) == 153 * HOUR


def test_a_pause_before_the_receipt_does_not_count_twice() -> None:
    play = Playbook(ONE) >> opens() << ... >> cm.PauseCase(act=ACT) << ... >> passes("3 h") >> cm.ResumeCase(act=ACT)
    play = play << ... >> passes("1 h") >> accepts("a") << ...
    assert due(play) == 52 * HOUR


def test_what_the_applicant_takes_to_correct_does_not_count_and_the_clock_goes_on_with_the_next_receipt() -> None:
    play = received() >> passes("10 h") >> refuses("a", "fixable") << ...
    assert due(play) is None
    play = play >> passes("20 h") >> corrects(x="x1") << ...
    assert due(play, "a/2") is None
    play = play >> passes("2 h") >> accepts("a/2") << ...
    assert due(play, "a/2") == 75 * HOUR


def test_an_attempt_that_is_held_back_stops_the_clock() -> None:
    play = received()
    at = place("a")
    held = play.state.with_round(at, held_back_at=START + 6 * HOUR)
    assert deemed_at(held, held.step(at.step), at) is None
    let_go = play.state.with_round(at, held_back=(Stop(START + 6 * HOUR, START + 10 * HOUR),))
    assert deemed_at(let_go, let_go.step(at.step), at) == START + 57 * HOUR


def test_an_exhausted_step_that_the_agency_has_is_decided_by_time() -> None:
    play = received()
    state = play.state.with_round(place("a"), state="exhausted", cause="attempts")
    assert silence_grants(state, START + 52 * HOUR) == ()
    (event,) = silence_grants(state, START + 53 * HOUR)
    assert isinstance(event, ev.StepDeemed)


def test_an_agency_that_has_answered_however_wrongly_was_not_silent() -> None:
    play = received() >> hears("a", wire.Contributed(key=KEY, output={})) << ...
    assert (play.at("a").state, due(play)) == ("exhausted", None)
    play = play >> by_hand(cm.AskAgain, "a") << ... >> accepts("a") << ... >> passes("60 h") << ...
    assert (play.at("a").state, due(play)) == ("accepted", None)


def test_what_the_agency_sent_back_as_incomplete_is_not_granted() -> None:
    play = received() >> returns("a") << ...
    assert play.at("a").state == "exhausted"
    assert due(play) is None


def test_a_late_answer_is_recorded_and_moves_nothing() -> None:
    play = received() >> passes("48 h") << ...
    for late in (contributes("a", "9"), refuses("a")):
        before = play.at("a")
        play = play >> late << ...
        assert (play.at("a").state, play.at("a").late) == ("deemed", before.late + 1)
    assert not play.state.incidents


def test_what_was_granted_by_law_is_taken_back_like_any_contribution() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"), b=part("a.number", effect="none"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> passes("48 h") << ...
    assert play.at("b").input == {"a": "by-law"}
    play = play >> cm.Withdraw() << ... >> is_undone("a") << ...
    assert (play.at("a").state, play.state.status) == ("undone", "withdrawn")


def test_a_case_that_closes_is_still_decided_by_time() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days"), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> refuses("b") << ...
    assert play.state.status == "closing"
    play = play >> passes("48 h") << ...
    assert (play.at("a").state, play.state.status) == ("deemed", "refused")


def test_an_optional_step_is_granted_and_not_skipped() -> None:
    steps = plan(a=part("form.x", on_deadline="deemed", promise="2 days", optional=True))
    play = Playbook(steps) >> opens() << ... >> accepts("a") << ... >> passes("48 h") << ...
    assert play.at("a").state == "deemed"


def at(hours: float) -> datetime:
    return START + hours * HOUR


@pytest.mark.parametrize(
    ("stops", "joined"),
    [
        ([(0, 1), (2, 3)], [(0, 1), (2, 3)]),
        ([(2, 3), (0, 1)], [(0, 1), (2, 3)]),
        ([(0, 2), (1, 3)], [(0, 3)]),
        ([(0, 5), (1, 3)], [(0, 5)]),
        ([(-4, -2), (-1, 1)], [(0, 1)]),
    ],
)
def test_stops_that_overlap_count_once(stops: list[tuple[int, int]], joined: list[tuple[int, int]]) -> None:
    made = [Stop(at(begin), at(end)) for begin, end in stops]
    assert apart(made, since=START) == [Stop(at(begin), at(end)) for begin, end in joined]


def test_of_stops_that_overlap_the_last_says_whether_an_ask_was_received() -> None:
    joined = apart([Stop(at(0), at(2)), Stop(at(1), at(2), received=True)], since=START)
    assert joined == [Stop(at(0), at(2), received=True)]
