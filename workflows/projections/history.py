"""What operations see of a case beside its view: every attempt, every act, the names of all events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from msgspec import structs

from contracts import events as ev
from contracts.ids import Instant, Place
from contracts.views import ActView, AttemptView, CaseHistoryView
from workflows.ports import Recorded

_ENDS: Final[Mapping[type[ev.Event], tuple[Literal["ask", "undo"], str]]] = {
    ev.StepAccepted: ("ask", "accepted"),
    ev.BillMade: ("ask", "accepted"),
    ev.StepFailed: ("ask", "failed"),
    ev.StepContributed: ("ask", "contributed"),
    ev.StepRefused: ("ask", "refused"),
    ev.StepReturned: ("ask", "returned"),
    ev.StepExhausted: ("ask", "exhausted"),
    ev.StepDeemed: ("ask", "deemed"),
    ev.StepDropped: ("ask", "dropped"),
    ev.UndoStarted: ("ask", "to be undone"),
    ev.UndoAccepted: ("undo", "accepted"),
    ev.UndoFailed: ("undo", "failed"),
    ev.StepUndone: ("undo", "undone"),
    ev.UndoRefused: ("undo", "refused"),
    ev.UndoExhausted: ("undo", "exhausted"),
}
"""Which events end an attempt, of which verb, with which word. An accepted one goes on until its answer."""

_Key = tuple[Place, Literal["ask", "undo"]]


def case_history(recorded: Iterable[Recorded]) -> CaseHistoryView:
    """Fold a case's events into its history; no payloads."""
    attempts: list[AttemptView] = []
    under_way: dict[_Key, int] = {}
    acts: list[ActView] = []
    names: list[dict[str, Any]] = []
    for row in recorded:
        event = row.event
        names.append(_name(row))
        actor = getattr(event, "actor", "")
        if actor:
            at = event.place if isinstance(event, ev.StepEvent) else None
            step = "" if at is None else f"{at.step}/{at.item}" if at.item else at.step
            acts.append(
                ActView(
                    at=event.at,
                    act=_act(event),
                    step=step,
                    actor=actor,
                    reason=_said(event),
                )
            )
        if isinstance(event, ev.StepEvent):
            _attempt(event, attempts, under_way)
    return CaseHistoryView(attempts=attempts, acts=acts, events=names)


def _act(event: ev.Event) -> str:
    anew = isinstance(event, ev.RoundOpened) and event.because == "revoked"
    return "OpenedAnew" if anew else type(event).__name__


def _said(event: ev.Event) -> str:
    """Give why somebody acted; what an agency wrote to the applicant is not for operations, its law is."""
    return event.legal_basis if isinstance(event, ev.PartRevoked) else str(getattr(event, "reason", ""))


def _attempt(event: ev.StepEvent, attempts: list[AttemptView], under_way: dict[_Key, int]) -> None:
    if isinstance(event, ev.StepAsked | ev.UndoAsked):
        verb: Literal["ask", "undo"] = "ask" if isinstance(event, ev.StepAsked) else "undo"
        under_way[event.place, verb] = len(attempts)
        attempts.append(_begun(event, verb, event.attempt))
        return
    if isinstance(event, ev.StepHeldBack | ev.StepLetGo):
        _wait(event, attempts, under_way[event.place, event.verb])
        return
    end = _ENDS.get(type(event))
    if end is None:
        return
    verb, word = end
    index = under_way.get((event.place, verb))
    if index is None:
        return
    ended: Instant | None = None if word == "accepted" else event.at
    attempts[index] = structs.replace(
        attempts[index], ended_at=ended, result=word, reason=_reason(event) if ended else ""
    )
    if ended is not None:
        del under_way[event.place, verb]


def _wait(event: ev.StepHeldBack | ev.StepLetGo, attempts: list[AttemptView], index: int) -> None:
    """What is held back is no attempt before it is let go."""
    if isinstance(event, ev.StepHeldBack):
        attempts[index] = structs.replace(attempts[index], result="held back")
    else:
        attempts[index] = structs.replace(attempts[index], started_at=event.at, result="under way")


def _reason(event: ev.StepEvent) -> str:
    """Give why an attempt ended, in words of ours: what an officer wrote is no part of a history."""
    if isinstance(event, ev.StepExhausted) and event.cause == "returned":
        return ""
    return str(getattr(event, "reason", ""))


def _begun(event: ev.StepEvent, verb: Literal["ask", "undo"], attempt: int) -> AttemptView:
    return AttemptView(
        step=event.step,
        item=event.item,
        round=event.round,
        verb=verb,
        attempt=attempt,
        started_at=event.at,
        ended_at=None,
        result="under way",
    )


def _name(row: Recorded) -> dict[str, Any]:
    event = row.event
    shown: dict[str, Any] = {"version": row.version, "at": event.at, "event": type(event).__name__}
    for field in (
        "step",
        "item",
        "round",
        "attempt",
        "cause",
        "code",
        "again_at",
        "outcome",
        "because",
        "waits_for",
    ):
        value = getattr(event, field, None)
        if value not in {None, ""}:
            shown[field] = value
    return shown
