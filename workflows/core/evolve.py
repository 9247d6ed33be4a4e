"""`evolve`: what an event makes of a state. Total, and only along the tables of moves.

Old event classes keep their row in `FOLDS` for ever: journals of every release fold with today's code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts.wire import Contributed
from workflows.core.state import (
    CASE_MOVES,
    HELD,
    STEP_MOVES,
    UNDO_OPEN,
    CaseState,
    CaseStatus,
    Incident,
    Round,
    StepState,
)


class IllegalMove(Exception):
    """An event that the table of moves does not have: a bug, or a journal that was altered."""


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


def _move(state: CaseState, event: ev.StepEvent, target: StepState | None, **changes: Any) -> CaseState:
    entry = state.round_at(event.place)
    if entry is None:
        message = f"{type(event).__name__} at {event.place}: there is no such round"
        raise IllegalMove(message)
    if target is None:
        return state.with_round(event.place, **changes)
    if target not in STEP_MOVES[entry.state]:
        message = f"{type(event).__name__} at {event.place}: {entry.state} does not move to {target}"
        raise IllegalMove(message)
    return state.with_round(event.place, state=target, since=event.at, **changes)


def _status(state: CaseState, status: CaseStatus, **changes: Any) -> CaseState:
    if status not in CASE_MOVES[state.status]:
        message = f"a case that is {state.status} does not become {status}"
        raise IllegalMove(message)
    return structs.replace(state, status=status, **changes)


# --- the case -----------------------------------------------------------------------------------------------


def _opened(state: CaseState, event: ev.CaseOpened) -> CaseState:
    return _status(
        state,
        "open",
        case=event.case,
        form=event.form,
        caller=event.caller,
        secret_digest=event.secret_digest,
        traceparent=event.traceparent,
        opened_at=event.at,
    )


def _reason(state: CaseState, event: ev.CaseWithdrawn | ev.CaseEndedByHand) -> CaseState:
    return structs.replace(state, reason=event.reason)


def _closing(state: CaseState, event: ev.CaseClosing) -> CaseState:
    return _status(state, "closing", outcome=event.outcome, closed_by=event.step)


def _closed(state: CaseState, event: ev.CaseClosed) -> CaseState:
    return _status(state, event.outcome, closed_at=event.at)


def _issuing(state: CaseState, _: ev.CaseIssuing) -> CaseState:
    return _status(state, "issuing")


def _sealed(state: CaseState, event: ev.OutputSealed) -> CaseState:
    return structs.replace(
        state,
        credential=event.credential,
        output_digest=event.digest,
        status_index=event.status_index,
        sealed_at=event.at,
        seal_again_at=None,
        status_owed=state.status != "issuing",
    )


def _seal_failed(state: CaseState, event: ev.SealFailed) -> CaseState:
    return structs.replace(state, seal_attempt=event.attempt, seal_again_at=event.again_at, seal_reason=event.reason)


def _seal_asked(state: CaseState, _: ev.SealAsked) -> CaseState:
    return structs.replace(state, seal_again_at=None)


def _issued(state: CaseState, _: ev.CaseIssued) -> CaseState:
    return _status(state, "issued")


def _revoking(state: CaseState, event: ev.OutputRevoked) -> CaseState:
    return _status(state, "revoking", reason=event.reason, status_owed=True)


def _status_published(state: CaseState, _: ev.StatusPublished) -> CaseState:
    return structs.replace(state, status_owed=False)


def _revoked(state: CaseState, _: ev.CaseRevoked) -> CaseState:
    return _status(state, "revoked")


def _paused(state: CaseState, _: ev.CasePaused) -> CaseState:
    return structs.replace(state, paused=True)


def _resumed(state: CaseState, _: ev.CaseResumed) -> CaseState:
    return structs.replace(state, paused=False)


def _corrected(state: CaseState, event: ev.FormCorrected) -> CaseState:
    return structs.replace(state, form=event.form)


# --- a round of a step --------------------------------------------------------------------------------------


def _round_opened(state: CaseState, event: ev.RoundOpened) -> CaseState:
    track = (event.step, event.item)
    rounds = state.rounds(track)
    if event.round != len(rounds) + 1:
        message = f"round {event.round} of {event.step} does not follow round {len(rounds)}"
        raise IllegalMove(message)
    # A refusal or return that a new round answers is corrected: it asks the applicant nothing any more.
    answered = [structs.replace(entry, correctable=()) for entry in rounds]
    opened = Round(number=event.round, since=event.at, given_input=event.input)
    return structs.replace(state, tracks={**state.tracks, track: (*answered, opened)})


def _ready(state: CaseState, event: ev.StepReady) -> CaseState:
    return _move(state, event, "ready", reason=event.waits_for)


def _asked(state: CaseState, event: ev.StepAsked) -> CaseState:
    entry = state.round_at(event.place) or Round(number=event.round)
    return _move(
        state,
        event,
        "asked",
        attempt=event.attempt,
        input=entry.input if event.input is None else event.input,
        asked_at=entry.asked_at or event.at,
        give_up_at=event.give_up_at or entry.give_up_at,
        again_at=None,
        reason="",
        owner="",
    )


def _accepted(state: CaseState, event: ev.StepAccepted) -> CaseState:
    return _move(
        state,
        event,
        "accepted",
        sent=True,
        in_doubt=False,
        again_at=None,
        evidence=event.evidence,
        ticket=event.ticket,
        lookup_at=event.lookup_at,
    )


def _lookup_asked(state: CaseState, event: ev.LookupAsked) -> CaseState:
    return _move(state, event, None, lookup=event.attempt, looking=True, lookup_at=None)


def _lookup_unanswered(state: CaseState, event: ev.LookupUnanswered) -> CaseState:
    return _move(state, event, None, looking=False, lookup_at=event.again_at)


def _failed(state: CaseState, event: ev.StepFailed) -> CaseState:
    entry = state.round_at(event.place) or Round(number=event.round)
    return _move(
        state,
        event,
        "failed",
        sent=entry.sent or event.sent,
        in_doubt=entry.in_doubt or event.sent,
        again_at=event.again_at,
        reason=event.reason,
    )


def _contributed(state: CaseState, event: ev.StepContributed) -> CaseState:
    return _move(
        state,
        event,
        "contributed",
        sent=True,
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        output=event.output,
        contributed_at=event.at,
        evidence=event.evidence,
    )


def _refused(state: CaseState, event: ev.StepRefused) -> CaseState:
    return _move(
        state,
        event,
        "refused",
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        code=event.code,
        text=event.text,
        evidence=event.evidence,
        correctable=tuple(event.correctable),
        correct_until=event.correct_until,
        final=not event.correctable,
    )


def _returned(state: CaseState, event: ev.StepReturned) -> CaseState:
    return _move(
        state,
        event,
        "returned",
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        text=event.text,
        evidence=event.evidence,
        correctable=tuple(event.correctable),
        correct_until=event.correct_until,
        final=False,
    )


def _exhausted(state: CaseState, event: ev.StepExhausted) -> CaseState:
    entry = state.round_at(event.place) or Round(number=event.round)
    return _move(
        state,
        event,
        "exhausted",
        sent=entry.sent or event.sent,
        in_doubt=entry.in_doubt or event.sent,
        again_at=None,
        looking=False,
        lookup_at=None,
        cause=event.cause,
        reason=event.reason,
        owner=event.owner,
        correctable=(),
    )


def _skipped(state: CaseState, event: ev.StepSkipped) -> CaseState:
    return _move(state, event, "skipped", cause=event.cause, reason=event.reason)


def _dropped(state: CaseState, event: ev.StepDropped) -> CaseState:
    return _move(state, event, "dropped", cause=event.cause, again_at=None, looking=False, lookup_at=None)


def _refusal_final(state: CaseState, event: ev.RefusalFinal) -> CaseState:
    entry = state.round_at(event.place)
    moved: StepState | None = "refused" if entry is not None and entry.state == "returned" else None
    return _move(state, event, moved, final=True, cause=event.cause)


# --- undo ---------------------------------------------------------------------------------------------------


def _undo_started(state: CaseState, event: ev.UndoStarted) -> CaseState:
    return _move(
        state, event, "undoing", undo_cause=event.cause, again_at=None, looking=False, lookup_at=None, undo_out=False
    )


def _undo_asked(state: CaseState, event: ev.UndoAsked) -> CaseState:
    entry = state.round_at(event.place) or Round(number=event.round)
    changes: dict[str, Any] = {
        "undo_attempt": event.attempt,
        "undo_out": True,
        "undo_accepted": False,
        "again_at": None,
        "undo_give_up_at": event.give_up_at or entry.undo_give_up_at,
    }
    return _move(state, event, None if entry.state == "undoing" else "undoing", **changes)


def _undo_accepted(state: CaseState, event: ev.UndoAccepted) -> CaseState:
    return _move(state, event, None, undo_out=False, undo_accepted=True, ticket=event.ticket)


def _undo_failed(state: CaseState, event: ev.UndoFailed) -> CaseState:
    return _move(state, event, None, undo_out=False, again_at=event.again_at, reason=event.reason)


def _undone(state: CaseState, event: ev.StepUndone) -> CaseState:
    return _move(state, event, "undone", in_doubt=False, undo_out=False, again_at=None, evidence=event.evidence)


def _undo_refused(state: CaseState, event: ev.UndoRefused) -> CaseState:
    return _move(
        state,
        event,
        "undo_refused",
        undo_out=False,
        undo_accepted=False,
        again_at=None,
        code=event.code,
        text=event.text,
        owner=event.owner,
    )


def _undo_exhausted(state: CaseState, event: ev.UndoExhausted) -> CaseState:
    return _move(state, event, "undo_exhausted", undo_out=False, again_at=None, reason=event.reason, owner=event.owner)


def _kept(state: CaseState, event: ev.StepKept) -> CaseState:
    return _move(state, event, "kept", owner=event.owner, reason=event.reason)


def _kept_taken(state: CaseState, event: ev.KeptTaken) -> CaseState:
    return _move(state, event, None, taken=True)


def _answer_recorded(state: CaseState, event: ev.AnswerRecorded) -> CaseState:
    entry = state.round_at(event.place) or Round(number=event.round)
    state = _move(state, event, None, late=entry.late + 1)
    output = event.answer.output if isinstance(event.answer, Contributed) else None
    if entry.state in UNDO_OPEN and output is not None:
        state = _move(
            state, event, None, output=output, in_doubt=False, contributed_at=event.at, evidence=event.evidence
        )
    if not event.incident:
        return state
    incident = Incident(place=event.place, cause=event.incident, since=event.at, owner=event.owner)
    return structs.replace(state, incidents=(*state.incidents, incident))


def _incident_taken(state: CaseState, event: ev.IncidentTaken) -> CaseState:
    incidents = tuple(
        structs.replace(incident, owner=event.owner) if incident.place == event.place else incident
        for incident in state.incidents
    )
    entry = state.round_at(event.place)
    if entry is not None and entry.state in HELD:
        state = _move(state, event, None, owner=event.owner)
    return structs.replace(state, incidents=incidents)


FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.CaseOpened: _opened,
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
    ev.RoundOpened: _round_opened,
    ev.StepReady: _ready,
    ev.StepAsked: _asked,
    ev.StepAccepted: _accepted,
    ev.StepFailed: _failed,
    ev.LookupAsked: _lookup_asked,
    ev.LookupUnanswered: _lookup_unanswered,
    ev.StepContributed: _contributed,
    ev.StepRefused: _refused,
    ev.StepReturned: _returned,
    ev.StepExhausted: _exhausted,
    ev.StepSkipped: _skipped,
    ev.StepDropped: _dropped,
    ev.RefusalFinal: _refusal_final,
    ev.UndoStarted: _undo_started,
    ev.UndoAsked: _undo_asked,
    ev.UndoAccepted: _undo_accepted,
    ev.UndoFailed: _undo_failed,
    ev.StepUndone: _undone,
    ev.UndoRefused: _undo_refused,
    ev.UndoExhausted: _undo_exhausted,
    ev.StepKept: _kept,
    ev.KeptTaken: _kept_taken,
    ev.AnswerRecorded: _answer_recorded,
    ev.FormCorrected: _corrected,
    ev.IncidentTaken: _incident_taken,
}
