"""The machine's clock."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from contracts.ids import Instant


class SystemClock:
    """The time as the machine has it."""

    def now(self) -> Instant:
        """Give the present moment in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
