"""Who is a resident, and whether a NIK and a name belong together: a part of the civil registration office.

Every resident here is invented: serial 0000 is never issued. The population register is one for the whole country.
"""

from __future__ import annotations

import sqlite3
import unicodedata
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.duties import Duty
from gapura_agency import Given, refuse

RESIDENTS = (
    # NIK, name as on the card, status
    ("3303055203900000", "Sri Rahayu", "alive"),
    ("3303051708850000", "Budi Santoso", "alive"),
    ("3303064507800000", "Wahyu Lestari", "alive"),
    ("3303061201920000", "Agus Hermawan", "alive"),
    ("3303096010880000", "Nur Aini", "alive"),
    ("3303090304790000", "Slamet Riyadi", "alive"),
    ("3303106506950000", "Dewi Kartika", "alive"),
    ("3303022511830000", "Eko Nugroho", "alive"),
    ("3303155408910000", "Rini Wulandari", "alive"),
    ("3303140902870000", "Hadi Purnomo", "alive"),
    ("3303054911930000", "Fitri Handayani", "alive"),
    ("3303012003760000", "Yusuf Maulana", "alive"),
    ("3303054101850000", "Emma Wilson", "alive"),
    ("3303051508950000", "Joko Prasetyo", "alive"),
    ("3303061010500000", "Karto Wiryo", "deceased"),
    ("3303095505820000", "Siti Aminah", "moved_abroad"),
    ("3302265203900000", "Ratna Dewi", "alive"),
    ("3302261005150000", "Arif Nugraha", "alive"),
    ("3302250101880000", "Teguh Wibowo", "alive"),
    ("3302240607920000", "Anto Prabowo", "alive"),
    ("3302275511850000", "Wulan Sari", "alive"),
)

REFUSALS = {
    "deceased": refuse("deceased", "Menurut data kependudukan, pemilik NIK ini telah meninggal."),
    "moved_abroad": refuse("moved_away", "Menurut data kependudukan, penduduk ini telah pindah ke luar negeri."),
}
NOT_MATCHED = refuse("not_matched", "NIK dan nama tidak cocok. Periksa keduanya pada KTP.")


class IdentityInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    name: str


class MatchIdentity(Duty[IdentityInput]):
    """Says whether NIK and name belong together, and nothing more."""

    contract = "dukcapil/match-identity@1"
    wish = IdentityInput
    schema = """
    CREATE TABLE IF NOT EXISTS residents (nik TEXT PRIMARY KEY, name TEXT NOT NULL, status TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS matches (ask_key TEXT PRIMARY KEY, nik TEXT NOT NULL, matched_on TEXT NOT NULL) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in the residents."""
        database.executemany("INSERT OR IGNORE INTO residents VALUES (?, ?, ?)", RESIDENTS)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: IdentityInput, today: date) -> Given:
        """Match NIK and name. The same answer for an unknown NIK and a wrong name: nobody can look people up here."""
        resident = database.execute("SELECT name, status FROM residents WHERE nik = ?", (wish.nik,)).fetchone()
        if resident is None or normalised(resident["name"]) != normalised(wish.name):
            return NOT_MATCHED
        if resident["status"] in REFUSALS:
            return REFUSALS[resident["status"]]
        database.execute("INSERT INTO matches VALUES (?, ?, ?)", (ask_key, wish.nik, today.isoformat()))
        return {"match": True, "matched_on": today}


def normalised(name: str) -> str:
    """Read a name as the register compares it: without case, accents, punctuation and doubled spaces."""
    letters = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(letter if letter.isalnum() or letter.isspace() else "" for letter in letters)
    return " ".join(kept.split())
