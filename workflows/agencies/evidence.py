"""What shows that an agency answered, or that it did not: recorded with every answer."""

from __future__ import annotations

from contracts.ids import Instant
from contracts.wire import Contributed, Evidence, Heard
from workflows.agencies.signing import Verified
from workflows.loading.hashing import content_digest


def evidence_of_answer(
    verified: Verified, raw: bytes, heard: Heard, *, received_at: Instant, sent: bytes = b""
) -> Evidence:
    """Give the evidence of a signed answer: `raw` is the body as it came, `sent` ours (nothing: it was a callback)."""
    return Evidence(
        kind="agency",
        received_at=received_at,
        digest=content_digest(raw),
        key_id=verified.key_id,
        part=heard.part if isinstance(heard, Contributed) else "",
        sent_digest=content_digest(sent) if sent else "",
        signature=verified.proof,
    )


def evidence_of_silence(raw: bytes | None, *, received_at: Instant, sent: bytes) -> Evidence:
    """Give our own word for what came instead of an answer (`raw` None: nothing) and what had been sent."""
    return Evidence(
        kind="attested",
        received_at=received_at,
        digest=content_digest(raw) if raw is not None else "",
        sent_digest=content_digest(sent) if sent else "",
    )
