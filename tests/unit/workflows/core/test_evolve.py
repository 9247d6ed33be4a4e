"""`evolve`: every event has its row, and nothing but the tables' moves."""

from __future__ import annotations

import typing

import pytest

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import PROOF, START, Playbook, contributes, corrects, opens, refuses
from workflows.core.evolve import FOLDS, evolve, fold
from workflows.core.moves import IllegalMove
from workflows.core.state import CaseState


def test_every_event_class_has_a_row() -> None:
    assert set(FOLDS) == set(typing.get_args(ev.CaseEvent))


def test_the_version_counts_the_events_and_time_goes_with_them() -> None:
    play = Playbook(plan(a=part())) >> opens() << ... >> contributes("a") << ...
    assert play.state.version == len(play.journal) == 4
    assert play.state.updated_at == START


def test_a_case_is_the_fold_of_its_events() -> None:
    play = (
        Playbook(plan(a=part("form.x"))) >> opens() << ... >> refuses("a", "fixable") << ... >> corrects(x="x1") << ...
    )
    state = CaseState.empty(play.state.plan)
    for event in play.journal:
        state = evolve(state, event)
    assert state == play.state == fold(CaseState.empty(play.state.plan), play.journal)
    assert state.form["x"] == "x1"


def test_an_event_that_cannot_follow_is_a_bug_or_an_altered_journal() -> None:
    play = Playbook(plan(a=part())) >> opens() << ... >> contributes("a") << ...
    again = ev.StepContributed(at=START, step=StepName("a"), output={}, evidence=PROOF)
    with pytest.raises(IllegalMove, match="contributed does not move to contributed"):
        evolve(play.state, again)
    with pytest.raises(IllegalMove, match="does not become open by being opened"):
        evolve(play.state, play.journal[0])


def test_the_reason_of_an_end_is_kept() -> None:
    play = Playbook(plan(a=part(effect="none"))) >> opens() << ... >> cm.Withdraw(reason="moved away") << ...
    assert (play.state.reason, play.state.outcome, play.state.status) == ("moved away", "withdrawn", "withdrawn")
