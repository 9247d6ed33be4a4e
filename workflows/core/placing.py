"""The fields that place an event in a case."""

from __future__ import annotations

from typing import TypedDict

from contracts.ids import Instant, ItemKey, Place, StepName


class Where(TypedDict):
    """The fields that place an event at a round, to be unpacked into it."""

    at: Instant
    step: StepName
    item: ItemKey
    round: int


def where(now: Instant, place: Place) -> Where:
    """Place an event that is decided at `now`."""
    return {"at": now, "step": place.step, "item": place.item, "round": place.round}
