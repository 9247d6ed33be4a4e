"""What an agency sees of what it gave to joint outputs that were issued."""

from __future__ import annotations

from msgspec import Struct

from contracts.ids import AskKey, CaseId, Instant, ItemKey, StepName
from contracts.revocation import PartRevocation, RevocationProposal
from contracts.units import Text


class ContributionView(Struct, frozen=True, kw_only=True):
    """One part of an issued joint output, as its agency sees it: which ask it answered, and whether it still stands.

    `required`: without this part the joint output does not stand either. `proposal`: an officer takes it back, and a
    second one has to confirm that; `not_confirmed` is why one did not, the last time.
    """

    key: AskKey
    case: CaseId
    step: StepName
    item: ItemKey
    agency: str
    title: Text
    service: Text
    service_name: str
    at: Instant | None
    issued_at: Instant
    required: bool
    revoked: PartRevocation | None = None
    proposal: RevocationProposal | None = None
    not_confirmed: str = ""
