"""What a reference, a literal or a formula gives, and what is refused before it can run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec import UNSET

from contracts.declared import Derived
from workflows.core.expressions import (
    MISSING,
    ExpressionError,
    ExpressionMistake,
    compile_condition,
    compile_value,
    resolve,
)

SCOPE: Mapping[str, Any] = {
    "form": {"area": 3, "business": {"address": "Jl. Contoh 1"}, "none": None, "workers": ["Ani", "Budi"]},
    "case": {"id": "c1"},
}


def test_a_reference_gives_the_value_it_leads_to() -> None:
    expression = compile_value("form.business.address")
    assert expression.evaluate(SCOPE) == "Jl. Contoh 1"
    assert expression.paths == (("form", "business", "address"),)
    assert expression.kind == "reference"


@pytest.mark.parametrize("source", ["form.absent", "form.absent.deeper", "form.area.deeper", "place", "place.number"])
def test_a_reference_to_nothing_is_missing_and_no_error(source: str) -> None:
    assert compile_value(source).evaluate(SCOPE) is MISSING


def test_null_is_there() -> None:
    assert compile_value("form.none").evaluate(SCOPE) is None


def test_a_reference_to_a_root_gives_all_of_it() -> None:
    assert compile_value("case").evaluate(SCOPE) == {"id": "c1"}


@pytest.mark.parametrize(
    "source", ["", "form.", ".form", "form..area", "form area", "size(form)", "1form", "form.a[0]", "a" * 300]
)
def test_what_is_no_reference_is_refused_with_what_to_write(source: str) -> None:
    with pytest.raises(ExpressionMistake) as refused:
        compile_value(source)
    assert "names with dots" in refused.value.instead


@pytest.mark.parametrize("constant", [None, False, 0, "text", [1], {"a": 1}])
def test_a_literal_is_itself(constant: Any) -> None:  # noqa: ANN401 - plain JSON
    expression = compile_value(Derived(const=constant))
    assert expression.evaluate({}) == constant
    assert expression.paths == ()


@pytest.mark.parametrize("value", [Derived(), Derived(const=1, cel="1"), Derived(const=UNSET, cel=UNSET)])
def test_a_derived_value_is_a_literal_or_a_formula(value: Derived) -> None:
    with pytest.raises(ExpressionMistake, match="either const or cel"):
        compile_value(value)


def test_a_formula_says_what_it_reads() -> None:
    expression = compile_value(Derived(cel="size(form.workers) + size(form.workers[0])"))
    assert expression.evaluate(SCOPE) == 5
    assert expression.paths == (("form", "workers"),)


def test_a_condition_gives_true_or_false() -> None:
    assert compile_condition("form.area > 2").evaluate(SCOPE) is True


def test_a_condition_that_gives_something_else_is_an_error_without_the_value() -> None:
    with pytest.raises(ExpressionError, match="true or false, not a text") as failed:
        compile_condition("form.business.address").evaluate(SCOPE)
    assert "Contoh" not in str(failed.value)


@pytest.mark.parametrize("source", ["form.workers.map(form, form)", "form.workers.map(case, 1)", "a.map(b, b) == b"])
def test_a_variable_cannot_hide_what_expressions_read(source: str) -> None:
    with pytest.raises(ExpressionMistake, match="another name"):
        compile_condition(source)


def test_resolving_leaves_out_what_is_missing() -> None:
    fields = {"a": compile_value("form.area"), "b": compile_value("form.absent"), "c": compile_value(Derived(const=1))}
    assert resolve(fields, SCOPE) == {"a": 3, "c": 1}


def test_resolving_says_which_field_failed() -> None:
    with pytest.raises(ExpressionError, match=r"^total: absent is absent$"):
        resolve({"total": compile_value(Derived(cel="form.absent + 1"))}, SCOPE)


def test_a_mistake_reads_as_one_sentence() -> None:
    assert str(ExpressionMistake("this is wrong", "that")) == "this is wrong; write that"
