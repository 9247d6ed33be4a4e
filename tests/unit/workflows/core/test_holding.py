"""What protection holds back is no attempt: no clock runs, nothing has to be taken back, and it is said once."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from contracts import commands as cm
from contracts.events import HeldBackBecause
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    Happening,
    Playbook,
    accepts,
    all_exhausts,
    by_hand,
    contributes,
    is_undone,
    opens,
    passes,
    place,
    unheard,
)
from workflows.core.clocks import promised_by

HOUR = timedelta(hours=1)
Held = Literal["ask", "undo"]


def held_back(
    where: str, verb: Held = "ask", *, attempt: int = 1, sent: bool = False, because: HeldBackBecause = "unreachable"
) -> Happening:
    at = place(where)
    return cm.HoldBack(step=at.step, round=at.round, verb=verb, attempt=attempt, because=because, sent=sent)


def let_go(where: str, verb: Held = "ask", *, attempt: int = 1) -> Happening:
    at = place(where)
    return cm.LetGo(step=at.step, round=at.round, verb=verb, attempt=attempt)


def promised(play: Playbook, where: str) -> timedelta | None:
    at = place(where)
    moment = promised_by(play.state, play.state.step(at.step), at)
    return None if moment is None or play.state.opened_at is None else moment - play.state.opened_at


def gives_up(play: Playbook, where: str) -> timedelta | None:
    moment = play.at(where).give_up_at
    return None if moment is None or play.state.opened_at is None else moment - play.state.opened_at


def test_what_never_left_starts_no_clock_until_it_is_let_go() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> held_back("a") << "a ask held back: unreachable"
    assert (promised(play, "a"), play.at("a").asked_at, play.at("a").left) == (None, None, False)
    play = play >> passes("72 h") >> let_go("a") << "a ask let go"
    assert (promised(play, "a"), gives_up(play, "a")) == (120 * HOUR, 73 * HOUR)
    assert play.at("a").asked_at == play.now
    assert play.owed == ["ask a/1 #1"]


def test_a_repeat_that_is_held_back_stops_the_clocks_that_run() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> unheard("a") << ... >> passes("3 s") << ...
    asked = play.now - (play.state.opened_at or play.now)
    play = play >> held_back("a", attempt=2) << ...
    assert promised(play, "a") is None
    play = play >> passes("10 h") >> let_go("a", attempt=2) << "a ask let go"
    assert (promised(play, "a"), gives_up(play, "a")) == (58 * HOUR, 11 * HOUR)
    assert play.at("a").asked_at == play.state.opened_at
    assert asked < HOUR


def test_the_time_held_back_counts_in_no_later_round_either() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> unheard("a") << ... >> passes("3 s") << ...
    play = play >> held_back("a", attempt=2) << ... >> passes("5 h") >> let_go("a", attempt=2) << ...
    play = play >> all_exhausts("a") << ... >> by_hand(cm.ReplaceInput, "a", input={"x": "2"}) << ...
    play = play >> is_undone("a/1") << ...
    assert promised(play, "a/2") == 53 * HOUR


def test_a_word_that_comes_while_the_repeat_is_held_back_makes_that_time_count_against_its_agency() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> unheard("a") << ... >> passes("3 s") << ...
    play = play >> held_back("a", attempt=2) << ... >> passes("5 h") >> accepts("a") << ...
    assert promised(play, "a") == 53 * HOUR


def test_what_never_left_is_dropped_and_not_undone() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> held_back("a") << ...
    assert play >> cm.Withdraw() << "withdrawn" << "closing: withdrawn" << "a dropped: withdrawn" << "closed: withdrawn"


def test_what_may_have_left_before_a_crash_is_undone_although_it_is_held_back_now() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> held_back("a", sent=True) << ...
    assert (play.at("a").left, play.at("a").in_doubt, play.at("a").asked_at) == (True, True, play.state.opened_at)
    play = play >> cm.Withdraw() << "withdrawn" << "closing: withdrawn"
    assert play << "a to be undone: withdrawn" << "a undo asked"


def test_a_repeat_that_is_held_back_is_undone_if_the_attempt_before_it_left() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> unheard("a") << ... >> passes("3 s") << ...
    play = play >> held_back("a", attempt=2) << ... >> cm.Withdraw() << "withdrawn" << "closing: withdrawn"
    assert play << "a to be undone: withdrawn" << "a undo asked"


def test_a_final_ask_that_has_not_left_lets_the_applicant_withdraw_and_one_that_has_does_not() -> None:
    steps = plan(a=part("form.x", effect="final"))
    play = Playbook(steps) >> opens() << ... >> held_back("a") << ... >> cm.Withdraw() << ...
    assert (play.state.status, play.at("a").left) == ("withdrawn", False)
    play = Playbook(steps) >> opens() << ... >> held_back("a") << ... >> let_go("a") << ...
    assert play >> cm.Withdraw() << "rejected: too_late"


def test_an_undo_that_is_held_back_does_not_run_out_of_time_to_be_heard() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("a.number"))) >> opens() << ... >> contributes("a") << ...
    play = play >> cm.Withdraw() << ... >> is_undone("b") << ...
    given_up = play.at("a").undo_give_up_at
    assert given_up is not None
    play = play >> held_back("a", "undo", because="maintenance") << "a undo held back: maintenance"
    play = play >> passes("5 h") >> let_go("a", "undo") << "a undo let go"
    assert play.at("a").undo_give_up_at == given_up + 5 * HOUR
    assert play >> is_undone("a") << "a undone" << "closed: withdrawn"


def test_the_laws_time_for_an_undo_runs_while_it_is_held_back() -> None:
    steps = plan(a=part("form.x", undo_within="2 h"), b=part("a.number"))
    play = Playbook(steps) >> opens() << ... >> contributes("a") << ... >> cm.Withdraw() << ... >> is_undone("b") << ...
    play = play >> held_back("a", "undo") << ... >> passes("3 h")
    play = play >> let_go("a", "undo") << "a undo let go" << "a undo refused: too_late"
    assert play.owed == []


def test_what_is_held_back_is_said_once_and_let_go_once() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> let_go("a")
    play = play >> held_back("a") << "a ask held back: unreachable" >> held_back("a", because="queue")
    play = play >> let_go("a", attempt=2) >> held_back("a/7") >> let_go("a") << "a ask let go" >> let_go("a")
    assert play >> contributes("a") << "a contributed" << "issuing" >> held_back("a")


def test_an_answer_that_comes_all_the_same_ends_it() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("a.number"))) >> opens() << ... >> held_back("a") << ...
    play = play >> contributes("a") << "a contributed" << "b asked"
    assert play.at("a").held_back_at is None
    assert play >> let_go("a")


def test_nothing_is_let_go_while_the_case_is_paused() -> None:
    play = Playbook(plan(a=part("form.x"))) >> opens() << ... >> held_back("a") << ... >> cm.PauseCase(act=ACT) << ...
    play = play >> let_go("a") >> cm.ResumeCase(act=ACT) << "resumed"
    assert play >> let_go("a") << "a ask let go"
