"""Sending a case back with just the asked questions, and what the changed answers reopen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Final, Literal, cast

from msgspec import structs

from contracts import commands as cm
from contracts import events as ev
from contracts.ids import NO_ITEM, Instant, ItemKey, Place, StepName
from workflows.core import items, payments, undoing
from workflows.core.allowed_moves import GRANTED, MAY_BE_CORRECTED, OUT, UNASKED, UNDO_OPEN
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.expressions import ExpressionError
from workflows.core.json_kinds import is_fields, is_list
from workflows.core.locks import is_locked, locked_pointers, locked_steps
from workflows.core.rejections import Rejection
from workflows.core.state import CaseState, Round, Values, where
from workflows.core.values import resolve_step

_ABSENT: Final = object()
_TAKEN_AWAY: Final = UNDO_OPEN | {"undone", "kept"}
_RESTS_ON_INPUT: Final = OUT | GRANTED
"""A no stands, whatever it was asked with: a step that it takes back with itself must not open it again."""


def correctable_pointers(
    state: CaseState, step: CompiledStep, inputs: Iterable[str], item: ItemKey = NO_ITEM
) -> list[str]:
    """Give the form values behind these inputs, or none at all when one of them may not be changed any more.

    An input that is no plain reference into the form, or that a final step's ask has locked, cannot be corrected;
    nor can anything once the case is closing.
    """
    read = [step.form_inputs.get(name) for name in inputs]
    pointers = [None if at is None else items.place_in_form(state, step, item, at) for at in read]
    locked = locked_pointers(state)
    if state.status != "open" or any(pointer is None or is_locked(pointer, locked) for pointer in pointers):
        return []
    return sorted({pointer for pointer in pointers if pointer is not None})


def correct_until(state: CaseState, within: str | None, now: Instant) -> Instant:
    """Give the end of the time for a correction: the refusal's own, or the plan's default."""
    plan = state.plan
    return after(now, within or plan.published.plan.correction_within, plan.calendar)


def correct(state: CaseState, command: cm.Correct, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Take the changed answers: record the whole form and open a new round of everything that depends on them.

    Raises:
        Rejection: nothing is asked of the applicant, something else was changed, nothing was, or the form is wrong.

    """
    asked = {pointer for _, _, entry in state.currents() if entry.correcting for pointer in entry.correctable}
    if state.status != "open" or not asked:
        raise Rejection("not_correctable", "Nothing in this case is waiting for a correction.")
    form = merge(state.form, command.answers)
    changed = sorted(differences(state.form, form))
    foreign = [pointer for pointer in changed if not any(covers(allowed, pointer) for allowed in asked)]
    if foreign:
        message = f"Only {', '.join(sorted(asked))} may be changed now, not {', '.join(foreign)}."
        raise Rejection("not_correctable", message)
    if not changed:
        raise Rejection("nothing_changed", "The answers are the same as before; change what was asked, or decline.")
    mistakes = state.plan.check_form(form)
    if mistakes:
        raise Rejection("form_invalid", "The corrected form has mistakes.", mistakes)
    corrected = ev.FormCorrected(at=now, form=form, changed=changed)
    after = structs.replace(state, form=form)

    def changes(step: CompiledStep, place: Place, entry: Round) -> bool:
        return _resolved(state, step, place) != _resolved(after, step, place) or _asked_elsewhere(
            after, step, place, entry
        )

    return (corrected, *_reopen(after, readers(state, changed), "correction", now, changes))


def _resolved(state: CaseState, step: CompiledStep, place: Place) -> tuple[bool, Values] | None:
    try:
        resolved = resolve_step(state, step, item=place.item)
    except ExpressionError:
        return None
    return resolved.needed, resolved.input


