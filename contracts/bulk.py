"""What is shown of an act on many cases."""

from __future__ import annotations

from typing import Final

from msgspec import field

from contracts.ids import CaseId
from contracts.views import View

BULK_ACTS: Final = ("ask-again", "pause", "resume", "take-incident", "skip", "end")
"""What can be done to many cases at once."""


class BulkLine(View, frozen=True, kw_only=True):
    """One case of a run: `fits` (in a preview, or before its approval), `done`, or `refused` and why."""

    case: CaseId
    step: str
    word: str
    detail: str = ""


class BulkView(View, frozen=True, kw_only=True):
    """An act on many cases: `preview`, `waits` (for a second person), `running` (`left` cases) or `done`.

    `more`: the filter gives more cases than one run takes.
    """

    run: str
    act: str
    reason: str
    actor: str
    state: str
    total: int
    left: int
    done: int = 0
    refused: int = 0
    more: bool = False
    approved_by: str = ""
    broke_glass: bool = False
    lines: list[BulkLine] = field(default_factory=list[BulkLine])
