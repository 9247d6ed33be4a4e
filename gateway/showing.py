"""Cases as they are shown: made once for each of their states, so that whoever looks again costs little."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

import msgspec
from msgspec import Struct, structs

from contracts.ids import CaseId
from contracts.views import CaseView
from gateway.standing import Standing, as_of_now
from workflows.core.state import CaseState
from workflows.projections.case_view import case_view

KEPT: Final = 1024
"""Cases whose view is kept; the one that was looked at longest ago goes first."""
LARGEST_KEPT: Final = 16 * 1024
"""Bytes of JSON of a view that is kept; agencies' contributions can be large."""
HAS_OUTPUT: Final = frozenset({"issued", "revoking", "revoked"})
"""States in which a case has an output."""


class Shown(Struct, frozen=True):
    """A case as it is shown, and the same as JSON."""

    view: CaseView
    encoded: bytes


class Showing:
    """Gives views of states. Whose case it is has been judged before."""

    def __init__(self, standing: Standing) -> None:
        """Take what says how agencies stand at the moment."""
        self._standing = standing
        self._kept: OrderedDict[CaseId, tuple[CaseState, Shown]] = OrderedDict()

    def show(self, state: CaseState) -> Shown:
        """Give a case as it is shown now: kept for as long as the state is the same, and nothing of it is held back.

        Why something is held back changes without the case.
        """
        kept = self._kept.get(state.case)
        if kept is not None and kept[0] is state:
            self._kept.move_to_end(state.case)
            return kept[1]
        view = self.view(state)
        shown = Shown(view, msgspec.json.encode(view))
        if len(shown.encoded) <= LARGEST_KEPT and not any(step.held_back for step in view.steps):
            self._kept[state.case] = state, shown
            self._kept.move_to_end(state.case)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.pop(state.case, None)
        return shown

    def view(self, state: CaseState) -> CaseView:
        """Give a case's view, and where its outcome is."""
        view, where = as_of_now(case_view(state), state, self._standing), f"/v1/cases/{state.case}/output"
        if state.status in HAS_OUTPUT:
            return structs.replace(view, output=where)
        return structs.replace(view, closing_record=where) if state.closed_at is not None else view
