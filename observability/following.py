"""Follows cases by their events and says what came to an end: attempts and cases, with their times and outcomes.

Pure but for its memory: no clock, no I/O. Spans and metrics are both made from what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Literal, Protocol

from msgspec import Struct, field

from contracts import events as ev
from contracts.ids import NO_ITEM, CaseId, ItemKey, Place, StepName, ask_key
from observability.tracing import Trace, case_trace

Kind = Literal["ask", "undo", "lookup", "seal"]
ANSWER: Final = 0
"""The attempt number of waiting for an answer that was announced (`accepted`): it belongs to no attempt."""

StepWay = tuple[str, str]
"""Agency and contract of a step."""


class Committed(Protocol):
    """A committed event, as the journal tells it."""

    @property
    def stream(self) -> str:
        """The case, or the register."""
        ...

    @property
    def version(self) -> int:
        """Its place in the stream, from 1."""
        ...

    @property
    def sequence(self) -> int:
        """Its place among the events of all streams."""
        ...

    @property
    def event(self) -> ev.CaseEvent | ev.RegisterEvent:
        """What was recorded."""
        ...


class UnderWay(Struct, frozen=True):
    """An attempt that has begun."""

    kind: Kind
    place: Place
    attempt: int
    began: datetime


class AttemptEnded(Struct, frozen=True):
    """An attempt, or the wait for an announced answer, from its beginning to its outcome."""

    under_way: UnderWay
    key: str
    ended: datetime
    outcome: str
    cause: str = ""

    @property
    def step(self) -> StepName:
        """The step; empty for the sealing of the whole."""
        return self.under_way.place.step


class CaseEnded(Struct, frozen=True):
    """A case that was issued, closed or revoked."""

    ended: datetime
    outcome: str


Ended = AttemptEnded | CaseEnded


class FollowedCase(Struct):
    """What must be remembered of an open case."""

    case: CaseId
    service: str = ""
    plan: str = ""
    opened_at: datetime | None = None
    trace: Trace = field(default_factory=lambda: Trace(0, 0, 0))
    told: bool = False
    """Its span has been made."""
    version: int = 0
    seals: int = 0
    under_way: dict[tuple[str, bool], UnderWay] = field(default_factory=dict[tuple[str, bool], UnderWay])
    """By key, and whether it is the wait for an announced answer."""

    def follow(self, version: int, event: ev.CaseEvent | ev.RegisterEvent) -> list[Ended]:
        """Take the next event; give what it ended. An event that was seen before says nothing."""
        if version <= self.version:
            return []
        self.version = version
        handle = _HANDLERS.get(type(event))
        return list(handle(self, event)) if handle else []

    def begin(self, kind: Kind, place: Place, attempt: int, at: datetime) -> None:
        """Note that an attempt, or the wait for its announced answer, has begun."""
        self.under_way[self.key(kind, place), attempt == ANSWER] = UnderWay(kind, place, attempt, at)

    def end(
        self, kind: Kind, place: Place, at: datetime, outcome: str, cause: str = "", *, announced: bool | None = None
    ) -> Iterator[AttemptEnded]:
        """End what is under way of this kind at this place; `announced` chooses between attempt and wait."""
        key = self.key(kind, place)
        for waiting in (False, True) if announced is None else (announced,):
            under_way = self.under_way.pop((key, waiting), None)
            if under_way is not None:
                yield AttemptEnded(under_way, key, at, outcome, cause)

    def key(self, kind: Kind, place: Place) -> str:
        """Name what was wished for."""
        return f"{self.case}/seal" if kind == "seal" else ask_key(self.case, place, kind)


def _opened(case: FollowedCase, event: ev.CaseOpened) -> Iterator[Ended]:
    case.service, case.plan, case.opened_at = event.service, event.plan, event.at
    case.trace = case_trace(event.case, event.traceparent)
    return iter(())


def _begun(kind: Kind) -> Callable[[FollowedCase, ev.StepAsked | ev.UndoAsked | ev.LookupAsked], Iterator[Ended]]:
    def handle(case: FollowedCase, event: ev.StepAsked | ev.UndoAsked | ev.LookupAsked) -> Iterator[Ended]:
        case.begin(kind, event.place, event.attempt, event.at)
        return iter(())

    return handle


def _held_back(case: FollowedCase, event: ev.StepHeldBack) -> Iterator[Ended]:
    """What is held back has not begun."""
    case.under_way.pop((case.key(event.verb, event.place), False), None)
    return iter(())


def _let_go(case: FollowedCase, event: ev.StepLetGo) -> Iterator[Ended]:
    case.begin(event.verb, event.place, event.attempt, event.at)
    return iter(())


def _accepted(kind: Kind) -> Callable[[FollowedCase, ev.StepEvent], Iterator[Ended]]:
    def handle(case: FollowedCase, event: ev.StepEvent) -> Iterator[Ended]:
        yield from case.end(kind, event.place, event.at, "accepted", announced=False)
        if (case.key(kind, event.place), True) not in case.under_way:
            case.begin(kind, event.place, ANSWER, event.at)

    return handle


def _failed(kind: Kind, outcome: str) -> Callable[[FollowedCase, ev.StepEvent], Iterator[Ended]]:
    def handle(case: FollowedCase, event: ev.StepEvent) -> Iterator[Ended]:
        yield from case.end(kind, event.place, event.at, outcome, announced=False)

    return handle


def _decided(outcome: str) -> Callable[[FollowedCase, ev.StepEvent], Iterator[Ended]]:
    def handle(case: FollowedCase, event: ev.StepEvent) -> Iterator[Ended]:
        cause = event.cause if isinstance(event, ev.StepExhausted) else ""
        for kind in ("ask", "lookup"):
            yield from case.end(kind, event.place, event.at, outcome, cause)

    return handle


def _taken_back(outcome: str) -> Callable[[FollowedCase, ev.StepEvent], Iterator[Ended]]:
    def handle(case: FollowedCase, event: ev.StepEvent) -> Iterator[Ended]:
        yield from case.end("undo", event.place, event.at, outcome)

    return handle


def _recorded(case: FollowedCase, event: ev.AnswerRecorded) -> Iterator[Ended]:
    yield from case.end(event.verb, event.place, event.at, "recorded")


_WHOLE = Place(StepName(""), ItemKey(NO_ITEM))


def _sealing(case: FollowedCase, event: ev.CaseIssuing | ev.SealAsked) -> Iterator[Ended]:
    case.seals += 1
    case.begin("seal", _WHOLE, case.seals, event.at)
    return iter(())


def _sealed(case: FollowedCase, event: ev.OutputSealed) -> Iterator[Ended]:
    yield from case.end("seal", _WHOLE, event.at, "sealed")


def _seal_failed(case: FollowedCase, event: ev.SealFailed) -> Iterator[Ended]:
    yield from case.end("seal", _WHOLE, event.at, "failed")


def _issued(_: FollowedCase, event: ev.CaseIssued) -> Iterator[Ended]:
    yield CaseEnded(event.at, "issued")


def _revoked(_: FollowedCase, event: ev.CaseRevoked) -> Iterator[Ended]:
    yield CaseEnded(event.at, "revoked")


def _closed(case: FollowedCase, event: ev.CaseClosed) -> Iterator[Ended]:
    yield from case.end("seal", _WHOLE, event.at, "dropped")
    yield CaseEnded(event.at, event.outcome)


# Each handler takes the one class of event that stands beside it.
_HANDLERS: Final[Mapping[type, Callable[[FollowedCase, Any], Iterator[Ended]]]] = {
    ev.CaseOpened: _opened,
    ev.StepAsked: _begun("ask"),
    ev.UndoAsked: _begun("undo"),
    ev.LookupAsked: _begun("lookup"),
    ev.StepHeldBack: _held_back,
    ev.StepLetGo: _let_go,
    ev.StepAccepted: _accepted("ask"),
    ev.BillMade: _accepted("ask"),
    ev.BillCheckAsked: _begun("lookup"),
    ev.UndoAccepted: _accepted("undo"),
    ev.StepFailed: _failed("ask", "failed"),
    ev.SettlingFailed: _failed("ask", "failed"),
    ev.UndoFailed: _failed("undo", "failed"),
    ev.LookupUnanswered: _failed("lookup", "unanswered"),
    ev.StepContributed: _decided("contributed"),
    ev.StepRefused: _decided("refused"),
    ev.StepReturned: _decided("returned"),
    ev.StepExhausted: _decided("exhausted"),
    ev.StepSkipped: _decided("skipped"),
    ev.StepDropped: _decided("dropped"),
    ev.StepUndone: _taken_back("undone"),
    ev.UndoRefused: _taken_back("undo_refused"),
    ev.UndoExhausted: _taken_back("undo_exhausted"),
    ev.StepKept: _taken_back("kept"),
    ev.AnswerRecorded: _recorded,
    ev.CaseIssuing: _sealing,
    ev.SealAsked: _sealing,
    ev.OutputSealed: _sealed,
    ev.SealFailed: _seal_failed,
    ev.CaseIssued: _issued,
    ev.CaseRevoked: _revoked,
    ev.CaseClosed: _closed,
}


class Ways:
    """Which agency and contract each step of each published plan asks, learned from the register's events."""

    def __init__(self) -> None:
        """Start knowing no plan."""
        self._plans: dict[str, dict[str, StepWay]] = {}

    def learn(self, event: ev.PlanPublished) -> None:
        """Take a published plan."""
        contracts = event.published.contracts
        self._plans[event.published.digest] = {step: (each.agency, each.name) for step, each in contracts.items()}

    def of(self, plan: str, step: str) -> StepWay:
        """Give the agency and contract of a step; empty texts where the plan is not known."""
        return self._plans.get(plan, {}).get(step, ("", ""))
