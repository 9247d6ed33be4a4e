"""What every command is: asked of a case, of one step of it, by somebody who says why."""

from __future__ import annotations

from msgspec import Struct

from contracts.ids import ItemKey, StepName


class Command(Struct, frozen=True, kw_only=True, tag_field="command"):
    """Anything asked of a case."""


class StepCommand(Command, frozen=True, kw_only=True):
    """Asked of one step; `round` 0 means its current round."""

    step: StepName
    item: ItemKey = ItemKey("")
    round: int = 0


class Act(Struct, frozen=True, kw_only=True):
    """Who does something by hand, and why; both are recorded."""

    actor: str
    reason: str
