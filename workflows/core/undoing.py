"""Taking back: which rounds must be undone, in which order, and when an undo may leave."""

from __future__ import annotations

from typing import Final

from contracts import events as ev
from contracts.contract import Contract, DeskConnection
from contracts.ids import NO_ITEM, Instant, ItemKey, Place, StepName
from contracts.wire import Evidence
from workflows.core.allowed_moves import GRANTED, OUT, UNASKED, UNDO_OPEN
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.repeats import give_up_at
from workflows.core.state import CaseState, Round, where
from workflows.core.unknown import find_out, unsettled

_NOT_GRANTED: Final = frozenset({"refused", "skipped", "undone", "dropped"})
_NO_CONTRIBUTION: Final = _NOT_GRANTED | {"exhausted"}
TOO_LATE: Final = "too_late"
"""The code of an undo that the contract's time does not allow any more."""


def maybe_sent(entry: Round) -> bool:
    """Whether the agency may have done something for this round."""
    return entry.sent or (entry.state == "asked" and entry.held_back_at is None)


def take_back(
    step: CompiledStep, place: Place, entry: Round, cause: ev.TakeBackCause, now: Instant
) -> tuple[ev.CaseEvent, ...]:
    """Give the events that take back whatever this round did or may have done.

    Nothing to take back, or nothing that can be: a check, a round that ended without a contribution, a final step.
    """
    at = where(now, place)
    if entry.state in UNASKED:
        return (ev.StepDropped(cause=cause, **at),)
    if entry.state in OUT:
        if step.contract.effect == "none" or not maybe_sent(entry):
            return (ev.StepDropped(cause=cause, **at),)
        return (ev.UndoStarted(cause=cause, **at),) if step.contract.effect == "reversible" else ()
    if entry.state in GRANTED and step.contract.effect == "reversible":
        return (ev.UndoStarted(cause=cause, **at),)
    return ()


def decided_by_people(contract: Contract) -> bool:
    """Whether officers take back what was contributed under this contract."""
    by_officer = contract.undo is not None and contract.undo.by == "officer"
    return by_officer or isinstance(contract.connection, DeskConnection)


