"""OSS, the register of businesses: gives a NIB and says how risky the activity is.

A sandbox: business licences are legally applied for through the real OSS. Risk levels are simplified: the real ones
also depend on the size of the business.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.documents import pdf_of
from examples.purbalingga.agencies.duties import Agency, Duty
from examples.purbalingga.agencies.office import run
from gapura_agency import Document, Given, refuse

RISK = {
    "low": ("10794", "14111", "45407", "47112", "55130", "56102", "56103", "56304", "96111", "96200"),
    "medium-low": ("10710", "56303"),
    "medium-high": ("13134", "20231", "56101"),
    "high": ("47721",),
}
RISK_OF = {kbli: risk for risk, activities in RISK.items() for kbli in activities}
"""KBLI 2020 codes that sole traders may register here, each with its risk."""

FOREIGN_RESIDENTS = (("3303054101850000",),)
"""Holders of a permanent stay permit have a NIK too, but may not be sole traders (invented)."""

KNOWN_BEFORE = ("seed", "3303064507800000", "47112", "jl. contoh 7 rt 01 rw 02", "33.03.06.1013", "9120000000009")
"""One business that was there before: its owner cannot register it again."""

FIRST_NUMBER = 10


class Address(Struct, forbid_unknown_fields=True):
    """Where the business is."""

    street: str
    village: str


class BusinessInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    name: str
    business_name: str
    kbli: str
    kkpr: str
    address: Address


class RegisterBusiness(Duty[BusinessInput]):
    """Registers a business, once."""

    contract = "oss/register-business@2"
    wish = BusinessInput
    schema = """
    CREATE TABLE IF NOT EXISTS businesses (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, nik TEXT NOT NULL, kbli TEXT NOT NULL,
        street TEXT NOT NULL, village TEXT NOT NULL, nib TEXT NOT NULL UNIQUE, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS foreign_residents (nik TEXT PRIMARY KEY) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in who is no citizen, and the business that was there before."""
        database.executemany("INSERT OR IGNORE INTO foreign_residents VALUES (?)", FOREIGN_RESIDENTS)
        database.execute(
            "INSERT OR IGNORE INTO businesses (id, ask_key, nik, kbli, street, village, nib) "
            "VALUES (9, ?, ?, ?, ?, ?, ?)",
            KNOWN_BEFORE,
        )

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: BusinessInput, today: date) -> Given:
        """Register a citizen's business once."""
        if database.execute("SELECT 1 FROM foreign_residents WHERE nik = ?", (wish.nik,)).fetchone():
            return refuse("not_a_resident", "Usaha perseorangan hanya untuk warga negara Indonesia.")
        if wish.kbli not in RISK_OF:
            return refuse("activity_not_open", f"KBLI {wish.kbli} tidak dapat didaftarkan sebagai usaha perseorangan.")
        place = (wish.nik, wish.kbli, as_compared(wish.address.street), wish.address.village)
        earlier = database.execute(
            "SELECT 1 FROM businesses WHERE (nik, kbli, street, village) = (?, ?, ?, ?) AND NOT withdrawn", place
        ).fetchone()
        if earlier:
            return refuse("already_registered", "Usaha ini sudah terdaftar atas NIK yang sama di alamat yang sama.")
        nib = register_business(database, ask_key, place)
        return {
            "nib": nib,
            "risk": RISK_OF[wish.kbli],
            "certificate": f"OSS-{today.year}-{nib}",
            "registered_on": today,
            "nib_document": Document(f"NIB {nib}.pdf", nib_document(nib, wish, today)),
        }

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Withdraw a registration; its NIB is not given again."""
        database.execute("UPDATE businesses SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))


def register_business(database: sqlite3.Connection, ask_key: str, place: tuple[str, str, str, str]) -> str:
    """Enter a business under the next NIB (13 digits, no check digit), and give the NIB."""
    (last,) = database.execute("SELECT max(id) FROM businesses").fetchone()
    number = max(last + 1, FIRST_NUMBER)
    nib = f"912{number:010d}"
    database.execute(
        "INSERT INTO businesses (id, ask_key, nik, kbli, street, village, nib) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number, ask_key, *place, nib),
    )
    return nib


def nib_document(nib: str, wish: BusinessInput, today: date) -> bytes:
    """Give the document that the owner keeps."""
    return pdf_of(
        [
            f"NIB {nib}",
            "Nomor Induk Berusaha (contoh: dokumen ini tidak berlaku)",
            f"Pemilik: {wish.name}",
            f"Nama usaha: {wish.business_name}",
            f"Kegiatan usaha (KBLI 2020): {wish.kbli}",
            f"Tempat usaha: {wish.address.street}, {wish.address.village}",
            f"Terdaftar pada {today:%d-%m-%Y}",
        ]
    )


def as_compared(street: str) -> str:
    """Read a street as the register compares it: without case and doubled spaces."""
    return " ".join(street.casefold().split())


OSS = Agency("oss", "The register of businesses (sandbox: no number given here means anything).", (RegisterBusiness(),))

if __name__ == "__main__":
    run(OSS)
