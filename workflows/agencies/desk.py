"""Agencies with people and no system: asking puts a task on their desk, and the answer comes as a command later.

The desk itself is a projection (`workflows.projections.worklist`); this adapter only says what is true at once: the
ask is with an officer. It holds nothing, so it can also say nothing about what an officer has decided.
"""

from __future__ import annotations

import msgspec

from contracts.contract import Contract
from contracts.ids import AskKey
from contracts.wire import Accepted, Ask, Evidence, Heard, Lookup, NothingHeld, Undo
from workflows.loading.hashing import content_digest
from workflows.ports import Clock, Told


class DeskAgency:
    """Reaches officers: never fails, never answers by itself."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that dates the receipt."""
        self._clock = clock

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Put an ask on the desk."""
        return self._told(Accepted(key=ask.key), ask)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Put an undo on the desk: an officer takes the contribution back."""
        return self._told(Accepted(key=undo.key), undo)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:  # noqa: ARG002  # the port's
        """Nothing is held here beside what the journal already knows."""
        return self._told(NothingHeld(key=AskKey(lookup.key)), lookup)

    def _told(self, heard: Heard, message: Ask | Undo | Lookup) -> Told:
        digest = content_digest(msgspec.json.encode(message))
        return Told(heard, Evidence(kind="attested", received_at=self._clock.now(), digest="", sent_digest=digest))
