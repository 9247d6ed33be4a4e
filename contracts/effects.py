"""Owed to the world now. Effects follow from state: each is settled by an event, and owed again after a crash."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from contracts.events import Standing
from contracts.ids import AskKey, CaseId, Place


class Effect(Struct, frozen=True, kw_only=True, tag_field="effect"):
    """Anything owed on behalf of one case."""

    case: CaseId


class SendAsk(Effect, frozen=True, kw_only=True):
    """Send this attempt of an ask; the answer, silence included, comes back as `RecordAnswer`."""

    key: AskKey
    place: Place
    attempt: int
    input: dict[str, Any]


class SendUndo(Effect, frozen=True, kw_only=True):
    """Send this attempt of an undo. `cause` is why, in one word; of a payment, `keep` is how much may stay paid."""

    key: AskKey
    undoes: AskKey
    place: Place
    attempt: int
    cause: str
    keep: int = 0


class SendLookup(Effect, frozen=True, kw_only=True):
    """Ask what is held under a key, for an accepted ask whose answer does not come.

    Of a bill, `closes`: unless it is paid, it ends with this look.
    """

    key: AskKey
    place: Place
    attempt: int
    closes: bool = False


class SealOutput(Effect, frozen=True, kw_only=True):
    """Compose and seal the joint output."""

    attempt: int


class PublishStatus(Effect, frozen=True, kw_only=True):
    """Let the status list say that the output, or with `step` a part of it, is revoked; by which law."""

    status_index: int
    step: str = ""
    legal_basis: str = ""


class TellParent(Effect, frozen=True, kw_only=True):
    """Tell the case that this one is part of how it stands; `telling` counts the times."""

    parent: AskKey
    word: Standing
    telling: int
    parts: int = 0


CaseEffect = SendAsk | SendUndo | SendLookup | SealOutput | PublishStatus | TellParent
