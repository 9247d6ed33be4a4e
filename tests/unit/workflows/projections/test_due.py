"""What is waited for, read off the state: the same that the ledger of the case says of its clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts import commands as cm
from tests.unit.workflows.core.parts import part, plan, waits
from tests.unit.workflows.core.playbook import (
    ACT,
    START,
    Playbook,
    accepts,
    all_exhausts,
    contributes,
    corrects,
    opens,
    passes,
    place,
    refuses,
    returns,
    unheard,
)
from workflows.projections.clocks import clocks_of
from workflows.projections.due import due_of

HOUR = timedelta(hours=1)
HELD = cm.HoldBack(step=place("a").step, round=1, verb="ask", attempt=1, because="maintenance")
OBJECTS = cm.RaiseObjection(step=place("w").step, name="Sri", contact="0812", grounds="The well is ours.")


def play(**more: str) -> Playbook:
    return Playbook(plan(a=part("form.x", **more))) >> opens() << ...  # type: ignore[arg-type]  # of a contract


def neighbours() -> Playbook:
    return Playbook(plan(w=waits("2 days", publish={}))) >> opens() << ... >> OBJECTS << ... >> OBJECTS << ...


def corrected() -> Playbook:
    return play() >> passes("3 h") >> refuses("a", "fixable") << ... >> passes("5 h") >> corrects(x="x1") << ...


@pytest.mark.parametrize(
    "made",
    [
        play(),
        play() >> unheard("a") << ...,
        play() >> accepts("a") << ... >> passes("49 h") << ...,
        play() >> all_exhausts("a") << ...,
        play() >> contributes("a") << ...,
        play() >> refuses("a") << ...,
        play() >> passes("3 h") >> refuses("a", "fixable") << ...,
        play() >> passes("3 h") >> returns("a", "x") << ...,
        play() >> refuses("a", "fixable") << ... >> cm.DeclineCorrection(step=place("a").step) << ...,
        corrected(),
        corrected() >> contributes("a/2") << ...,
        play() >> unheard("a") << ... >> passes("1 h") << ... >> cm.PauseCase(act=ACT) << ...,
        play(on_deadline="deemed") >> accepts("a") << ... >> passes("3 h"),
        play(on_deadline="deemed") >> accepts("a") << ... >> cm.PauseCase(act=ACT) << ... >> passes("3 h"),
        play(on_deadline="deemed"),
        play() >> HELD << ...,
        neighbours(),
        neighbours() >> passes("400 h") << ...,
        neighbours() >> cm.DecideObjection(step=place("w").step, number=1, upheld=False, act=ACT) << ...,
        Playbook(plan(w=waits("2 days"))) >> opens() << ...,
    ],
)
def test_what_is_waited_for_is_what_the_ledger_says_without_its_events(made: Playbook) -> None:
    told = [(each.step, each.kind, each.agency, each.due_at, each.overdue) for each in due_of(made.state, made.now)]
    ledger = [clock for clock in clocks_of(made.state, made.journal, made.now) if clock.state != "stopped"]
    assert told == [(clock.step, clock.kind, clock.agency, clock.due_at, clock.overdue) for clock in ledger]


def test_a_line_says_which_case_of_which_service_and_when() -> None:
    (line,) = due_of(play().state, START)
    assert (line.case, line.service, line.due_at) == ("play", "playing", START + 48 * HOUR)
    assert [each.title.en for each in due_of(neighbours().state, START)] == [
        "Waiting period: objection 1",
        "Waiting period: objection 2",
    ]
