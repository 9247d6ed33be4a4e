"""The bodies of the wire protocol, as this office reads and writes them (docs/reference/wire.md)."""

from __future__ import annotations

from msgspec import Raw, Struct


class Ask(Struct, kw_only=True):
    """An ask; fields that this office does not use are not read."""

    key: str
    contract: str
    contract_digest: str
    input: Raw
    salt: str
    callback: str = ""


class Undo(Struct, kw_only=True):
    """An undo of what was done under the key `undoes`."""

    key: str
    undoes: str
    contract: str


class Lookup(Struct, kw_only=True):
    """The question what is held under this key."""

    key: str
    contract: str


class Contributed(Struct, tag_field="outcome", tag="contributed"):
    """Done: `output`, and the signed part over it."""

    key: str
    output: dict[str, object]
    part: str


class Refused(Struct, tag_field="outcome", tag="refused"):
    """No, with a code of the contract and a sentence for the applicant."""

    key: str
    code: str
    text: str


class Accepted(Struct, tag_field="outcome", tag="accepted"):
    """Received and complete; the answer follows by callback."""

    key: str
    ticket: str


class Undone(Struct, tag_field="outcome", tag="undone"):
    """Taken back."""

    key: str


class UndoRefused(Struct, tag_field="outcome", tag="undo_refused"):
    """Not taken back."""

    key: str
    code: str
    text: str


class NothingHeld(Struct, tag_field="outcome", tag="nothing_held"):
    """Nothing under this key now."""

    key: str


Answer = Contributed | Refused | Accepted | Undone | UndoRefused | NothingHeld


class Problem(Struct, omit_defaults=True):
    """A body of `application/problem+json` (RFC 9457): what is wrong, never a personal datum."""

    title: str
    status: int
    detail: str = ""
