"""What may follow what: the tables of moves of a step and of a case, and the sets of states that have a name.

`STEP_MOVES` and `CASE_MOVES` are the whole truth (`docs/reference/moves.md` is drawn from them).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

StepState = Literal[
    "waiting",
    "ready",
    "asked",
    "failed",
    "accepted",
    "contributed",
    "refused",
    "returned",
    "exhausted",
    "deemed",
    "skipped",
    "dropped",
    "undoing",
    "undone",
    "undo_refused",
    "undo_exhausted",
    "kept",
]
CaseStatus = Literal[
    "draft", "open", "issuing", "issued", "revoking", "revoked", "closing", "refused", "withdrawn", "expired", "ended"
]


def _word(*states: StepState) -> frozenset[StepState]:
    return frozenset(states)


_ENDS: Final[tuple[StepState, ...]] = ("refused", "skipped", "dropped", "undone", "kept")
_HEARD: Final = _word("accepted", "contributed", "refused", "returned", "exhausted", "deemed", "undoing")
STEP_MOVES: Final[Mapping[StepState, frozenset[StepState]]] = {
    "waiting": frozenset({"ready", "asked", "accepted", "skipped", "dropped", "exhausted"}),
    "ready": frozenset({"ready", "asked", "accepted", "skipped", "dropped", "exhausted"}),
    "asked": _HEARD | _word("failed", "dropped"),
    "failed": _HEARD | _word("asked", "dropped"),
    "accepted": _HEARD | _word("dropped"),
    "exhausted": _HEARD | _word("asked", "skipped", "dropped"),
    "returned": frozenset({"refused", "exhausted"}),
    "contributed": frozenset({"undoing", "exhausted"}),
    "deemed": frozenset({"undoing"}),
    "undoing": frozenset({"undone", "undo_refused", "undo_exhausted"}),
    "undo_refused": frozenset({"undoing", "undone", "kept"}),
    "undo_exhausted": frozenset({"undoing", "undone", "kept"}),
    **{end: _word() for end in _ENDS},
}

_CLOSED: Final[tuple[CaseStatus, ...]] = ("refused", "withdrawn", "expired", "ended", "revoked")
CASE_MOVES: Final[Mapping[CaseStatus, frozenset[CaseStatus]]] = {
    "draft": frozenset({"open", "closing"}),
    "open": frozenset({"issuing", "closing"}),
    "issuing": frozenset({"issued", "closing", "open"}),
    "issued": frozenset({"revoking"}),
    "revoking": frozenset({"revoked"}),
    "closing": frozenset({"refused", "withdrawn", "expired", "ended"}),
    **{end: frozenset[CaseStatus]() for end in (*_CLOSED, "revoked")},
}

CLOSED: Final = frozenset(_CLOSED) - {"revoked"}
OUT: Final = frozenset({"asked", "failed", "accepted", "exhausted"})
"""Asked, and no word yet: the outcome is still to come."""
WAITED_FOR: Final = OUT - {"exhausted"}
UNDO_OPEN: Final = frozenset({"undoing", "undo_refused", "undo_exhausted"})
"""To be taken back, and not settled."""
HELD: Final = frozenset({"exhausted", "undo_refused", "undo_exhausted"})
"""Incidents by themselves, however long ago the round was asked."""
LOOKED_UP: Final = frozenset({"accepted", "failed", "undoing"})
"""The agency is asked, as time goes by, what became of an ask: of an accepted one, or of one in doubt."""
GRANTED: Final = frozenset({"contributed", "deemed"})
UNASKED: Final = frozenset({"waiting", "ready"})
MAY_BE_CORRECTED: Final = frozenset({"refused", "returned"})
