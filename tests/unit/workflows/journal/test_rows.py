"""What a batch writes together is what was given row by row, and no more calls than tables need."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from workflows.journal.migrating import load_migrations, migrate
from workflows.journal.rows import Rows
from workflows.ports import Claim


@pytest.fixture
def raw() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, load_migrations())
    yield connection
    connection.close()


def event(number: int, stream: int = 1) -> tuple[object, ...]:
    return (number, stream, number, "step", b"header", b"nonce", b"sealed")


def with_streams(raw: sqlite3.Connection, count: int) -> Rows:
    rows = Rows()
    for number in range(1, count + 1):
        rows.add_stream(number, f"case-{number}", b"key")
    rows.write(raw)
    return rows


@pytest.mark.parametrize("count", [1, 2, 3, 63, 64, 65, 200])
def test_every_row_is_written_once_whatever_their_number(raw: sqlite3.Connection, count: int) -> None:
    rows = with_streams(raw, 1)
    rows.add_events([event(number) for number in range(1, count + 1)])
    rows.write(raw)
    rows.write(raw)
    written = raw.execute("SELECT sequence, stream, version, step, header, nonce, ciphertext FROM events").fetchall()
    assert written == [event(number) for number in range(1, count + 1)]


def test_a_batch_takes_as_many_statements_as_tables_whatever_it_holds(raw: sqlite3.Connection) -> None:
    statements: list[str] = []
    rows = with_streams(raw, 8)
    rows.add_events([event(number, stream=number) for number in range(1, 9)])
    for number in range(1, 9):
        rows.add_step_key(number, "step", b"wrapped", b"commitment")
        rows.add_claim(
            b"%d" % number,
            Claim(scope="s", key="k", body_digest="d", stream="case-1"),
            (b"%d" % number, number, 1, b"x"),
        )
        rows.move_stream(number, {"version": number})
    raw.set_trace_callback(statements.append)
    rows.write(raw)
    assert len(statements) == 4


def test_a_stream_that_is_moved_twice_stands_where_it_was_moved_last(raw: sqlite3.Connection) -> None:
    rows = with_streams(raw, 2)
    rows.add_stream(3, "case-3", b"key")
    for number in (1, 3):
        rows.move_stream(number, {"version": 1, "state": "open", "wake_at": 5})
        rows.move_stream(number, {"version": 2, "wake_at": None})
    rows.move_stream(2, {"version": 7, "last_error": b"x"})
    rows.write(raw)
    read = raw.execute("SELECT number, stream, version, state, wake_at, owes, last_error FROM streams").fetchall()
    assert read == [
        (1, "case-1", 2, "open", None, 0, None),
        (2, "case-2", 7, None, None, 0, b"x"),
        (3, "case-3", 2, "open", None, 0, None),
    ]


def test_a_claim_is_known_before_it_is_written_and_what_was_let_go_is_not_written(raw: sqlite3.Connection) -> None:
    rows = with_streams(raw, 1)
    claim = Claim(scope="s", key="k", body_digest="d", stream="case-1")
    rows.add_claim(b"name", claim, (b"name", 1, 1, b"sealed"))
    assert rows.claimed(b"name") == claim
    rows.clear()
    rows.write(raw)
    assert rows.claimed(b"name") is None
    assert raw.execute("SELECT count(*) FROM claims").fetchone() == (0,)
