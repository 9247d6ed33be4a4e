"""The books of the sandbox of payments, in SQLite: bills by the gateway's key, what was paid on them, and paid back."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS bills (      -- one row a key; amount 0: cancelled before it ever came
    number TEXT PRIMARY KEY, key TEXT UNIQUE NOT NULL, amount INTEGER NOT NULL, title TEXT NOT NULL,
    payee TEXT NOT NULL,
    legal_basis TEXT NOT NULL, until TEXT NOT NULL, back TEXT NOT NULL, notify TEXT NOT NULL, code TEXT NOT NULL,
    state TEXT NOT NULL                 -- unpaid | paid | cancelled; an unpaid one has expired once `until` is past
) STRICT;
CREATE TABLE IF NOT EXISTS payments (
    receipt TEXT PRIMARY KEY, key TEXT NOT NULL, amount INTEGER NOT NULL, at TEXT NOT NULL, method TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refunds (    -- one row each time that money was paid back
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, under TEXT NOT NULL, amount INTEGER NOT NULL, at TEXT NOT NULL
) STRICT;
"""
BANK = "Bank Contoh (sandbox)"


def by_the_clock() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)


class Books:
    """One provider's books: one connection, one thread."""

    def __init__(self, path: Path, pages: str = "", now: Callable[[], datetime] = by_the_clock) -> None:
        """Open or make them; `pages` is the address under which payers see a bill."""
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=FULL")
        self._database.executescript(_SCHEMA)
        self.pages, self.now = pages, now

    def close(self) -> None:
        """Close the books."""
        self._database.close()

    def create(self, asked: Mapping[str, Any]) -> None:
        """Make a bill, once per key: a repeat changes nothing."""
        known = self.row("key", asked["key"])
        if known is None:
            title, payee = asked["title"]["id"], asked["payee"]["id"]
            self._make(asked["key"], asked["amount"], asked["until"], "unpaid", title, payee, asked)

    def _make(  # one column each
        self,
        key: str,
        amount: int,
        until: str,
        state: str,
        title: str = "",
        payee: str = "",
        asked: Mapping[str, Any] | None = None,
    ) -> None:
        given = asked or {}
        number = f"T{secrets.randbelow(10**9):09}"
        code = f"8808{secrets.randbelow(10**12):012}"
        row = (number, key, amount, title, payee, given.get("legal_basis", ""), until, given.get("back", ""))
        places = (*row, given.get("notify", ""), code, state)
        self._database.execute("INSERT OR IGNORE INTO bills VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", places)

    def cancel(self, key: str) -> None:
        """Let nobody pay any more, unless it is paid; a bill that never came is never made then."""
        if self.row("key", key) is None:
            self._make(key, 0, self.now().isoformat(), "cancelled")
        self._database.execute("UPDATE bills SET state = 'cancelled' WHERE key = ? AND state = 'unpaid'", (key,))

    def refund(self, key: str, under: str, keep: int) -> None:
        """Let at most `keep` stand: pay back what is above, once."""
        self.cancel(key)
        above = self.standing(key) - keep
        if above > 0:
            row = (key, under, above, self.now().isoformat())
            self._database.execute("INSERT INTO refunds (key, under, amount, at) VALUES (?, ?, ?, ?)", row)

    def pay(self, number: str, amount: int, method: str = "virtual account", *, late: bool = False) -> str | None:
        """Take a payment; give the bill's key (None: it has ended, and only a `late` bank takes money for it)."""
        bill = self.row("number", number)
        if bill is None or not (late or self.state(bill) == "unpaid"):
            return None
        receipt = f"R{secrets.randbelow(10**12):012}"
        paid = (receipt, bill["key"], amount, self.now().isoformat(), method)
        self._database.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?)", paid)
        self._database.execute("UPDATE bills SET state = 'paid' WHERE number = ? AND state = 'unpaid'", (number,))
        return str(bill["key"])

    def row(self, column: str, value: str) -> sqlite3.Row | None:
        """Give a bill by its `key` or its `number`."""
        query = {"key": "SELECT * FROM bills WHERE key = ?", "number": "SELECT * FROM bills WHERE number = ?"}[column]
        row: sqlite3.Row | None = self._database.execute(query, (value,)).fetchone()
        return row

    def state(self, bill: sqlite3.Row) -> str:
        """Give how a bill stands by now."""
        over = bill["state"] == "unpaid" and datetime.fromisoformat(bill["until"]) <= self.now()
        return "expired" if over else str(bill["state"])

    def standing(self, key: str) -> int:
        """Give what was received under a key and not paid back."""
        (paid,) = self._database.execute(
            "SELECT coalesce(sum(amount), 0) FROM payments WHERE key = ?", (key,)
        ).fetchone()
        (back,) = self._database.execute(
            "SELECT coalesce(sum(amount), 0) FROM refunds WHERE key = ?", (key,)
        ).fetchone()
        return int(paid) - int(back)

    def held(self, key: str) -> dict[str, Any] | None:
        """Give a bill as the protocol writes it."""
        bill = self.row("key", key)
        if bill is None:
            return None
        shown = {
            "number": bill["number"],
            "until": bill["until"],
            "code": bill["code"],
            "code_for": f"Virtual account {BANK}",
        }
        if self.pages:
            shown["url"] = f"{self.pages}/bayar/{bill['number']}"
        held = {"key": key, "bill": shown, "amount": bill["amount"], "state": self.state(bill)}
        last = self._database.execute(
            "SELECT * FROM payments WHERE key = ? ORDER BY at DESC LIMIT 1", (key,)
        ).fetchone()
        if last is not None:
            held |= {"standing": self.standing(key), "paid_at": last["at"]}
            held |= {"receipt": last["receipt"], "method": last["method"]}
        return held

    def refunded(self) -> list[tuple[str, int]]:
        """Give every time that money was paid back: under which wish, how much."""
        rows = self._database.execute("SELECT under, amount FROM refunds ORDER BY id")
        return [(under, amount) for under, amount in rows]

    def dump(self) -> dict[str, Any]:
        """Say what the books hold, by key: state, payments, refunds, what was received, what stands."""
        bills = self._database.execute("SELECT * FROM bills ORDER BY key").fetchall()
        count = (
            "SELECT (SELECT count(*) FROM payments WHERE key = :key), (SELECT count(*) FROM refunds WHERE key = :key),"
            " (SELECT coalesce(sum(amount), 0) FROM payments WHERE key = :key)"
        )
        told: dict[str, Any] = {}
        for bill in bills:
            payments, refunds, received = self._database.execute(count, {"key": bill["key"]}).fetchone()
            told[bill["key"]] = {
                "number": bill["number"],
                "state": self.state(bill),
                "amount": bill["amount"],
                "payments": payments,
                "refunds": refunds,
                "received": received,
                "standing": self.standing(bill["key"]),
            }
        return told
