"""What holds for every way of reaching agencies, judged before the same agency."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest

from contracts.wire import (
    Accepted,
    Answer,
    Contributed,
    NothingHeld,
    Refused,
    Returned,
    Undone,
    Unheard,
    Unreadable,
)
from tests.conformance.agencies import TRACEPARENT, Subject, make_ask, make_lookup, make_undo
from tests.conformance.agencies import open_subject as open_ours
from tests.conformance.pull_office import open_pull_subject
from tests.conformance.rest_office import open_bound_subject
from workflows.agencies.fake import Behaviour

EVERY = ["fake", "wire", "openapi", "pull", "desk", "protected fake", "protected wire", "protected pull"]
SYSTEMS = ["fake", "wire", "openapi", "pull", "protected fake", "protected wire", "protected pull"]
SIGNING = {"fake", "wire", "pull", "protected fake", "protected wire", "protected pull"}
"""Whose agencies sign what they say; what others say is attested by the gateway."""


def open_subject(kind: str, behaviours: Sequence[Behaviour] = ()) -> AbstractAsyncContextManager[Subject]:
    """Give an adapter of this kind, before an agency that behaves so, call by call."""
    if kind.endswith("pull"):
        return open_pull_subject(kind, behaviours)
    return open_bound_subject(behaviours) if kind == "openapi" else open_ours(kind, behaviours)


@pytest.mark.parametrize("kind", EVERY)
async def test_every_attempt_is_answered_under_its_own_key_with_evidence_of_now(kind: str) -> None:
    ask = make_ask()
    async with open_subject(kind) as subject:
        told = [
            (ask.key, await subject.agency.ask(ask, subject.contract, traceparent=TRACEPARENT)),
            (make_undo(ask).key, await subject.agency.undo(make_undo(ask), subject.contract, traceparent=TRACEPARENT)),
            (ask.key, await subject.agency.lookup(make_lookup(ask), subject.contract, traceparent=TRACEPARENT)),
        ]
    for key, one in told:
        assert one.heard.key == key
        assert abs(datetime.now(UTC) - one.evidence.received_at) < timedelta(minutes=1)
        assert one.evidence.kind in {"agency", "attested"}


@pytest.mark.parametrize("kind", EVERY)
async def test_a_repeat_under_one_key_is_one_wish(kind: str) -> None:
    async with open_subject(kind) as subject:
        first = await subject.agency.ask(make_ask(), subject.contract, traceparent=TRACEPARENT)
        again = await subject.agency.ask(make_ask(attempt=2), subject.contract, traceparent=TRACEPARENT)
        assert first.heard == again.heard
        assert subject.effects(first.heard.key) <= 1


@pytest.mark.parametrize("kind", EVERY)
async def test_an_undo_can_be_repeated(kind: str) -> None:
    undo = make_undo(make_ask())
    async with open_subject(kind) as subject:
        await subject.agency.ask(make_ask(), subject.contract, traceparent=TRACEPARENT)
        first = await subject.agency.undo(undo, subject.contract, traceparent=TRACEPARENT)
        again = await subject.agency.undo(undo, subject.contract, traceparent=TRACEPARENT)
    assert first.heard == again.heard
    assert isinstance(first.heard, Accepted if kind == "desk" else Undone)


@pytest.mark.parametrize("kind", EVERY)
async def test_a_lookup_of_an_unknown_key_finds_nothing(kind: str) -> None:
    async with open_subject(kind) as subject:
        told = await subject.agency.lookup(make_lookup(make_ask()), subject.contract, traceparent=TRACEPARENT)
    assert isinstance(told.heard, NothingHeld)


async def test_a_desk_has_the_ask_at_once_and_an_officer_attests() -> None:
    async with open_subject("desk") as subject:
        told = await subject.agency.ask(make_ask(), subject.contract, traceparent=TRACEPARENT)
    assert isinstance(told.heard, Accepted)
    assert told.evidence.kind == "attested"


@pytest.mark.parametrize("kind", SYSTEMS)
@pytest.mark.parametrize(("name", "answer"), [("Sari", Contributed), ("Nobody", Refused), ("Blurred", Returned)])
async def test_an_agency_says_what_it_decided_and_signs_it_where_it_can(
    kind: str, name: str, answer: type[Answer]
) -> None:
    async with open_subject(kind) as subject:
        told = await subject.agency.ask(make_ask(name=name), subject.contract, traceparent=TRACEPARENT)
        held = await subject.agency.lookup(make_lookup(make_ask()), subject.contract, traceparent=TRACEPARENT)
    assert isinstance(told.heard, answer)
    assert told.evidence.kind == ("agency" if kind in SIGNING else "attested")
    assert told.evidence.key_id.startswith("civil/") is (kind in SIGNING)
    assert told.evidence.digest.startswith("sha256:")
    assert held.heard == told.heard


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_agency_that_needs_time_accepts_and_a_repeat_is_still_one_wish(kind: str) -> None:
    async with open_subject(kind, ["later"]) as subject:
        for attempt in (1, 2):
            told = await subject.agency.ask(make_ask(attempt=attempt), subject.contract, traceparent=TRACEPARENT)
            assert isinstance(told.heard, Accepted)
            assert told.heard.ticket == "later"
        assert subject.effects(make_ask().key) == 1


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_undone_ask_stays_undone_when_repeated(kind: str) -> None:
    ask = make_ask()
    async with open_subject(kind) as subject:
        await subject.agency.ask(ask, subject.contract, traceparent=TRACEPARENT)
        await subject.agency.undo(make_undo(ask), subject.contract, traceparent=TRACEPARENT)
        told = await subject.agency.ask(ask, subject.contract, traceparent=TRACEPARENT)
        held = await subject.agency.lookup(make_lookup(ask), subject.contract, traceparent=TRACEPARENT)
        assert subject.effects(ask.key) == 1
    assert isinstance(told.heard, Undone)
    assert isinstance(held.heard, Undone)


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_undo_that_overtakes_its_ask_leaves_a_tombstone(kind: str) -> None:
    ask = make_ask()
    async with open_subject(kind) as subject:
        undone = await subject.agency.undo(make_undo(ask), subject.contract, traceparent=TRACEPARENT)
        told = await subject.agency.ask(ask, subject.contract, traceparent=TRACEPARENT)
        assert subject.effects(ask.key) == 0
    assert isinstance(undone.heard, Undone)
    assert isinstance(told.heard, Undone)


SILENCES: list[tuple[Behaviour, bool, bool, float | None, int]] = [
    ("unreachable", False, False, None, 0),
    ("deaf", True, False, None, 0),
    ("mute", True, False, None, 1),
    ("busy", True, False, 1, 0),
    ("rejects", True, True, None, 0),
]


@pytest.mark.parametrize("kind", SYSTEMS)
@pytest.mark.parametrize(("behaviour", "sent", "final", "retry_after_s", "effects"), SILENCES)
async def test_silence_says_whether_it_may_have_worked(  # a row of the table above
    kind: str, behaviour: Behaviour, *, sent: bool, final: bool, retry_after_s: float | None, effects: int
) -> None:
    async with open_subject(kind, [behaviour]) as subject:
        told = await subject.agency.ask(make_ask(), subject.contract, traceparent=TRACEPARENT)
        assert subject.effects(make_ask().key) == effects
    assert isinstance(told.heard, Unheard)
    assert (told.heard.sent, told.heard.final, told.heard.retry_after_s) == (sent, final, retry_after_s)
    assert told.heard.reason
    assert told.evidence.kind == "attested"


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_answer_lost_after_the_work_is_found_by_the_repeat_and_done_once(kind: str) -> None:
    async with open_subject(kind, ["mute"]) as subject:
        lost = await subject.agency.ask(make_ask(), subject.contract, traceparent=TRACEPARENT)
        found = await subject.agency.ask(make_ask(attempt=2), subject.contract, traceparent=TRACEPARENT)
        assert subject.effects(make_ask().key) == 1
    assert isinstance(lost.heard, Unheard)
    assert isinstance(found.heard, Contributed)


@pytest.mark.parametrize("kind", SYSTEMS)
async def test_an_answer_that_breaks_the_contract_is_kept_as_it_came(kind: str) -> None:
    async with open_subject(kind, ["garbles"]) as subject:
        told = await subject.agency.ask(make_ask(), subject.contract, traceparent=TRACEPARENT)
    assert isinstance(told.heard, Unreadable)
    assert told.heard.body == "<html>"
    assert told.heard.mistakes
