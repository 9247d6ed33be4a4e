"""Our meaning of CEL held against another's: cel-python evaluates the same sources over the same values."""

from __future__ import annotations

import sys
from typing import Any, cast

import celpy
import pytest
from celpy.adapter import json_to_cel
from celpy.celtypes import BoolType
from celpy.evaluation import CELEvalError
from hypothesis import given, settings
from hypothesis import strategies as st

from workflows.core.cel_evaluation import evaluator
from workflows.core.cel_operations import ExpressionError, plain
from workflows.core.cel_syntax import parse
from workflows.core.mistakes import ExpressionMistake

# Their environment raises the limit of the whole process, which is not ours to change.
_LIMIT = sys.getrecursionlimit()
ENVIRONMENT = celpy.Environment()
sys.setrecursionlimit(_LIMIT)

FORM = {
    "area": 3.5,
    "count": 4.0,
    "name": "Ani",
    "yes": True,
    "tags": ["a", "b", "c"],
    "workers": [{"wage": 3.0, "name": "Budi"}, {"wage": 10.0, "name": "Citra"}],
}

NUMBERS = st.sampled_from(["form.area", "form.count", "1.5", "-2.0", "form.workers[0].wage"])
WHOLES = st.sampled_from(["1", "7", "-3", "size(form.tags)", "size(form.name)"])
TEXTS = st.sampled_from(["form.name", "'a'", "'Ani'", "form.tags[1]"])
LISTS = st.sampled_from(["form.tags", "['a', form.name]", "form.workers.map(w, w.name)"])
BOOLEANS = st.sampled_from(["form.yes", "true", "has(form.area)", "has(form.absent)"])


def comparisons(of: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("{} {} {}".format, of, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), of)


def sums(of: st.SearchStrategy[str], operators: list[str]) -> st.SearchStrategy[str]:
    return st.builds("({} {} {})".format, of, st.sampled_from(operators), of)


def conditions() -> st.SearchStrategy[str]:
    simple = st.one_of(
        BOOLEANS,
        comparisons(sums(NUMBERS, ["+", "-", "*"])),
        comparisons(sums(WHOLES, ["+", "-", "*", "/", "%"])),
        comparisons(TEXTS),
        st.builds("{} in {}".format, TEXTS, LISTS),
        st.builds("{}.{}({})".format, TEXTS, st.sampled_from(["contains", "startsWith", "endsWith"]), TEXTS),
        st.builds("form.workers.{}(w, w.wage > {})".format, st.sampled_from(["all", "exists", "exists_one"]), NUMBERS),
        st.just("form.absent > 1.0"),
    )
    return st.recursive(
        simple,
        lambda inner: st.one_of(
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} || {})".format, inner, inner),
            st.builds("!({})".format, inner),
            st.builds("({} ? {} : {})".format, inner, inner, inner),
        ),
        max_leaves=8,
    )


SOURCES = st.one_of(
    conditions(),
    sums(NUMBERS, ["+", "-", "*"]),
    sums(WHOLES, ["+", "-", "*", "/", "%"]),
    st.builds("{} + {}".format, TEXTS, TEXTS),
    st.builds("size({} + {})".format, LISTS, LISTS),
    st.builds("form.workers.filter(w, w.wage > {}).map(v, v.name)".format, NUMBERS),
    st.builds("form.workers.map(w, w.wage * {})".format, NUMBERS),
)


def theirs(source: str) -> object:
    environment: Any = ENVIRONMENT
    program = environment.program(environment.compile(source))
    context: Any = {"form": json_to_cel(cast("Any", FORM))}
    try:
        value = program.evaluate(context)
    except CELEvalError:
        return "failed"
    return native(value)


def native(value: Any) -> object:  # noqa: ANN401 - whatever the other library gives
    if isinstance(value, BoolType):
        return bool(value)
    if isinstance(value, list):
        return [native(item) for item in cast("list[object]", value)]
    return plain(float(value)) if isinstance(value, int | float) else str(value)


def ours(source: str) -> object:
    try:
        return evaluator(parse(source))({"form": FORM})
    except ExpressionError:
        return "failed"


@settings(max_examples=150, deadline=None)
@given(SOURCES)
def test_both_give_the_same_value_or_both_fail(source: str) -> None:
    try:
        mine = ours(source)
    except ExpressionMistake:
        return  # nested deeper than is offered
    assert mine == theirs(source)


@pytest.mark.parametrize("value", [{"a": [1.0]}, [None], "text"])
def test_plain_json_comes_out_as_it_went_in(value: object) -> None:
    assert plain(value) == value


def test_a_number_without_a_fraction_comes_out_whole() -> None:
    assert repr(plain([2.0, 2.5, 2.0**60])) == repr([2, 2.5, 2.0**60])
