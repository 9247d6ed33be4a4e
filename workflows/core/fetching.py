"""What a worker of an agency's own fetches: that it is given out is recorded before, and that it arrived once it shows.

Our reply may be lost on its way: an ask that was given out is received only with the first word of a worker that has
it. An agency that fetches and shows nothing has not provably received it: its promise is overdue, and a person looks.
"""

from __future__ import annotations

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import Instant, Place
from workflows.core.allowed_moves import OUT
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


def record_receipt(state: CaseState, command: cm.RecordReceipt, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Record that the agency provably has this ask (nothing: that is known, or it is not waited for any more)."""
    place = Place(command.step, command.item, command.round)
    entry = state.round_at(place)
    if entry is None or entry.state not in OUT or entry.received_at is not None:
        return ()
    return (ev.StepReceived(worker=command.worker, evidence=command.evidence, **where(now, place)),)
