"""BPJS, social security for workers: accepts at once, and answers by callback when it has looked.

The employers and workers are invented, and the law is much shortened.
"""

from __future__ import annotations

import sqlite3
from datetime import date

from msgspec import Struct

from examples.purbalingga.agencies.duties import Agency, Duty
from examples.purbalingga.agencies.office import run
from gapura_agency import Given, refuse

ANSWERS_AFTER_S = 1.5
IN_ARREARS = (("3303012003760000",),)
"""Employers who owe contributions for an earlier business (invented)."""
YOUNGEST = 15
_WOMEN_ADD = 40
"""In a NIK a woman's day of birth is written plus 40."""


class Worker(Struct, forbid_unknown_fields=True):
    """Somebody who is paid."""

    nik: str
    name: str


class EmployerInput(Struct, forbid_unknown_fields=True):
    """What the contract gives us."""

    nik: str
    nib: str
    headcount: int
    workers: list[Worker]


class EnrolEmployer(Duty[EmployerInput]):
    """Enrols an employer with the workers."""

    contract = "bpjs/enrol-employer@1"
    wish = EmployerInput
    schema = """
    CREATE TABLE IF NOT EXISTS employers (
        id INTEGER PRIMARY KEY, ask_key TEXT NOT NULL UNIQUE, nib TEXT NOT NULL, number TEXT NOT NULL,
        headcount INTEGER NOT NULL, withdrawn INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE IF NOT EXISTS workers (ask_key TEXT NOT NULL, nik TEXT NOT NULL, name TEXT NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS arrears (nik TEXT PRIMARY KEY) STRICT;
    """

    def seed(self, database: sqlite3.Connection) -> None:
        """Put in who is in arrears."""
        database.executemany("INSERT OR IGNORE INTO arrears VALUES (?)", IN_ARREARS)

    def decide(self, database: sqlite3.Connection, ask_key: str, wish: EmployerInput, today: date) -> Given:
        """Enrol an employer who owes nothing and employs no child."""
        if database.execute("SELECT 1 FROM arrears WHERE nik = ?", (wish.nik,)).fetchone():
            return refuse("contributions_in_arrears", "Masih ada tunggakan iuran dari usaha sebelumnya.")
        if any(is_under_age(worker.nik, today) for worker in wish.workers):
            return refuse("worker_under_age", f"Salah satu pekerja belum berumur {YOUNGEST} tahun menurut NIK-nya.")
        number = enrol(database, ask_key, wish, today)
        return {"number": number, "programmes": ["JKK", "JKM"], "first_due": first_due(today)}

    def take_back(self, database: sqlite3.Connection, ask_key: str) -> None:
        """End an enrolment and forget its workers."""
        database.execute("UPDATE employers SET withdrawn = 1 WHERE ask_key = ?", (ask_key,))
        database.execute("DELETE FROM workers WHERE ask_key = ?", (ask_key,))


def enrol(database: sqlite3.Connection, ask_key: str, wish: EmployerInput, today: date) -> str:
    """Enter an employer under the next number, with the workers, and give the number."""
    (last,) = database.execute("SELECT coalesce(max(id), 0) FROM employers").fetchone()
    number = f"NPP-{today.year % 100:02d}{last + 1:06d}"
    database.execute(
        "INSERT INTO employers (id, ask_key, nib, number, headcount) VALUES (?, ?, ?, ?, ?)",
        (last + 1, ask_key, wish.nib, number, wish.headcount),
    )
    rows = [(ask_key, worker.nik, worker.name) for worker in wish.workers]
    database.executemany("INSERT INTO workers VALUES (?, ?, ?)", rows)
    return number


def first_due(today: date) -> date:
    """Give the 15th of next month, when the first contribution is due."""
    return date(today.year + today.month // 12, today.month % 12 + 1, 15)


def is_under_age(nik: str, today: date) -> bool:
    """Say whether the date of birth in a NIK is less than fifteen years ago; a date that never was proves nothing."""
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    century = 2000 if year <= today.year % 100 else 1900
    try:
        born = date(century + year, month, day - _WOMEN_ADD if day > _WOMEN_ADD else day)
    except ValueError:
        return False
    return (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) < YOUNGEST


BPJS = Agency("bpjs", "The social security agency for workers, a branch office (sandbox).", (EnrolEmployer(),))

if __name__ == "__main__":
    run(BPJS, answer_after_s=ANSWERS_AFTER_S)
