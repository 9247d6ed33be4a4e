"""The kept floor: the same five asks with what no durable, signed case can do without, and no engine.

Each ask is signed, each answer verified; what is known is committed (SQLite in WAL mode, `synchronous=FULL`, all that
wait together in one commit) before the next asks leave; the output is signed, and committed too. No intake over HTTP,
validation, encryption, spans, retries, protection, lists or undo.

Run as `python -m gateway.cli.bench.kept_floor STAND_IN KEYS FILE`: the stand-in's address, the agencies' keys, the file
that is written.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import uvloop
from joserfc.jwk import ECKey

from contracts.ids import AskKey
from contracts.wire import Ask
from gateway.cli.bench.driving import Order, Run, carry_orders_out, drive
from gateway.cli.bench.floor import carry_out
from gateway.cli.bench.work import form
from gateway.clock import SystemClock
from workflows.agencies.addresses import AddressGuard, parse_networks
from workflows.agencies.connecting import Origin
from workflows.agencies.keys import SigningKey
from workflows.agencies.signing import Request, Response, sign_request, verify_response
from workflows.agencies.wire_exchange import Target, WireExchange
from workflows.outputs.jws import sign_jws

_FIELDS: Final = {"Content-Type": "application/json"}
_DEADLINE: Final = timedelta(seconds=30)


class SignedAgencies:
    """The stand-in's agencies, asked over the product's wire client: each ask signed, each answer verified."""

    def __init__(self, stand_in: str, keys: Mapping[str, dict[str, Any]]) -> None:
        """Take the stand-in's address and the agencies' keys."""
        url = f"{stand_in}/attested/asks"
        parts = urlsplit(url)
        begin = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        self._target = Target(url, Origin(secure=False, host=parts.hostname or "", port=parts.port or 80), begin)
        self._exchange = WireExchange(AddressGuard(parse_networks(["127.0.0.0/8"])))
        self._known = {f"{agency}/{key['kid']}": key for agency, key in keys.items()}
        self._key = SigningKey.from_jwk("gateway", {**ECKey.generate_key("P-256").as_dict(private=True), "kid": "1"})
        self._clock = SystemClock()

    async def ask(self, case: str, step: str, contract: str, given: dict[str, Any]) -> dict[str, Any]:
        """Make one ask and give its output.

        Raises:
            SignatureInvalid: the answer is not its agency's.

        """
        now, key = self._clock.now(), f"{case}/{step}/ask/1"
        ask = Ask(
            key=AskKey(key),
            contract=contract,
            contract_digest="",
            purpose=step,
            legal_basis="",
            input=given,
            salt="",
            deadline=now + _DEADLINE,
            callback="",
        )
        body, fields = msgspec.json.encode(ask), {**_FIELDS, "Idempotency-Key": key}
        signature = sign_request(Request("POST", self._target.url, fields, body), self._key, now=now)
        request = Request("POST", self._target.url, fields | signature, body)
        sent = [("Idempotency-Key", key), *signature.items()]
        until = asyncio.get_running_loop().time() + _DEADLINE.total_seconds()
        received = await self._exchange.post(self._target, sent, body, until=until)
        response = Response(received.status, received.headers, received.raw)
        verify_response(response, request, self._known.get, now=self._clock.now())
        output: dict[str, Any] = msgspec.json.decode(received.raw, type=dict[str, Any])["output"]
        return output


class Kept:
    """Keeps records in a file of SQLite: whatever waits while one commit is under way shares the next."""

    def __init__(self, path: Path) -> None:
        """Take an open file's path; it is made where it is none."""
        self._path = path
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._more = asyncio.Event()

    async def keep(self, record: bytes) -> None:
        """Return once the record is committed."""
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((record, kept))
        self._more.set()
        await kept

    async def write(self) -> None:
        """Write until cancelled."""
        with closing(sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)) as opened:
            opened.execute("PRAGMA journal_mode = WAL")
            opened.execute("PRAGMA synchronous = FULL")
            opened.execute("CREATE TABLE IF NOT EXISTS records (number INTEGER PRIMARY KEY, record BLOB)")
            while True:
                await self._more.wait()
                self._more.clear()
                batch, self._waiting = self._waiting, []
                await asyncio.to_thread(_commit, opened, [record for record, _ in batch])
                for _, kept in batch:
                    kept.set_result(None)


def _commit(opened: sqlite3.Connection, records: list[bytes]) -> None:
    opened.execute("BEGIN IMMEDIATE")
    opened.executemany("INSERT INTO records (record) VALUES (?)", [(record,) for record in records])
    opened.execute("COMMIT")


async def main(stand_in: str, keys: Mapping[str, dict[str, Any]], path: Path) -> None:
    """Carry orders out."""
    asked, agencies, kept, seal = form(), SignedAgencies(stand_in, keys), Kept(path), ECKey.generate_key("P-256")

    async def case() -> None:
        output = await carry_out(agencies, asked, kept.keep)
        await kept.keep(sign_jws(output, typ="vc+jwt", key=seal).encode())

    async def measure(order: Order) -> Run:
        return await drive(order, [case] * order.in_flight)

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(kept.write())
        await carry_orders_out(measure)
        writing.cancel()


if __name__ == "__main__":
    _keys = msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=dict[str, dict[str, Any]])
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], _keys, Path(sys.argv[3])))
