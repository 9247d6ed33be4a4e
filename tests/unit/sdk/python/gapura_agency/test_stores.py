"""One suite for every store: what an agency remembers, and that it is all or nothing."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from gapura_agency import MemoryStore, SqliteStore, Store
from gapura_agency.stores import Held, Owed

HELD = Held(
    key="a", state="answered", digest="d", message=b"{}", answer=b"[]", ticket="t", traceparent="00", done_at=2.5
)
OWED = Owed(key="a", address="https://gateway.test/v1/callbacks", body=b"{}", traceparent="00", next_at=5.0)


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "agency.sqlite")


def test_what_was_held_comes_back_whole(store: Store) -> None:
    with store.transaction() as memory:
        assert memory.held("a") is None
        memory.hold(HELD)
    with store.transaction() as memory:
        assert memory.held("a") == HELD


def test_what_is_held_again_takes_the_place_of_what_was(store: Store) -> None:
    undone = Held(key="a", state="undone")
    with store.transaction() as memory:
        memory.hold(HELD)
        memory.hold(undone)
    with store.transaction() as memory:
        assert memory.held("a") == undone


def test_nothing_of_a_transaction_that_fails_is_kept(store: Store) -> None:
    def fail() -> None:
        with store.transaction() as memory:
            memory.hold(HELD)
            memory.owe(OWED)
            assert memory.take_nonce("gateway/1", "n", now=0, until=9)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction() as memory:
        assert (memory.held("a"), memory.owed(99), memory.next_at()) == (None, [], None)
        assert memory.take_nonce("gateway/1", "n", now=0, until=9)


def test_work_is_due_when_its_time_has_come_soonest_first(store: Store) -> None:
    with store.transaction() as memory:
        memory.hold(Held(key="late", state="working", due_at=3.0))
        memory.hold(Held(key="soon", state="working", due_at=1.0))
        memory.hold(Held(key="open", state="working"))
        memory.hold(Held(key="done", state="answered", due_at=1.0))
        assert memory.due(0.5) == []
        assert memory.due(3.0) == ["soon", "late"]
        assert memory.next_at() == 1.0


def test_an_answer_is_owed_until_it_is_settled(store: Store) -> None:
    with store.transaction() as memory:
        memory.owe(OWED)
        assert memory.owed(4.9) == []
        assert memory.owed(5.0) == [OWED]
        assert memory.next_at() == 5.0
    with store.transaction() as memory:
        memory.settle("a")
        memory.settle("a")
        assert (memory.owed(99.0), memory.next_at()) == ([], None)


def test_a_nonce_is_taken_once_for_each_key_until_its_end(store: Store) -> None:
    with store.transaction() as memory:
        assert memory.take_nonce("gateway/1", "n", now=0, until=9)
        assert not memory.take_nonce("gateway/1", "n", now=9, until=20)
        assert memory.take_nonce("gateway/2", "n", now=9, until=20)
        assert memory.take_nonce("gateway/1", "n", now=21, until=30)


def test_a_transaction_inside_of_another_is_refused_in_words(store: Store) -> None:
    with store.transaction(), pytest.raises(RuntimeError, match="a transaction is open in this thread"):
        store.transaction().__enter__()


def test_transactions_of_many_threads_follow_one_another(store: Store) -> None:
    def count() -> None:
        for _ in range(20):
            with store.transaction() as memory:
                held = memory.held("n") or Held(key="n", state="working", attempts=0)
                memory.hold(Held(key="n", state="working", attempts=held.attempts + 1))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.transaction() as memory:
        held = memory.held("n")
    assert held is not None
    assert held.attempts == 80


def test_only_a_file_has_a_database() -> None:
    with MemoryStore().transaction() as memory, pytest.raises(RuntimeError, match="SqliteStore"):
        _ = memory.database
    with SqliteStore(":memory:").transaction() as memory:
        assert isinstance(memory.database, sqlite3.Connection)


@pytest.fixture
def reopened(tmp_path: Path) -> Callable[[], SqliteStore]:
    return lambda: SqliteStore(tmp_path / "agency.sqlite", tables="CREATE TABLE IF NOT EXISTS own (number INTEGER)")


def test_a_file_remembers_across_restarts(reopened: Callable[[], SqliteStore]) -> None:
    first = reopened()
    with first.transaction() as memory:
        memory.hold(HELD)
        memory.owe(OWED)
        assert memory.take_nonce("gateway/1", "n", now=0, until=9)
    first.close()
    with reopened().transaction() as memory:
        assert (memory.held("a"), memory.owed(5.0)) == (HELD, [OWED])
        assert not memory.take_nonce("gateway/1", "n", now=0, until=9)


def test_two_processes_share_a_file(reopened: Callable[[], SqliteStore]) -> None:
    one, other = reopened(), reopened()
    with one.transaction() as memory:
        memory.hold(HELD)
    with other.transaction() as memory:
        assert memory.held("a") == HELD


def test_the_agencys_own_tables_are_in_the_same_transaction(reopened: Callable[[], SqliteStore]) -> None:
    store = reopened()

    def fail() -> None:
        with store.transaction() as memory:
            memory.database.execute("INSERT INTO own VALUES (1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.transaction() as memory:
        assert memory.database.execute("SELECT count(*) FROM own").fetchone()[0] == 0
