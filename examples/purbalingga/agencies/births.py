"""Births, as the system of the civil registration office knows them: what a machine can check, and cards for children.

The families and the birth of before are invented, and the rules are much shortened.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta

from msgspec import Struct

from examples.purbalingga.agencies.duties import Duty
from examples.purbalingga.agencies.residents import normalised
from gapura_agency import Given, refuse

FAMILIES = (
    # family card, NIK of somebody who is on it; there is no district 99, so no such card exists
    ("3303990000000001", "3303054911930000"),
    ("3303990000000001", "3303051708850000"),
    ("3303990000000002", "3303096010880000"),
    ("3303990000000002", "3303090304790000"),
    ("3303990000000003", "3303106506950000"),
    ("3303990000000004", "3303155408910000"),
    ("3303990000000005", "3303055203900000"),
)

KNOWN_BEFORE = (("3303055203900000", "2026-11-01", "putri rahayu lestari"),)
"""One birth that was registered before, by mother, date and name."""

WITHOUT_CARDS = (("karangreja",),)
"""Where no blank cards are left (invented)."""

LONGEST_NAME = 60
READY_AFTER = timedelta(days=3)
_NAME = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)+")
"""Two words or more, of letters only (Permendagri 73/2022, shortened)."""


class BirthInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    child_name: str
    born_on: str
    mother_nik: str
    family_card: str


class CheckBirth(Duty[BirthInput]):
    """Looks at what a registrar need not look at."""

    contract = "dukcapil/check-birth@1"
    wish = BirthInput
    schema = """
    CREATE TABLE IF NOT EXISTS families (card TEXT NOT NULL, nik TEXT NOT NULL, PRIMARY KEY (card, nik)) STRICT;
    CREATE TABLE IF NOT EXISTS births (
        mother_nik TEXT NOT NULL, born_on TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (mother_nik, born_on, name)
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in the families, and the birth that was registered before."""
        database.executemany("INSERT OR IGNORE INTO families VALUES (?, ?)", FAMILIES)
        database.executemany("INSERT OR IGNORE INTO births VALUES (?, ?, ?)", KNOWN_BEFORE)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: BirthInput, today: date) -> Given:
        """Check the name, the family card, and that this birth is new."""
        del ask_key
        name = " ".join(wish.child_name.split())
        if len(name) > LONGEST_NAME or _NAME.fullmatch(name) is None:
            return refuse("name_not_accepted", "Tulis nama anak paling sedikit dua kata, huruf saja.")
        on_card = (wish.family_card, wish.mother_nik)
        if database.execute("SELECT 1 FROM families WHERE (card, nik) = (?, ?)", on_card).fetchone() is None:
            return refuse("family_card_differs", "Periksa nomor pada Kartu Keluarga tempat ibu tercantum.")
        birth = (wish.mother_nik, wish.born_on, normalised(name))
        if database.execute("SELECT 1 FROM births WHERE (mother_nik, born_on, name) = (?, ?, ?)", birth).fetchone():
            return refuse("already_registered", "Anak dengan nama dan tanggal lahir ini sudah memiliki akta.")
        return {"checked_on": today}


class CardInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    name: str
    collect_at: str = "office"


class IssueChildCard(Duty[CardInput]):
    """Makes an identity card for a child (KIA)."""

    contract = "dukcapil/issue-child-card@1"
    wish = CardInput
    schema = """
    CREATE TABLE IF NOT EXISTS child_cards (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, nik TEXT NOT NULL, collect_at TEXT NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS without_cards (place TEXT PRIMARY KEY) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in where cards have run out."""
        database.executemany("INSERT OR IGNORE INTO without_cards VALUES (?)", WITHOUT_CARDS)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: CardInput, today: date) -> Given:
        """Make a card, where there are blank ones."""
        if database.execute("SELECT 1 FROM without_cards WHERE place = ?", (wish.collect_at,)).fetchone():
            return refuse("cards_out_of_stock", "Blangko habis; KIA dapat diminta lagi di kantor Dukcapil.")
        made = database.execute(
            "INSERT INTO child_cards (ask_key, nik, collect_at) VALUES (?, ?, ?)", (ask_key, wish.nik, wish.collect_at)
        )
        ready = today + READY_AFTER
        return {"card": f"KIA-{today.year}-{made.lastrowid:06d}", "ready_on": ready}

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Withdraw a card."""
        database.execute("UPDATE child_cards SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))
