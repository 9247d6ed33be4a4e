"""The civil registration office of Banyumas, the regency next door: lets its residents go.

A system of another regency's own, with its own register and key; everybody in it is invented.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.duties import Agency, Duty
from examples.purbalingga.agencies.office import run
from gapura_agency import Given, refuse

FAMILIES = (
    # family card, NIK of somebody who is on it; there is no district 99, so no such card exists
    ("3302990000000001", "3302265203900000"),
    ("3302990000000001", "3302261005150000"),
    ("3302990000000002", "3302250101880000"),
    ("3302990000000003", "3302240607920000"),
    ("3302990000000004", "3302275511850000"),
)

RELEASED_BEFORE = (("seed", "3302275511850000", "33.01.01.2001"),)
"""Somebody who was released to Cilacap, and whose release still counts (invented)."""
_REGENCY = len("33.03")


class Member(Struct, forbid_unknown_fields=True):
    """Somebody who moves along."""

    nik: str
    name: str


class ReleaseInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    family_card: str
    members: list[Member]
    reason: str
    village: str


class ReleaseResident(Duty[ReleaseInput]):
    """Gives the release (SKPWNI) that the new place asks for."""

    contract = "capil-banyumas/release-resident@1"
    wish = ReleaseInput
    schema = """
    CREATE TABLE IF NOT EXISTS families (card TEXT NOT NULL, nik TEXT NOT NULL, PRIMARY KEY (card, nik)) STRICT;
    CREATE TABLE IF NOT EXISTS releases (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, nik TEXT NOT NULL, village TEXT NOT NULL,
        withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in the families, and who was released before."""
        database.executemany("INSERT OR IGNORE INTO families VALUES (?, ?)", FAMILIES)
        database.executemany("INSERT OR IGNORE INTO releases (ask_key, nik, village) VALUES (?, ?, ?)", RELEASED_BEFORE)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: ReleaseInput, today: date) -> Given:
        """Release people of one family, to one regency at a time."""
        people = {wish.nik, *(member.nik for member in wish.members)}
        on_card = {nik for (nik,) in database.execute("SELECT nik FROM families WHERE card = ?", (wish.family_card,))}
        if not people <= on_card:
            return refuse("family_card_differs", "Periksa nomor Kartu Keluarga dan siapa yang ikut pindah.")
        elsewhere = database.execute(
            "SELECT 1 FROM releases WHERE nik = ? AND NOT withdrawn AND substr(village, 1, ?) != ?",
            (wish.nik, _REGENCY, wish.village[:_REGENCY]),
        ).fetchone()
        if elsewhere:
            return refuse("released_before", "Surat pindah ke daerah lain masih berlaku; batalkan dahulu.")
        made = database.execute(
            "INSERT INTO releases (ask_key, nik, village) VALUES (?, ?, ?)", (ask_key, wish.nik, wish.village)
        )
        number = f"SKPWNI/3302/{today:%d%m%Y}/{made.lastrowid:04d}"
        return {"number": number, "issued_on": today}

    def kept(self, database: sqlite3.Connection, ask_key: str) -> str | None:
        """Give the village to which somebody was released."""
        row = database.execute("SELECT village FROM releases WHERE ask_key = ?", (ask_key,)).fetchone()
        return str(row["village"]) if row else None

    def enter(self, database: sqlite3.Connection, ask_key: str, value: str) -> None:
        """Put the village right."""
        database.execute("UPDATE releases SET village = ? WHERE ask_key = ?", (value, ask_key))

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Withdraw a release: who was let go stays."""
        database.execute("UPDATE releases SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))


CAPIL_BANYUMAS = Agency(
    "capil-banyumas",
    "The civil registration office of the regency next door (sandbox: invented residents).",
    (ReleaseResident(),),
)

if __name__ == "__main__":
    run(CAPIL_BANYUMAS)
