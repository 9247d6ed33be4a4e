"""What is owed to the world follows from the state alone, and every answer to it settles it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import commands as cm
from contracts import effects as ef
from contracts import wire
from contracts.ids import Place, StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import (
    ACT,
    KEY,
    Playbook,
    accepts,
    all_exhausts,
    contributes,
    hears,
    is_undone,
    opens,
    passes,
    refuses,
    unheard,
)
from workflows.core.evolve import fold
from workflows.core.pending import owed, pending, wake_at
from workflows.core.state import CaseState

EVERYTHING_HEARD: list[wire.Heard] = [
    wire.Contributed(key=KEY, output={"number": "1"}),
    wire.Contributed(key=KEY, output={}),
    wire.Refused(key=KEY, code="no"),
    wire.Refused(key=KEY, code="fixable"),
    wire.Refused(key=KEY, code="unheard of"),
    wire.Returned(key=KEY, inputs=["x"]),
    wire.Returned(key=KEY),
    wire.Accepted(key=KEY),
    wire.Undone(key=KEY),
    wire.UndoRefused(key=KEY),
    wire.NothingHeld(key=KEY),
    wire.Unheard(key=KEY, reason="silence"),
    wire.Unheard(key=KEY, reason="silence", sent=False),
    wire.Unheard(key=KEY, reason="no", final=True),
    wire.Unreadable(key=KEY, mistakes=["no JSON"]),
]


def asked() -> Playbook:
    return Playbook(plan(a=part("form.x", lookup=True))) >> opens() << ...


def looked_up() -> Playbook:
    return asked() >> accepts("a") << ... >> passes("10 min") << ...


def undo_asked() -> Playbook:
    return asked() >> contributes("a") << ... >> cm.Withdraw() << ...


@pytest.mark.parametrize("heard", EVERYTHING_HEARD, ids=repr)
def test_whatever_comes_of_an_effect_settles_it_or_it_would_be_sent_for_ever(heard: wire.Heard) -> None:
    for play, verb in ((asked(), "ask"), (looked_up(), "lookup"), (undo_asked(), "undo")):
        before = play.owed
        assert before == [f"{verb} a/1 #1"]
        after = play >> hears("a", heard, verb) << ...  # type: ignore[arg-type]
        assert before[0] not in after.owed, f"{verb} is still owed after {heard}"


def test_an_effect_carries_the_recorded_input_and_keys() -> None:
    (effect,) = pending(asked().state)
    assert effect == ef.SendAsk(
        case=effect.case,
        key="play/a/ask/1",  # type: ignore[arg-type]
        place=Place(StepName("a")),
        attempt=1,
        input={"x": "x0"},
    )
    (undo,) = pending(undo_asked().state)
    assert isinstance(undo, ef.SendUndo)
    assert (undo.key, undo.undoes, undo.cause) == ("play/a/undo/1", "play/a/ask/1", "withdrawn")
    (lookup,) = pending(looked_up().state)
    assert isinstance(lookup, ef.SendLookup)
    assert lookup.key == "play/a/ask/1"


def test_after_a_crash_exactly_what_was_owed_is_owed() -> None:
    for play in (asked(), looked_up(), undo_asked()):
        folded = fold(CaseState.empty(play.state.plan), play.journal)
        assert pending(folded) == pending(play.state)


def test_a_pause_owes_nothing_and_forgets_nothing() -> None:
    play = asked() >> cm.PauseCase(act=ACT) << "paused"
    assert pending(play.state) == ()
    assert [type(effect) for effect in owed(play.state)] == [ef.SendAsk]
    assert wake_at(play.state) is None


def test_time_moves_a_case_at_the_earliest_of_its_timers() -> None:
    steps = plan(a=part("form.x", lookup=True), b=part("form.y"), c=part(on_deadline="exhaust", promise="1 h"))
    play = Playbook(steps) >> opens() << ...
    assert play.due_in() is None
    play = play >> accepts("c") << ...
    assert play.due_in() == timedelta(hours=1)
    play = play >> accepts("a") << ...
    assert play.due_in() == timedelta(minutes=10)
    play = play >> unheard("b", retry_after_s=60) << ...
    assert play.due_in() == timedelta(minutes=1)
    play = play >> contributes("b") << ... >> contributes("c") << ... >> refuses("a", "fixable") << ...
    assert play.due_in() == timedelta(days=3)


def test_an_undo_and_a_seal_that_wait_have_a_timer() -> None:
    play = undo_asked() >> unheard("a", "undo") << ...
    assert play.due_in() is not None
    play = asked() >> contributes("a") << ... >> cm.RecordSealFailure(reason="away") << ...
    assert play.due_in() is not None


def test_a_case_that_ended_has_no_timer_and_owes_nothing() -> None:
    play = undo_asked() >> is_undone("a") << "a undone" << "closed: withdrawn"
    assert (play.owed, play.due_in()) == ([], None)
    steps = plan(a=part("form.x", optional=True), b=part("form.y"))
    play = Playbook(steps) >> opens() << ... >> all_exhausts("a") << ... >> refuses("b") << ...
    assert (play.owed, play.due_in()) == ([], None)
