"""After issue: until when an output is valid, what renews it, and which agencies were told of what was revoked."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from contracts.ids import CaseId, Instant, ItemKey, StepName
from contracts.units import Text


class Notice(Struct, frozen=True, kw_only=True):
    """That something of an issued output stands no more: a part of it, or (no `step`) the whole.

    `part` is what of that part, where it came from a sub-case. `agencies` are those to be told; `resting` those of them
    that were given what the part had said; `taken` says when each of them took note.
    """

    step: StepName = StepName("")
    item: ItemKey = ItemKey("")
    part: Text | None = None
    at: Instant
    by: str
    legal_basis: str = ""
    agencies: tuple[str, ...]
    resting: tuple[str, ...] = ()
    taken: dict[str, Instant] = field(default_factory=dict[str, Instant])


class NoticeView(Struct, frozen=True, kw_only=True):
    """What one agency is to note: what stands no more, whose it was, since when, by which law.

    `gave` is what the agency itself gave to that output; `rests`: it was given what stands no more. `notice` names it.
    """

    notice: str
    case: CaseId
    service: Text
    service_name: str
    agency: str
    step: StepName
    item: ItemKey
    title: Text
    whole: bool
    by: str
    at: Instant
    legal_basis: str
    gave: list[Text]
    rests: bool
    taken_at: Instant | None = None


class NoticePage(Struct, frozen=True, kw_only=True):
    """What an agency has still to note, and where the list goes on (empty: no more)."""

    notices: list[NoticeView] = field(default_factory=list[NoticeView])
    next: str = ""


class ToldLine(Struct, frozen=True, kw_only=True):
    """One agency that was told of one revocation (no `step`: of the whole), and when it took note of it."""

    agency: str
    step: StepName
    item: ItemKey
    at: Instant
    rests: bool
    taken_at: Instant | None


class Ending(Struct, frozen=True, kw_only=True):
    """Until when a joint output is valid, and since when it can be renewed."""

    valid_until: Instant
    renewable_from: Instant


RenewalWord = Literal["draft", "open", "issued", "closed"]


class AfterIssue(Struct, frozen=True, kw_only=True):
    """What there is to say of a case after issue; `renews` is said from its opening on.

    After `valid_until` the output is valid no more; it can be renewed from `renewable_from` on. `renewals` are the
    drafts, and the cases that they became, by which it is renewed, the newest last. `told` says which agencies know
    what was revoked.
    """

    valid_until: Instant | None = None
    renewable_from: Instant | None = None
    renews: CaseId = CaseId("")
    renewals: list[CaseId] = field(default_factory=list[CaseId])
    told: list[ToldLine] = field(default_factory=list[ToldLine])
