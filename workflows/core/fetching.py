"""What a worker of an agency's own fetches: it is recorded before it is given out, so that it is provably received."""

from __future__ import annotations

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import Instant, Place
from workflows.core.holding import round_to_leave
from workflows.core.state import CaseState, where


def record_fetch(state: CaseState, command: cm.RecordFetch, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that this attempt is fetched (nothing: it is not to be given out, see `may_be_fetched`)."""
    place = Place(command.step, command.item, command.round)
    if not may_be_fetched(state, place, command):
        return ()
    fetched = ev.StepFetched(
        verb=command.verb,
        attempt=command.attempt,
        worker=command.worker,
        evidence=command.evidence,
        **where(now, place),
    )
    return (fetched,)


def may_be_fetched(state: CaseState, place: Place, wanted: cm.RecordFetch) -> bool:
    """Say whether this attempt is still owed, and may leave: nothing does in a pause, nor while it is held back."""
    entry = round_to_leave(state, place, wanted.verb, wanted.attempt)
    return entry is not None and entry.held_back_at is None and not state.paused
