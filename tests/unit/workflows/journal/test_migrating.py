from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from workflows.journal.migrating import Migration, load_migrations, migrate
from workflows.ports import JournalUnusable

FIRST = Migration(1, "first", "CREATE TABLE a (x);")
SECOND = Migration(2, "second", "CREATE TABLE b (x); INSERT INTO b VALUES (1);")
BROKEN = Migration(3, "broken", "CREATE TABLE c (x); INSERT INTO nowhere VALUES (1);")


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    yield opened
    opened.close()


def tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_an_empty_database_gets_everything_once(connection: sqlite3.Connection) -> None:
    assert migrate(connection, [FIRST, SECOND]) == [1, 2]
    assert migrate(connection, [FIRST, SECOND]) == []
    assert tables(connection) == {"migrations", "a", "b"}


def test_an_older_database_gets_what_is_missing(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST])
    assert migrate(connection, [FIRST, SECOND]) == [2]


def test_a_newer_database_is_refused(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST, SECOND])
    with pytest.raises(JournalUnusable, match="at migration 2, and this version of Gapura knows 1"):
        migrate(connection, [FIRST])


def test_a_migration_that_breaks_leaves_nothing_of_itself(connection: sqlite3.Connection) -> None:
    migrate(connection, [FIRST])
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, [FIRST, SECOND, BROKEN])
    assert tables(connection) == {"migrations", "a", "b"}
    assert not connection.in_transaction


def test_another_programs_database_is_refused(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE theirs (x)")
    with pytest.raises(JournalUnusable, match="no journal of Gapura"):
        migrate(connection, [FIRST])
    assert tables(connection) == {"theirs"}


def test_the_shipped_migrations_are_numbered_without_gap(connection: sqlite3.Connection) -> None:
    shipped = load_migrations()
    assert [migration.number for migration in shipped] == list(range(1, len(shipped) + 1))
    assert migrate(connection, shipped) == [migration.number for migration in shipped]
