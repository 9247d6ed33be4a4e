"""What a step's references mean."""

from __future__ import annotations

import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.ids import StepName
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import CASE, START, Playbook, contributes, opens, refuses
from workflows.core.expressions import ExpressionError
from workflows.core.state import CaseState
from workflows.core.values import resolve_step, scope, value_of

A, B = StepName("a"), StepName("b")


def test_the_scope_is_the_form_the_case_and_the_steps_that_are_referred_to() -> None:
    play = Playbook(plan(a=part("form.x"), b=part("a.number"))) >> opens() << ... >> contributes("a", "7") << ...
    seen = scope(play.state, [A])
    assert seen["form"]["x"] == "x0"
    assert seen["case"] == {"id": CASE, "service": "playing", "opened_at": START.isoformat()}
    assert seen["a"] == {"number": "7"}
    assert B not in seen


def test_before_its_opening_a_case_has_no_time() -> None:
    assert scope(CaseState.empty(plan(a=part())), [])["case"]["opened_at"] == ""


def test_a_value_is_the_contribution_or_otherwise_or_nothing() -> None:
    steps = plan(a=part("form.x", optional=True, otherwise="none"), b=part("form.y", optional=True), c=part(desk=True))
    play = Playbook(steps) >> opens() << ... >> refuses("a") << ... >> refuses("b") << ...
    assert value_of(play.state, A) == {"number": "none"}
    assert value_of(play.state, B) == {}


def test_an_otherwise_may_refer_to_another_step() -> None:
    spec, contract = part("form.x", optional=True)
    steps = plan(b=part("form.y"), a=(structs.replace(spec, otherwise={"number": "b.number"}), contract))
    play = Playbook(steps) >> opens() << ... >> contributes("b", "9") << ... >> refuses("a") << ...
    assert value_of(play.state, A) == {"number": "9"}


def test_a_given_input_is_taken_as_it_is_whatever_when_says() -> None:
    state = (Playbook(plan(a=part("form.x", when="!form.needed"))) >> opens() << ...).state
    resolved = resolve_step(state, state.step(A), {"x": "given"})
    assert (resolved.needed, resolved.input) == (True, {"x": "given"})
    assert not resolve_step(state, state.step(A)).needed


def test_a_when_that_is_neither_true_nor_false_is_said_so() -> None:
    play = Playbook(plan(a=part("form.x", when="form.count"))) >> opens() << ...
    with pytest.raises(ExpressionError, match="true or false"):
        resolve_step(play.state, play.state.step(A))


def test_a_taken_contribution_is_a_value() -> None:
    steps = plan(a=part("form.x"), b=part("a.number"))
    play = Playbook(steps) >> opens() << ... >> contributes("a", "7") << ... >> cm.Withdraw() << ...
    assert value_of(play.state, A) == {}
