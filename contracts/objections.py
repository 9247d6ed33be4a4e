"""An objection that somebody raised against a case while a step of it waits for objections."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from contracts.ids import CaseId, Instant, ItemKey, StepName
from contracts.units import Text

Decided = Literal["", "upheld", "dismissed"]


class RaisedObjection(Struct, frozen=True, kw_only=True):
    """One objection: who raised it and why; and, once it is decided, how and with which words."""

    number: int
    at: Instant
    name: str
    contact: str
    grounds: str
    decided: Decided = ""
    reason: str = ""
    overdue_at: Instant | None = None
    """When it was seen that the lead had not decided it in the time that the plan promises."""


class OpenObjection(Struct, frozen=True, kw_only=True):
    """One objection that the lead agency is to decide: against which case, which step, and what was published of it.

    `until` is how long it is announced, `decide_by` when the lead's time to decide is over.
    """

    case: CaseId
    service: str
    service_title: Text
    step: StepName
    item: ItemKey
    title: Text
    until: Instant | None
    decide_by: Instant
    published: dict[str, Any]
    labels: dict[str, Text]
    raised: RaisedObjection
