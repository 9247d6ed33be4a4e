"""The clocks of a case: of each ask, when its agency's time ran, when it stood still and why, and when it is due. Pure.

A promise runs from the first ask on; what the law grants is counted from the receipt. Between a word and the next ask
both stand still, and while an attempt is held back. A pause of ours, a time in which the gateway was away, and declared
maintenance of the agency's system stop only what the law counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, get_args

from contracts import events as ev
from contracts.clocks import ClockSpan, ClockView
from contracts.ids import Instant, Place
from workflows.core.allowed_moves import OUT
from workflows.core.calendar import in_hours
from workflows.core.clocks import promised_by
from workflows.core.compiled import CompiledStep
from workflows.core.deeming import apart, deemed_at
from workflows.core.outages import closed
from workflows.core.state import CaseState, Track
from workflows.core.working_hours import open_between
from workflows.core.working_time import Stop
from workflows.projections.objection_clocks import objection_clocks

_RUNNING: Final = ""
_CORRECTION: Final = "correction"
_REOPENED: Final = "reopened"
_PAUSE: Final = "pause"
_IN_SUB_CASE: Final = "applicant_in_sub_case"
_AWAY: Final = "away"
_MAINTENANCE: Final = "maintenance"
_HELD_BACK: Final = frozenset(get_args(ev.HeldBackBecause))
_WORDS: Final = (ev.RefusalFinal, ev.StepContributed, ev.StepDeemed, ev.StepDropped, ev.StepSkipped, ev.UndoStarted)
_RECEIPTS: Final = (ev.StepAccepted, ev.StepReceived)

Kind = Literal["promise", "deemed"]


class _Clock:
    """One clock while its events are folded. It has begun once it has spans; the last is open until it has stopped."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind
        self.spans: list[ClockSpan] = []

    def runs(self, at: Instant) -> None:
        """Go on, or begin."""
        self._turn(at, _RUNNING)

    def stands(self, at: Instant, because: str) -> None:
        """Stand still, if it has begun."""
        if self.spans:
            self._turn(at, because)

    def stops(self, at: Instant) -> None:
        """Have its word: what follows counts only if it is asked again."""
        if self.spans and self.spans[-1].until is None:
            self.spans[-1] = ClockSpan(since=self.spans[-1].since, until=at, because=self.spans[-1].because)

    def never_left(self, at: Instant, because: str) -> None:
        """Take back that it went on with an ask that did not leave."""
        asked = self.spans.pop() if self.spans and not self.spans[-1].because else None
        if asked is not None and self.spans:
            self.spans.append(ClockSpan(since=asked.since, because=because))
        else:
            self.stands(at, because)

    def _turn(self, at: Instant, because: str) -> None:
        last = self.spans[-1] if self.spans else None
        if last is not None and last.until is None and last.because == because:
            return
        if last is not None and last.until is not None and last.until < at:
            # It had its word, and is asked again: that time does not count.
            self.spans.append(ClockSpan(since=last.until, until=at, because=_REOPENED))
        self.stops(at)
        self.spans.append(ClockSpan(since=at, because=because))


def clocks_of(state: CaseState, recorded: Iterable[ev.CaseEvent], now: Instant) -> list[ClockView]:
    """Give every clock that has begun, in the order of the plan, then objections'; `recorded` are the case's events."""
    recorded, clocks = list(recorded), dict[tuple[Track, Kind], _Clock]()
    for event in recorded:
        if isinstance(event, ev.CasePaused | ev.CaseResumed):
            _pause(event, clocks.values())
        elif isinstance(event, ev.StepEvent):
            _tell(state, event, clocks)
    order = {name: number for number, name in enumerate(state.plan.order)}
    for (track, kind), clock in clocks.items():
        if kind == "deemed" and clock.spans:
            clock.spans = _cut(clock.spans, _outages(state, track, clock.spans, now), now)
    begun = [(track, clock) for (track, _), clock in clocks.items() if clock.spans]
    begun.sort(key=lambda entry: (order[entry[0][0]], entry[0][1], entry[1].kind == "deemed"))
    return [*(_view(state, track, clock, now) for track, clock in begun), *objection_clocks(state, recorded, now)]


def _pause(event: ev.CasePaused | ev.CaseResumed, clocks: Iterable[_Clock]) -> None:
    for clock in clocks:
        if clock.kind == "deemed" and clock.spans and clock.spans[-1].until is None:
            if isinstance(event, ev.CasePaused) and not clock.spans[-1].because:
                clock.stands(event.at, _PAUSE)
            elif isinstance(event, ev.CaseResumed) and clock.spans[-1].because == _PAUSE:
                clock.runs(event.at)


