"""What an agency took back after issue: its own part of a joint output, and why."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from contracts.ids import Instant, ItemKey, StepName

RevokedBecause = Literal["agency", "undone"]
"""`agency`: its agency says so; `undone`: it stood only with another part, and was taken back when that was revoked."""


class SealedPart(Struct, frozen=True, kw_only=True):
    """The place of a part in the status list, given when the joint output was sealed."""

    step: StepName
    item: ItemKey
    round: int
    status_index: int


class PartRevocation(Struct, frozen=True, kw_only=True):
    """That a part stands no more: since when, why, by which law, and where and until when one may object."""

    at: Instant
    because: RevokedBecause
    reason: str = ""
    legal_basis: str = ""
    objection: str = ""
    actor: str = ""
