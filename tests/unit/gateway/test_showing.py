"""A case is shown as it is: what is kept of it is never shown of another state, nor once agencies stand otherwise."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec import structs

from contracts import commands as cm
from contracts.contract import Contract
from contracts.ids import CaseId, StepName
from contracts.views import HeldBackView
from gateway import showing
from gateway.showing import Showing
from tests.unit.workflows.core.parts import part, plan
from tests.unit.workflows.core.playbook import Playbook, opens
from workflows.core.state import CaseState

HOLDING = cm.HoldBack(step=StepName("a"), round=1, verb="ask", attempt=1, because="unreachable")


def nothing(_: Contract) -> None:
    """Say that nothing is in the way."""


def opened() -> Playbook:
    return Playbook(plan(a=part("form.x"), b=part("form.y"))) >> opens() << ...


def named(name: str) -> CaseState:
    return structs.replace(opened().state, case=CaseId(name))


def test_the_json_is_the_view_and_is_made_once_for_each_state() -> None:
    state, views = opened().state, Showing(nothing)
    shown = views.show(state)
    assert shown.view == views.view(state)
    assert json.loads(shown.encoded) == msgspec.to_builtins(shown.view)
    assert views.show(state) is shown


def test_a_state_that_came_after_is_shown_at_once() -> None:
    play, views = opened(), Showing(nothing)
    before = views.show(play.state)
    play.happens(cm.Withdraw(reason=""))
    assert views.show(play.state).view.version == play.state.version > before.view.version


def test_what_is_held_back_says_why_it_is_now_however_often_it_is_looked_at() -> None:
    standing = iter([HeldBackView(because="maintenance"), HeldBackView(because="unreachable"), None])
    views, held = Showing(lambda _: next(standing)), opened() >> HOLDING << ...
    seen = [views.show(held.state).view.steps[0].held_back for _ in range(3)]
    assert [each.because for each in seen if each] == ["maintenance", "unreachable", "queue"]


def test_views_are_kept_of_so_many_cases_and_only_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "KEPT", 2)
    views, states = Showing(nothing), [named(name) for name in ("one", "two", "three")]
    first, second, _ = [views.show(state) for state in states]
    assert views.show(states[0]) is not first
    assert views.show(states[1]) is not second
    monkeypatch.setattr(showing, "LARGEST_KEPT", 1)
    large = views.show(structs.replace(states[0]))
    assert views.show(states[0]) is not large
