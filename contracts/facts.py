"""Facts that agencies agreed to keep in step: what is asked of whom, what it says, and where they differ."""

from __future__ import annotations

from typing import Any, Final, Literal

from msgspec import Struct, field

from contracts.ids import CaseId, Instant, ItemKey, StepName
from contracts.units import Text

StillSo = Literal["same", "different", "unknown"]
"""What an agency says to "is it still X?"; never what it has instead."""
WORDS: Final[tuple[StillSo, ...]] = ("same", "different", "unknown")


class AskedFact(Struct, frozen=True, kw_only=True):
    """One fact at one holder: the newest question, and how the holder stood to the value until now.

    `correct`: it was asked to correct its register. `differed_at` is since when it differed (last), and `agreed_at`
    since when it agrees again.
    """

    fact: str
    step: StepName
    item: ItemKey
    round: int
    number: int
    value: Any
    asked_at: Instant
    correct: bool = False
    answer: StillSo | Literal[""] = ""
    answered_at: Instant | None = None
    differed_at: Instant | None = None
    agreed_at: Instant | None = None
    correction_asked_at: Instant | None = None

    @property
    def differs(self) -> bool:
        """Whether the holder's register says something else, as far as is known."""
        return self.differed_at is not None and self.agreed_at is None


class QuestionView(Struct, frozen=True, kw_only=True):
    """What an agency is asked ("is it still X?") and what about; `key` names the ask that it concerns.

    `question` names it; `number` counts the questions about this fact.
    """

    question: str
    key: str
    case: CaseId
    step: StepName
    item: ItemKey
    agency: str
    service: Text
    service_name: str
    title: Text
    fact: str
    label: Text
    value: Any
    purpose: str
    legal_basis: str
    number: int
    asked_at: Instant
    correct: bool = False


class FactLine(Struct, frozen=True, kw_only=True):
    """How one holder stands to one fact of one case, without its value: what operations see."""

    case: CaseId
    service: str
    fact: str
    authority: str
    holder: str
    step: StepName
    item: ItemKey
    asked_at: Instant
    answer: str
    answered_at: Instant | None
    differed_at: Instant | None
    agreed_at: Instant | None
    correction_asked_at: Instant | None
    differs: bool


class Questions(Struct, frozen=True, kw_only=True):
    """What an agency is asked now, and where the list goes on (empty: no more)."""

    questions: list[QuestionView] = field(default_factory=list[QuestionView])
    next: str = ""


class FactLines(Struct, frozen=True, kw_only=True):
    """How holders stand to facts, and where the list goes on (empty: no more)."""

    facts: list[FactLine] = field(default_factory=list[FactLine])
    next: str = ""
