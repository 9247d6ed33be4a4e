"""What the events of a round make of it. Part of `evolve`: old event classes keep their row in the table for ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from msgspec import structs

from contracts import events as ev
from contracts.ids import Instant
from contracts.wire import Accepted, Contributed, Undone
from workflows.core.allowed_moves import UNDO_OPEN
from workflows.core.calendar import moved
from workflows.core.claim_folds import CLAIM_FOLDS
from workflows.core.moves import IllegalMove, change, move, round_of
from workflows.core.receipt_folds import RECEIPT_FOLDS
from workflows.core.state import CaseState, Incident, Round
from workflows.core.working_time import Stop


def _round_opened(state: CaseState, event: ev.RoundOpened) -> CaseState:
    track = (event.step, event.item)
    rounds = state.rounds(track)
    if event.round != len(rounds) + 1:
        message = f"round {event.round} of {event.step} does not follow round {len(rounds)}"
        raise IllegalMove(message)
    # A refusal or return that a new round answers is corrected: it asks the applicant nothing any more.
    answered = [structs.replace(entry, correctable=()) for entry in rounds]
    opened = Round(
        number=event.round,
        opened=state.version + 1,
        since=event.at,
        given_input=event.input,
        objections=rounds[-1].objections,
    )
    # Of a list that is waited for anew it is not known any more which items are on it.
    listed = state.listed if event.item else {name: on for name, on in state.listed.items() if name != event.step}
    return structs.replace(state, tracks={**state.tracks, track: (*answered, opened)}, listed=listed)


def _ready(state: CaseState, event: ev.StepReady) -> CaseState:
    return move(state, event, "ready", reason=event.waits_for)


def _asked(state: CaseState, event: ev.StepAsked) -> CaseState:
    entry = round_of(state, event)
    if entry.state == "undoing":
        return change(state, event, attempt=event.attempt, asking=True, again_at=None)
    # Asking again by hand ends the incident; an attempt that repeats itself does not.
    ended = entry.state == "exhausted"
    return move(
        state,
        event,
        "asked",
        attempt=event.attempt,
        looking=False,
        lookup_at=None,
        input=entry.input if event.input is None else event.input,
        begun=entry.begun or state.version + 1,
        asked_at=entry.asked_at or event.at,
        give_up_at=event.give_up_at or entry.give_up_at,
        again_at=None,
        left=True,
        reason="",
        owner="" if ended else entry.owner,
        overdue_at=None if ended else entry.overdue_at,
    )


def _held_back(state: CaseState, event: ev.StepHeldBack) -> CaseState:
    """What has never left starts no clock: it is asked when it is let go."""
    entry = round_of(state, event)
    changes: dict[str, Any] = {"held_back_at": event.at, "held_back_because": event.because}
    if event.verb == "ask":
        sent = entry.sent or event.sent
        changes |= {"sent": sent, "in_doubt": entry.in_doubt or event.sent}
        if event.attempt == 1 and not sent:
            changes |= {"left": False, "asked_at": None}
    return change(state, event, **changes)


def _let_go(state: CaseState, event: ev.StepLetGo) -> CaseState:
    """The clocks go on where they stood."""
    entry = round_of(state, event)
    held = event.at - (entry.held_back_at or event.at)
    if event.verb == "undo":
        return change(state, event, held_back_at=None, undo_give_up_at=_later(entry.undo_give_up_at, held))
    return change(
        state,
        event,
        held_back_at=None,
        left=True,
        asked_at=entry.asked_at or event.at,
        held_back=(*entry.held_back, Stop(event.at - held, event.at)) if entry.asked_at else entry.held_back,
        give_up_at=_later(entry.give_up_at, held),
    )


def _later(moment: Instant | None, by: timedelta) -> Instant | None:
    return None if moment is None else moved(moment, by)


def _accepted(state: CaseState, event: ev.StepAccepted) -> CaseState:
    return move(
        state,
        event,
        "accepted",
        sent=True,
        received_at=round_of(state, event).received_at or event.at,
        in_doubt=False,
        again_at=None,
        evidence=event.evidence,
        ticket=event.ticket,
        looking=False,
        lookup_at=event.lookup_at,
    )


def _lookup_asked(state: CaseState, event: ev.LookupAsked) -> CaseState:
    return change(state, event, lookup=event.attempt, looking=True, lookup_at=None, again_at=None)


def _lookup_unanswered(state: CaseState, event: ev.LookupUnanswered) -> CaseState:
    return change(state, event, looking=False, lookup_at=event.again_at)


def _nothing_done(state: CaseState, event: ev.NothingDone) -> CaseState:
    return change(state, event, in_doubt=False, sent=False)


def _failed(state: CaseState, event: ev.StepFailed) -> CaseState:
    entry = round_of(state, event)
    return move(
        state,
        event,
        "failed",
        sent=entry.sent or event.sent,
        in_doubt=entry.in_doubt or event.sent,
        again_at=event.again_at,
        reason=event.reason,
    )


def _contributed(state: CaseState, event: ev.StepContributed) -> CaseState:
    by_hand = bool(event.actor)
    return move(
        state,
        event,
        "contributed",
        # What a person knows from elsewhere does not say that the agency got the ask.
        sent=round_of(state, event).sent or not by_hand,
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        word_at=event.at,
        output=event.output,
        by_hand=by_hand,
        contributed_at=event.at,
        evidence=event.evidence,
    )


def _refused(state: CaseState, event: ev.StepRefused) -> CaseState:
    return move(
        state,
        event,
        "refused",
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        word_at=event.at,
        code=event.code,
        text=event.text,
        evidence=event.evidence,
        correctable=tuple(event.correctable),
        correct_until=event.correct_until,
        final=not event.correctable,
    )


def _returned(state: CaseState, event: ev.StepReturned) -> CaseState:
    return move(
        state,
        event,
        "returned",
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        word_at=event.at,
        text=event.text,
        evidence=event.evidence,
        correctable=tuple(event.correctable),
        correct_until=event.correct_until,
        final=False,
    )


def _exhausted(state: CaseState, event: ev.StepExhausted) -> CaseState:
    entry = round_of(state, event)
    return move(
        state,
        event,
        "exhausted",
        begun=entry.begun or state.version + 1,
        sent=entry.sent or event.sent,
        in_doubt=(entry.in_doubt or event.sent) and event.cause != "returned",
        again_at=None,
        looking=False,
        lookup_at=None,
        cause=event.cause,
        reason=event.reason,
        # Another answer to what a person owns already takes it off nobody's hands.
        owner=event.owner or entry.owner,
        correctable=(),
    )


def _overdue(state: CaseState, event: ev.StepOverdue) -> CaseState:
    return change(state, event, overdue_at=event.at)


def _skipped(state: CaseState, event: ev.StepSkipped) -> CaseState:
    return move(state, event, "skipped", word_at=event.at, cause=event.cause, reason=event.reason)


def _dropped(state: CaseState, event: ev.StepDropped) -> CaseState:
    return move(
        state, event, "dropped", word_at=event.at, cause=event.cause, again_at=None, looking=False, lookup_at=None
    )


def _refusal_final(state: CaseState, event: ev.RefusalFinal) -> CaseState:
    if round_of(state, event).state == "returned":
        return move(state, event, "refused", final=True, cause=event.cause)
    return change(state, event, final=True, cause=event.cause)


_SETTLED: Final[Mapping[str, Any]] = {"unsettled": False, "asking": False, "looking": False, "lookup_at": None}


# --- undo ---------------------------------------------------------------------------------------------------


def _undo_started(state: CaseState, event: ev.UndoStarted) -> CaseState:
    entry = round_of(state, event)
    return move(
        state,
        event,
        "undoing",
        word_at=entry.word_at or event.at,
        undo_cause=event.cause,
        again_at=None,
        looking=False,
        lookup_at=None,
        undo_out=False,
        asking=entry.state == "asked",
        unsettled=entry.state == "asked" or (entry.in_doubt and entry.output is None),
    )


def _settling_failed(state: CaseState, event: ev.SettlingFailed) -> CaseState:
    sent = round_of(state, event).sent or event.sent
    return change(state, event, asking=False, sent=sent, in_doubt=sent, again_at=event.again_at, reason=event.reason)


def _undo_asked(state: CaseState, event: ev.UndoAsked) -> CaseState:
    entry = round_of(state, event)
    changes: dict[str, Any] = {
        "undo_attempt": event.attempt,
        "undo_out": True,
        "unsettled": False,
        "asking": False,
        "undo_accepted": False,
        "again_at": None,
        "undo_give_up_at": event.give_up_at or entry.undo_give_up_at,
    }
    return change(state, event, **changes) if entry.state == "undoing" else move(state, event, "undoing", **changes)


def _undo_accepted(state: CaseState, event: ev.UndoAccepted) -> CaseState:
    return change(
        state,
        event,
        undo_out=False,
        undo_accepted=True,
        again_at=event.again_at,
        ticket=event.ticket,
        held_back_at=None,
    )


def _undo_failed(state: CaseState, event: ev.UndoFailed) -> CaseState:
    return change(state, event, undo_out=False, again_at=event.again_at, reason=event.reason, held_back_at=None)


def _undone(state: CaseState, event: ev.StepUndone) -> CaseState:
    changes: dict[str, Any] = {"in_doubt": False, "undo_out": False, "again_at": None, **_SETTLED}
    return move(state, event, "undone", evidence=event.evidence, **changes)


def _undo_refused(state: CaseState, event: ev.UndoRefused) -> CaseState:
    return move(
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
    changes: dict[str, Any] = {"undo_out": False, "again_at": None, **_SETTLED}
    return move(state, event, "undo_exhausted", reason=event.reason, owner=event.owner, **changes)


def _kept(state: CaseState, event: ev.StepKept) -> CaseState:
    return move(state, event, "kept", owner=event.owner, reason=event.reason)


def _kept_taken(state: CaseState, event: ev.KeptTaken) -> CaseState:
    return change(state, event, taken=True)


def _answer_recorded(state: CaseState, event: ev.AnswerRecorded) -> CaseState:
    entry = round_of(state, event)
    changes: dict[str, Any] = {"late": entry.late + 1}
    if event.verb == "undo" and isinstance(event.answer, Undone):
        changes["key_undone"] = True
    if entry.state in UNDO_OPEN and isinstance(event.answer, Contributed) and not entry.by_hand:
        # For the undo's use: now it is known what there is to take back.
        contribution = {"output": event.answer.output, "contributed_at": event.at, "evidence": event.evidence}
        changes |= {"in_doubt": False, **_SETTLED, **contribution}
    elif entry.state in UNDO_OPEN and isinstance(event.answer, Accepted):
        changes |= {"ticket": event.answer.ticket, **_SETTLED}
    state = change(state, event, **changes)
    if not event.incident:
        return state
    incident = Incident(place=event.place, cause=event.incident, since=event.at, owner=event.owner)
    return structs.replace(state, incidents=(*state.incidents, incident))


def _incident_taken(state: CaseState, event: ev.IncidentTaken) -> CaseState:
    incidents = tuple(
        structs.replace(incident, owner=event.owner) if incident.place == event.place else incident
        for incident in state.incidents
    )
    if round_of(state, event).held:
        state = change(state, event, owner=event.owner)
    return structs.replace(state, incidents=incidents)


ROUND_FOLDS: Final[Mapping[type[ev.Event], Callable[[CaseState, Any], CaseState]]] = {
    ev.RoundOpened: _round_opened,
    ev.StepReady: _ready,
    ev.StepAsked: _asked,
    ev.StepHeldBack: _held_back,
    ev.StepLetGo: _let_go,
    ev.StepAccepted: _accepted,
    ev.StepFailed: _failed,
    ev.LookupAsked: _lookup_asked,
    ev.LookupUnanswered: _lookup_unanswered,
    ev.NothingDone: _nothing_done,
    ev.StepContributed: _contributed,
    ev.StepRefused: _refused,
    ev.StepReturned: _returned,
    ev.StepExhausted: _exhausted,
    ev.StepOverdue: _overdue,
    ev.StepSkipped: _skipped,
    ev.StepDropped: _dropped,
    ev.RefusalFinal: _refusal_final,
    ev.UndoStarted: _undo_started,
    ev.SettlingFailed: _settling_failed,
    ev.UndoAsked: _undo_asked,
    ev.UndoAccepted: _undo_accepted,
    ev.UndoFailed: _undo_failed,
    ev.StepUndone: _undone,
    ev.UndoRefused: _undo_refused,
    ev.UndoExhausted: _undo_exhausted,
    ev.StepKept: _kept,
    ev.KeptTaken: _kept_taken,
    ev.AnswerRecorded: _answer_recorded,
    ev.IncidentTaken: _incident_taken,
    **CLAIM_FOLDS,
    **RECEIPT_FOLDS,
}
