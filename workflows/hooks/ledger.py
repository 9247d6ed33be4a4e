"""What hooks are told and how it went: rows of a small SQLite file, made from committed events and never their source.

The place up to which events were read is kept in the same transaction as the deliveries that they made: a kill loses
none and doubles none. Bounded: old deliveries are forgotten, and so are the oldest of a hook that has too many.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

from contracts.hooks import AttemptView, DeliveryState, DeliveryView, HookKind
from contracts.ids import Instant
from workflows.ports import Outage

MOST_OF_A_HOOK: Final = 10_000
PAGE: Final = 50
_MOST_ATTEMPTS_SHOWN: Final = 20

_SCHEMA: Final = """
pragma journal_mode = wal;
pragma synchronous = full;
create table if not exists place (only_one integer primary key check (only_one = 1), sequence integer not null);
create table if not exists delivery (
  number integer primary key,
  hook text not null, id text not null, kind text not null, subject text not null, body blob not null,
  made_at integer not null, state text not null, tries integer not null default 0, next_at integer,
  unique (hook, id)
);
create index if not exists delivery_next on delivery (hook, next_at) where next_at is not null;
create index if not exists delivery_made on delivery (made_at);
create index if not exists delivery_state on delivery (hook, state);
create table if not exists attempt (
  delivery integer not null, at integer not null, status integer not null, took_ms integer not null, error text not null
);
create index if not exists attempt_of on attempt (delivery);
"""

T = TypeVar("T")


class LedgerUnavailable(Outage):
    """What hooks are told cannot be recorded at the moment: nothing was lost, and it goes on later."""


class NewDelivery(Struct, frozen=True, kw_only=True):
    """Something that a hook is to be told; `next_at` is None where its hook is off: it is kept, and sent on request."""

    hook: str
    id: str
    kind: HookKind
    subject: str
    body: bytes
    made_at: Instant
    next_at: Instant | None


class Due(Struct, frozen=True):
    """A delivery whose turn has come; `tries` were made in this run of the table."""

    number: int
    id: str
    body: bytes
    tries: int
    made_at: Instant


class Counts(Struct, frozen=True):
    """How many deliveries of a hook wait, and how many were given up."""

    waiting: int = 0
    undelivered: int = 0


class Ledger:
    """Opened on first use. Every call is one transaction, made in a thread, since it waits for the disk."""

    def __init__(self, path: Path | None) -> None:
        """Take the file, made when missing (None: memory, for tests)."""
        self._path = path
        self._opened: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    async def place(self) -> int | None:
        """Give the sequence number up to which events were read (None: nobody is told anything yet)."""
        found = await self._do(lambda db: db.execute("select sequence from place").fetchone())
        return None if found is None else int(found[0])

    async def move(self, sequence: int | None, made: Sequence[NewDelivery] = ()) -> None:
        """Note up to where events were read, and what they made, at once; None forgets the place."""

        def work(db: sqlite3.Connection) -> None:
            for each in made:
                db.execute(
                    "insert or ignore into delivery (hook, id, kind, subject, body, made_at, state, next_at)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        each.hook,
                        each.id,
                        each.kind,
                        each.subject,
                        each.body,
                        _us(each.made_at),
                        "waiting" if each.next_at else "undelivered",
                        None if each.next_at is None else _us(each.next_at),
                    ),
                )
            db.execute("delete from place")
            if sequence is not None:
                db.execute("insert into place values (1, ?)", (sequence,))

        await self._do(work)

    async def heads(self) -> dict[str, Instant]:
        """Give each hook that has something to be told, with the moment of its next attempt."""
        query = "select hook, min(next_at) from delivery where next_at is not null group by hook"
        return {hook: _at(at) for hook, at in await self._do(lambda db: db.execute(query).fetchall())}

    async def due(self, hook: str, now: Instant) -> Due | None:
        """Give the delivery of a hook whose turn it is."""
        query = (
            "select number, id, body, tries, made_at from delivery"
            " where hook = ? and next_at <= ? order by next_at, number limit 1"
        )
        found = await self._do(lambda db: db.execute(query, (hook, _us(now))).fetchone())
        if found is None:
            return None
        number, name, body, tries, made_at = found
        return Due(number, name, body, tries, _at(made_at))

    async def tried(self, due: Due, attempt: AttemptView, state: DeliveryState, next_at: Instant | None) -> None:
        """Record an attempt and how its delivery stands after it."""

        def work(db: sqlite3.Connection) -> None:
            db.execute(
                "insert into attempt values (?, ?, ?, ?, ?)",
                (due.number, _us(attempt.at), attempt.status, attempt.took_ms, attempt.error),
            )
            db.execute(
                "update delivery set state = ?, tries = ?, next_at = ? where number = ?",
                (state, due.tries + 1, None if next_at is None else _us(next_at), due.number),
            )

        await self._do(work)

    async def heard_since(self, hook: str, moment: Instant) -> bool:
        """Say whether anything got through to a hook since a moment."""
        query = (
            "select 1 from attempt join delivery on delivery.number = attempt.delivery"
            " where hook = ? and attempt.at >= ? and status between 200 and 299 limit 1"
        )
        return await self._do(lambda db: db.execute(query, (hook, _us(moment))).fetchone()) is not None

    async def hold(self, hook: str) -> None:
        """Try nothing of a hook any more; what waited is kept as undelivered."""
        query = "update delivery set state = 'undelivered', next_at = null where hook = ? and state = 'waiting'"
        await self._do(lambda db: db.execute(query, (hook,)))

    async def resend(
        self, hook: str, now: Instant, *, delivery: str = "", since: Instant | None = None, delivered: bool = False
    ) -> int:
        """Send one delivery again, or those made since a moment that were not delivered (`delivered`: those too).

        Give how many; each begins the table of attempts anew.
        """
        which, values = ("id = ?", [delivery]) if delivery else ("made_at >= ?", [_us(since or now)])
        if not delivery and not delivered:
            which += " and state <> 'delivered'"
        query = f"update delivery set state = 'waiting', tries = 0, next_at = ? where hook = ? and {which}"  # noqa: S608 - our own words only
        return await self._do(lambda db: db.execute(query, (_us(now), hook, *values)).rowcount)

    async def page(self, hook: str, state: str = "", before: int | None = None) -> tuple[list[DeliveryView], str]:
        """Give deliveries of a hook, newest first, and the cursor of the next page (empty: there is none)."""

        def work(db: sqlite3.Connection) -> tuple[list[DeliveryView], str]:
            found = db.execute(
                "select number, id, kind, subject, made_at, state, next_at from delivery"
                " where hook = ? and (? = '' or state = ?) and number < ? order by number desc limit ?",
                (hook, state, state, 2**62 if before is None else before, PAGE + 1),
            ).fetchall()
            views = [_view(db, row) for row in found[:PAGE]]
            return views, str(found[PAGE - 1][0]) if len(found) > PAGE else ""

        return await self._do(work)

    async def counts(self) -> dict[str, Counts]:
        """Give for each hook how many deliveries wait and how many were given up."""
        query = (
            "select hook, sum(state = 'waiting'), sum(state = 'undelivered') from delivery"
            " where state <> 'delivered' group by hook"
        )
        return {hook: Counts(*counted) for hook, *counted in await self._do(lambda db: db.execute(query).fetchall())}

    async def last_attempt(self, hook: str) -> AttemptView | None:
        """Give the last attempt at the delivery of a hook that was made last."""
        query = (
            "select at, status, took_ms, error from attempt where delivery ="
            " (select max(number) from delivery where hook = ? and (tries > 0 or state = 'delivered'))"
            " order by rowid desc limit 1"
        )
        found = await self._do(lambda db: db.execute(query, (hook,)).fetchone())
        if found is None:
            return None
        at, status, took_ms, error = found
        return AttemptView(at=_at(at), status=status, took_ms=took_ms, error=error)

    async def forget(self, hooks: Sequence[str], before: Instant, most: int = MOST_OF_A_HOOK) -> None:
        """Forget what was made before a moment, what is of no hook any more, and the oldest of a hook with too many."""

        def work(db: sqlite3.Connection) -> None:
            marks = ", ".join("?" * len(hooks))
            db.execute(f"delete from delivery where made_at < ? or hook not in ({marks})", (_us(before), *hooks))  # noqa: S608 - marks only
            for hook in hooks:
                query = "select number from delivery where hook = ? order by number desc limit 1 offset ?"
                if found := db.execute(query, (hook, most)).fetchone():
                    db.execute("delete from delivery where hook = ? and number <= ?", (hook, found[0]))
            db.execute("delete from attempt where delivery not in (select number from delivery)")

        await self._do(work)

    async def close(self) -> None:
        """Let go of the file."""
        await asyncio.to_thread(self._close)

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Carry out one transaction; a caller that is cancelled meanwhile does not stop it.

        Raises:
            LedgerUnavailable: it was not carried out.

        """
        return await asyncio.to_thread(self._whole, work)

    def _whole(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock:
            try:
                with self._connection() as connection:
                    connection.execute("begin immediate")
                    return work(connection)
            except (sqlite3.Error, OSError) as error:
                raise LedgerUnavailable(f"what hooks are told cannot be recorded: {error}") from error

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            if self._path is not None:
                os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite's files beside it take its mode
            path = ":memory:" if self._path is None else self._path
            self._opened = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._opened.executescript(_SCHEMA)
        return self._opened

    def _close(self) -> None:
        with self._lock:
            opened, self._opened = self._opened, None
            if opened is not None:
                opened.close()


def _view(db: sqlite3.Connection, row: tuple[Any, ...]) -> DeliveryView:
    number, name, kind, subject, made_at, state, next_at = row
    found = db.execute(
        "select at, status, took_ms, error from attempt where delivery = ? order by rowid desc limit ?",
        (number, _MOST_ATTEMPTS_SHOWN),
    ).fetchall()[::-1]
    attempts = [AttemptView(at=_at(at), status=status, took_ms=ms, error=error) for at, status, ms, error in found]
    return DeliveryView(
        delivery=name,
        kind=kind,
        case=subject,
        made_at=_at(made_at),
        state=state,
        next_at=None if next_at is None else _at(next_at),
        attempts=attempts,
    )


def _us(moment: Instant) -> int:
    return round(moment.timestamp() * 1_000_000)


def _at(microseconds: int) -> Instant:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
