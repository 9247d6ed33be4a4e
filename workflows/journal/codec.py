"""Events to bytes and back: a clear header that says what kind of thing happened where, and the event itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from contracts.events import CaseEvent, RegisterEvent, StepEvent
from contracts.ids import Instant
from workflows.ports import JournalDamaged

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Header(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is stored in the clear of every event: never a personal datum."""

    event: str
    at: Instant
    step: str = ""
    item: str = ""
    round: int = 0
    attempt: int = 0


class Encoded(Struct, frozen=True):
    """An event ready to be sealed: the step whose key seals it (empty: the stream's own), header and payload."""

    step: str
    header: bytes
    payload: bytes


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[CaseEvent | RegisterEvent] = msgspec.json.Decoder(CaseEvent | RegisterEvent)


def encode(event: CaseEvent | RegisterEvent) -> Encoded:
    """Encode an event."""
    name = type(event).__name__
    attempt = getattr(event, "attempt", 0)
    if isinstance(event, StepEvent):
        step, item, number = event.step, event.item, event.round
        header = Header(event=name, at=event.at, step=step, item=item, round=number, attempt=attempt)
        return Encoded(step, _encoder.encode(header), _encoder.encode(event))
    header = Header(event=name, at=event.at, attempt=attempt)
    return Encoded("", _encoder.encode(header), _encoder.encode(event))


def decode(payload: bytes, *, what: str) -> CaseEvent | RegisterEvent:
    """Give an event back; `what` names it in the error.

    Raises:
        JournalDamaged: this version of Gapura cannot read it.

    """
    try:
        return _decoder.decode(payload)
    except msgspec.MsgspecError as error:
        raise JournalDamaged(f"{what} cannot be read by this version of Gapura: {error}") from error


def to_microseconds(moment: Instant) -> int:
    """Give a moment as whole microseconds since 1970, as stored."""
    return (moment - EPOCH) // _MICROSECOND


def from_microseconds(stored: int) -> Instant:
    """Give a stored moment back, in UTC."""
    return EPOCH + timedelta(microseconds=stored)
