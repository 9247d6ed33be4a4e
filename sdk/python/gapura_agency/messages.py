"""The bodies of the wire protocol, as an agency reads and writes them."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Raw, Struct

Message = TypeVar("Message")


class Unreadable(Exception):
    """This is no message of the protocol (400); the text says why, without personal data."""


def read_message(body: bytes | Raw, kind: type[Message]) -> Message:
    """Read the body of a request, or the input in it.

    Raises:
        Unreadable: it is none of this kind, no UTF-8, or nested too deeply to be read.

    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


class AskMessage(Struct, kw_only=True):
    """An ask as it came; fields of later versions are not read."""

    key: str
    contract: str
    contract_digest: str
    input: Raw
    salt: str
    purpose: str = ""
    legal_basis: str = ""
    deadline: str = ""
    callback: str = ""
    attempt: int = 1


class UndoMessage(Struct, kw_only=True):
    """An undo of what was done under the key `undoes`."""

    key: str
    undoes: str
    contract: str
    purpose: str = ""
    reason: str = ""
    deadline: str = ""
    callback: str = ""


class LookupMessage(Struct, kw_only=True):
    """The question what is held under this key."""

    key: str
    contract: str


class Contributed(Struct, tag_field="outcome", tag="contributed"):
    """Done: `output`, and the signed part over it."""

    key: str
    output: dict[str, Any]
    part: str = ""


class Refused(Struct, tag_field="outcome", tag="refused"):
    """No, with a code of the contract and a sentence for the applicant."""

    key: str
    code: str
    text: str = ""


class Returned(Struct, tag_field="outcome", tag="returned"):
    """Sent back: the inputs that must change, and what is wrong."""

    key: str
    inputs: list[str]
    text: str = ""


class Accepted(Struct, tag_field="outcome", tag="accepted"):
    """Received and complete; the answer follows."""

    key: str
    ticket: str = ""


class Undone(Struct, tag_field="outcome", tag="undone"):
    """Taken back."""

    key: str


class UndoRefused(Struct, tag_field="outcome", tag="undo_refused"):
    """Not taken back."""

    key: str
    code: str
    text: str = ""


class NothingHeld(Struct, tag_field="outcome", tag="nothing_held"):
    """Nothing under this key now."""

    key: str


Answer = Contributed | Refused | Returned | Accepted | Undone | UndoRefused | NothingHeld
