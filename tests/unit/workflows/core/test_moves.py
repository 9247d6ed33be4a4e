"""The tables of moves are the whole truth: whatever they do not have does not happen."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import events as ev
from contracts.ids import ItemKey, Place, StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import START
from workflows.core.allowed_moves import CASE_MOVES, STEP_MOVES, CaseStatus, StepState
from workflows.core.moves import IllegalMove, change, move, move_case, round_of
from workflows.core.state import CaseState

PLACE = Place(StepName("a"))
EVENT = ev.StepDropped(at=START, step=PLACE.step, cause="closing")
ELSEWHERE = ev.StepDropped(at=START, step=PLACE.step, item=ItemKey("other"), cause="closing")


def state(step: StepState = "waiting", case: CaseStatus = "open") -> CaseState:
    made = structs.replace(CaseState.empty(plan(a=part())), status=case)
    return made.with_round(PLACE, state=step)


@pytest.mark.parametrize("before", STEP_MOVES)
@pytest.mark.parametrize("after", STEP_MOVES)
def test_a_round_moves_only_along_the_table(before: StepState, after: StepState) -> None:
    if after in STEP_MOVES[before]:
        assert move(state(before), EVENT, after).round_at(PLACE).state == after  # type: ignore[union-attr]  # it is there
    else:
        with pytest.raises(IllegalMove, match=f"{before} does not move to {after}"):
            move(state(before), EVENT, after)


@pytest.mark.parametrize("before", CASE_MOVES)
@pytest.mark.parametrize("after", CASE_MOVES)
def test_a_case_moves_only_along_the_table(before: CaseStatus, after: CaseStatus) -> None:
    if after in CASE_MOVES[before]:
        assert move_case(state(case=before), after).status == after
    else:
        with pytest.raises(IllegalMove, match=f"{before} does not become {after}"):
            move_case(state(case=before), after)


def test_a_move_says_since_when() -> None:
    assert move(state(), EVENT, "dropped", cause="closing").round_at(PLACE).since == START  # type: ignore[union-attr]


def test_what_is_known_of_a_round_changes_without_a_move() -> None:
    changed = change(state("asked"), EVENT, late=2).round_at(PLACE)
    assert changed is not None
    assert (changed.state, changed.late) == ("asked", 2)


def test_an_event_of_a_round_that_is_not_there_is_illegal() -> None:
    for apply in (lambda: round_of(state(), ELSEWHERE), lambda: change(state(), ELSEWHERE, late=1)):
        with pytest.raises(IllegalMove, match="no such round"):
            apply()


def test_every_word_of_the_tables_leads_on_or_ends() -> None:
    assert set(STEP_MOVES) == set().union(*STEP_MOVES.values()) | {"waiting"}
    assert set(CASE_MOVES) == set().union(*CASE_MOVES.values()) | {"draft"}


AGREED = """
waiting ready -> ready asked skipped dropped exhausted
asked -> failed
failed -> asked
asked failed accepted exhausted -> accepted contributed refused returned exhausted deemed undoing dropped
exhausted -> asked skipped
returned -> refused exhausted
contributed deemed -> undoing
undoing -> undone undo_refused undo_exhausted
undo_refused undo_exhausted -> undoing undone kept
"""
"""What was agreed that may follow what, as the design has it."""
BEYOND = {("waiting", "accepted"), ("ready", "accepted"), ("contributed", "exhausted")}
"""A step that no agency carries out begins, and is waited for; what a sub-case gave may be revoked there."""


def test_a_move_beside_those_that_were_agreed_is_in_the_table() -> None:
    agreed = {
        (before, after)
        for line in AGREED.strip().splitlines()
        for before in line.partition(" -> ")[0].split()
        for after in line.partition(" -> ")[2].split()
    }
    there = {(before, after) for before, following in STEP_MOVES.items() for after in following}
    assert there == agreed | BEYOND
