"""Households, as the civil registration office keeps them: family cards, and who arrives from elsewhere.

Family cards are numbered in a district 99, which does not exist.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import date, timedelta

from msgspec import Struct

from examples.purbalingga.agencies.documents import pdf_of
from examples.purbalingga.agencies.duties import Duty
from gapura_agency import Document, Given, refuse

FIRST_CARD = 3303990000000100
ARRIVED_ELSEWHERE = (("3302250101880000",),)
"""Residents whose arrival another region has registered (invented)."""
ID_CARD_AFTER = timedelta(days=1)


class FamilyCardInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    event: str
    family_card: str
    nik: str
    name: str
    village: str = ""


class IssueFamilyCard(Duty[FamilyCardInput]):
    """Issues a family card: the same number with one person more, or a new number for who arrives."""

    contract = "dukcapil/issue-family-card@1"
    wish = FamilyCardInput
    schema = """
    CREATE TABLE IF NOT EXISTS family_cards (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, number TEXT NOT NULL, before TEXT NOT NULL,
        nik TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """No card was issued here before."""

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: FamilyCardInput, today: date) -> Given:
        """Issue a card. It never says no: the steps before it have looked."""
        (last,) = database.execute("SELECT coalesce(max(id), -1) FROM family_cards").fetchone()
        number = wish.family_card if wish.event == "birth" else str(FIRST_CARD + last + 1)
        database.execute(
            "INSERT INTO family_cards (id, ask_key, number, before, nik) VALUES (?, ?, ?, ?, ?)",
            (last + 1, ask_key, number, wish.family_card, wish.nik),
        )
        card = Document(f"Kartu Keluarga {number}.pdf", card_document(number, wish, today))
        return {"number": number, "issued_on": today, "card_document": card}

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Withdraw a card; the one before it counts again."""
        database.execute("UPDATE family_cards SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))


def card_document(number: str, wish: FamilyCardInput, today: date) -> bytes:
    """Give the card that the household keeps."""
    joins = "Anggota baru" if wish.event == "birth" else "Kepala keluarga"
    return pdf_of(
        [
            f"Kartu Keluarga {number}",
            "Kartu Keluarga (contoh: dokumen ini tidak berlaku)",
            f"{joins}: {wish.name}, NIK {wish.nik}",
            f"Diterbitkan pada {today:%d-%m-%Y}",
        ]
    )


class Address(Struct, forbid_unknown_fields=True):
    """Where people will live."""

    street: str
    village: str


class Member(Struct, forbid_unknown_fields=True):
    """Somebody who moves along."""

    nik: str
    name: str


class ArrivalInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    name: str
    members: list[Member]
    release: str
    address: Address
    letter: str = ""


class RegisterArrival(Duty[ArrivalInput]):
    """Registers who arrives with a release of another regency."""

    contract = "dukcapil/register-arrival@1"
    wish = ArrivalInput
    schema = """
    CREATE TABLE IF NOT EXISTS arrivals (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, release TEXT NOT NULL, street TEXT NOT NULL,
        village TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS arrived (ask_key TEXT NOT NULL, nik TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS arrived_elsewhere (nik TEXT PRIMARY KEY) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in who is registered in another region."""
        database.executemany("INSERT OR IGNORE INTO arrived_elsewhere VALUES (?)", ARRIVED_ELSEWHERE)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: ArrivalInput, today: date) -> Given:
        """Register an arrival at an address that can be found."""
        if re.search(r"[0-9]", wish.address.street) is None:
            return refuse("address_unclear", "Alamat tidak ditemukan: tulis nomor rumah, atau RT dan RW.")
        if database.execute("SELECT 1 FROM arrived_elsewhere WHERE nik = ?", (wish.nik,)).fetchone():
            return refuse(
                "registered_elsewhere", "Menurut data kependudukan, kedatangannya sudah dicatat di daerah lain."
            )
        made = database.execute(
            "INSERT INTO arrivals (ask_key, release, street, village) VALUES (?, ?, ?, ?)",
            (ask_key, wish.release, wish.address.street, wish.address.village),
        )
        people = [wish.nik, *(member.nik for member in wish.members)]
        database.executemany("INSERT INTO arrived VALUES (?, ?)", [(ask_key, nik) for nik in people])
        number = f"PD-33.03-{today.year}-{made.lastrowid:06d}"
        ready = today + ID_CARD_AFTER
        return {"number": number, "registered_on": today, "id_card_from": ready}

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Strike an arrival out; its people live where they lived before."""
        database.execute("UPDATE arrivals SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))
        database.execute("DELETE FROM arrived WHERE ask_key = ?", (ask_key,))
