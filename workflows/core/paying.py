"""What is known of a payment in one round: its bill, and what of it is not settled yet."""

from __future__ import annotations

from msgspec import Struct

from contracts.ids import Instant
from contracts.payments import Bill


class Paying(Struct, frozen=True, kw_only=True):
    """Of a step that is paid; nothing of any other."""

    bill: Bill | None = None
    closes: bool = False
    """Its time is over, or the applicant does not pay: it ends with the next look, unless it is paid."""
    declined: bool = False
    told_at: Instant | None = None
    """When somebody last said that something had happened: from then on the provider is asked more often."""
    doubted: bool = False
    """What the amount rests on is asked anew."""
    refund: int = 0
    """The last attempt at paying back by hand; below, how much may stay, whether it is under way, and what came of it.

    Attempts count up together with those of an undo, which goes under the same key.
    """
    keep: int = 0
    refunding: bool = False
    refunded: bool = False
    not_refunded: str = ""


NOT_PAYING = Paying()
