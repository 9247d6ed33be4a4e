"""BPJS Kesehatan, the national health insurance: accepts at once, and answers by callback when it has looked.

Its members are invented, and the rules are much shortened.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.duties import Agency, Duty
from examples.purbalingga.agencies.office import run
from gapura_agency import Given, refuse

ANSWERS_AFTER_S = 1.0
NO_MEMBERS = (("3303155408910000",), ("3302240607920000",))
"""Residents who are not insured; all others are (invented)."""
FIRST_NUMBER = 100
DISTRICTS = {"33.03.05": "Purbalingga", "33.03.06": "Kalimanah", "33.03.15": "Padamara"}
"""Districts with a health centre of that name (invented, but for the names of the districts)."""
CHILDRENS_FACILITY = "Puskesmas Contoh"

_NO_MEMBERS = "CREATE TABLE IF NOT EXISTS no_members (nik TEXT PRIMARY KEY) STRICT;"


class NewbornInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    name: str
    born_on: str
    mother_nik: str
    family_card: str


class EnrolNewborn(Duty[NewbornInput]):
    """Enrols the child of a member."""

    contract = "bpjs-kesehatan/enrol-newborn@1"
    wish = NewbornInput
    schema = f"""
    {_NO_MEMBERS}
    CREATE TABLE IF NOT EXISTS newborns (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, nik TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in who is no member."""
        database.executemany("INSERT OR IGNORE INTO no_members VALUES (?)", NO_MEMBERS)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: NewbornInput, today: date) -> Given:
        """Enrol a child with its mother, from the day of its birth."""
        del today
        if not is_member(database, wish.mother_nik):
            return refuse("mother_not_a_member", "Daftarkan ibu sebagai peserta, lalu daftarkan bayinya.")
        made = database.execute("INSERT INTO newborns (ask_key, nik) VALUES (?, ?)", (ask_key, wish.nik))
        number = f"{FIRST_NUMBER + (made.lastrowid or 0):013d}"
        return {"number": number, "facility": CHILDRENS_FACILITY, "active_from": wish.born_on}

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """End a membership."""
        database.execute("UPDATE newborns SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))


class Address(Struct, forbid_unknown_fields=True):
    """Where members will live."""

    street: str
    village: str


class Member(Struct, forbid_unknown_fields=True):
    """Somebody who moves along."""

    nik: str
    name: str


class FacilityInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    members: list[Member]
    address: Address


class ChangeFacility(Duty[FacilityInput]):
    """Gives members who move the health centre of their new district."""

    contract = "bpjs-kesehatan/change-facility@1"
    wish = FacilityInput
    schema = """
    CREATE TABLE IF NOT EXISTS moves (
        ask_key TEXT PRIMARY KEY, nik TEXT NOT NULL, village TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Nobody has moved before."""

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: FacilityInput, today: date) -> Given:
        """Change the facility of a member and whoever of the family is one, from the first of next month."""
        if not is_member(database, wish.nik):
            return refuse("not_a_member", "Daftarkan diri sebagai peserta JKN di kantor cabang.")
        persons = 1 + sum(is_member(database, member.nik) for member in wish.members)
        move = (ask_key, wish.nik, wish.address.village)
        database.execute("INSERT INTO moves (ask_key, nik, village) VALUES (?, ?, ?)", move)
        district = DISTRICTS.get(wish.address.village[: len("33.03.05")], "Contoh")
        output: dict[str, object] = {"facility": f"Puskesmas {district} (contoh)", "persons": persons}
        return output | {"active_from": next_month(today)}

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Go back to the facility of before."""
        database.execute("UPDATE moves SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))


def is_member(database: sqlite3.Connection, nik: str) -> bool:
    """Say whether somebody is insured."""
    return database.execute("SELECT 1 FROM no_members WHERE nik = ?", (nik,)).fetchone() is None


def next_month(today: date) -> date:
    """Give the first of next month."""
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


BPJS_KESEHATAN = Agency(
    "bpjs-kesehatan",
    "The national health insurance, a branch office (sandbox: invented members).",
    (EnrolNewborn(), ChangeFacility()),
)

if __name__ == "__main__":
    run(BPJS_KESEHATAN, answer_after_s=ANSWERS_AFTER_S)
