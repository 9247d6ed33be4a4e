"""Brings a journal's tables to what this version of Gapura needs: forward only, each step whole or not at all."""

from __future__ import annotations

import re
import sqlite3
from importlib import resources

from msgspec import Struct

from workflows.ports import JournalUnusable

_FILE = re.compile(r"^([0-9]{4})_([a-z0-9_]+)\.sql$")
_TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""


class Migration(Struct, frozen=True):
    """One forward step of the tables."""

    number: int
    name: str
    script: str


def load_migrations() -> list[Migration]:
    """Give the migrations of this version, in order."""
    found: list[Migration] = []
    for file in resources.files("workflows.journal").joinpath("migrations").iterdir():
        matched = _FILE.match(file.name)
        if matched:
            found.append(Migration(int(matched[1]), matched[2], file.read_text(encoding="utf-8")))
    return sorted(found, key=lambda migration: migration.number)


def migrate(connection: sqlite3.Connection, migrations: list[Migration]) -> list[int]:
    """Apply what is missing; give the numbers applied.

    Raises:
        JournalUnusable: the tables were made by a newer version of Gapura, or by something else.

    """
    applied = _applied(connection)
    newest = migrations[-1].number
    unknown = [number for number in applied if number > newest]
    if unknown:
        raise JournalUnusable(
            f"this journal is at migration {max(unknown)}, and this version of Gapura knows {newest}: "
            "start the newer version again, or restore the backup from before it was first started"
        )
    missing = [migration for migration in migrations if migration.number not in applied]
    for migration in missing:
        _apply(connection, migration)
    return [migration.number for migration in missing]


def _applied(connection: sqlite3.Connection) -> set[int]:
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if tables and "migrations" not in tables:
        raise JournalUnusable("this is a SQLite database, but no journal of Gapura: name another file")
    connection.execute(_TABLE)
    return {number for (number,) in connection.execute("SELECT number FROM migrations")}


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    # The name is [a-z0-9_]+ and the number digits, by the file's pattern: nothing to escape.
    recorded = f"INSERT INTO migrations (number, name) VALUES ({migration.number}, '{migration.name}');"  # noqa: S608 - see above
    try:
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.script}\n{recorded}\nCOMMIT;")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
