"""YAML is read strictly: what looks like something else is told, with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.core.mistakes import Finding
from workflows.loading.mistakes import LoadingError
from workflows.loading.yaml import DEPTH_LIMIT, SIZE_LIMIT_BYTES, Mark, parse_document, read_document


def value_of(text: str) -> object:
    document = parse_document(text.encode(), "f.yaml")
    assert document.mistakes == ()
    return document.value


def mistakes_in(data: bytes) -> list[str]:
    try:
        document = parse_document(data, "f")
    except LoadingError as error:
        return [str(mistake) for mistake in error.mistakes]
    return [str(mistake) for mistake in document.mistakes]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("12:30", "12:30"),
        ("2026-11-24", "2026-11-24"),
        ("1_000", "1_000"),
        ("33.03.05.1011", "33.03.05.1011"),
        ("'0123'", "0123"),
        ('"3303055203900000"', "3303055203900000"),
        ("0", 0),
        ("-7", -7),
        ("+7", 7),
        ("123456789012345", 123456789012345),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("''", ""),
        ("[a, 1, [b]]", ["a", 1, ["b"]]),
        ("{a: {b: [c]}}", {"a": {"b": ["c"]}}),
        ("{no: 1, 404: 2, true: 3}", {"no": 1, "404": 2, "true": 3}),
        ('{"json": [1, null, "x"]}', {"json": [1, None, "x"]}),
        ('"\\ud83d\\ude00"', "😀"),
        ("a: >-\n  two\n  lines\n", {"a": "two lines"}),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_values_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"nik: 3303055203900000", "f:1:6: these digits would lose some as a number"),
        (b"nik: 0123", "f:1:6: these digits would lose some as a number"),
        (b"a: 0x1F", "f:1:4: 0x1F is a number in another base"),
        (b"a: 0o17", "f:1:4: 0o17 is a number in another base"),
        (b"a: .nan", "f:1:4: .nan is no number that JSON has"),
        (b"a: -.inf", "f:1:4: -.inf is no number that JSON has"),
        (b"a: 1e999", "f:1:4: this number is too large"),
        (b"a: 1\nb: 2\na: 3", "f:3:1: 'a' stands here twice, first in line 1"),
        (b"a: &x 1", "f:1:4: anchors (&name) are not offered"),
        (b"a: &x [1]", "f:1:4: anchors (&name) are not offered"),
        (b"a: *x", "f:1:4: aliases (*name) are not offered"),
        (b"<<: {a: 1}", "f:1:1: merge keys (<<) are not offered"),
        (b"a: !!int 1", "f:1:4: tags (!name) are not offered"),
        (b"a: !x {b: 1}", "f:1:4: tags (!name) are not offered"),
        (b"? [a]\n: 1", "f:1:3: a key of a group of fields is a text"),
        (b"? *x\n: 1", "f:1:3: aliases (*name) are not offered"),
        (b"a: 1\n---\nb: 2", "f:2:1: a second document starts here"),
        (b"a:\n\t- b", "f:2:1: a tab stands where only spaces may"),
        (b"a: b: c", "f:1:5: a colon and a space start a value here"),
        (b"a:\n  b: 1\n c: 2", "f:3:2: this line does not continue what stands above it"),
        (b"a: 'x", "f:1:6: this is no YAML: found unexpected end of stream"),
        (b"a: \x00", "f:1:1: the character 0 cannot be used"),
        (b'"\\ud83d"', "f:1:1: this text has a NUL or half a character"),
        (b'"\\0"', "f:1:1: this text has a NUL or half a character"),
        (b"a: 1\nb: \xff", "f:2:1: this is not UTF-8"),
        (b"[" * (DEPTH_LIMIT + 2), f"f:1:{DEPTH_LIMIT + 1}: this nests deeper than {DEPTH_LIMIT} levels"),
        (b"a" * (SIZE_LIMIT_BYTES + 1), "f:1:1: this file is larger than 512 KiB"),
        (b"a: [" + b"x, " * 30_000, "f:"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_what_is_written_wrongly_is_told_with_its_place(data: bytes, told: str) -> None:
    assert [mistake[: len(told)] for mistake in mistakes_in(data)[:1]] == [told]


def test_everything_that_is_written_wrongly_is_told_at_once() -> None:
    data = b"a: 0123\nb: &x 1\na: *x\nc: {d: .nan, d: 0x1}\n"
    assert [mistake.split(":", 3)[1] for mistake in mistakes_in(data)] == ["1", "2", "3", "3", "4", "4", "4"]


def test_a_finding_is_told_at_its_value_or_at_what_is_nearest_around_it() -> None:
    document = parse_document(b"a:\n  b: [1, {c: 2}]\n  d:\n    e: f\n", "f")
    places = [("a", "b", 1, "c"), ("a", "b", 1, "gone"), ("a", "d"), ("a", "d", "e"), ("gone",), ()]
    found = [document.locate(Finding(place, "w", "i")) for place in places]
    assert [(one.line, one.column) for one in found] == [(2, 14), (2, 10), (3, 3), (4, 8), (1, 1), (1, 1)]
    assert found[1].pointer == "/a/b/1/gone"
    assert document.marks["a", "b", 0] == Mark(2, 7)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(LoadingError, match=r"cannot be read: No such file or directory; write the path of a YAML file"):
        read_document(tmp_path / "gone.yaml")


def test_a_file_says_its_name_in_mistakes(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text("a: .nan", encoding="utf-8")
    assert read_document(path).mistakes[0].file == str(path)
