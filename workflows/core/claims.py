"""Who has a task of a desk in hand, and what waits there for a second officer. Data."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from contracts.ids import Instant
from contracts.wire import Answer, Evidence


class Proposal(Struct, frozen=True, kw_only=True):
    """What an officer decided and a second one has not confirmed."""

    answer: Answer
    evidence: Evidence
    officer: str
    at: Instant


class Claim(Struct, frozen=True, kw_only=True):
    """Who has the task of this verb, and since when; `objection` is why a second officer did not confirm."""

    verb: str = ""
    officer: str = ""
    since: Instant | None = None
    proposal: Proposal | None = None
    objection: str = ""


NOBODY: Final = Claim()
