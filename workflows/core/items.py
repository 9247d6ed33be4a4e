"""Items of `each` steps: when their list is known, whose turn it is, and what a changed list does.

Until its list is known, a step has one track, that of no item; from then on a track per item. A step has its word when
every item on its list has; an item that is no more on the list has no say, and what it did is taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from contracts import events as ev
from contracts.asked import Act
from contracts.ids import NO_ITEM, Instant, ItemKey, Place
from contracts.units import Text
from workflows.core import undoing
from workflows.core.allowed_moves import UNASKED, UNDO_OPEN, WAITED_FOR
from workflows.core.compiled import CompiledStep
from workflows.core.expressions import ExpressionError
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, Track, where
from workflows.core.values import Items, items_now, order_of

Because = Literal["correction", "dependency"]


def is_list(step: CompiledStep, place: Place) -> bool:
    """Whether a place is that of an `each` step's list, and of none of its items."""
    return step.each is not None and place.item == NO_ITEM


def lost(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    """Whether, with this round, its step has ended without a contribution; a step that was not needed has not.

    A `partial` step has only when all of its items have their word, and none contributed, nor was kept.
    """
    not_needed = entry.state == "skipped" and (entry.cause == "when" or not step.spec.partial)
    if not entry.settled or entry.granted or not_needed or entry.state == "kept":
        return False
    words = state.word(step.name) if step.spec.partial else ()
    return all(word.settled and not word.granted and not word.left_over for word in words)


def untaken(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    """Whether the joint output waits for a person: of what it needs, a contribution was kept, and nobody took it."""
    needed = not (step.spec.optional or (step.spec.partial and state.granted(step.name)))
    return needed and entry.left_over


# --- the list -----------------------------------------------------------------------------------------------


def open_list(state: CaseState, step: CompiledStep, place: Place, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Open the items of a list that is known now; an empty one, or a step that is not needed, is skipped."""
    at = where(now, place)
    try:
        found = items_now(state, step)
    except ExpressionError as error:
        return (ev.StepExhausted(cause="expression", reason=str(error), owner="", **at),)
    if found.mistakes:
        reason = "; ".join(f"{mistake.pointer}: {mistake.detail}" for mistake in found.mistakes)
        return (ev.StepExhausted(cause="plan", reason=reason, owner="", **at),)
    if not found.items:
        return (ev.StepSkipped(cause="when", **at),)
    return (ev.ItemsListed(items=list(found.items), **at),)


def open_again(state: CaseState, step: CompiledStep, place: Place, now: Instant, act: Act) -> tuple[ev.CaseEvent, ...]:
    """Open a list that was wrong in its turn, as it is today, by an operator's act.

    Raises:
        Rejection: it is still wrong.

    """
    (event,) = open_list(state, step, place, now)
    if isinstance(event, ev.StepExhausted):
        raise Rejection("input_invalid", f"The list of step {step.name!r} is still wrong: {event.reason}")
    by, at = {"actor": act.actor, "reason": act.reason}, where(now, place)
    if isinstance(event, ev.ItemsListed):
        return (ev.ItemsListed(items=event.items, **by, **at),)
    return (ev.StepSkipped(cause="when", **by, **at),)


# --- turns --------------------------------------------------------------------------------------------------


def held_up(state: CaseState) -> frozenset[Track]:
    """Give the items that may not be asked yet: enough of their step are being asked, or one was refused."""
    held: list[Track] = []
    for name, keys in state.listed.items():
        spec = state.step(name).spec
        words = {key: state.current((name, key)) for key in keys}
        waiting = [(name, key) for key, entry in words.items() if entry.state in UNASKED]
        free = spec.at_once - sum(entry.state in WAITED_FOR for entry in words.values())
        if not spec.partial and any(_refused(state, state.step(name), entry) for entry in words.values()):
            free = 0
        held += waiting[max(free, 0) :]
    return frozenset(held)


def _refused(state: CaseState, step: CompiledStep, entry: Round) -> bool:
    return entry.state in {"refused", "returned"} or lost(state, step, entry)


def drop_after_refusal(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Drop the items that are not asked any more because one was refused for good, where the step is not `partial`."""
    if state.status != "open":
        return ()
    events: list[ev.CaseEvent] = []
    for name, keys in state.listed.items():
        step = state.step(name)
        words = [(key, state.current((name, key))) for key in keys]
        if not step.spec.partial and any(lost(state, step, entry) for _, entry in words):
            events += [
                ev.StepDropped(cause="condition", **where(now, Place(name, key, entry.number)))
                for key, entry in words
                if entry.state in UNASKED
            ]
    return tuple(events)


# --- a changed list -----------------------------------------------------------------------------------------


def reopen(
    state: CaseState, step: CompiledStep, because: Because, now: Instant, changed: Callable[[Place, Round], bool]
) -> list[ev.CaseEvent]:
    """Follow a list whose items may have changed: only those that `changed` says open a new round.

    An item that is gone is taken back or dropped; a new one opens with the list. `state` has the new form. Where the
    list itself cannot be made out now, or is none any more, everything is taken back and it is waited for anew.
    """
    before = state.listed[step.name]
    found = _items_or_none(state, step)
    if not found or found.mistakes or not found.items:
        return unlist(state, step, because, now)
    after, events = tuple(found.items), list[ev.CaseEvent]()
    for key in before:
        entry = state.current((step.name, key))
        place = Place(step.name, key, entry.number)
        if entry.state == "kept":
            continue
        if key not in found.items:
            events += undoing.take_back(step, place, entry, "replaced", now)
        elif entry.state not in UNASKED and (entry.state == "dropped" or changed(place, entry)):
            events += undoing.take_back(step, place, entry, "replaced", now)
            events.append(ev.RoundOpened(because=because, **where(now, Place(step.name, key, entry.number + 1))))
    if after != before:
        at = Place(step.name, NO_ITEM, len(state.rounds((step.name, NO_ITEM))))
        events.append(ev.ItemsListed(items=list(after), **where(now, at)))
    return events


def unlist(state: CaseState, step: CompiledStep, because: Because, now: Instant) -> list[ev.CaseEvent]:
    """Take back what every item did, and wait for the list anew: what it rests on is asked again."""
    events: list[ev.CaseEvent] = []
    for key in state.listed[step.name]:
        entry = state.current((step.name, key))
        if entry.state != "kept":
            events += undoing.take_back(step, Place(step.name, key, entry.number), entry, "replaced", now)
    following = Place(step.name, NO_ITEM, len(state.rounds((step.name, NO_ITEM))) + 1)
    events.append(ev.RoundOpened(because=because, **where(now, following)))
    return events


def moved(state: CaseState, step: CompiledStep) -> bool:
    """Whether the list of a step would have other items today than it was opened with (or is waited for)."""
    found = _items_or_none(state, step)
    return found is None or bool(found.mistakes) or tuple(found.items) != state.listed.get(step.name, ())


def _items_or_none(state: CaseState, step: CompiledStep) -> Items | None:
    try:
        return items_now(state, step)
    except ExpressionError:
        return None


def place_in_form(state: CaseState, step: CompiledStep, item: ItemKey, pointer: str) -> str | None:
    """Give the JSON Pointer of what an item reads in the form (None: it is not there); `[]` stands for its place."""
    if "/[]" not in pointer:
        return pointer
    number = order_of(state, step, item)
    return None if number is None else pointer.replace("/[]", f"/{number}", 1)


def title_of(step: CompiledStep, item: ItemKey) -> Text:
    """Give what people call a step, with the name of the item that it is about."""
    title = step.title
    return Text(f"{title.id}: {item}", f"{title.en}: {item}") if item else title


# --- what is shown ------------------------------------------------------------------------------------------


def shown(state: CaseState) -> list[tuple[CompiledStep, Place, Round]]:
    """Give every counting round, and of items that are gone those that a person may have to look at, or was undone."""
    rows: list[tuple[CompiledStep, Place, Round]] = []
    incidents = {(incident.place.step, incident.place.item) for incident in state.incidents}
    for track in state.tracks:
        entry = state.current(track)
        left = {entry.state for entry in state.rounds(track)} & (UNDO_OPEN | {"undone", "kept"})
        if state.counts(*track) or (track[1] != NO_ITEM and (left or track in incidents)):
            rows.append((state.step(track[0]), Place(*track, entry.number), entry))
    return rows
