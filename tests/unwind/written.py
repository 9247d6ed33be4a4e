"""The journal of a play as it is written, and what the engine knows of a case when it starts from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from contracts import events as ev
from workflows.core.compiled import CompiledPlan
from workflows.core.evolve import fold
from workflows.core.state import CaseState
from workflows.journal.codec import decode, encode


class Written:
    """Events as bytes. Each start goes on from the last one; `whole` folds everything from the beginning."""

    def __init__(self, plan: CompiledPlan) -> None:
        """Begin with nothing written."""
        self._empty = self.state = CaseState.empty(plan)
        self._payloads: list[bytes] = []

    def __len__(self) -> int:
        """Give how many events were written."""
        return len(self._payloads)

    def add(self, events: Iterable[ev.CaseEvent]) -> CaseState:
        """Write events; give what the journal says now."""
        payloads = [encode(event).payload for event in events]
        self._payloads += payloads
        self.state = fold(self.state, _read(payloads))
        return self.state

    def whole(self) -> CaseState:
        """Read the journal from its beginning."""
        return fold(self._empty, _read(self._payloads))


def _read(payloads: Iterable[bytes]) -> Any:  # noqa: ANN401 - events of a case, as the codec types them
    return [decode(payload, what="an event") for payload in payloads]
