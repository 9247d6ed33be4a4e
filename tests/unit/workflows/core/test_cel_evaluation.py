"""What a formula means."""

from __future__ import annotations

from typing import Any

import pytest

from workflows.core.cel_evaluation import LIST_LIMIT, evaluator
from workflows.core.cel_operations import ExpressionError
from workflows.core.cel_syntax import parse

FORM: dict[str, Any] = {
    "area": 3,
    "price": 2.5,
    "name": "Ani",
    "yes": True,
    "none": None,
    "tags": ["a", "b"],
    "workers": [{"wage": 3}, {"wage": 10, "extra": 1}],
    "address": {"street": "Jl. Contoh", "no": 7},
    "long": list(range(LIST_LIMIT + 1)),
    "huge": 2**60,
    "odd": 7,
}


def value_of(source: str) -> object:
    return evaluator(parse(source))({"form": FORM})


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("form.area * 1.5", 4.5),
        ("form.area * 2", 6),
        ("form.area / 2", 1.5),
        ("7 / 2", 3),
        ("-7 / 2", -3),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 - 2 + 1", 6),
        ("2 * 3 - 1.5", 4.5),
        ("-form.area", -3),
        ("-(2)", -2),
        ("'a' + 'b'", "ab"),
        ("[1] + form.tags", [1, "a", "b"]),
        ("size(form.workers) > 0", True),
        ("size(form.name)", 3),
        ("size(form.address)", 2),
        ("form.tags.size()", 2),
        ("form.area == 3", True),
        ("form.area == 3.0", True),
        ("form.area != 3", False),
        ("form.yes == 1", False),
        ("form.none == null", True),
        ("form.none == false", False),
        ("form.tags == ['a', 'b']", True),
        ("form.tags == ['a']", False),
        ("form.address == {'street': 'Jl. Contoh', 'no': 7}", True),
        ("form.address == {'street': 'Jl. Contoh'}", False),
        ("form.area < 4 && form.area <= 3 && form.area > 2 && form.area >= 3", True),
        ("'a' < 'b' && 'B' < 'a'", True),
        ("'a' in form.tags", True),
        ("3 in [form.area]", True),
        ("'no' in form.address", True),
        ("1 in form.address", False),
        ("form.address['street']", "Jl. Contoh"),
        ("form.address[form.name == 'Ani' ? 'no' : 'street']", 7),
        ("form.tags[1]", "b"),
        ("form.tags[form.area - 2]", "b"),
        ("form.yes ? 'y' : 'n'", "y"),
        ("!form.yes ? 'y' : 'n'", "n"),
        ("has(form.area)", True),
        ("has(form.absent)", False),
        ("has(form.absent.deeper.still)", False),
        ("has(form.area.deeper)", False),
        ("has(place.number)", False),
        ("has(form.none)", True),
        ("has(form.workers[1].extra)", True),
        ("form.yes || form.absent", True),
        ("form.absent || form.yes", True),
        ("!form.yes && form.absent", False),
        ("form.absent && !form.yes", False),
        ("!form.yes || form.yes", True),
        ("form.yes && form.yes", True),
        ("form.workers.all(w, w.wage > 2)", True),
        ("form.workers.all(w, w.wage > 3)", False),
        ("form.workers.all(w, w.extra == 2)", False),
        ("form.workers.exists(w, w.wage > 9)", True),
        ("form.workers.exists(w, w.extra == 1)", True),
        ("form.workers.exists(w, w.wage > 99)", False),
        ("form.workers.exists_one(w, w.wage > 9)", True),
        ("form.workers.exists_one(w, w.wage > 1)", False),
        ("form.workers.map(w, w.wage)", [3, 10]),
        ("form.workers.map(w, w.wage > 9, w.extra)", [1]),
        ("form.workers.filter(w, w.wage > 9)", [{"wage": 10, "extra": 1}]),
        ("[].all(x, form.absent)", True),
        ("[1, 2].map(x, x / 2)", [0, 1]),
        ("size(form.long)", LIST_LIMIT + 1),
        ("int('42') + int(2.9) + int(form.area)", 47),
        ("int(-2.9)", -2),
        ("double('1.5') + double(1) + double(form.area)", 5.5),
        ("string(form.area) + string(2.5) + string(true) + string(false) + string('x') + string(7)", "32.5truefalsex7"),
        ("form.name.contains('n') && form.name.startsWith('A') && form.name.endsWith('i')", True),
        ("'24-11-2026'.substring(6, 10) + '-' + '24-11-2026'.substring(3, 5)", "2026-11"),
        ("form.name.substring(form.area - 3, size(form.name))", "Ani"),
        ("form.name.substring(3, 3) + 'é日'.substring(1, 2)", "日"),
        ("form.odd / 2.0", 3.5),
        ("int(form.odd) % 2", 1),
        ("{'a': [form.none, 1.0, form.yes]}", {"a": [None, 1, True]}),
    ],
)
def test_a_formula_gives_plain_json(source: str, value: object) -> None:
    given = value_of(source)
    assert given == value
    assert type(given) is type(value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("form.absent", "absent is absent"),
        ("place.number", "place is not known yet"),
        ("form.area.deeper", "a number, which has no fields"),
        ("form.tags[2]", "nothing at this index of a list"),
        ("form.tags[-1]", "nothing at this index"),
        ("form.tags[0.5]", "nothing at this index"),
        ("form.address[form.name]", "nothing at this index of a group"),
        ("form.name[0]", "nothing at this index of a text"),
        ("!form.name", "! takes true or false, not a text"),
        ("-form.name", "- takes a number, not a text"),
        ("-form.yes", "- takes a number"),
        ("form.name && form.yes", "&& takes true or false"),
        ("form.name || !form.yes", r"\|\| takes true or false"),
        ("form.yes && form.name", "&& takes true or false"),
        ("form.name ? 1 : 2", r"\? takes true or false"),
        ("form.absent && form.yes", "absent is absent"),
        ("form.absent || !form.yes", "absent is absent"),
        ("form.absent || form.gone", "gone is absent"),
        ("form.area + form.name", r"a number \+ a text has no meaning"),
        ("form.yes + 1", "true or false"),
        ("form.name < 1", "a text < a number"),
        ("form.yes < form.yes", "true or false < true or false"),
        ("form.none < 1", "null < a number"),
        ("1 in form.name", "`in` takes a list, not a text"),
        ("1 / 0", "divided by zero"),
        ("1 % 0", "divided by zero"),
        ("form.area / 0", "divided by zero"),
        ("form.area % 2", r"int\(x\) % 2"),
        ("9223372036854775807 + 1", "grows too large"),
        ("1e308 * 10.0", "grows too large"),
        ("form.huge", "too large to count with"),
        ("form.long.map(x, x)", f"at most {LIST_LIMIT} items"),
        ("form.name.map(x, x)", "walks over a list, not a text"),
        ("form.tags.filter(x, x)", "a macro takes true or false"),
        ("form.tags.exists_one(x, x)", "a macro takes true or false"),
        ("form.workers.exists(w, w.extra == 2)", "extra is absent"),
        ("form.workers.all(w, w.gone)", "gone is absent"),
        ("size(form.area)", r"size\(\) takes"),
        ("int('4x')", "text of digits"),
        ("int(true)", r"int\(\) takes a number"),
        ("double('x')", "a text that is a number"),
        ("double('1e999')", "grows too large"),
        ("double(null)", r"double\(\) takes a number"),
        ("string(form.tags)", r"string\(\) takes"),
        ("form.name.contains(1)", r"contains\(\) takes texts, not a text and a number"),
        ("form.name.substring(0, 4)", "positions within the text"),
        ("form.name.substring(-1, 2)", "positions within the text"),
        ("form.name.substring(2, 1)", "positions within the text"),
        ("form.name.substring(0.5, 2)", "whole positions"),
        ("form.name.substring(0, 1.5)", "whole positions"),
        (
            "form.tags.substring(0, 1)",
            r"substring\(\) takes a text and two positions, not a list, a number and a number",
        ),
        ("form.name.substring('0', 1)", r"substring\(\) takes .* a text and a number"),
        ("form.name.substring(0, null)", r"substring\(\) takes .* a number and null"),
        ("{1: 2}", "keys of a group of fields are texts"),
        ("{'a': 1, 'a': 2}", "names a key twice"),
    ],
)
def test_what_does_not_suit_fails_without_telling_a_value(source: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as failed:
        value_of(source)
    assert "Contoh" not in str(failed.value)
    assert "Ani" not in str(failed.value)


def test_a_value_that_is_no_json_is_told_as_such() -> None:
    with pytest.raises(ExpressionError, match="something else"):
        evaluator(parse("size(form)"))({"form": object()})


def test_a_value_that_is_only_passed_on_stays_what_it_is() -> None:
    passed = object()
    assert evaluator(parse("form"))({"form": passed}) is passed


def test_a_scope_is_never_changed() -> None:
    scope = {"form": {"tags": ["a"]}}
    evaluator(parse("form.tags.map(x, {'x': x})"))(scope)
    assert scope == {"form": {"tags": ["a"]}}
