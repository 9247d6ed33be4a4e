"""What must hold after every event, whenever the core is at rest, and at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Final, Protocol

from contracts import events as ev
from contracts.ids import Instant, ItemKey, Place, StepName
from contracts.units import elapsed
from tests.simulation import taken_back
from workflows.core import items, undoing
from workflows.core.allowed_moves import GRANTED, OUT, UNASKED, UNDO_OPEN, WAITED_FOR
from workflows.core.calendar import after
from workflows.core.expressions import ExpressionError
from workflows.core.locks import locked_steps
from workflows.core.maintenance import closed_until
from workflows.core.order_check import can_say_no
from workflows.core.pending import pending, wake_at
from workflows.core.settle import settle
from workflows.core.state import CaseState
from workflows.core.values import resolve_step
from workflows.projections.clocks import clocks_of

ENDED = {"issued", "refused", "withdrawn", "expired", "ended", "revoked"}

Spans = Collection[tuple[Instant, Instant]]
Held = Callable[[tuple[StepName, ItemKey], Instant], Spans]

_LOOKS: Final = timedelta(minutes=20)


class Register(Protocol):
    """What an agency holds; `effect` as in its contract."""

    effect: str

    def live(self) -> list[Place]:
        """Give where something stands."""
        ...

    def against(self) -> list[Place]:
        """Give where something was done after all that had been refused, or taken back."""
        ...


def check_step(before: CaseState, event: ev.CaseEvent, now: CaseState, held: Held | None = None) -> None:
    """Check what one event did; `held` gives when the asks of a step were held back until then."""
    if isinstance(event, ev.StepAsked):
        _asked_in_order(before, event)
    if isinstance(event, ev.StepBegun):
        _in_its_turn(before, event)
    if isinstance(event, ev.StepContributed) and before.step(event.step).spec.wait and not event.actor:
        until = before.round_at(event.place).give_up_at  # type: ignore[union-attr]  # it is folded next
        assert until is not None, f"{event.place} is over, and never began"
        assert until <= event.at, f"{event.place} is over before its time"
        contested = before.round_at(event.place).contested  # type: ignore[union-attr]  # it is folded next
        assert not contested, f"{event.place} is over, and an objection is not decided"
    if isinstance(event, ev.UndoStarted):
        assert before.step(event.step).contract.effect == "reversible", "only a reversible contribution is undone"
        entry = before.round_at(event.place)
        assert entry is not None
        assert entry.left or entry.by_hand, f"{event.place} is to be undone, and never left"
    if isinstance(event, ev.StepDeemed):
        _granted_by_law(before, event, held((event.step, event.item), event.at) if held is not None else ())
    if isinstance(event, ev.UndoStarted):
        taken_back.check_reason(before, event)
    if isinstance(event, ev.CaseClosed | ev.CaseIssuing):
        _whole(now)
        taken_back.check_whole(now)
    if isinstance(event, ev.CaseIssuing):
        _inputs_are_todays(before)
        _nothing_required_is_missing(before)
    _by_people(before, event)


def _by_people(before: CaseState, event: ev.CaseEvent) -> None:
    """Check what leaves, and what is closed or confirmed, against who must have said so."""
    if isinstance(event, ev.StepSkipped):
        step, entry = before.step(event.step), before.round_at(event.place)
        kept_on = step.contract.effect != "final" or entry is None or not entry.sent
        assert kept_on, f"{event.place} is given up, and nobody knows what came of it"
    if isinstance(event, ev.CaseWithdrawn):
        gone = {place for step, place, entry in before.everything() if step.contract.effect == "final" and entry.left}
        assert not gone, f"withdrawn although {gone} cannot be taken back"
    if isinstance(event, ev.CaseClosed):
        assert all(incident.owner for incident in before.incidents), "closed with an incident that nobody owns"
    if isinstance(event, ev.UndoAsked):
        taken_back.check_undo(before, event)
    if isinstance(event, ev.StepAsked | ev.UndoAsked):
        asked = before.round_at(event.place)
        assert asked is not None
        last = asked.attempt if isinstance(event, ev.StepAsked) else max(asked.undo_attempt, asked.paying.refund)
        assert event.attempt == last + 1, f"attempt {event.attempt} of {event.place} follows {last}"
    if isinstance(event, ev.StepAsked | ev.StepLetGo | ev.UndoAsked | ev.LookupAsked | ev.SealAsked):
        assert not before.paused, f"{type(event).__name__} while the case is paused"
    if isinstance(event, ev.DecisionConfirmed):
        proposal = before.round_at(event.place).claim.proposal  # type: ignore[union-attr]  # it is folded next
        assert proposal is not None, "what nobody proposed is confirmed"
        assert proposal.officer != event.officer, "an officer confirms what they decided themselves"


def _granted_by_law(before: CaseState, event: ev.StepDeemed, held: Spans) -> None:
    """The law grants only what an agency provably had, for all of its time, and not while the case stood still."""
    entry, contract = before.round_at(event.place), before.step(event.step).contract
    assert entry is not None
    assert not before.paused, "granted while the case is paused"
    assert contract.promise.on_deadline == "deemed", f"{event.place} was granted without a law"
    received = [each.received_at for each in before.rounds((event.step, event.item)) if each.received_at is not None]
    assert entry.received_at is not None, f"{event.place} was granted, and nobody knows that its agency has it"
    assert event.at >= after(received[0], contract.promise.within), f"{event.place} was granted too early"
    _silent_for_long_enough(before, event, received[0], held)


def _silent_for_long_enough(before: CaseState, event: ev.StepDeemed, received_at: Instant, held: Spans) -> None:
    """Check by looking every so often whether somebody was here, and the agency's system open: most of two days.

    (Working days, which the plans of the simulation do not promise, are counted elsewhere.)
    """
    heard, moment, within = timedelta(), received_at, before.step(event.step).contract.promise.within
    if "working" in within:
        return
    known = before.step(event.step).maintenance
    still = [*held, *((stop.begin, stop.end) for stop in (*before.plan.absences, *before.pauses))]
    while moment < event.at:
        away = any(begin <= moment < end for begin, end in still)
        open_then = not any(
            closed_until([window], moment, lambda _, zone=zone: zone)  # type: ignore[misc]  # a zone for its window
            for version in known
            if version.since <= moment and (version.until is None or moment < version.until)
            for window, zone in version.windows
        )
        heard += _LOOKS if open_then and not away else timedelta()
        moment += _LOOKS
    stops = 1 + len(still) + 6 * len(known)
    assert heard >= elapsed(within) - stops * _LOOKS, f"{event.place} was heard for {heard} alone"


def _asked_in_order(before: CaseState, event: ev.StepAsked) -> None:
    assert not before.paused, "something leaves while the case is paused"
    step = before.step(event.step)
    if event.attempt > 1:
        return
    _in_its_turn(before, event)
    _within_bounds(before, event)
    if step.contract.effect == "final":
        for other, _, entry in before.currents():
            given = entry.granted or entry.state == "skipped" or (other.spec.partial and before.granted(other.name))
            quiet = other.name == step.name or other.spec.optional or not can_say_no(other.contract)
            assert quiet or given, "a final effect before a required word that may be a no"


def _in_its_turn(before: CaseState, event: ev.StepAsked | ev.StepBegun) -> None:
    step = before.step(event.step)
    assert before.status == "open", "nothing new is asked once a case is closing"
    assert all(before.has_word(name) for name in step.data | step.after), "asked before what it waits for"
    assert not undoing.blocks_asking(before, step, event.item), "asked before an undo that must come first"


def _within_bounds(before: CaseState, event: ev.StepAsked) -> None:
    """Of a step's items no more are asked at once than the plan says, and none after a refusal of another."""
    if not event.item or event.actor:
        return
    spec = before.step(event.step).spec
    words = before.word(event.step)
    assert event.item in before.listed[event.step], f"{event.place} is asked, and not on the list"
    assert sum(entry.state in WAITED_FOR for entry in words) < spec.at_once, f"{event.step}: too many at once"
    assert spec.partial or not any(entry.state == "refused" for entry in words), f"{event.place} asked after a refusal"


