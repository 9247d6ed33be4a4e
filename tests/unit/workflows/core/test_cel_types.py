"""Which types a formula can give: never fewer than it does give."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.core.cel_evaluation import evaluator
from workflows.core.cel_paths import Path
from workflows.core.cel_syntax import parse
from workflows.core.cel_types import ANY, types_of
from workflows.core.schema_paths import type_of

FORM: dict[str, Any] = {"n": 2.5, "i": 3, "s": "a", "l": ["a"], "b": True, "o": {"s": "x"}}
KNOWN: dict[Path, frozenset[str]] = {
    ("form", "n"): frozenset({"number"}),
    ("form", "i"): frozenset({"integer"}),
    ("form", "s"): frozenset({"string"}),
    ("form", "b"): frozenset({"boolean"}),
    ("form", "o", "s"): frozenset({"string"}),
}


def lookup(path: Path) -> frozenset[str]:
    return KNOWN.get(path, ANY)


@pytest.mark.parametrize(
    ("source", "types"),
    [
        ("true", "boolean"),
        ("1", "integer"),
        ("1.5", "integer number"),
        ("'a'", "string"),
        ("null", "null"),
        ("[1]", "array"),
        ("{'a': 1}", "object"),
        ("form.s", "string"),
        ("form.o.s", "string"),
        ("form.n", "integer number"),
        ("form.i", "integer"),
        ("has(form.x)", "boolean"),
        ("!form.b", "boolean"),
        ("form.b && form.b", "boolean"),
        ("form.b || form.b", "boolean"),
        ("form.s in form.l", "boolean"),
        ("form.n < 3", "boolean"),
        ("-form.n", "integer number"),
        ("form.n * 2", "integer number"),
        ("7 % 2", "integer"),
        ("form.s + 'b'", "string"),
        ("form.i + form.n", "integer number"),
        ("form.l + [1]", "array"),
        ("form.b ? 1 : 'a'", "integer string"),
        ("size(form.l)", "integer"),
        ("string(1)", "string"),
        ("double(1)", "integer number"),
        ("form.s.contains('a')", "boolean"),
        ("form.s.substring(0, 1)", "string"),
        ("form.l.exists(x, x == 'a')", "boolean"),
        ("form.l.map(x, x)", "array"),
    ],
)
def test_the_types_of_a_formula_are_known_and_right(source: str, types: str) -> None:
    found = types_of(parse(source), lookup)
    assert " ".join(sorted(found)) == types
    assert type_of(evaluator(parse(source))({"form": FORM})) in found


@pytest.mark.parametrize("source", ["form.unknown", "form.l[0]", "{'a': 1}.a", "[1].map(x, x)[0]"])
def test_what_is_not_known_may_be_anything(source: str) -> None:
    assert types_of(parse(source), lookup) == ANY


def test_a_variable_may_be_anything() -> None:
    node = parse("form.l.map(x, x.y)")
    assert types_of(node.children[1], lookup) == ANY


def test_what_cannot_be_added_gives_nothing() -> None:
    assert types_of(parse("form.s + 1"), lookup) == frozenset()
