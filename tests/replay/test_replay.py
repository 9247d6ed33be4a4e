"""Journals of every release, folded by today's code (README.md says how they are frozen)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.replay.freeze import freeze, released
from tests.replay.frozen import (
    EVENTS,
    FIELDS,
    differences,
    events_of,
    fields_of,
    folded,
    journals,
    read,
    seen,
    versions,
)
from workflows.journal.codec import encode

VERSIONS = versions()
JOURNALS = [path for version in VERSIONS for path in journals(version)]
NOT_FROZEN: dict[str, str] = {}
"""Event classes that no frozen case records, and why none can."""


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_nothing_is_frozen() -> None:
    assert VERSIONS
    assert len(JOURNALS) >= 6


@pytest.mark.parametrize("path", JOURNALS, ids=name)
def test_another_thing_comes_of_an_old_journal_than_came_of_it_then(path: Path) -> None:
    found = list(differences(read(path)["expected"], seen(folded(path))))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("path", JOURNALS, ids=name)
def test_an_event_is_written_otherwise_than_it_was_read(path: Path) -> None:
    """A field of an old event that today's class does not know would be lost without a word."""
    assert [json.loads(encode(event).payload) for event in events_of(path)] == read(path)["events"]


def test_an_event_that_can_be_in_a_case_is_in_no_frozen_journal() -> None:
    recorded = {type(event).__name__ for path in JOURNALS for event in events_of(path)}
    assert set(EVENTS) - recorded == set(NOT_FROZEN), "freeze a case that records it, or say why none can"
    assert all(NOT_FROZEN.values())


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.name)
def test_an_event_class_that_was_released_is_not_what_it_was(version: Path) -> None:
    """Not even an optional field: a new shape is a new class."""
    frozen = read(version / FIELDS)
    assert {kind: fields_of(EVENTS[kind]) for kind in frozen} == frozen


def test_a_difference_is_not_found() -> None:
    then = {"a": 1, "b": [{"c": 2}], "gone": 3}
    now = {"a": 1, "b": [{"c": 4, "new": 5}], "new": 6}
    assert list(differences(then, now)) == ["/b/0/c: 4 now, 2 then", "/gone is gone"]
    assert list(differences([1], [1, 2])) == [": [1, 2] now, [1] then"]
    assert not list(differences(then, {**then, "new": 7}))


def test_a_release_can_be_frozen_again() -> None:
    changelog = "## 0.2.0, not released yet\n\n## 0.1.0, 2027-01-15\n"
    assert released("0.1", changelog)
    assert released("0.1.0", changelog)
    assert not released("0.2", changelog)
    assert not released("0.3", changelog)


def test_freezing_does_not_write_what_can_be_read_again(tmp_path: Path) -> None:
    freeze(tmp_path / "0.9")
    for path in journals(tmp_path / "0.9"):
        assert not list(differences(read(path)["expected"], seen(folded(path))))
    assert {path.stem for path in journals(tmp_path / "0.9")} == {path.stem for path in journals(VERSIONS[-1])}