def _whole(state: CaseState) -> None:
    for _, place, entry in state.everything():
        assert entry.state not in UNDO_OPEN, f"closed with an undo open at {place}"
        assert entry.state not in UNASKED or state.status == "issuing", f"closed with {place} waiting"
        owned = entry.state == "exhausted" and entry.owner
        assert entry.state not in OUT or owned, f"closed with {place} {entry.state} that nobody owns"


def _nothing_required_is_missing(state: CaseState) -> None:
    """Nothing is issued without what the plan requires: each item of it, or of a `partial` step one at least."""
    for name, step in state.plan.steps.items():
        words = state.word(name)
        given = [word.granted or (word.state == "skipped" and word.cause == "when") for word in words]
        enough = any(given) if step.spec.partial else all(given)
        assert given, f"issued without a word of {name}"
        alone = name in state.listed and step.spec.conditional_on is None and not step.spec.partial
        dropped = alone and any(word.state == "dropped" for word in words)
        assert not dropped or any(word.state in {"refused", "undone"} for word in words), (
            f"items of {name} are dropped for nothing"
        )
        assert enough or step.spec.optional, f"issued without {name}, which is required: {[w.state for w in words]}"


def _inputs_are_todays(state: CaseState) -> None:
    """Nothing is issued on an input that would resolve differently today."""
    locked = locked_steps(state)
    for step, place, entry in state.currents():
        by_hand = entry.given_input is not None or entry.input is None
        if entry.state not in GRANTED or by_hand or step.name in locked:
            continue
        try:
            resolved = resolve_step(state, step, item=place.item)
        except ExpressionError:
            raise AssertionError(f"{place} was issued on an input that cannot be resolved") from None
        assert not place.item or not items.moved(state, step), f"{step.name} is issued for another list than today's"
        assert resolved.needed, f"{place} is issued although it is not needed"
        assert resolved.input == entry.input, f"{place} was issued on a stale input"


