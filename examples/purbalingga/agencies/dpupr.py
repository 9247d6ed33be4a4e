"""DPUPR, public works and spatial planning: says whether an activity suits a place (KKPR).

The villages are real, the zones are invented; the plan is far simpler than a real one.
"""

from __future__ import annotations

import re
import sqlite3
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.duties import Agency, Duty
from examples.purbalingga.agencies.office import run
from gapura_agency import Given, refuse

SETTLEMENT = "Permukiman"
TRADE = "Perdagangan dan jasa"
INDUSTRY = "Kawasan peruntukan industri"
FARMLAND = "Pertanian pangan berkelanjutan"
PROTECTED = "Kawasan lindung"
TOURISM = "Pariwisata"

ZONES = {
    "33.03.05.1011": TRADE,  # Purbalingga Lor
    "33.03.05.1006": TRADE,  # Purbalingga Wetan
    "33.03.06.1013": TRADE,  # Kalikabong
    "33.03.09.2006": TRADE,  # Bobotsari
    "33.03.15.2009": INDUSTRY,  # Padamara
    "33.03.06.2004": INDUSTRY,  # Manduraga
    "33.03.02.2012": FARMLAND,  # Bukateja
    "33.03.01.2006": FARMLAND,  # Kemangkon
    "33.03.10.2001": PROTECTED,  # Serang
    "33.03.10.2002": PROTECTED,  # Kutabawa
    "33.03.10.2003": TOURISM,  # Siwarak
    "33.03.14.2006": TOURISM,  # Bojongsari
}
"""Zone of a village; all others are settlement."""

_BUILDING = frozenset({"41"})
_SMALL_SHOPS = frozenset({"47", "56", "96"})
_WORKSHOPS = frozenset({"10", "13", "14", "45"})

PERMITTED = {
    SETTLEMENT: _SMALL_SHOPS | _BUILDING | {"14"},
    TRADE: _SMALL_SHOPS | _BUILDING | {"14", "45", "55"},
    INDUSTRY: _WORKSHOPS | _BUILDING | {"20"},
    FARMLAND: frozenset({"01"}),
    TOURISM: frozenset({"55", "56"}),
    PROTECTED: frozenset[str](),
}
"""Divisions of KBLI (its first two digits) that a zone takes as they are."""

CONDITIONAL = {
    SETTLEMENT: {
        "10": "Pengolahan paling luas 60 m², tanpa kegiatan setelah pukul 21.00",
        "45": "Bengkel paling banyak dua tempat kerja, dengan penampung oli bekas",
        "55": "Paling banyak lima kamar",
    },
    TRADE: {
        "10": "Tempat pengolahan terpisah dari tempat penjualan",
        "13": "Dengan instalasi pengolahan air limbah",
    },
    INDUSTRY: {"56": "Hanya untuk melayani pekerja kawasan"},
    TOURISM: {"47": "Hanya kios paling luas 20 m²"},
}
"""Divisions that a zone takes under a condition; everything else is outside the plan."""


class Address(Struct, forbid_unknown_fields=True):
    """Where the business is."""

    street: str
    village: str


class PlaceInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    kbli: str
    address: Address


class ConfirmPlace(Duty[PlaceInput]):
    """Confirms that an activity suits a place."""

    contract = "dpupr/confirm-kkpr@1"
    wish = PlaceInput
    schema = """
    CREATE TABLE IF NOT EXISTS confirmations (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, number TEXT NOT NULL, kbli TEXT NOT NULL,
        street TEXT NOT NULL, village TEXT NOT NULL, zone TEXT NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Nothing was confirmed before."""

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: PlaceInput, today: date) -> Given:
        """Confirm what the zone permits, also under a condition; refuse the rest with the zone as reason."""
        if re.search(r"[0-9]", wish.address.street) is None:
            return refuse("address_unclear", "Lokasi tidak ditemukan: tulis nomor rumah, atau RT dan RW.")
        zone, division = ZONES.get(wish.address.village, SETTLEMENT), wish.kbli[:2]
        condition = CONDITIONAL.get(zone, {}).get(division)
        if condition is None and division not in PERMITTED[zone]:
            return refuse(
                "outside_spatial_plan", f"Zona di lokasi ini: {zone}. KBLI {wish.kbli} tidak diizinkan di sana."
            )
        number = confirm(database, ask_key, wish, zone, today)
        output: dict[str, object] = {"number": number, "zone": zone, "decision": "permitted"}
        return output | ({"decision": "conditional", "conditions": [condition]} if condition else {})

    def kept(self, database: sqlite3.Connection, ask_key: str) -> dict[str, str] | None:
        """Give the address that stands in the register."""
        row = database.execute("SELECT street, village FROM confirmations WHERE ask_key = ?", (ask_key,)).fetchone()
        return {"street": row["street"], "village": row["village"]} if row else None

    def enter(self, database: sqlite3.Connection, ask_key: str, value: dict[str, str]) -> None:
        """Put an address right."""
        row = (value["street"], value["village"], ask_key)
        database.execute("UPDATE confirmations SET street = ?, village = ? WHERE ask_key = ?", row)

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """Withdraw a confirmation; its number is not given again."""
        database.execute("UPDATE confirmations SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))


def confirm(database: sqlite3.Connection, ask_key: str, wish: PlaceInput, zone: str, today: date) -> str:
    """Enter a confirmation under the next number, and give the number."""
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM confirmations").fetchone()
    number = f"KKPR-33.03-{today.year}-{last + 1:06d}"
    address = wish.address
    database.execute(
        "INSERT INTO confirmations (id, ask_key, number, kbli, street, village, zone) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (last + 1, ask_key, number, wish.kbli, address.street, address.village, zone),
    )
    return number


DPUPR = Agency("dpupr", "The spatial planning office of the regency (sandbox: invented zones).", (ConfirmPlace(),))

if __name__ == "__main__":
    run(DPUPR)
