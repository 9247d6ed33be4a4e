"""Asked of a case on behalf of the other one: between a case and a sub-case of it (`service` steps)."""

from __future__ import annotations

from typing import Any

from contracts.asked import Command, StepCommand
from contracts.events import Standing
from contracts.revocation import SubPart
from contracts.wire import Evidence


class TakeBack(Command, frozen=True, kw_only=True):
    """The parent of a sub-case takes it back."""


class RecordTold(Command, frozen=True, kw_only=True):
    """The parent of a sub-case has been told how it stands; `telling` counts the times, `parts` those that fell."""

    word: Standing
    telling: int
    parts: int = 0


class RecordSubCase(StepCommand, frozen=True, kw_only=True):
    """A sub-case says whether it waits for the applicant."""

    waiting: bool
    evidence: Evidence


class RecordReduced(StepCommand, frozen=True, kw_only=True):
    """A sub-case says that parts of its output stand no more, and what is left of it."""

    output: dict[str, Any]
    parts: list[SubPart]
    evidence: Evidence
