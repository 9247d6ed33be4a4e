"""Settling: rules applied until none has anything to say. `decide` ends with it, so a state is always at rest.

The order matters: what ends comes before what begins, so that nothing is asked that is about to be unwanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from contracts import events as ev
from contracts.ids import Instant, Place
from workflows.core import (
    confirmations,
    corrections,
    deeming,
    items,
    objections,
    payments,
    revoking,
    revoking_parts,
    undoing,
    waits,
    watching,
)
from workflows.core.allowed_moves import MAY_BE_CORRECTED, OUT, UNASKED, UNDO_OPEN
from workflows.core.clocks import WITH_DEADLINE, deadline_of
from workflows.core.compiled import CompiledStep
from workflows.core.evolve import fold
from workflows.core.expressions import ExpressionError
from workflows.core.repeats import give_up_at
from workflows.core.state import CaseState, Round, where
from workflows.core.unknown import ask_or_look, unsettled
from workflows.core.values import resolve_step

_MOST_PASSES: Final = 10_000
"""Far above what any plan needs: a rule that never rests is a bug, and must not hang a process."""

_WITHOUT: Final = frozenset({"refused", "dropped", "undone", "skipped"})
"""Settled, unless it may still be corrected, and no contribution came of it."""
_REPEATED: Final = frozenset({"failed", "undoing", "accepted"})

Rule = Callable[[CaseState, Instant], tuple[ev.CaseEvent, ...]]


def settle(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give every event that follows from the state at `now`, down to a fixed point."""
    return settled(state, now)[0]


def settled(state: CaseState, now: Instant) -> tuple[tuple[ev.CaseEvent, ...], CaseState]:
    """Give every event that follows from the state at `now`, and the state at rest after them."""
    events: list[ev.CaseEvent] = []
    for _ in range(_MOST_PASSES):
        for rule in RULES:
            if found := rule(state, now):
                break
        else:
            return tuple(events), state
        events += found
        state = fold(state, found)
    message = f"case {state.case} does not come to rest"
    raise RuntimeError(message)


# --- time ---------------------------------------------------------------------------------------------------


