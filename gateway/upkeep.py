"""What a running gateway tidies up now and then."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, NoReturn

import structlog

from workflows.ports import Clock, Journal, Outage

CLAIMS_KEPT: Final = timedelta(days=2)
"""How long an Idempotency-Key is remembered; a day is promised."""
EVERY_S: Final = 3600.0

_log = structlog.get_logger(__name__)


async def keep_tidy(journal: Journal, clock: Clock) -> NoReturn:
    """Forget old Idempotency-Keys, every hour, until cancelled."""
    while True:
        try:
            forgotten = await journal.purge(clock.now() - CLAIMS_KEPT)
        except Outage as outage:
            _log.warning("claims_not_forgotten_yet", exc_info=outage)
        else:
            _log.debug("claims_forgotten", count=forgotten)
        await clock.sleep(EVERY_S)
