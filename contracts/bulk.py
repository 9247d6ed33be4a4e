"""What is shown of acts of operators that are carried out as runs: on many cases, or with a second person."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import field

from contracts.agreement import PaperWord
from contracts.ids import CaseId, Instant
from contracts.views import View

BULK_ACTS: Final = ("ask-again", "pause", "resume", "take-incident", "skip", "end", "ask-facts")
"""What can be done to many cases at once."""


RunState = Literal["preview", "waits", "lapsed", "running", "stopped", "done"]
ReviewState = Literal["", "due", "overdue", "right", "wrong"]


class BulkLine(View, frozen=True, kw_only=True):
    """One case of a run: `fits` (in a preview, or before its approval), `done`, or `refused` and why.

    `step` names the steps, parted by commas; empty: the act is on the whole case. `code` is the core's word for why.
    """

    case: CaseId
    step: str
    word: str
    detail: str = ""
    code: str = ""


class KeyChange(View, frozen=True, kw_only=True):
    """A key of an agency that is added or removed: its name, and its thumbprint (RFC 7638) to compare."""

    kid: str
    thumbprint: str
    word: Literal["added", "removed"]


class BulkView(View, frozen=True, kw_only=True):
    """An act on many cases, on one, or a token or keys that wait for a second person: how it stands.

    `waits` for a second person until `until`, then it has `lapsed`; `running` (`left` cases), `stopped` or `done`.
    `review`: whether what was done behind broken glass is still to be looked at (until `until`), and what was found.
    `joined`: cases that came under the filter after it was seen; they are left alone. `more`: the filter gives more
    cases than one run takes, and `next` goes into `cursor` of the run after it. `alone`: nobody else has an operator's
    token, so nobody can approve it.
    `person`, `role`, `agency`: for whom a token is, and what it opens; `keys`: what changes of the agency's keys.
    `paper`: the word on an agreement that came back as a signed PDF; `person` is then whoever signed it.
    """

    run: str
    act: str
    reason: str
    actor: str
    state: RunState
    total: int
    left: int
    at: Instant | None = None
    until: Instant | None = None
    done: int = 0
    refused: int = 0
    more: bool = False
    next: str = ""
    single: bool = False
    person: str = ""
    role: str = ""
    agency: str = ""
    evidence: str = ""
    legal_basis: str = ""
    remedy: str = ""
    owner: str = ""
    approved_by: str = ""
    broke_glass: bool = False
    alone: bool = False
    stopped_by: str = ""
    stopped_why: str = ""
    review: ReviewState = ""
    reviewed_by: str = ""
    reviewed_text: str = ""
    lines: list[BulkLine] = field(default_factory=list[BulkLine])
    joined: list[CaseId] = field(default_factory=list[CaseId])
    keys: list[KeyChange] = field(default_factory=list[KeyChange])
    paper: PaperWord | None = None
