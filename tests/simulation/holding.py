"""What a protection holds back counts in no clock: read off the journal, and not asked of the core's own clocks."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Final

from contracts import events as ev
from contracts.ids import Instant, ItemKey, StepName
from contracts.units import elapsed
from workflows.core.state import CaseState

Track = tuple[StepName, ItemKey]
Span = tuple[Instant, Instant]
_SLACK: Final = timedelta(seconds=10)
"""In so short a time an attempt that was to leave is held back."""
_NOT_HEARD: Final = frozenset({"refused connection", "timed out"})


class Clock:
    """When something ran, and since when it runs."""

    def __init__(self) -> None:
        """Begin with nothing that ran."""
        self._spans: list[Span] = []
        self._since: Instant | None = None

    def runs(self, at: Instant) -> None:
        """Go on, unless it runs."""
        self._since = at if self._since is None else self._since

    def stops(self, at: Instant) -> None:
        """Stand still, unless it does."""
        if self._since is not None:
            self._spans.append((self._since, at))
            self._since = None

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self._since is not None

    def spans(self, until: Instant) -> list[Span]:
        """Give when it ran until now."""
        return [*self._spans, *([(self._since, until)] if self._since is not None else [])]

    def ran(self, until: Instant, since: Instant | None = None) -> timedelta:
        """Give how long it ran at most, for attempts that were held back at once never left."""
        spans = [(max(begin, since or begin), end) for begin, end in self.spans(until) if since is None or end > since]
        return sum((end - begin for begin, end in spans), len(spans) * _SLACK)


class Ledger:
    """When asks and undos of each step ran, were held back, or were with nobody, as the journal says."""

    def __init__(self) -> None:
        """Begin with nothing asked."""
        self._asks: dict[Track, Clock] = defaultdict(Clock)
        self._undos: dict[Track, Clock] = defaultdict(Clock)
        self._held: dict[Track, Clock] = defaultdict(Clock)
        self._nowhere: dict[Track, Clock] = defaultdict(Clock)
        self._fresh: dict[tuple[Track, str], Instant] = {}

    def check(self, before: CaseState, event: ev.CaseEvent) -> None:
        """Check what time did to a step against what ran, and write down what an event says of its time."""
        if not isinstance(event, ev.StepEvent):
            return
        track, contract = (event.step, event.item), before.step(event.step).contract
        least = elapsed(contract.attempts.give_up_after) - 2 * elapsed(contract.attempts.longest_wait)
        if isinstance(event, ev.StepOverdue) and "working" not in contract.promise.within:
            assert not self._held[track].is_running, f"{event.place} is overdue while it is held back"
            ran = self._asks[track].ran(event.at)
            assert ran >= elapsed(contract.promise.within), f"{event.place} is overdue, and ran for {ran} alone"
        if isinstance(event, ev.StepExhausted) and event.cause == "attempts":
            ran = self._asks[track].ran(event.at, self._fresh[track, "ask"])
            assert ran >= least, f"{event.place} is given up, and was tried for {ran} alone"
        if isinstance(event, ev.UndoExhausted) and event.reason in _NOT_HEARD:
            ran = self._undos[track].ran(event.at, self._fresh[track, "undo"])
            assert ran >= least, f"the undo of {event.place} is given up, and was tried for {ran} alone"
        self._note(track, event)

    def still(self, track: Track, until: Instant) -> list[Span]:
        """Give when an agency could not be silent: asks were held back, or it had said its word and was not asked."""
        return [*self._held[track].spans(until), *self._nowhere[track].spans(until)]

    def _note(self, track: Track, event: ev.StepEvent) -> None:
        if isinstance(event, ev.StepAsked | ev.UndoAsked) and event.give_up_at is not None:
            self._fresh[track, "ask" if isinstance(event, ev.StepAsked) else "undo"] = event.at
        if isinstance(event, ev.StepHeldBack | ev.StepLetGo):
            self._protects(track, event)
        elif isinstance(event, ev.UndoAsked):
            self._undos[track].runs(event.at)
        elif isinstance(event, (*_HEARD, *_WORDS)):
            self._held[track].stops(event.at)
            if isinstance(event, _WORDS):
                self._asks[track].stops(event.at)
            else:
                self._asks[track].runs(event.at)
        if isinstance(event, ev.StepRefused | ev.StepReturned):
            self._nowhere[track].runs(event.at)
        elif isinstance(event, ev.StepAccepted | ev.StepReceived):
            self._nowhere[track].stops(event.at)

    def _protects(self, track: Track, event: ev.StepHeldBack | ev.StepLetGo) -> None:
        runs, stands = self._undos[track], Clock()
        if event.verb == "ask":
            runs, stands = self._asks[track], self._held[track]
        if isinstance(event, ev.StepHeldBack):
            runs.stops(event.at)
            stands.runs(event.at)
        else:
            stands.stops(event.at)
            runs.runs(event.at)


_HEARD: Final = (ev.StepAsked, ev.StepAccepted, ev.StepFailed, ev.StepExhausted)
_WORDS: Final = (
    ev.RoundOpened,
    ev.StepContributed,
    ev.StepDeemed,
    ev.StepDropped,
    ev.StepRefused,
    ev.StepReturned,
    ev.StepSkipped,
    ev.UndoStarted,
)
