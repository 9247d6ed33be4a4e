"""Recorded for ever: what is written comes back as it was, and each class has a name of its own."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from contracts import events as ev
from contracts.ids import ItemKey, Place, StepName
from tests.unit.contracts.samples import AT, sample

CASE_EVENTS = get_args(ev.CaseEvent)
REGISTER_EVENTS = get_args(ev.RegisterEvent)


@pytest.mark.parametrize("kind", CASE_EVENTS)
def test_an_event_of_a_case_comes_back_from_the_journal_as_it_was(kind: type[ev.Event]) -> None:
    event = sample(kind)
    assert msgspec.json.decode(msgspec.json.encode(event), type=ev.CaseEvent) == event


@pytest.mark.parametrize("kind", REGISTER_EVENTS)
def test_an_event_of_the_register_comes_back_from_the_journal_as_it_was(kind: type[ev.Event]) -> None:
    event = sample(kind)
    assert msgspec.json.decode(msgspec.json.encode(event), type=ev.RegisterEvent) == event


@pytest.mark.parametrize("kind", [*CASE_EVENTS, *REGISTER_EVENTS])
def test_an_event_cannot_be_changed(kind: type[ev.Event]) -> None:
    with pytest.raises(AttributeError):
        setattr(sample(kind), "at", AT)  # noqa: B010 - what a type checker would stop


def test_every_class_is_in_one_of_the_two_journals_under_a_tag_of_its_own() -> None:
    def leaves(kind: type[ev.Event]) -> set[type[ev.Event]]:
        below = kind.__subclasses__()
        return {leaf for each in below for leaf in leaves(each)} if below else {kind}

    declared = leaves(ev.Event)
    assert declared == {*CASE_EVENTS, *REGISTER_EVENTS}
    assert len({kind.__struct_config__.tag for kind in declared}) == len(declared)


def test_what_is_left_out_is_not_written() -> None:
    written = msgspec.json.decode(msgspec.json.encode(ev.CaseWithdrawn(at=AT)))
    assert set(written) == {"event", "at"}


def test_an_event_of_a_step_says_where_it_happened() -> None:
    event = ev.StepDropped(at=AT, step=StepName("a"), item=ItemKey("i"), round=3, cause="closing")
    assert event.place == Place(StepName("a"), ItemKey("i"), 3)
