"""What shows that somebody said something through the gateway itself: its digest, and who; we attest it."""

from __future__ import annotations

from contracts.ids import Instant
from contracts.wire import Evidence
from workflows.loading.hashing import digest


def attested(said: object, *, by: str, at: Instant) -> Evidence:
    """Give the evidence of what a person said: plain JSON or a struct, hashed in its canonical form (RFC 8785).

    Raises:
        ValueError: it has no canonical form.

    """
    return Evidence(kind="attested", received_at=at, digest=digest(said), actor=by)
