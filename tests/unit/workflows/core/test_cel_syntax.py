"""What of CEL is read, and what is refused with what to write instead."""

from __future__ import annotations

import time

import pytest

from workflows.core.cel_nodes import Comprehension, Literal, Name, Select
from workflows.core.cel_syntax import DEPTH_LIMIT, RESERVED, SOURCE_LIMIT_BYTES, parse
from workflows.core.mistakes import ExpressionMistake

REFUSED = {
    "": "empty",
    "   ": "empty",
    "form.": "cannot be read",
    "form.a &&": "cannot be read",
    "form.a = 1": "cannot be read",
    "form.a 1": "cannot be read",
    "'open": "cannot be read",
    "'a\\n'": "backslashes",
    "1\r": "carriage returns",
    ".form": "leading dot",
    ".form()": "leading dot",
    "form{a: 1}": "braces",
    "b'x'": "bytes",
    "1u": "unsigned",
    "9223372036854775808": "too large",
    "timestamp('2026-01-01')": "not offered",
    "now()": "not offered",
    "form.a.matches('x')": "not offered",
    "form.a.getHours()": "not offered",
    "size()": "0 arguments",
    "size(1, 2)": "2 arguments",
    "form.a.contains()": "0 arguments",
    "form.a.substring(1)": "1 arguments",
    "form.a.map(x)": "1 arguments",
    "has()": "one field",
    "has(form)": "one field",
    "has(form.a, form.b)": "one field",
    "has(form.a[0])": "one field",
    "form.a.map(x.y, 1)": "name of its variable",
    "form.a.map(x, form.b.map(y, y))": "inside another macro",
    "form.a.filter(x, form.b.exists(y, y == x))": "inside another macro",
    "if": "keeps for itself",
    "form.a.map(in, 1)": "keeps for itself",
    "-" + "-" * DEPTH_LIMIT + "form.a": "nests deeper",
    "!" * (DEPTH_LIMIT + 1) + "form.a": "nests deeper",
    "form" + ".a" * 300: "nests deeper",
    "1" + "+1" * 300: "nests deeper",
    "'" + "a" * SOURCE_LIMIT_BYTES + "'": "longer than",
    "'" + "é" * (SOURCE_LIMIT_BYTES // 2) + "'": "longer than",
}


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: source[:30])
def test_what_is_not_offered_is_refused_with_what_to_write(source: str) -> None:
    with pytest.raises(ExpressionMistake) as refused:
        parse(source)
    assert REFUSED[source] in refused.value.what
    assert refused.value.instead


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(ExpressionMistake) as refused:
        parse("form.a.startswith('x')")
    assert refused.value.instead == "startsWith?"


@pytest.mark.parametrize("word", sorted(RESERVED - {"true", "false", "null", "in"}))
def test_words_that_cel_keeps_are_no_names(word: str) -> None:
    with pytest.raises(ExpressionMistake):
        parse(f"{word} == 1")


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("false", False),
        ("null", None),
        ("'a'", "a"),
        ('"a"', "a"),
        ("r'a'", "a"),
        ("R'a'", "a"),
        ("'''a'b'''", "a'b"),
        ('"""a"b"""', 'a"b'),
        ("'it//is'", "it//is"),
        ("('a')", "a"),
        ("1 // a comment", 1),
    ],
)
def test_literals_are_read_as_they_are_written(source: str, value: object) -> None:
    assert parse(source) == Literal(value)  # type: ignore[arg-type]


def test_an_index_with_a_text_is_a_field() -> None:
    assert parse("form['a']") == parse("form.a") == Select(Name("form", bound=False), "a")


def test_a_field_may_be_called_like_a_word_of_cel() -> None:
    assert parse("form.in") == Select(Name("form", bound=False), "in")


def test_one_macro_may_follow_another() -> None:
    node = parse("form.a.filter(x, x > 1).map(y, y)")
    assert isinstance(node, Comprehension)
    assert isinstance(node.over, Comprehension)


@pytest.mark.parametrize(
    "source",
    ["'" + "\\a" * 400, '"' + "\\\\" * 400, "'''" + "\r\n" * 400, "(" * 1000, "[" * 1000, "'" * 1023, "a." * 500],
    ids=lambda source: source[:6],
)
def test_no_source_takes_long_to_refuse(source: str) -> None:
    parse("true")
    started = time.process_time()
    with pytest.raises(ExpressionMistake):
        parse(source)
    assert time.process_time() - started < 0.5