def _asked_elsewhere(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> bool:
    """Whether what an item asks the applicant for stands at another place of the form now: it is asked anew."""
    if not entry.correcting:
        return False
    now_at = {items.place_in_form(state, step, place.item, read) for read in step.form_inputs.values()}
    return not now_at.issuperset(entry.correctable)


def readers(state: CaseState, changed: Iterable[str]) -> set[StepName]:
    """Give the steps that read one of these form values themselves."""
    pointers = list(changed)
    return {
        step.name
        for step in state.plan.steps.values()
        if any(covers(read, pointer) or covers(pointer, read) for read in step.form_reads for pointer in pointers)
    }


def _reopen(
    state: CaseState,
    changed: set[StepName],
    because: Literal["correction", "dependency"],
    now: Instant,
    changes: Callable[[CompiledStep, Place, Round], bool],
) -> list[ev.CaseEvent]:
    """Open the next round of these steps and of all that rest on their values; take back what the counting ones did.

    A step whose turn has not come needs no new round: it will read the new values. A kept contribution opens none,
    and passes nothing new on: a person answers for it. Of a list that is known, only those items whose input `changes`;
    whether what is asked anew before it changes theirs is seen when that has its word (`dependencies`).
    """
    reached: set[StepName] = set()
    events: list[ev.CaseEvent] = []
    for step, place, entry in state.currents():
        if step.name in state.listed:
            if place.item == state.listed[step.name][0]:
                if step.data & reached and _undone(events) & state.plan.ancestors[step.name]:
                    found = items.unlist(state, step, because, now)  # before what it rests on is taken back
                else:
                    own = partial(changes, step)
                    found = items.reopen(state, step, because, now, own) if step.name in changed else []
                reached |= {step.name} if found else set()
                events += found
            continue
        if entry.state == "kept" or not (step.name in changed or step.data & reached):
            continue
        if entry.state in GRANTED and step.spec.pays and not payments.is_decided(state, step, entry):
            events += payments.doubt(entry, place, now)
            continue
        reached.add(step.name)
        if entry.state not in UNASKED:
            events += undoing.take_back(step, place, entry, "replaced", now)
            following = Place(place.step, place.item, place.round + 1)
            events.append(ev.RoundOpened(because=because, **where(now, following)))
    return events


def _undone(events: Iterable[ev.CaseEvent]) -> set[StepName]:
    return {event.step for event in events if isinstance(event, ev.UndoStarted)}


def locking(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """End what may no longer be corrected: a final step was asked meanwhile that rests on those answers."""
    if state.status != "open" or not state.has_any(MAY_BE_CORRECTED):
        return ()
    correcting = [(place, entry) for _, place, entry in state.currents() if entry.correcting]
    if not correcting:
        return ()
    locked = locked_pointers(state)
    events: list[ev.CaseEvent] = []
    for place, entry in correcting:
        if not any(is_locked(pointer, locked) for pointer in entry.correctable):
            continue
        if entry.state == "refused":
            events.append(ev.RefusalFinal(cause="locked", **where(now, place)))
        else:
            reason = f"returned, and {', '.join(entry.correctable)} may not change any more: {entry.text}"
            events.append(ev.StepExhausted(cause="returned", reason=reason, owner="", sent=True, **where(now, place)))
    return tuple(events)


def dependencies(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Open a new round of what was asked with another step's value that has been taken back since (or was taken).

    Nothing is issued on an input that would resolve differently today; only what a final step rests on stands.
    """
    if state.status != "open":
        return ()
    changed = stale_steps(state)
    if not changed:
        return ()

    def changes(step: CompiledStep, place: Place, entry: Round) -> bool:
        return _item_differs(state, step, place, entry) or _resolves_otherwise(state, step, place, entry)

    return tuple(_reopen(state, changed - locked_steps(state), "dependency", now, changes))


def reopen_track(state: CaseState, place: Place, now: Instant) -> list[ev.CaseEvent]:
    """Open the next round of one track, and of all that rests on its value."""
    return _reopen(state, {place.step}, "dependency", now, lambda _, at, __: at == place)


def reopen_readers(state: CaseState, name: StepName, now: Instant) -> list[ev.CaseEvent]:
    """Open the next round of what reads a step and would be asked otherwise now, and of all that rests on that."""
    changed = {
        step.name
        for step, place, entry in state.currents()
        if name in step.data and (input_differs(state, place, entry) or _list_moved(state, step))
    }
    return _reopen(state, changed, "dependency", now, partial(_resolves_otherwise, state))


def input_differs(state: CaseState, place: Place, entry: Round) -> bool:
    """Whether what was asked there would be asked with something else today."""
    return _resolves_otherwise(state, state.step(place.step), place, entry)


def payments_doubted(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Let payments stand whose amount is the same as before; pay the others back, undo what rests on them, ask anew."""
    stand, changed = payments.resolved(state, now)
    if stand or not changed:
        return stand
    return tuple(_reopen(state, changed, "dependency", now, partial(_resolves_otherwise, state)))


def stale_steps(state: CaseState) -> set[StepName]:
    """Give the steps whose input would resolve differently now that a contribution was taken back or taken."""
    stale = _stale_items(state)
    if not state.has_any(_TAKEN_AWAY):
        return stale
    moved = {
        step.name for step, _, entry in state.currents() if entry.output is not None and entry.state in _TAKEN_AWAY
    }
    if not moved:
        return stale
    return stale | {
        step.name
        for step, place, entry in state.currents()
        if moved & step.data and (_resolves_otherwise(state, step, place, entry) or _list_moved(state, step))
    }


def _stale_items(state: CaseState) -> set[StepName]:
    """Give the steps with items whose input resolves otherwise, now that what they read was asked anew."""
    return {
        step.name
        for step, place, entry in state.currents()
        if step.name in state.listed
        and _read_anew(state, step)
        and (_item_differs(state, step, place, entry) or _list_moved(state, step))
    }


def _read_anew(state: CaseState, step: CompiledStep) -> bool:
    """Whether something that a step reads has its word in a later round than its first."""
    anew = any(entry.number > 1 for name in step.data for entry in state.word(name))
    return anew and state.unsettled.isdisjoint(step.data)


def _item_differs(state: CaseState, step: CompiledStep, place: Place, entry: Round) -> bool:
    """Whether an item would be asked something else today, also one that was refused and may be corrected.

    One that could not be asked may be able to be, with what was asked anew since.
    """
    if step.name not in state.listed or not _read_anew(state, step):
        return False
    if entry.state == "exhausted" and entry.input is None:
        return any(word.opened > entry.opened for name in step.data for word in state.word(name))
    return _resolves_otherwise(state, step, place, entry, also=entry.correcting)


def _list_moved(state: CaseState, step: CompiledStep) -> bool:
    return step.name in state.listed and items.moved(state, step)


def _resolves_otherwise(
    state: CaseState, step: CompiledStep, place: Place, entry: Round, *, also: bool = False
) -> bool:
    not_needed = entry.state == "skipped" and entry.cause == "when"
    if items.is_list(step, place):
        return not_needed and items.moved(state, step)
    asked = (entry.state in _RESTS_ON_INPUT or also) and entry.input is not None and entry.given_input is None
    if not (not_needed or asked):
        return False
    try:
        resolved = resolve_step(state, step, item=place.item)
    except ExpressionError:
        return True
    return resolved.needed if not_needed else not resolved.needed or resolved.input != entry.input


def decline(state: CaseState, command: cm.DeclineCorrection, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Make a refusal final that the applicant will not correct.

    Raises:
        Rejection: this step is not waiting for a correction.

    """
    track = (command.step, command.item)
    if track not in state.tracks or not state.counts(*track):
        raise Rejection("unknown_step", f"There is no step {command.step!r} in this case.")
    entry = state.current(track)
    if not entry.correcting or state.status != "open":
        raise Rejection("not_correctable", f"Step {command.step!r} is not waiting for a correction.")
    return (ev.RefusalFinal(cause="declined", **where(now, Place(*track, entry.number))),)


def covers(pointer: str, other: str) -> bool:
    """Whether a JSON Pointer names `other` or something around it."""
    return pointer in {"", other} or other.startswith(f"{pointer}/")


def merge(form: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """Lay answers over a form as RFC 7396 does: objects are merged, null removes, everything else replaces."""
    merged = dict(form)
    for name, value in answers.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            before = merged.get(name)
            old = cast("dict[str, Any]", before) if isinstance(before, dict) else {}
            merged[name] = merge(old, cast("dict[str, Any]", value))
        else:
            merged[name] = value
    return merged


def differences(before: object, now: object, pointer: str = "") -> set[str]:
    """Give the JSON Pointers at which two values differ; of a list, only within items."""
    items_before, items_now = _groups(before), _groups(now)
    if isinstance(before, dict) and isinstance(now, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", now)
        found: set[str] = set()
        for name in {*old, *new}:
            step = name.replace("~", "~0").replace("/", "~1")
            found |= differences(old.get(name, _ABSENT), new.get(name, _ABSENT), f"{pointer}/{step}")
        return found
    if items_before is not None and items_now is not None and len(items_before) == len(items_now):
        both = enumerate(zip(items_before, items_now, strict=True))
        return set[str]().union(*(differences(old, new, f"{pointer}/{number}") for number, (old, new) in both))
    return set() if before == now and isinstance(before, bool) == isinstance(now, bool) else {pointer}


def _groups(value: object) -> list[object] | None:
    """Give the items of a list of groups of answers (None: it is no such list)."""
    return value if is_list(value) and all(map(is_fields, value)) else None
