"""What an office does under each of its contracts: its duties, given to the agency kit as functions.

The offices' own part: a register of their own in the kit's database, an account of what was really done, and a clerk
who may mistype.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

import gapura_agency
from gapura_agency import Ask, Given, Question, SqliteStore, Undo
from gapura_agency.asked import Confirmation

Wish = TypeVar("Wish", bound=Struct)

WESTERN_INDONESIA = ZoneInfo("Asia/Jakarta")
EFFECTS = """
CREATE TABLE IF NOT EXISTS effects (    -- one row each time that this agency really did something
    id INTEGER PRIMARY KEY,
    ask_key TEXT NOT NULL,
    done_at REAL NOT NULL,
    undone_at REAL
) STRICT;
"""


class Duty(ABC, Generic[Wish]):
    """What an agency does under one contract: its tables, what it reads, how it decides, how it takes back."""

    contract: ClassVar[str]
    schema: ClassVar[str]
    wish: type[Wish]
    """What the contract's `input` looks like."""

    @abstractmethod
    def seed(self, database: sqlite3.Connection) -> None:
        """Put in what the agency knew before: every person is invented. Called at every start; must not double."""

    @abstractmethod
    def decide(self, database: sqlite3.Connection, ask_key: str, wish: Wish, today: date) -> Given:
        """Decide and do it, inside the transaction that remembers the ask."""

    def kept(self, database: sqlite3.Connection, ask_key: str) -> object | None:
        """Give what the register now has of the input that the contract confirms; None: nothing under this key."""

    def enter(self, database: sqlite3.Connection, ask_key: str, value: Any) -> None:  # noqa: ANN401 - the input's own
        """Enter what was given again, where the register has something else."""

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Take back what was done under a key, inside the transaction that remembers the undo."""


class Agency(Struct, frozen=True):
    """An agency: its name, what it says of itself, and its duties, in one register."""

    name: str
    about: str
    duties: tuple[Duty[Any], ...]

    @property
    def schema(self) -> str:
        """Give the tables of all its duties."""
        return EFFECTS + "".join(duty.schema for duty in self.duties)


class Clerk:
    """Enters what was decided; the first `mistypes` facts with a letter missing."""

    def __init__(self, mistypes: int = 0) -> None:
        """Take how many facts are entered in a hurry."""
        self._mistypes_left = mistypes

    def enters(self, duty: Duty[Any], ask: Ask) -> None:
        """Account for what was done under a key, and perhaps mistype it; what was answered stays as it was."""
        row = (ask.key, ask.now.timestamp())
        ask.database.execute("INSERT INTO effects (ask_key, done_at) VALUES (?, ?)", row)
        kept = duty.kept(ask.database, ask.key) if self._mistypes_left else None
        if kept is not None:
            self._mistypes_left -= 1
            duty.enter(ask.database, ask.key, _a_letter_short(kept))


def take_on(system: gapura_agency.Agency, duty: Duty[Any], clerk: Clerk, *, answer_after_s: float | None) -> None:
    """Give a duty's functions to an agency's system; with `answer_after_s` asks are accepted, and decided so late."""

    @system.contract(duty.contract, later=answer_after_s)
    def decide(ask: Ask) -> Given:
        today = ask.now.astimezone(WESTERN_INDONESIA).date()
        given = duty.decide(ask.database, ask.key, ask.read(duty.wish), today)
        if isinstance(given, dict):
            clerk.enters(duty, ask)
        return given

    @system.undo(duty.contract)
    def take_back(undo: Undo) -> None:
        duty.take_back(undo.database, undo.ask_key)
        row = (undo.now.timestamp(), undo.ask_key)
        undo.database.execute("UPDATE effects SET undone_at = ? WHERE ask_key = ? AND undone_at IS NULL", row)

    @system.confirm(duty.contract)
    def confirm(question: Question) -> Confirmation:
        kept = duty.kept(question.database, question.ask_key)
        if kept is None:
            return "unknown"
        if kept != question.value and question.correct:
            duty.enter(question.database, question.ask_key, question.value)
            kept = duty.kept(question.database, question.ask_key)
        return "same" if kept == question.value else "different"


def open_register(agency: Agency, path: Path) -> SqliteStore:
    """Open or make an agency's register, with what it knew before."""
    register = SqliteStore(path, tables=agency.schema)
    with register.transaction() as memory:
        for duty in agency.duties:
            duty.seed(memory.database)
    return register


def account_of(register: SqliteStore) -> dict[str, object]:
    """Say what a register holds, without a personal datum: states, effects and attempts by ask key."""
    with register.transaction() as memory:
        asks = memory.database.execute(
            "SELECT key, state, attempts, "
            "(SELECT count(*) FROM effects WHERE ask_key = key) AS effects, "
            "(SELECT count(*) FROM effects WHERE ask_key = key AND undone_at IS NULL) AS standing "
            "FROM gapura_held WHERE key NOT LIKE '%/undo/%' ORDER BY key"
        ).fetchall()
        owed = memory.database.execute("SELECT count(*) FROM gapura_owed").fetchone()[0]
    return {
        "asks": {
            row["key"]: {name: row[name] for name in ("state", "attempts", "effects", "standing")} for row in asks
        },
        "effects": sum(row["effects"] for row in asks),
        "standing": sum(row["standing"] for row in asks),
        "callbacks_owed": owed,
    }


def _a_letter_short(value: object) -> object:
    """Give a text without its last letter, or fields of which the first is so."""
    if isinstance(value, str):
        return value[:-1]
    (first, text), *others = msgspec.convert(value, dict[str, Any]).items()
    return {first: _a_letter_short(text), **dict(others)}
