"""The shape of what is declared: all mistakes at once, each where it stands."""

from __future__ import annotations

import msgspec
import pytest

from contracts.contract import Contract
from contracts.plan import Plan
from tests.declared import BUSINESS, PLAN, changed, contract, plan
from workflows.core.mistakes import Finding
from workflows.loading.mistakes import LoadingError
from workflows.loading.structure import shape, told
from workflows.loading.yaml import parse_document


def test_what_has_the_right_shape_is_given_as_declared() -> None:
    assert shape(parse_document(msgspec.json.encode(BUSINESS), "f"), Contract) == contract(BUSINESS)
    assert shape(parse_document(msgspec.json.encode(PLAN), "f"), Plan) == plan()


def test_every_mistake_of_the_shape_is_told_at_once() -> None:
    wrong = changed(BUSINESS, {"effect": 7, "undo.by": "x", "speed": 1, "purpose": ...})
    with pytest.raises(LoadingError) as refused:
        shape(parse_document(msgspec.json.encode(wrong), "f"), Contract)
    assert {mistake.pointer for mistake in refused.value.mistakes} == {"/effect", "/undo/by", "/speed", "/purpose"}


def test_what_is_written_wrongly_is_told_together_with_the_shape() -> None:
    with pytest.raises(LoadingError) as refused:
        shape(parse_document(b"service: .nan\nversion: one\n", "f"), Plan)
    lines = [(mistake.line, mistake.what) for mistake in refused.value.mistakes]
    assert (1, ".nan is no number that JSON has") in lines
    assert (2, "this does not have the form asked for") in lines
    assert [what for line, what in lines if line == 1 and "another type" in what] == []


def test_what_the_schema_cannot_say_is_told_as_well() -> None:
    # JSON Schema takes 1.0 for a whole number; the types do not.
    document = parse_document(
        b"\n".join([msgspec.json.encode(BUSINESS)[:-1], b',"limits":', b'{"in_flight":1.0}}']), "f"
    )
    with pytest.raises(LoadingError) as refused:
        shape(document, Contract)
    (mistake,) = refused.value.mistakes
    assert (mistake.line, mistake.pointer) == (3, "/limits/in_flight")
    assert mistake.what == "this cannot be read: Expected `int`, got `float`"


def test_findings_are_told_with_what_is_written_wrongly() -> None:
    document = parse_document(b"a: .nan\nb: 1\n", "f")
    error = told(document, [Finding(("a",), "an echo", "x"), Finding(("b",), "wrong", "right")])
    assert [mistake.what for mistake in error.mistakes] == [".nan is no number that JSON has", "wrong"]
