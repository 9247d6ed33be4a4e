"""When something is tried again, and when nothing is any more: the table that Standard Webhooks proposes."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import Final

from contracts.ids import Instant

WAITS_S: Final = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 10 * 3600)
"""Before each attempt, in seconds; after the last one there is none: 27.6 hours in all."""


def next_at(tries: int, now: Instant) -> Instant | None:
    """Give the moment of the next attempt after so many that were not heard; None: there is none."""
    return now + timedelta(seconds=WAITS_S[tries]) if tries < len(WAITS_S) else None


def is_taken(status: int) -> bool:
    """Say whether the receiver has it: any 2xx. A redirect is never followed, and is none."""
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def is_gone(status: int) -> bool:
    """Say whether the receiver wants nothing any more."""
    return status == HTTPStatus.GONE
