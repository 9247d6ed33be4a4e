"""A draft as it is shown to whoever began it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from contracts.ids import CaseId, Instant
from contracts.units import Text


class DraftView(Struct, frozen=True, kw_only=True):
    """A form that was saved to be gone on with. `draft` is the name that the case will have.

    `form` has the answers that the form now on offer still takes, documents as descriptions; `unfit` has JSON Pointers
    of answers that it does not take any more. `offered`: whether it can be sent at the moment. It is deleted at
    `expires_at`, unless it is saved again. `overwrote`: what this save has replaced was newer than what it began from.
    `renews` is the case whose output it is to renew, under the same secret; `carried` has JSON Pointers of the
    documents that are still those of that case.
    """

    draft: CaseId
    service: str
    title: Text
    version: int
    form: dict[str, Any]
    unfit: list[str]
    offered: bool
    saved_at: Instant
    expires_at: Instant
    overwrote: bool = False
    renews: CaseId = CaseId("")
    carried: list[str] = field(default_factory=list[str])
