"""`decide`: what a command makes happen. Pure; ends at rest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from contracts import commands as cm
from contracts import desk_commands as dm
from contracts import events as ev
from contracts import family_commands as fm
from contracts.asked import Command
from contracts.contract import Attempts
from contracts.ids import Instant
from workflows.core import (
    acts,
    applicants,
    corrections,
    desk,
    drafts,
    fallen,
    fetching,
    holding,
    notices,
    objections,
    payments,
    renewing,
    revoking_parts,
    sub_cases,
    watching,
)
from workflows.core.answers import record_answer
from workflows.core.evolve import fold
from workflows.core.locks import final_asked
from workflows.core.rejections import Rejection
from workflows.core.repeats import again_at
from workflows.core.settle import settled
from workflows.core.state import CaseState

_SEALING: Final = Attempts(first_wait="1 s", factor=2, longest_wait="5 min")


def decide(state: CaseState, command: cm.CaseCommand, *, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give the events that `command` causes at `now`, with all that follows from them (none: it says nothing new).

    Raises:
        Rejection: the command is not possible; nothing happens.

    """
    return decided(state, command, now=now)[0]


def decided(state: CaseState, command: cm.CaseCommand, *, now: Instant) -> tuple[tuple[ev.CaseEvent, ...], CaseState]:
    """Give the events as `decide` does, and the state after them: settling has folded them already."""
    if state.opened_at is None and not drafts.is_possible(state, command):
        raise Rejection("not_open", "There is no such case.")
    # Time never runs backwards in a case: a clock that was set back must not undo an order that is recorded.
    moment = max(now, state.updated_at or now)
    events = _HANDLERS[type(command)](state, command, moment)
    following, at_rest = settled(fold(state, events), moment)
    return events + following, at_rest


def _open(state: CaseState, command: cm.OpenCase, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if state.opened_at is not None:
        raise Rejection("already_open", "This case was opened before.")
    drafts.check_open(state, now)
    mistakes = state.plan.check_form(command.form)
    if mistakes:
        raise Rejection("form_invalid", "The form has mistakes.", mistakes)
    opened = ev.CaseOpened(
        at=now,
        case=command.case,
        service=state.plan.published.plan.service,
        plan=state.plan.published.digest,
        form=command.form,
        caller=command.caller,
        secret_digest=command.secret_digest,
        traceparent=command.traceparent,
        parent=command.parent,
        renews=state.renews,
    )
    return sub_cases.opened(opened, command, now)


def _wake(state: CaseState, command: cm.Wake, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Time has passed: settling does whatever is due in a case; a draft may be over."""
    del command
    return drafts.expired(state, now)


def _withdraw(state: CaseState, command: cm.Withdraw, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if state.status not in {"open", "issuing"}:
        raise Rejection(
            "not_open", f"The case is {state.status}; it can be withdrawn only before the output is issued."
        )
    if state.parent:
        raise Rejection("not_now", "This case is part of another one: withdraw that, and this is taken back with it.")
    if final_asked(state):
        raise Rejection("too_late", "A final step has been asked: the application can no longer be withdrawn.")
    return (ev.CaseWithdrawn(at=now, reason=command.reason), ev.CaseClosing(at=now, outcome="withdrawn"))


def _seal(state: CaseState, command: cm.RecordSeal, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if state.credential or command.status_index in state.voids_owed:
        return ()
    if 0 < command.attempt <= state.seal_void:  # made of what does not stand any more
        return (ev.SealVoided(at=now, status_index=command.status_index),)
    sealed = ev.OutputSealed(
        at=now,
        credential=command.credential,
        digest=command.digest,
        status_index=command.status_index,
        parts=command.parts,
        valid_until=command.valid_until,
    )
    return (sealed, ev.CaseIssued(at=now)) if state.status == "issuing" else (sealed,)


def _seal_failure(state: CaseState, command: cm.RecordSealFailure, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if state.status != "issuing" or state.seal_again_at is not None:
        return ()
    attempt = state.seal_attempt + 1
    following = max(
        again_at(now, _SEALING, state.case, attempt - state.seal_void, None), now + timedelta(milliseconds=1)
    )
    return (ev.SealFailed(at=now, reason=command.reason, attempt=attempt, again_at=following),)


def _status(state: CaseState, command: cm.RecordStatus, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if command.status_index not in revoking_parts.statuses_owed(state):
        return ()
    return (ev.StatusPublished(at=now, status_index=command.status_index),)


_HANDLERS: Final[Mapping[type[Command], Callable[[CaseState, Any, Instant], tuple[ev.CaseEvent, ...]]]] = {
    cm.OpenCase: _open,
    cm.SaveDraft: drafts.save,
    cm.CloseDraft: drafts.close,
    fm.TakeBack: sub_cases.take_back,
    fm.RecordTold: sub_cases.told,
    fm.RecordSubCase: sub_cases.record_waiting,
    fm.RecordReduced: fallen.record_reduced,
    cm.RecordAnswer: record_answer,
    cm.HoldBack: holding.hold_back,
    cm.LetGo: holding.let_go,
    cm.RecordFetch: fetching.record_fetch,
    cm.RecordReceipt: fetching.record_receipt,
    cm.Wake: _wake,
    cm.Withdraw: _withdraw,
    cm.Correct: corrections.correct,
    cm.DeclineCorrection: corrections.decline,
    cm.RecordSeal: _seal,
    cm.RecordSealFailure: _seal_failure,
    cm.RecordStatus: _status,
    cm.AskAgain: acts.ask_again,
    cm.ReplaceInput: acts.replace_input,
    cm.ContributeByHand: acts.contribute_by_hand,
    cm.NothingWasDone: acts.nothing_was_done,
    cm.SkipStep: acts.skip_step,
    cm.EndCase: acts.end_case,
    cm.PauseCase: acts.pause,
    cm.ResumeCase: acts.resume,
    cm.AnswerStep: applicants.answer,
    cm.DeclineStep: applicants.decline,
    cm.CheckPayment: payments.check,
    cm.RefundPayment: payments.refund,
    cm.RaiseObjection: objections.raise_objection,
    cm.DecideObjection: objections.decide_objection,
    cm.UndoAgain: acts.undo_again,
    cm.UndoneByHand: acts.undone_by_hand,
    cm.KeepContribution: acts.keep,
    cm.TakeKept: acts.take_kept,
    cm.TakeIncident: acts.take_incident,
    dm.ClaimTask: desk.claim,
    dm.ReleaseTask: desk.release,
    dm.HandTaskOver: desk.hand_over,
    dm.DecideTask: desk.decide_task,
    dm.ConfirmDecision: desk.confirm,
    dm.RejectDecision: desk.reject,
    dm.ReassignTask: desk.reassign,
    cm.RevokePart: revoking_parts.revoke,
    dm.ConfirmRevocation: revoking_parts.confirm,
    dm.RejectRevocation: revoking_parts.reject,
    cm.TakeNotice: notices.take,
    cm.BeginRenewal: renewing.begin,
    cm.AskFacts: watching.ask,
    cm.AskCorrection: watching.ask_correction,
    cm.AnswerFact: watching.answer,
    cm.RevokeOutput: acts.revoke,
}
