"""What a worker fetches: recorded once it may leave, and not at all where it may not."""

from __future__ import annotations

from typing import Literal

from contracts import commands as cm
from contracts import events as ev
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    PROOF,
    Happening,
    Playbook,
    contributes,
    is_undone,
    opens,
    passes,
    place,
    unheard,
)


def fetches(where: str, verb: Literal["ask", "undo"] = "ask", *, attempt: int = 1) -> Happening:
    at = place(where)
    return cm.RecordFetch(step=at.step, round=at.round, verb=verb, attempt=attempt, worker="w", evidence=PROOF)


def opened() -> Playbook:
    return Playbook(plan(a=part("form.x"))) >> opens() << ...


def shows(where: str) -> Happening:
    """A worker that has it says so."""
    at = place(where)
    return cm.RecordReceipt(step=at.step, item=at.item, round=at.round, worker="w", evidence=PROOF)


def test_what_is_given_out_may_be_lost_and_is_received_once_its_worker_shows_it() -> None:
    play = opened() >> fetches("a") << "a ask fetched by w"
    assert play.at("a").received_at is None
    play = play >> unheard("a") << "a failed" >> passes("1 h") << "a asked again (2)"
    play = play >> fetches("a", attempt=2) << "a ask fetched by w" >> shows("a") << "a received by w"
    received = play.at("a").received_at
    assert received == play.now
    assert play >> passes("5 min") >> shows("a")
    assert play.at("a").received_at == received
    assert play.owed == ["ask a/1 #2"]


def test_a_sign_about_what_is_not_asked_or_has_been_answered_says_nothing() -> None:
    play = opened() >> shows("a/2")
    assert play >> contributes("a", "1") << ... >> shows("a")
    assert play.at("a").received_at is None


def test_a_worker_that_is_still_at_it_in_a_pause_has_it_all_the_same() -> None:
    play = opened() >> fetches("a") << ... >> cm.PauseCase(act=ACT) << ... >> shows("a") << "a received by w"
    assert play.at("a").received_at == play.now


def test_an_attempt_that_is_not_owed_any_more_is_not_given_out() -> None:
    play = opened() >> fetches("a", attempt=2) >> fetches("a/2") >> fetches("a", "undo")
    play = play >> contributes("a", "1") << ... >> fetches("a")
    assert play.at("a").received_at is None


def test_nothing_is_given_out_in_a_pause_nor_while_it_is_held_back() -> None:
    held = cm.HoldBack(step=place("a").step, round=1, verb="ask", attempt=1, because="maintenance")
    assert (opened() >> held << "a ask held back: maintenance" >> fetches("a")).at("a").received_at is None
    assert (opened() >> cm.PauseCase(act=ACT) << "paused" >> fetches("a")).at("a").received_at is None


def test_an_undo_that_is_fetched_says_nothing_about_the_ask() -> None:
    play = opened() >> unheard("a") << ... >> cm.Withdraw() << ...
    play = play >> fetches("a", "undo") << "a undo fetched by w"
    assert play.at("a").received_at is None
    play = play >> is_undone("a") << ...
    assert play.state.status == "withdrawn"


def test_who_fetched_is_recorded_with_what_shows_it() -> None:
    play = opened() >> fetches("a") << ...
    event = play.journal[-1]
    assert isinstance(event, ev.StepFetched)
    assert (event.worker, event.evidence) == ("w", PROOF)