def _tell(state: CaseState, event: ev.StepEvent, clocks: dict[tuple[Track, Kind], _Clock]) -> None:
    if state.step(event.step).spec.pays:
        return  # the time of an applicant is no agency's promise
    track = (event.step, event.item)
    promise = clocks.setdefault((track, "promise"), _Clock("promise"))
    let_go = isinstance(event, ev.StepLetGo) and event.verb == "ask"
    if let_go or isinstance(event, ev.StepAsked):
        promise.runs(event.at)
    elif isinstance(event, ev.StepHeldBack) and event.verb == "ask":
        if event.attempt == 1 and not event.sent:
            promise.never_left(event.at, event.because)
        else:
            promise.stands(event.at, event.because)
    _in_sub_case(event, promise)
    _hold_back(event, clocks.get((track, "deemed")))
    for clock in _running_by(state, event, clocks, promise):
        if isinstance(event, ev.StepRefused | ev.StepReturned):
            if event.correctable:
                clock.stands(event.at, _CORRECTION)
            else:
                clock.stops(event.at)
        elif isinstance(event, _WORDS):
            clock.stops(event.at)


def _in_sub_case(event: ev.StepEvent, promise: _Clock) -> None:
    if isinstance(event, ev.SubCaseWaits):
        promise.stands(event.at, _IN_SUB_CASE)
    elif isinstance(event, ev.SubCaseGoesOn):
        promise.runs(event.at)


def _hold_back(event: ev.StepEvent, deemed: _Clock | None) -> None:
    """What the law counts stands still too while an attempt is held back, unless it does anyway."""
    if deemed is None or not deemed.spans or deemed.spans[-1].until is not None:
        return
    because = deemed.spans[-1].because
    if isinstance(event, ev.StepHeldBack) and event.verb == "ask" and not because:
        deemed.stands(event.at, event.because)
    elif isinstance(event, ev.StepLetGo) and event.verb == "ask" and because in _HELD_BACK:
        deemed.runs(event.at)


def _running_by(
    state: CaseState, event: ev.StepEvent, clocks: dict[tuple[Track, Kind], _Clock], promise: _Clock
) -> Iterator[_Clock]:
    """Walk over the clocks that a word stops; a receipt begins the one that the law counts by."""
    yield promise
    if state.step(event.step).contract.deemed is None:
        return
    deemed = clocks.setdefault(((event.step, event.item), "deemed"), _Clock("deemed"))
    if isinstance(event, _RECEIPTS):
        deemed.runs(event.at)
    yield deemed


def _outages(state: CaseState, track: Track, spans: Sequence[ClockSpan], now: Instant) -> list[tuple[Stop, str]]:
    """Give when what the law counts stood still for everybody, and why: where both were, it is our absence."""
    begin, end = spans[0].since, spans[-1].until or now
    maintenance = apart(closed(state.step(track[0]).maintenance, begin, end), since=begin)
    absences = apart(state.plan.absences, since=begin)
    return [*((stop, _AWAY) for stop in absences), *((stop, _MAINTENANCE) for stop in maintenance)]


def _cut(spans: list[ClockSpan], stops: Iterable[tuple[Stop, str]], now: Instant) -> list[ClockSpan]:
    """Take spans that ran apart where a stop falls into them; of two stops the first counts."""
    for stop, because in stops:
        spans = [piece for span in spans for piece in _pieces(span, stop, because, now)]
    return spans


def _pieces(span: ClockSpan, stop: Stop, because: str, now: Instant) -> Iterator[ClockSpan]:
    end = span.until or now
    if span.because or stop.begin >= end or stop.end <= span.since:
        yield span
        return
    if span.since < stop.begin:
        yield ClockSpan(since=span.since, until=stop.begin)
    lasts = span.until is None and stop.end > now
    yield ClockSpan(since=max(span.since, stop.begin), until=None if lasts else min(end, stop.end), because=because)
    if not lasts and (stop.end < end or span.until is None):
        yield ClockSpan(since=stop.end, until=span.until)


def _view(state: CaseState, track: Track, clock: _Clock, now: Instant) -> ClockView:
    step, entry = state.step(track[0]), state.current(track)
    place = Place(track[0], track[1], entry.number)
    due_at = promised_by(state, step, place) if clock.kind == "promise" else deemed_at(state, step, place)
    last = clock.spans[-1]
    stopped = last.until is not None
    lengths = [(span.because, ((span.until or now) - span.since).total_seconds()) for span in clock.spans]
    return ClockView(
        step=step.name,
        item=track[1],
        title=step.title,
        agency=step.contract.agency,
        kind=clock.kind,
        within=step.contract.promise.within,
        state="stopped" if stopped else "paused" if last.because else "running",
        because="" if stopped else last.because,
        spans=clock.spans,
        used_s=sum(length for because, length in lengths if not because),
        paused_s=sum(length for because, length in lengths if because),
        open_s=_open(step, clock, now),
        sub_case=entry.ticket if step.spec.service is not None else "",
        due_at=due_at if entry.state in OUT and not stopped else None,
        overdue=bool(due_at and due_at <= now and entry.state in OUT and not stopped),
    )


def _open(step: CompiledStep, clock: _Clock, now: Instant) -> float | None:
    """Give the seconds of a clock in which offices were open, where those are what it counts."""
    if step.calendar is None or not in_hours(step.contract.promise.within):
        return None
    ran = [open_between(step.calendar, span.since, span.until or now) for span in clock.spans if not span.because]
    return sum(length.total_seconds() for length in ran)