def conditions(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Undo what stands only with another step's contribution, once that step's last word is not one."""
    if state.status not in {"open", "closing"} or not state.has_any(_NO_CONTRIBUTION):
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.currents():
        if condition_failed(state, step) or _reopened_ancestor_refused(state, step, entry):
            events += take_back(step, place, entry, "condition", now)
    return tuple(events)


def condition_failed(state: CaseState, step: CompiledStep) -> bool:
    """Whether a step stands only with another one, and that has its last word, which is no contribution (any more)."""
    if step.spec.conditional_on is None:
        return False
    on = state.step(step.spec.conditional_on)  # type: ignore[arg-type]  # a checked step name
    words = [entry for entry in state.word(on.name) if not (on.each and entry.state == "skipped")]
    if on.each is not None and words and not on.spec.partial:
        return any(_not_granted(state, entry) for entry in words)  # one item's no is the step's
    return all(_not_granted(state, entry) for entry in words)


def _not_granted(state: CaseState, entry: Round) -> bool:
    """At its last word; in a case that closes, an exhausted step has none other once its incident has an owner."""
    if entry.state == "exhausted":
        return state.status == "closing" and bool(entry.owner)
    return entry.revoked is not None or (entry.settled and entry.state in _NOT_GRANTED)


def _reopened_ancestor_refused(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    """A reversible contribution falls when a step that it came `after` was reopened, and then refused.

    A `partial` step refuses with the last of its items, when none of them contributes. An item's contribution falls so
    with a required step that it reads: it stood while that was asked anew.
    """
    if entry.state not in GRANTED:
        return False
    return any(
        word.state == "refused"
        and word.final
        and word.opened > entry.begun
        and (not state.step(name).spec.partial or all(_not_granted(state, other) for other in state.word(name)))
        for name in state.plan.ancestors[step.name]
        if step.name in state.plan.after_descendants[name] or _item_reads(state, step, name)
        for word in state.word(name)
    )


def _item_reads(state: CaseState, step: CompiledStep, name: StepName) -> bool:
    reads = step.name in state.listed and step.name in state.plan.data_descendants[name]
    return reads and not state.step(name).spec.optional


def turns(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let every undo leave whose turn has come: the undos of steps that depend on it are settled.

    One that should have left before a pause, and whose time is past now, leaves no more.
    """
    if state.paused:
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.everything():
        if entry.undo_out and too_late(step, entry, now):
            events.append(ev.UndoRefused(code=TOO_LATE, **where(now, place)))
        if entry.state != "undoing" or entry.undo_attempt or _dependant_undoing(state, step):
            continue
        if entry.paying.refunding:
            continue  # a part of it is being paid back: two wishes under one key would be taken for one
        if unsettled(step, entry):
            events += find_out(step, place, entry, now)
            continue
        silent = entry.output is None and not entry.late
        if silent and isinstance(step.contract.connection, DeskConnection):
            events.append(_undecided(place, now))
        else:
            events += ask_undo(step, place, entry, now)
    return tuple(events)


def _dependant_undoing(state: CaseState, step: CompiledStep) -> bool:
    dependants = state.plan.descendants[step.name]
    return any(other.name in dependants and entry.state in UNDO_OPEN for other, _, entry in state.everything())


def _undecided(place: Place, now: Instant) -> ev.StepUndone:
    """A desk's task that nobody decided is just taken off the desk: the desk is ours, so we know."""
    evidence = Evidence(kind="attested", received_at=now, digest="", actor="gateway")
    return ev.StepUndone(evidence=evidence, reason="undecided", **where(now, place))


def ask_undo(
    step: CompiledStep, place: Place, entry: Round, now: Instant, *, actor: str = "", reason: str = ""
) -> tuple[ev.CaseEvent, ...]:
    """Give the events of the next undo attempt, of its refusal when the contract's time for it is past.

    What no undo can reach goes to a person instead.
    """
    at = where(now, place)
    if too_late(step, entry, now):
        return (ev.UndoRefused(code=TOO_LATE, **at),) if entry.state == "undoing" else ()
    if only_by_hand(step, entry):
        return (told_by_hand(place, entry, now),)
    fresh = entry.undo_give_up_at is None or bool(actor)
    return (
        ev.UndoAsked(
            attempt=entry.next_back,
            give_up_at=give_up_at(now, step.contract.attempts) if fresh else None,
            actor=actor,
            reason=reason,
            **at,
        ),
    )


def too_late(step: CompiledStep, entry: Round, now: Instant) -> bool:
    """Whether the contract's time for an undo is past."""
    undo = step.contract.undo
    if undo is None or undo.within is None or entry.contributed_at is None:
        return False
    return after(entry.contributed_at, undo.within, step.calendar) < now


def ask_undo_again(step: CompiledStep, place: Place, entry: Round, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Give the events of an undo whose wait is over: re-sent until it is answered, or until waiting is spent."""
    spent = entry.undo_give_up_at is not None and entry.undo_give_up_at <= now
    if entry.undo_accepted and (spent or too_late(step, entry, now)):
        return (ev.UndoExhausted(reason="accepted, and not answered", owner="", **where(now, place)),)
    return ask_undo(step, place, entry, now)


def only_by_hand(step: CompiledStep, entry: Round) -> bool:
    """Whether what is left of a round was contributed by hand, and an undo by its key cannot take it back.

    The agency never got the key, or has taken back already what it did under it. Officers see on their desk what was
    contributed: theirs is an undo like any other.
    """
    return entry.by_hand and (entry.key_undone or not entry.sent) and not decided_by_people(step.contract)


def told_by_hand(place: Place, entry: Round, now: Instant) -> ev.UndoExhausted:
    """Hand what was contributed by hand to a person, with its evidence: they settle it by hand too."""
    evidence = entry.evidence
    assert evidence is not None  # noqa: S101 - nothing is contributed by hand without evidence
    known = f"{evidence.digest} of {evidence.received_at:%Y-%m-%d}, by {evidence.actor or 'an operator'}"
    reason = f"contributed by hand ({known}): no undo by the ask's key takes it back"
    return ev.UndoExhausted(reason=reason, owner="", **where(now, place))


def blocks_asking(state: CaseState, step: CompiledStep, item: ItemKey = NO_ITEM) -> bool:
    """Whether something that this step did before, or that an ancestor did, must be settled by an undo first.

    A contribution that was kept although it should have been undone blocks its own step (its own item) until it is
    taken, and what rests on it unless the joint output can do without it; one of an item that is gone blocks nothing.
    """
    above = state.plan.ancestors[step.name]
    for other, place, entry in state.everything():
        itself = other.name == step.name
        without = other.spec.optional or other.spec.partial or not state.counts(other.name, place.item)
        if entry.left_over and (place.item == item if itself else other.name in above and not without):
            return True
        if entry.state in UNDO_OPEN and (itself or other.name in above):
            return True
    return False
