"""What a function of an agency is given, and what it may return."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from gapura_agency.documents import content_of

Read = TypeVar("Read")


class NotNow(Exception):
    """Raise it where it cannot be done at the moment: nothing is remembered, and the gateway asks again later."""

    def __init__(self, why: str = "", *, retry_after_s: int = 5) -> None:
        """Say why, for whoever operates the gateway (no personal data), and after how many seconds to ask again."""
        super().__init__(why or "not possible at the moment")
        self.retry_after_s = retry_after_s


class Refuse(Struct, frozen=True):
    """No: a code of the contract's list, and a sentence for the applicant. `refuse()` makes one."""

    code: str
    text: str = ""


class SendBack(Struct, frozen=True):
    """Only the applicant can mend it: which inputs, and what is wrong. `send_back()` makes one."""

    inputs: tuple[str, ...]
    text: str


class Accept(Struct, frozen=True):
    """Received and complete; the answer follows. `accept()` makes one."""

    ticket: str = ""


def refuse(code: str, text: str = "") -> Refuse:
    """Say no, by one of the contract's `refusals` (or, to an undo, by a word such as `too_late`)."""
    return Refuse(code, text)


def send_back(inputs: list[str], text: str) -> SendBack:
    """Send back for correction: names of the contract's `input`, and what is wrong with them, for the applicant."""
    return SendBack(tuple(inputs), text)


def accept(ticket: str = "") -> Accept:
    """Take it on; tell the answer later with `agency.answer(ask.key, ...)`. `ticket` is your own reference."""
    return Accept(ticket)


class Ask(Struct, frozen=True, kw_only=True):
    """One ask, its input valid against the contract.

    `key` names the wish: repeats carry it again. `traceparent` is for calls of your own. `now` is the moment of the
    work, in UTC.
    """

    key: str
    contract: str
    input: dict[str, Any]
    purpose: str
    legal_basis: str
    traceparent: str
    now: datetime
    connection: Callable[[], sqlite3.Connection]

    @property
    def database(self) -> sqlite3.Connection:
        """The store's database, inside the transaction that remembers this ask. Raises RuntimeError: it has none."""
        return self.connection()

    def read(self, kind: type[Read]) -> Read:
        """Read the input into a msgspec struct or a dataclass of yours."""
        return msgspec.convert(self.input, kind)

    def document(self, name: str) -> bytes:
        """Give the content of a document in the input. Raises ValueError: there is none of this name."""
        return content_of(self.input.get(name))


class Undo(Struct, frozen=True, kw_only=True):
    """Take back what was done, or is still going on, under `ask_key`.

    `reason` is one word of the protocol. `done_at` is when the contribution was made, None while the work still goes
    on. `input` is what the ask had.
    """

    key: str
    ask_key: str
    contract: str
    input: dict[str, Any]
    reason: str
    done_at: datetime | None
    now: datetime
    connection: Callable[[], sqlite3.Connection]

    @property
    def database(self) -> sqlite3.Connection:
        """The store's database, inside the transaction that remembers this undo. Raises RuntimeError: it has none."""
        return self.connection()


Confirmation = Literal["same", "different", "unknown"]


class Question(Struct, frozen=True, kw_only=True):
    """Is it still so? `value` is what the agency was given under `ask_key`, of the input `fact`.

    `correct` asks to put the register right. What the register has instead is never told.
    """

    question: str
    ask_key: str
    fact: str
    value: Any
    input: dict[str, Any]
    correct: bool
    connection: Callable[[], sqlite3.Connection]

    @property
    def database(self) -> sqlite3.Connection:
        """The store's database, inside a transaction. Raises RuntimeError: it has none."""
        return self.connection()


class Notice(Struct, frozen=True, kw_only=True):
    """Something of a joint output to which the agency gave a part was revoked.

    `by` says whose it was; `step` is empty where the whole was revoked; `gave` is what the agency gave itself, and
    `rests` says that it was given what stands no more. Returning from the function takes note of it.
    """

    notice: str
    case: str = ""
    step: str = ""
    item: str = ""
    by: str = ""
    at: str = ""
    legal_basis: str = ""
    gave: Any = None
    rests: bool = False


Given = Mapping[str, Any] | Refuse | SendBack | Accept
"""What a contract's function may return."""
AskFunction = Callable[[Ask], Given]
UndoFunction = Callable[[Undo], Refuse | None]
ConfirmFunction = Callable[[Question], Confirmation]
NoticeFunction = Callable[[Notice], None]
