"""What a formula is known to read, and to have made sure of."""

from __future__ import annotations

import pytest

from workflows.core.cel_paths import ELEMENT, Reference, bound_names, references, trimmed
from workflows.core.cel_syntax import parse


def read(source: str) -> list[tuple[str, str]]:
    """Give each reference and what is known of it: `?` is a has(), `!` guarded in full."""
    return [(".".join(found.path), mark(found)) for found in references(parse(source))]


def mark(found: Reference) -> str:
    if found.asked:
        return "?"
    return "!" if found.path in found.known else ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1", []),
        ("form", [("form", "")]),
        ("form.a.b == form.a.b", [("form.a.b", "")]),
        ("[form.a, form.b][0]", [("form.a", ""), ("form.b", "")]),
        ("{'k': form.a}.k", [("form.a", "")]),
        ("form[form.key]", [("form.[]", ""), ("form.key", "")]),
        ("form.list[form.at].name", [("form.list.[].name", ""), ("form.at", "")]),
        ("size(form.a) + -form.b", [("form.a", ""), ("form.b", "")]),
        ("!(form.a in form.b)", [("form.a", ""), ("form.b", "")]),
        ("has(form.a)", [("form.a", "?")]),
        ("has(form.l[form.i].x)", [("form.l.[].x", "?"), ("form.i", "")]),
        ("has({'a': form.b}.a)", [("form.b", "")]),
        ("has(form.a) && form.a", [("form.a", "?"), ("form.a", "!")]),
        ("form.a && has(form.a)", [("form.a", "!"), ("form.a", "?")]),
        ("has(form.a) && form.b", [("form.a", "?"), ("form.b", "")]),
        ("!has(form.a) || form.a", [("form.a", "?"), ("form.a", "!")]),
        ("form.a || !has(form.a)", [("form.a", "!"), ("form.a", "?")]),
        ("has(form.a) || form.a", [("form.a", "?"), ("form.a", "")]),
        ("has(form.a) ? form.a : form.b", [("form.a", "?"), ("form.a", "!"), ("form.b", "")]),
        ("!has(form.a) ? form.b : form.a", [("form.a", "?"), ("form.b", ""), ("form.a", "!")]),
        ("!(!has(form.a)) && form.a", [("form.a", "?"), ("form.a", "!")]),
        ("!(!has(form.a) || form.b) && form.a", [("form.a", "?"), ("form.b", ""), ("form.a", "!")]),
        ("(has(form.a) && has(form.b)) && form.b", [("form.a", "?"), ("form.b", "?"), ("form.b", "!")]),
        ("has(({'x': 1}).x) && form.a", [("form.a", "")]),
        ("form.l.all(x, x.y > form.z)", [("form.l", ""), ("form.l.[].y", ""), ("form.z", "")]),
        ("form.l.all(x, has(x.y) && x.y)", [("form.l", ""), ("form.l.[].y", "?"), ("form.l.[].y", "!")]),
        ("form.l.map(x, has(x.y), x.y)", [("form.l", ""), ("form.l.[].y", "?"), ("form.l.[].y", "!")]),
        ("[form.a].map(x, x.y)", [("form.a", "")]),
        ("[1].map(x, x)", []),
        ("[1].all(x, has(x.y) && has(x.y))", []),
        ("form.l.filter(x, x.ok).map(y, y.z)", [("form.l", ""), ("form.l.[].ok", "")]),
    ],
)
def test_every_reference_is_known_with_what_was_made_sure_of(source: str, expected: list[tuple[str, str]]) -> None:
    assert read(source) == expected


def test_beginnings_of_a_guarded_path_are_known_too() -> None:
    _, guarded = references(parse("has(form.a.b) && form.a.b"))
    assert guarded.known == {("form",), ("form", "a"), ("form", "a", "b")}


def test_a_variable_is_no_root() -> None:
    node = parse("form.l.map(x, x) == form.m.map(y, 1)")
    assert bound_names(node) == ("x", "y")
    assert bound_names(parse("form.a || form.l.all(x, x)")) == ("x",)
    assert {found.path[0] for found in references(node)} == {"form"}


def test_a_path_into_a_list_is_cut_before_its_items() -> None:
    assert trimmed(("form", "l", ELEMENT, "x")) == ("form", "l")
    assert trimmed(("form", "l")) == ("form", "l")
