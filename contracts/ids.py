"""Identifiers. Those that look like numbers (NIK, NPWP, NIB, KBLI) are strings everywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, NewType, TypeAlias

from msgspec import Meta, Struct

CaseId = NewType("CaseId", str)
StepName = NewType("StepName", str)
ItemKey = NewType("ItemKey", str)
AgencyId = NewType("AgencyId", str)
ServiceId = NewType("ServiceId", str)
AskKey = NewType("AskKey", str)
Digest = NewType("Digest", str)
"""A content hash, written `sha256:<64 hex digits>`."""

Instant: TypeAlias = Annotated[datetime, Meta(tz=True)]
"""A moment in UTC, always with its zone; RFC 3339 on the wire."""

Verb = Literal["ask", "undo", "lookup"]

NO_ITEM = ItemKey("")
"""The item of a step without `each`: such a step has exactly one, and its key shows none."""


class Place(Struct, frozen=True, order=True):
    """Where in a case something happens: a step, its item, its round (counted from 1)."""

    step: StepName
    item: ItemKey = NO_ITEM
    round: int = 1


def ask_key(case: CaseId, place: Place, verb: Verb = "ask") -> AskKey:
    """Name one wish: every attempt repeats it, so a repeat is one wish (`case/step[/item]/verb/round`)."""
    middle = f"{place.step}/{place.item}" if place.item else place.step
    return AskKey(f"{case}/{middle}/{verb}/{place.round}")


def parse_ask_key(key: str) -> tuple[CaseId, Place, Verb]:
    """Take an ask key apart.

    Raises:
        ValueError: the text is no ask key.

    """
    parts = key.split("/")
    if len(parts) not in {4, 5}:
        message = "an ask key reads case/step[/item]/verb/round"
        raise ValueError(message)
    case, step, *item, verb, number = parts
    if verb not in {"ask", "undo", "lookup"} or not number.isascii() or not number.isdigit() or number.startswith("0"):
        message = "an ask key ends in ask, undo or lookup and a round from 1"
        raise ValueError(message)
    place = Place(StepName(step), ItemKey(item[0]) if item else NO_ITEM, int(number))
    if not case or not step or (item and not item[0]):
        message = "no part of an ask key is empty"
        raise ValueError(message)
    return CaseId(case), place, verb  # type: ignore[return-value]  # checked against the three words above
