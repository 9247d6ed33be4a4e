"""Dinkes, the health office of the regency: says whether a birth notice was given by a midwife or hospital here.

The notices, and whoever gave them, are invented.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.duties import Agency, Duty
from examples.purbalingga.agencies.office import run
from gapura_agency import Given, refuse

NOTICES = (
    # number, NIK of the mother, born on, who or what place attended the birth, whether it counts
    ("SKL-0001/2026", "3303054911930000", "2026-11-20", "Puskesmas Contoh", 1),
    ("SKL-0002/2026", "3303096010880000", "2026-11-18", "Bidan Contoh", 1),
    ("SKL-0003/2026", "3303106506950000", "2026-11-15", "RSUD (contoh)", 1),
    ("SKL-0004/2026", "3303155408910000", "2026-11-13", "Puskesmas Contoh", 1),
    ("SKL-0005/2026", "3303055203900000", "2026-11-01", "Bidan Contoh", 1),
    ("SKL-0006/2026", "3303096010880000", "2026-11-10", "Bidan Contoh", 0),
)


class NoticeInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    notice: str
    mother_nik: str
    born_on: str


class CheckBirthNotice(Duty[NoticeInput]):
    """Says whether a notice is one of ours."""

    contract = "dinkes/check-birth-notice@1"
    wish = NoticeInput
    schema = """
    CREATE TABLE IF NOT EXISTS notices (
        number TEXT PRIMARY KEY, mother_nik TEXT NOT NULL, born_on TEXT NOT NULL, facility TEXT NOT NULL,
        counts INTEGER NOT NULL
    ) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in the notices."""
        database.executemany("INSERT OR IGNORE INTO notices VALUES (?, ?, ?, ?, ?)", NOTICES)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: NoticeInput, today: date) -> Given:
        """Find a notice. One answer for a wrong number, mother and date: nobody can look births up here."""
        del ask_key
        found = database.execute(
            "SELECT facility, counts FROM notices WHERE (number, mother_nik, born_on) = (?, ?, ?)",
            (wish.notice.strip().upper(), wish.mother_nik, wish.born_on),
        ).fetchone()
        if found is None:
            return refuse("notice_unknown", "Periksa nomor surat keterangan lahir dan tanggal lahir.")
        if not found["counts"]:
            return refuse("notice_withdrawn", "Mintalah surat keterangan lahir yang baru kepada penerbitnya.")
        return {"facility": found["facility"], "checked_on": today}


DINKES = Agency("dinkes", "The health office of the regency (sandbox: invented notices).", (CheckBirthNotice(),))

if __name__ == "__main__":
    run(DINKES)