def _corrections_expire(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if state.paused or state.status != "open" or not state.has_any(MAY_BE_CORRECTED):
        return ()
    return tuple(
        ev.RefusalFinal(cause="expired", **where(now, place))
        for _, place, entry in state.currents()
        if entry.correcting and entry.correct_until is not None and entry.correct_until <= now
    )


def _repeats(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Repeat what was not heard, once its wait is over; undos and lookups too."""
    if state.paused or not (state.status == "issuing" or state.has_any(_REPEATED)):
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.everything():
        due = entry.again_at is not None and entry.again_at <= now
        if due and entry.state == "failed":
            events.append(ask_or_look(step, place, entry, now))
        elif due and entry.state == "undoing" and not unsettled(step, entry):
            events += undoing.ask_undo_again(step, place, entry, now)
        elif entry.state in {"accepted", "failed"} and entry.lookup_at is not None and entry.lookup_at <= now:
            events.append(ev.LookupAsked(attempt=entry.lookup + 1, **where(now, place)))
    if state.status == "issuing" and state.seal_again_at is not None and state.seal_again_at <= now:
        events.append(ev.SealAsked(at=now, attempt=state.seal_attempt + 1))
    return tuple(events)


def _deadlines(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    if state.paused or not state.has_any(WITH_DEADLINE):
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.currents():
        deadline = deadline_of(state, step, place, entry)
        if deadline is None or deadline > now:
            continue
        if entry.state == "exhausted":
            events += skip(step, place, entry, now, cause="promise")
        elif entry.overdue or step.contract.promise.on_deadline == "exhaust":
            events.append(give_up(place, entry, now))
        else:
            events.append(ev.StepOverdue(**where(now, place)))
    return tuple(events)


def give_up(place: Place, entry: Round, now: Instant) -> ev.StepExhausted:
    """End the waiting for an agency that did not keep its promise; an attempt that is under way may have worked."""
    under_way = entry.state == "asked"
    return ev.StepExhausted(
        cause="deadline", reason="promise not kept", owner=entry.owner, sent=under_way, **where(now, place)
    )


def skip(
    step: CompiledStep,
    place: Place,
    entry: Round,
    now: Instant,
    *,
    cause: Literal["hand", "promise"],
    actor: str = "",
    reason: str = "",
) -> tuple[ev.CaseEvent, ...]:
    """Go on without an exhausted optional step: what it may have done is taken back first."""
    if step.contract.effect == "reversible" and undoing.maybe_sent(entry):
        return (ev.UndoStarted(cause="skipped", actor=actor, reason=reason, **where(now, place)),)
    return (ev.StepSkipped(cause=cause, actor=actor, reason=reason, **where(now, place)),)


# --- closing ------------------------------------------------------------------------------------------------


def _refusals_close(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """A required step whose last word is no contribution ends the case; `when` false is no refusal."""
    if state.status != "open" or not state.has_any(_WITHOUT):
        return ()
    for step, _, entry in state.currents():
        if not step.spec.optional and items.lost(state, step, entry):
            return (ev.CaseClosing(at=now, outcome="refused", step=step.name),)
    return ()


def _closing_drops(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Nothing new is asked; what is not wanted any more is dropped or taken back, as the outcome says."""
    if state.status != "closing":
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.currents():
        if entry.correcting:
            events.append(ev.RefusalFinal(cause="closing", **where(now, place)))
        elif entry.state in UNASKED or (entry.state in OUT and _unwanted(state, step, entry)):
            events += undoing.take_back(step, place, entry, _TAKE_BACK[state.outcome], now)
        elif state.outcome in {"withdrawn", "expired"} or state.taken_back or step.spec.pays:
            # What was paid for is not given, whatever the reason: it is paid back.
            cause = "withdrawn" if state.taken_back else _TAKE_BACK[state.outcome]
            events += undoing.take_back(step, place, entry, cause, now)
    return tuple(events)


_TAKE_BACK: Final[Mapping[str, ev.TakeBackCause]] = {
    "refused": "closing",
    "withdrawn": "withdrawn",
    "expired": "withdrawn",
    "ended": "ended",
}


def _unwanted(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    """An ask that is out is awaited, unless it is a check, never left, or is stuck in a case ended by hand."""
    if step.contract.effect == "none" or step.spec.pays or not undoing.maybe_sent(entry):
        return True
    return state.outcome == "ended" and entry.stuck


def _closes(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Close only whole: nothing to be taken back, nothing that may still come, and nothing that nobody owns."""
    if state.status != "closing" or state.status_owed or any(not incident.owner for incident in state.incidents):
        return ()
    for _, _, entry in state.everything():
        owned = entry.state == "exhausted" and entry.owner
        if entry.state in UNDO_OPEN or entry.state in UNASKED or (entry.state in OUT and not owned):
            return ()
    return (ev.CaseClosed(at=now, outcome=state.outcome),)  # type: ignore[arg-type]  # checked to be one of CLOSED


# --- going on -----------------------------------------------------------------------------------------------


def _asks(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Ask everything whose references have their last word, all at once."""
    if state.status != "open":
        return ()
    events: list[ev.CaseEvent] = []
    unsettled, held_up = state.unsettled, items.held_up(state)
    for step, place, entry in state.currents():
        if entry.state not in UNASKED or (place.step, place.item) in held_up:
            continue
        if unsettled.isdisjoint(step.data) and unsettled.isdisjoint(step.after):
            opens = items.is_list(step, place)
            events += items.open_list(state, step, place, now) if opens else _ask(state, step, place, entry, now)
    # What is not needed first: nothing is asked that stands only with it.
    return tuple([event for event in events if isinstance(event, ev.StepSkipped)] or events)


def _ask(state: CaseState, step: CompiledStep, place: Place, entry: Round, now: Instant) -> tuple[ev.CaseEvent, ...]:
    at = where(now, place)
    held_by: Literal["pause", "undo"] | None = (
        "pause" if state.paused else "undo" if undoing.blocks_asking(state, step, place.item) else None
    )
    if held_by is not None:
        known = entry.state == "ready" and entry.reason == held_by
        return () if known else (ev.StepReady(waits_for=held_by, **at),)
    try:
        resolved = resolve_step(state, step, entry.given_input, place.item)
    except ExpressionError as error:
        return (ev.StepExhausted(cause="expression", reason=str(error), owner="", **at),)
    if not resolved.needed:
        return (ev.StepSkipped(cause="when", **at),)
    if resolved.mistakes:
        reason = "; ".join(f"{mistake.pointer}: {mistake.detail}" for mistake in resolved.mistakes)
        return (ev.StepExhausted(cause="plan", reason=reason, owner="", **at),)
    if not step.spec.sends:
        return waits.begin(state, step, place, resolved.input, now)
    until = give_up_at(now, step.contract.attempts)
    return (ev.StepAsked(input=resolved.input, give_up_at=until, **at),)


def _issues(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Issue only whole: every last word is in, every required contribution stands, every undo is settled.

    Of a required step that ended without a contribution, the case is closing by now (`_refusals_close`).
    """
    if state.status != "open":
        return ()
    for step, _, entry in state.currents():
        if not entry.settled or items.untaken(state, step, entry):
            return ()
    if any(entry.state in UNDO_OPEN for _, _, entry in state.everything()):
        return ()
    return (ev.CaseIssuing(at=now),)


RULES: Final[tuple[Rule, ...]] = (
    _corrections_expire,
    waits.over,
    objections.overdue,
    payments.over,
    corrections.locking,
    undoing.conditions,
    revoking_parts.what_rests_on_it,
    _refusals_close,
    items.drop_after_refusal,
    corrections.dependencies,
    corrections.payments_doubted,
    _closing_drops,
    deeming.silence_grants,
    confirmations.urge,
    _deadlines,
    _repeats,
    payments.looks_again,
    undoing.turns,
    _closes,
    revoking.completes,
    watching.times,
    _asks,
    _issues,
)
