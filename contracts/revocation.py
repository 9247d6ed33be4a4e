"""What an agency took back after issue: its own part of a joint output, and why."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from contracts.ids import Instant, ItemKey, StepName
from contracts.units import Text

RevokedBecause = Literal["agency", "undone", "in_part"]
"""`agency`: its agency says so; `undone`: it stood only with another part, and was taken back when that was revoked;
`in_part`: it came from a sub-case, of whose output some parts stand no more."""


class SealedPart(Struct, frozen=True, kw_only=True):
    """The place of a part in the status list, given when the joint output was sealed."""

    step: StepName
    item: ItemKey
    round: int
    status_index: int


class SubPart(Struct, frozen=True, kw_only=True):
    """A part of a sub-case's output that stands no more: whose it was, since when, by which law."""

    step: StepName
    item: ItemKey
    title: Text
    agency: str
    at: Instant
    legal_basis: str = ""


class RevocationProposal(Struct, frozen=True, kw_only=True):
    """That an officer takes a part back, and a second one has not confirmed it; `digest` names just this proposal."""

    officer: str
    at: Instant
    digest: str
    reason: str
    legal_basis: str
    objection: str


class PartRevocation(Struct, frozen=True, kw_only=True):
    """That a part stands no more: since when, why, by which law, and where and until when one may object.

    `parts` say what of it, where it does so `in_part`.
    """

    at: Instant
    because: RevokedBecause
    reason: str = ""
    legal_basis: str = ""
    objection: str = ""
    actor: str = ""
    parts: tuple[SubPart, ...] = ()
