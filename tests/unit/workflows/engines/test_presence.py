"""Signs of life: a gap between two is an absence on record, once; no restart, and no clock that is set back, is one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from contracts.events import GatewayWasAway, RegisterEvent
from contracts.ids import Instant
from workflows.engines.presence import EVERY_S, LONGEST_SILENCE, UNTIL_TOLD_AGAIN, Presence
from workflows.journal.memory import MemoryJournal
from workflows.ports import JournalUnavailable

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class HandClock:
    """A clock that is set by hand; who sleeps on it wakes when so much has passed, or ends the test."""

    def __init__(self, *, sleeps: int = 0) -> None:
        self.at, self._left = NOON, sleeps

    def now(self) -> Instant:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self._left -= 1
        if not self._left:
            raise asyncio.CancelledError


class FullJournal(MemoryJournal):
    """Has no space while it is `full`."""

    full = False

    async def keep_sign(self, at: Instant) -> None:
        if self.full:
            raise JournalUnavailable
        await super().keep_sign(at)


class House:
    """A gateway's parts over several lives of it."""

    def __init__(self) -> None:
        self.journal, self.clock = FullJournal(), HandClock()
        self.told: list[tuple[Instant, Instant]] = []

    async def register(self, events: Sequence[RegisterEvent]) -> None:
        for event in events:
            assert isinstance(event, GatewayWasAway)
            assert event.at == self.clock.at
            self.told.append((event.since, event.until))

    def begun(self) -> Presence:
        return Presence(self.journal, self.clock, self.register)


async def test_the_first_start_ever_is_no_end_of_an_absence() -> None:
    house = House()
    await house.begun().show()
    assert house.told == []
    assert await house.journal.last_sign() == NOON


@pytest.mark.parametrize("lasted", [timedelta(seconds=5), LONGEST_SILENCE, timedelta(), -HOUR])
async def test_a_restart_is_no_absence_nor_is_a_clock_that_was_set_back(lasted: timedelta) -> None:
    house = House()
    await house.begun().show()
    house.clock.at += lasted
    await house.begun().show()
    assert house.told == []
    assert await house.journal.last_sign() == NOON + lasted


async def test_a_gap_is_an_absence_until_agencies_had_time_to_tell_again_and_is_told_once() -> None:
    house = House()
    await house.begun().show()
    house.clock.at += 3 * HOUR
    again = house.begun()
    await asyncio.gather(again.show(), again.show())
    assert house.told == [(NOON, NOON + 3 * HOUR + UNTIL_TOLD_AGAIN)]
    await house.begun().show()
    assert len(house.told) == 1


async def test_a_machine_that_slept_is_late_until_it_has_said_so() -> None:
    house = House()
    presence = house.begun()
    house.clock.at += 3 * HOUR
    seen = [presence.late]  # who has not begun has no gap yet
    await presence.show()
    for passes in (LONGEST_SILENCE, HOUR):
        house.clock.at += passes
        seen.append(presence.late)
    await presence.show()
    assert [*seen, presence.late] == [False, False, True, False]
    assert len(house.told) == 1


async def test_signs_are_kept_every_half_a_minute_and_what_a_full_disk_cost_is_an_absence() -> None:
    house = House()
    house.clock = HandClock(sleeps=3)
    with suppress(asyncio.CancelledError):
        await house.begun().keep()
    assert await house.journal.last_sign() == NOON + timedelta(seconds=2 * EVERY_S)
    house.journal.full, house.clock = True, HandClock(sleeps=20)
    presence = house.begun()
    with suppress(asyncio.CancelledError):
        await presence.keep()
    house.journal.full = False
    await presence.show()
    assert [since for since, _ in house.told][-1] == NOON + timedelta(seconds=2 * EVERY_S)


async def test_who_cannot_write_at_the_start_owes_its_absence_before_anything_is_decided() -> None:
    house = House()
    await house.begun().show()
    house.clock.at += HOUR
    house.journal.full = True
    again = house.begun()
    with suppress(JournalUnavailable):
        await again.show()
    owed = again.late
    house.journal.full = False
    await again.show()
    assert (owed, again.late) == (True, False)
