"""Upkeep: old Idempotency-Keys are forgotten, young ones are not, and an outage stops nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from contracts.ids import Instant
from gateway.upkeep import CLAIMS_KEPT, keep_tidy
from workflows.journal.memory import MemoryJournal
from workflows.ports import JournalUnavailable

NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Hours:
    """A clock on which so many hours pass at once."""

    def __init__(self, hours: int) -> None:
        self._left, self._now = hours, NOW

    def now(self) -> Instant:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._left -= 1
        if not self._left:
            raise asyncio.CancelledError


class Asked(MemoryJournal):
    """Remembers what it was asked to forget; the first time it is away."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[Instant] = []

    async def purge(self, before: Instant) -> int:
        self.before.append(before)
        if len(self.before) == 1:
            raise JournalUnavailable
        return await super().purge(before)


async def test_every_hour_what_is_older_than_two_days_is_forgotten_outage_or_not() -> None:
    journal = Asked()
    with pytest.raises(asyncio.CancelledError):
        await keep_tidy(journal, Hours(3))
    assert journal.before == [NOW + timedelta(hours=hour) - CLAIMS_KEPT for hour in range(3)]


def test_a_day_is_kept_at_least() -> None:
    assert timedelta(days=1) <= CLAIMS_KEPT
