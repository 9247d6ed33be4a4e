"""Whom a case waits for, as its line in lists says."""

from __future__ import annotations

from msgspec import Struct

from contracts.ids import Instant


class AgencyWait(Struct, frozen=True, kw_only=True):
    """A clock that has not stopped: whose, and until when (None: it stands still)."""

    agency: str
    due_at: Instant | None
