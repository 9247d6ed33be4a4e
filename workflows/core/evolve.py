"""`evolve`: what an event makes of a state. Total, and only along the tables of moves.

Old event classes keep their row in `FOLDS` for ever: journals of every release fold with today's code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts.ids import Instant, Place
from workflows.core import deeming, drafts, notices, renewing, revoking_parts, watching
from workflows.core.kind_folds import KIND_FOLDS
from workflows.core.listing import items_listed
from workflows.core.moves import IllegalMove, move_case
from workflows.core.rounds import ROUND_FOLDS
from workflows.core.state import CaseState
from workflows.core.sub_case_folds import SUB_CASE_FOLDS
from workflows.core.working_time import Stop


def evolve(state: CaseState, event: ev.CaseEvent) -> CaseState:
    """Give the state after `event`.

    Raises:
        IllegalMove: the event cannot follow this state.

    """
    folded = FOLDS[type(event)](state, event)
    return structs.replace(folded, version=state.version + 1, updated_at=event.at)


def fold(state: CaseState, events: Iterable[ev.CaseEvent]) -> CaseState:
    """Give the state after all `events`, in order."""
    for event in events:
        state = evolve(state, event)
    return state


def _opened(state: CaseState, event: ev.CaseOpened) -> CaseState:
    if state.opened_at is not None:
        message = f"a case that is {state.status} does not become open by being opened"
        raise IllegalMove(message)
    return move_case(
        state,
        "open",
        case=event.case,
        form=event.form,
        caller=event.caller,
        secret_digest=event.secret_digest,
        traceparent=event.traceparent,
        parent=event.parent,
        renews=event.renews,
        opened_at=event.at,
    )


def _reason(state: CaseState, event: ev.CaseWithdrawn | ev.CaseEndedByHand) -> CaseState:
    return structs.replace(state, reason=event.reason)


def _closing(state: CaseState, event: ev.CaseClosing) -> CaseState:
    return move_case(state, "closing", outcome=event.outcome, closed_by=event.step)


def _closed(state: CaseState, event: ev.CaseClosed) -> CaseState:
    return move_case(_going_on(state, event.at), event.outcome, closed_at=event.at)


def _issuing(state: CaseState, _: ev.CaseIssuing) -> CaseState:
    return move_case(state, "issuing")


def _sealed(state: CaseState, event: ev.OutputSealed) -> CaseState:
    for part in event.parts:
        state = state.with_round(Place(part.step, part.item, part.round), status_index=part.status_index)
    return structs.replace(
        state,
        credential=event.credential,
        output_digest=event.digest,
        status_index=event.status_index,
        sealed_at=event.at,
        valid_until=event.valid_until,
        seal_again_at=None,
        status_owed=state.status != "issuing",
    )


def _seal_failed(state: CaseState, event: ev.SealFailed) -> CaseState:
    return structs.replace(state, seal_attempt=event.attempt, seal_again_at=event.again_at, seal_reason=event.reason)


def _seal_asked(state: CaseState, _: ev.SealAsked) -> CaseState:
    return structs.replace(state, seal_again_at=None)


def _issued(state: CaseState, event: ev.CaseIssued) -> CaseState:
    return move_case(_going_on(state, event.at), "issued")


def _revoking(state: CaseState, event: ev.OutputRevoked) -> CaseState:
    return notices.output_revoked(move_case(state, "revoking", reason=event.reason, status_owed=True), event.at)


def _part_revoked(state: CaseState, event: ev.PartRevoked) -> CaseState:
    return notices.part_revoked(revoking_parts.revoked(state, event), event)


def _status_published(state: CaseState, event: ev.StatusPublished) -> CaseState:
    for _, place, entry in state.everything():
        if entry.status_owed and entry.status_index == event.status_index:
            return state.with_round(place, status_owed=False)
    if event.status_index in state.voids_owed:
        left = tuple(index for index in state.voids_owed if index != event.status_index)
        return structs.replace(state, voids_owed=left)
    return structs.replace(state, status_owed=False)


def _revoked(state: CaseState, event: ev.CaseRevoked) -> CaseState:
    return move_case(_going_on(state, event.at), "revoked")


def _paused(state: CaseState, event: ev.CasePaused) -> CaseState:
    return structs.replace(state, paused=True, pauses=(*state.pauses, Stop(event.at, event.at)))


def _resumed(state: CaseState, event: ev.CaseResumed) -> CaseState:
    return _going_on(state, event.at)


def _going_on(state: CaseState, at: Instant) -> CaseState:
    """End a pause, if there is one. It ends with the case too: what is owed after an end, nobody waits to let go."""
    if not state.paused:
        return state
    before, since = state.pauses[:-1], state.pauses[-1].begin
    return structs.replace(state, paused=False, pauses=(*before, Stop(since, at)))


def _corrected(state: CaseState, event: ev.FormCorrected) -> CaseState:
    return structs.replace(state, form=event.form)


FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    **ROUND_FOLDS,
    ev.StepDeemed: deeming.granted,
    **KIND_FOLDS,
    **SUB_CASE_FOLDS,
    ev.ItemsListed: items_listed,
    ev.PartRevoked: _part_revoked,
    ev.RevocationProposed: revoking_parts.proposed,
    ev.RevocationConfirmed: revoking_parts.decided,
    ev.RevocationRejected: revoking_parts.decided,
    ev.NoticeTaken: notices.taken,
    ev.RenewalBegun: renewing.begun,
    ev.FactAsked: watching.asked,
    ev.FactAnswered: watching.answered,
    ev.CaseOpened: _opened,
    ev.DraftSaved: drafts.saved,
    ev.DraftClosed: drafts.closed,
    ev.CaseWithdrawn: _reason,
    ev.CaseEndedByHand: _reason,
    ev.CaseClosing: _closing,
    ev.CaseClosed: _closed,
    ev.CaseIssuing: _issuing,
    ev.OutputSealed: _sealed,
    ev.SealFailed: _seal_failed,
    ev.SealAsked: _seal_asked,
    ev.CaseIssued: _issued,
    ev.OutputRevoked: _revoking,
    ev.StatusPublished: _status_published,
    ev.CaseRevoked: _revoked,
    ev.CasePaused: _paused,
    ev.CaseResumed: _resumed,
    ev.FormCorrected: _corrected,
}
