from __future__ import annotations

import sqlite3
from importlib import resources

import msgspec
import pytest

from workflows.journal.migrating import load_migrations, migrate
from workflows.journal.queries import QUERIES, parse_queries
from workflows.journal.reading import MARKED, MARKED_INDEX

TEXT = resources.files("workflows.journal").joinpath("queries.sql").read_text()
TWO = {"rows": "(?, ?), (?, ?)"}
FILLED = {
    "move_streams": {"changes": "version = new.column2", **TWO},
    "list_cases": {"index": "", "conditions": ""},
    "add_streams": {"rows": f"({', '.join('?' * 12)})"},
    "add_step_keys": {"rows": "(?, ?, ?, ?)"},
    "add_events": {"rows": "(?, ?, ?, ?, ?, ?, ?)"},
    "add_claims": {"rows": "(?, ?, ?, ?)"},
}


@pytest.mark.parametrize("name", msgspec.structs.asdict(QUERIES))
def test_every_query_fits_the_tables(name: str) -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection, load_migrations())
    sql = getattr(QUERIES, name).format(**FILLED.get(name, {}))
    assert ";" not in sql
    assert connection.execute(f"EXPLAIN {sql}", [None] * sql.count("?") or _Nothing()).fetchall()
    connection.close()


class _Nothing(dict[str, None]):
    """Parameters that are all null."""

    def __missing__(self, name: str) -> None:
        return None


@pytest.mark.parametrize(
    "text",
    [TEXT.replace("-- name: due\n", "-- name: overdue\n"), TEXT[: TEXT.index("-- name: owing\n")]],
    ids=["unknown", "missing"],
)
def test_a_missing_or_unknown_query_is_found_at_import(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        parse_queries(text)


def test_moving_streams_looks_each_up_by_its_number() -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection, load_migrations())
    sql = QUERIES.move_streams.format(**FILLED["move_streams"])
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * 4).fetchall()
    assert any("streams USING INTEGER PRIMARY KEY" in row[-1] for row in plan), plan
    connection.close()


@pytest.mark.parametrize(
    ("name", "filled", "index"),
    [
        ("due", {}, "streams_to_wake"),
        ("next_wake", {}, "streams_to_wake"),
        ("waited", {}, "streams_by_due"),
        ("owing", {}, "streams_owing"),
        ("list_cases", {"index": MARKED_INDEX, "conditions": MARKED}, "streams_marked"),
        ("list_cases", {"index": "", "conditions": "AND state = :state"}, "streams_by_state"),
    ],
)
def test_what_is_asked_often_does_not_read_every_case(name: str, filled: dict[str, str], index: str) -> None:
    connection = sqlite3.connect(":memory:")
    migrate(connection, load_migrations())
    sql = getattr(QUERIES, name).format(**filled)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {sql}", _Nothing()).fetchall()
    assert any(index in row[-1] for row in plan), plan
    connection.close()
