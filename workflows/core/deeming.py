"""Granted by law (*fiktif positif*): an agency that provably has a complete ask stays silent until its time is over.

Its clock starts with the receipt, not with the ask: an outage of ours, a breaker that is open, a maintenance window let
nothing be received, and so never run it. It stands still while the case is paused, while an attempt is held back, while
the gateway is away or the agency's system in its declared maintenance (`outages`), and from a word of the agency (it
sent the ask back, or refused what may be corrected) until it has received the next.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from contracts import events as ev
from contracts.ids import Instant, Place
from contracts.wire import Evidence
from workflows.core.allowed_moves import OUT
from workflows.core.calendar import after
from workflows.core.compiled import CompiledStep
from workflows.core.moves import move
from workflows.core.outages import closed
from workflows.core.state import CaseState, Round, where
from workflows.core.working_time import Stop

_DECIDED_BY_TIME: Final = frozenset({"open", "closing"})
_NOT_SILENT: Final = frozenset({"returned", "contract"})
"""Causes of an exhausted step whose agency has answered: that the ask is incomplete, or what no contract of it has.

A person decides there; the law grants only where nothing was said.
"""

_MOST_LOOKS: Final = 50
"""How often maintenance is looked for in the time that maintenance has added; each finds a share of what the last did.

A system that is closed all the time has no time to be silent in.
"""


def runs(step: CompiledStep, entry: Round) -> bool:
    """Whether silence decides this round in time: the agency has it, has said nothing, and may still say something."""
    waits = step.contract.deemed is not None and entry.received_at is not None and entry.state in OUT
    return waits and entry.cause not in _NOT_SILENT


def deemed_at(state: CaseState, step: CompiledStep, place: Place) -> Instant | None:
    """Give the moment at which the law grants what this round asks (None: nothing runs, or it stands still)."""
    entry = state.round_at(place)
    if entry is None or not runs(step, entry) or state.status not in _DECIDED_BY_TIME:
        return None
    if state.paused or entry.held_back_at is not None:
        return None
    rounds = [each for each in state.rounds((place.step, place.item))[: place.round] if each.received_at is not None]
    stops, since, within = stops_of(state, rounds), _received(rounds[0]), step.contract.promise.within
    due = after(since, within, step.calendar, stops=stops)
    if not step.maintenance:
        return due
    for _ in range(_MOST_LOOKS):
        still = apart([*stops, *closed(step.maintenance, since, due)], since=since)
        later = after(since, within, step.calendar, stops=still)
        if later == due:
            return due
        due = later
    return None


def stops_of(state: CaseState, rounds: list[Round]) -> list[Stop]:
    """Give when the clock stood still between the receipts of these rounds, and since: in order and apart."""
    stops = [stop for entry in rounds for stop in entry.held_back] + [*state.pauses, *state.plan.absences]
    for entry, following in pairwise(rounds):
        stops.append(Stop(entry.word_at or _received(following), _received(following), received=True))
    return apart(stops, since=_received(rounds[0]))


def apart(stops: Iterable[Stop], *, since: Instant) -> list[Stop]:
    """Give stops in order, those that overlap as one, and nothing of what was over before."""
    joined: list[Stop] = []
    for stop in sorted(stops, key=lambda stop: (stop.begin, stop.end)):
        if stop.end < since:
            continue
        begin = max(stop.begin, since)
        if joined and begin <= joined[-1].end:
            last = joined.pop()
            longest = max(last, stop, key=lambda each: (each.end, each.received))
            joined.append(Stop(last.begin, longest.end, longest.received))
        else:
            joined.append(Stop(begin, stop.end, stop.received))
    return joined


def silence_grants(state: CaseState, now: Instant) -> tuple[ev.CaseEvent, ...]:
    """Grant what the law grants, wherever an agency has stayed silent for its time."""
    if state.paused or not state.has_any(OUT):
        return ()
    events: list[ev.CaseEvent] = []
    for step, place, _ in state.currents():
        deemed = step.contract.deemed
        due = None if deemed is None else deemed_at(state, step, place)
        if deemed is not None and due is not None and due <= now:
            evidence = Evidence(kind="attested", received_at=now, digest="", actor="gateway")
            events.append(
                ev.StepDeemed(
                    output=deemed.output, legal_basis=deemed.legal_basis, evidence=evidence, **where(now, place)
                )
            )
    return tuple(events)


def granted(state: CaseState, event: ev.StepDeemed) -> CaseState:
    """Fold that the law has granted it: its row in the table of `evolve`."""
    return move(
        state,
        event,
        "deemed",
        in_doubt=False,
        again_at=None,
        looking=False,
        lookup_at=None,
        word_at=event.at,
        output=event.output,
        contributed_at=event.at,
        evidence=event.evidence,
        reason=event.legal_basis,
    )


def _received(entry: Round) -> Instant:
    assert entry.received_at is not None  # noqa: S101 - only rounds that were received are counted
    return entry.received_at
