from __future__ import annotations

import msgspec
import pytest

from tests.conformance.journals import NIK, NOON, asked, contributed, opened
from workflows.journal.codec import decode, encode, from_microseconds, to_microseconds
from workflows.ports import JournalDamaged


def test_the_header_says_what_happened_where_and_nothing_of_whom() -> None:
    encoded = encode(asked("place", attempt=2))
    assert msgspec.json.decode(encoded.header) == {
        "event": "StepAsked",
        "at": "2026-11-02T05:02:00.123456Z",
        "step": "place",
        "round": 1,
        "attempt": 2,
    }
    assert encoded.step == "place"
    assert NIK.encode() not in encoded.header


def test_an_event_of_the_whole_case_is_sealed_by_no_steps_key() -> None:
    encoded = encode(opened("A"))
    assert encoded.step == ""
    assert msgspec.json.decode(encoded.header) == {"event": "CaseOpened", "at": "2026-11-02T05:00:00.123456Z"}


def test_events_come_back_equal() -> None:
    for event in (opened("A"), asked(), contributed()):
        assert decode(encode(event).payload, what="it") == event


@pytest.mark.parametrize("payload", [b"", b"{}", b'{"event":"FromTheFuture","at":"2026-11-02T05:00:00Z"}'])
def test_an_event_that_nobody_knows_is_named_in_the_error(payload: bytes) -> None:
    with pytest.raises(JournalDamaged, match="version 3 of A cannot be read by this version"):
        decode(payload, what="version 3 of A")


def test_moments_come_back_to_the_microsecond() -> None:
    assert from_microseconds(to_microseconds(NOON)) == NOON
