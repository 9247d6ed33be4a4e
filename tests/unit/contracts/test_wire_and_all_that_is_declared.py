"""Commands, effects, answers, views and what is signed: whatever is declared can be written down and read back."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module
from typing import get_args

import msgspec
import pytest

import contracts
from contracts import commands, effects, problems, wire
from contracts.asked import Command
from tests.unit.contracts.samples import sample

COMMANDS = get_args(commands.CaseCommand)
EFFECTS = get_args(effects.CaseEffect)
DECLARED = [
    kind
    for found in pkgutil.iter_modules(contracts.__path__, "contracts.")
    for module in (import_module(found.name),)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__ and not kind.__subclasses__()
]


@pytest.mark.parametrize("kind", DECLARED, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_what_is_declared_is_written_and_read_back_as_it_was(kind: type[msgspec.Struct]) -> None:
    value = sample(kind)
    assert msgspec.json.decode(msgspec.json.encode(value), type=kind) == value


@pytest.mark.parametrize("kind", get_args(wire.Answer))
def test_an_answer_is_told_by_its_outcome(kind: type[msgspec.Struct]) -> None:
    value = sample(kind)
    assert msgspec.json.decode(msgspec.json.encode(value), type=wire.Answer) == value


def test_every_command_and_every_effect_is_in_its_list() -> None:
    assert set(COMMANDS) == {kind for kind in DECLARED if issubclass(kind, Command)}
    assert set(EFFECTS) == {kind for kind in DECLARED if issubclass(kind, effects.Effect)}


def test_every_act_by_hand_says_who_and_why() -> None:
    by_hand = [kind for kind in COMMANDS if "act" in kind.__struct_fields__]
    assert len(by_hand) == 20
    for kind in by_hand:
        act = sample(kind).act
        assert (act.actor, act.reason) == ("text", "text")


def test_every_problem_type_is_listed_under_its_own_name_with_an_error_status() -> None:
    assert all(slug == kind.slug for slug, kind in problems.PROBLEM_TYPES.items())
    assert {kind.status // 100 for kind in problems.PROBLEM_TYPES.values()} == {4, 5}


def test_a_problem_leaves_out_what_is_not_said() -> None:
    written = msgspec.json.decode(msgspec.json.encode(problems.Problem(type="t", title="T", status=404)))
    assert not {"detail", "instance", "trace_id"} & set(written)