def check_at_rest(state: CaseState, now: Instant) -> None:
    """Check that settling has nothing more to say, and that an unfinished case waits for something."""
    moment = max(now, state.updated_at or now)
    assert not state.paused or pending(state) == (), "something is owed to the world while the case is paused"
    assert settle(state, moment) == (), "not at rest"
    due = wake_at(state)
    assert due is None or due > moment, f"a timer that is due at {due} did nothing"
    _nobody_is_forgotten(state, due)
    if state.status in ENDED:
        return
    somebody = (
        state.paused
        or bool(pending(state))
        or wake_at(state) is not None
        or any(not incident.owner for incident in state.incidents)
        or any(
            entry.held
            or entry.correcting
            or (entry.state == "undoing" and entry.undo_accepted)
            or entry.left_over
            or (entry.state == "accepted" and step.spec.service is not None)
            for step, _, entry in state.everything()
        )
    )
    assert somebody, f"case is {state.status} and waits for nothing"


def _nobody_is_forgotten(state: CaseState, due: Instant | None) -> None:
    """Check that the case wakes no later than for the first moment that is recorded of a round."""
    if state.paused:
        return
    noted = [entry.again_at for _, _, entry in state.everything() if entry.state in {"failed", "undoing"}]
    noted += [entry.lookup_at for _, _, entry in state.everything() if entry.state in {"accepted", "failed"}]
    if state.status == "open":
        noted += [entry.correct_until for _, _, entry in state.currents() if entry.correcting]
    first = min((moment for moment in noted if moment is not None), default=None)
    assert first is None or (due is not None and due <= first), f"nobody wakes the case at {first}"


def check_what_left(state: CaseState, left: Collection[Place]) -> None:
    """Check that the case knows of everything that may be with an agency, and of nothing on a clock that is not."""
    for _, place, entry in state.everything():
        assert entry.left or place not in left, f"{place} has left, and the case says that it has not"
        held = entry.held_back_at is not None
        assert not held or entry.state in {"asked", "undoing"}, f"{place} is {entry.state}, and held back"
        assert entry.left or entry.attempt == 0 or entry.asked_at is None, f"{place} is on a clock, and never left"


def check_end(state: CaseState, agencies: Mapping[StepName, Register]) -> None:
    """Check that the case ended, and that the registers hold just what it says."""
    assert state.status in ENDED, f"not ended: {state.status} {state.marks}"
    assert not pending(state), "effects are owed after the end"
    for name, agency in agencies.items():
        if agency.effect == "none":
            continue
        for place in agency.against():
            seen = any(incident.place == place for incident in state.incidents)
            assert seen, f"{name} did {place} although it was not to be, and nobody was told"
        for place in agency.live():
            assert _owned(state, place), f"{name} holds {place}, which the case does not say"
    for step, place, entry in state.everything():
        by_law = step.contract.deemed is not None and entry.output == step.contract.deemed.output
        if entry.granted and entry.revoked is None and step.contract.effect != "none" and not by_law:
            assert place in agencies[step.name].live(), f"the case says {place}, which {step.name} does not hold"

    _revoked_whole(state)


def _revoked_whole(state: CaseState) -> None:
    """What falls with a revoked part has fallen, or has an owner; the list says all of it."""
    if state.status not in {"issued", "revoked"}:
        return
    for step, place, entry in state.currents():
        assert entry.state not in UNDO_OPEN, f"{place} is being taken back, and the case is {state.status}"
        rests = entry.state in GRANTED and entry.revoked is None and step.contract.effect == "reversible"
        assert not (rests and undoing.condition_failed(state, step)), f"{place} stands without what it stands with"
        lost = entry.revoked is not None and entry.revoked.because == "agency" and not step.spec.optional
        others = any(other.granted and other.revoked is None for other in state.word(step.name))
        assert state.status == "revoked" or not lost or (step.spec.partial and others), f"issued without {place}"


def _owned(state: CaseState, place: Place) -> bool:
    entry = state.round_at(place)
    assert entry is not None
    if any(incident.place == place for incident in state.incidents):
        return True
    counts = state.counts(place.step, place.item) and state.current((place.step, place.item)) == entry
    return (entry.granted and counts) or entry.state == "kept" or (entry.state == "exhausted" and bool(entry.owner))


def check_list(state: CaseState, journal: Collection[ev.CaseEvent]) -> None:
    """Check that a credential that does not stand is on the status list."""
    if state.credential and state.status != "issued":
        assert any(isinstance(event, ev.StatusPublished) for event in journal), (
            f"{state.status}, and its output is good"
        )


def check_clocks(state: CaseState, journal: Collection[ev.CaseEvent], now: Instant) -> None:
    """Check that every clock adds up: it runs, or it stands still, from its beginning on and never both."""
    for clock in clocks_of(state, journal, now):
        spans = clock.spans
        assert [span.until for span in spans[:-1]] == [span.since for span in spans[1:]], f"{clock.step} has a gap"
        whole = ((spans[-1].until or now) - spans[0].since).total_seconds()
        assert abs(clock.used_s + clock.paused_s - whole) < 1e-3, f"the time of {clock.step} does not add up"
        assert all(span.until is None or span.until >= span.since for span in spans), "time runs backwards"
