"""A worker for an office behind a firewall: it calls the gateway, fetches what is asked, and brings the signed answers.

Nothing of the office has to be reachable from outside. However often it dies, the register remembers every key: what is
offered again is answered from memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Literal

import msgspec
from msgspec import Raw, Struct
from yarl import URL

from examples.purbalingga.agencies.calling import Gateway
from examples.purbalingga.agencies.procedure import NotAsked, Procedure, Reply

MOST_AT_ONCE = 5
WAIT_S = 20
PAUSE_S = 1.0
_ATTEMPT_S = WAIT_S + 10.0

_AGAIN = frozenset({0, 408, 429, 500, 502, 503, 504, 507})
"""Not taken: the same answer again, signed afresh."""

_log = logging.getLogger(__name__)


class Lease(Struct):
    """One thing fetched: what is to be done, and under which lease."""

    lease: str
    verb: Literal["ask", "undo", "lookup"]
    message: Raw
    traceparent: str = ""


class Keyed(Struct):
    """The key of a message."""

    key: str


class Leases(Struct):
    """What was fetched at once."""

    leases: list[Lease]


class Worker:
    """Fetches for one office, does what the procedure says, and answers, for as long as it is let."""

    def __init__(self, procedure: Procedure, gateway: Gateway) -> None:
        """Take the procedure, and the gateway as the office calls it."""
        self._procedure, self._gateway = procedure, gateway
        self._leases = gateway.agency / "leases"

    async def run(self) -> None:
        """Work until cancelled; a gateway that is away, or does not know us yet, is asked again."""
        wish = msgspec.json.encode({"most": MOST_AT_ONCE, "worker": "loket-1"})
        while True:
            status, body = await self._call(self._leases, "leases", wish, {"Prefer": f"wait={WAIT_S}"})
            if status != HTTPStatus.OK:
                await asyncio.sleep(PAUSE_S)
                continue
            for lease in msgspec.json.decode(body, type=Leases).leases:
                await self._carry_out(lease)

    async def _carry_out(self, lease: Lease) -> None:
        """Do it once, and answer until that is taken."""
        held, key = self._leases / lease.lease, msgspec.json.decode(lease.message, type=Keyed).key
        try:
            reply = self._do(lease)
        except (NotAsked, msgspec.DecodeError) as mistake:
            body = msgspec.json.encode({"reason": str(mistake)[:200], "final": True})
            await self._call(held / "release", key, body)
            return
        for attempt in range(5):
            status, _ = await self._call(held / "answer", key, reply.body)
            _log.info("%s: %s, answered: %s", lease.lease, reply.outcome, status)
            if status not in _AGAIN:
                return
            await asyncio.sleep(PAUSE_S * 2**attempt)

    def _do(self, lease: Lease) -> Reply:
        body = bytes(lease.message)
        if lease.verb == "ask":
            return self._procedure.ask(body, lease.traceparent)
        return self._procedure.undo(body) if lease.verb == "undo" else self._procedure.lookup(body)

    async def _call(
        self, target: URL, key: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        return await self._gateway.call(target, key, body, headers, within_s=_ATTEMPT_S)
