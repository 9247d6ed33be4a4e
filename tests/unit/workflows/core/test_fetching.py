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


def test_what_is_fetched_is_provably_received_from_its_first_fetch_on() -> None:
    play = opened() >> fetches("a") << "a ask fetched by w"
    received = play.at("a").received_at
    assert received == play.now
    play = play >> unheard("a") << "a failed" >> passes("1 h") << "a asked again (2)"
    play = play >> fetches("a", attempt=2) << "a ask fetched by w"
    assert play.at("a").received_at == received
    assert play.owed == ["ask a/1 #2"]


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
