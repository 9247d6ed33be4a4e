"""The observer: takes committed events off the request path and makes spans and metrics of them."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from contracts.events import (
    CaseOpened,
    DraftClosed,
    DraftSaved,
    PlanPublished,
    RegisterEvent,
    StepExhausted,
    StepOverdue,
    UndoExhausted,
)
from contracts.ids import CaseId, Instant
from observability.following import ANSWER, AttemptEnded, CaseEnded, Committed, FollowedCase, StepWay, Ways
from observability.metrics import Metrics
from observability.progress import Progress
from observability.tracing import SHARED_FOR, Identities, Identity, Kind

if TYPE_CHECKING:
    from observability.exporting import SpanSender
    from observability.spans import Spans

logger = logging.getLogger(__name__)


class Since(Protocol):
    """Gives committed events of all streams with a sequence above `after`."""

    async def __call__(self, *, after: int, limit: int) -> Sequence[Committed]:
        """Give at most `limit` of them, in order."""
        ...


History = Callable[[str], Awaitable[Sequence[Committed]]]
"""Gives a stream's events from its beginning."""

_EVENTS_MAX: Final = 50_000
_CATCH_UP_PAGE, _CATCH_UP_PAGES = 1_000, 10
_CASES_MAX: Final = 50_000
_PAUSE_S: Final = 0.2
_SWEEP_S: Final = 30.0
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPORT_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class JournalObserver:
    """Implements the port `Observer`. Opened with `async with JournalObserver.open(...) as observer`."""

    def __init__(
        self,
        metrics: Metrics,
        *,
        now: Callable[[], Instant],
        spans: tuple[Spans, SpanSender] | None = None,
        pause_s: float = _PAUSE_S,
        events_max: int = _EVENTS_MAX,
    ) -> None:
        """Take where it counts, and what makes and sends spans (None: nobody wants any)."""
        self._metrics, self._now, self._spans = metrics, now, spans
        self._pause_s, self._events_max = pause_s, events_max
        self._history: History | None = None
        self._identities = Identities()
        self._ways = Ways()
        self._queue: deque[Committed] = deque()
        self._wanted, self._closing, self._ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._cases: OrderedDict[str, FollowedCase] = OrderedDict()
        self._untold: OrderedDict[str, datetime] = OrderedDict()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, metrics: Metrics, *, now: Callable[[], Instant], version: str = "0", progress: Path | None = None
    ) -> AsyncGenerator[JournalObserver, None]:
        """Observe until the end of the block; what waits then is sent, for a few seconds.

        Spans go to the collector that OTEL_EXPORTER_OTLP_ENDPOINT names; without it none are made. `progress` is a
        file that remembers how far that got, for `catch_up`.
        """
        spans = _spans_from_environment(metrics, version, progress)
        observer = cls(metrics, now=now, spans=spans)
        try:
            failure: Exception | None = None
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(observer.run(), name="observer")
                try:
                    yield observer
                except Exception as error:  # noqa: BLE001 - raised again below, outside the group that would wrap it
                    failure = error
                finally:
                    observer.close()
            if failure is not None:
                raise failure
        finally:
            if spans is not None:
                await asyncio.to_thread(spans[1].close)

    async def know_history(self, history: History, *, register: str = "register") -> None:
        """Take where earlier events can be read: of cases that began before this process, and of the register."""
        self._history = history
        for committed in await history(register):
            self._learn(committed)

    async def catch_up(self, since: Since) -> None:
        """Make the spans of what an earlier process recorded and, killed, could not tell; metrics do not count it."""
        progress = self._spans[1].progress if self._spans else None
        if progress is None:
            return
        if progress.told is None:
            if not await since(after=0, limit=1):
                progress.tell(0)
            return
        after, uncounted = progress.told, Metrics()
        for _ in range(_CATCH_UP_PAGES):
            page = await since(after=after, limit=_CATCH_UP_PAGE)
            for committed in page:
                await self._follow(committed, uncounted)
            if len(page) < _CATCH_UP_PAGE:
                return
            after = page[-1].sequence

    # --- the port -----------------------------------------------------------------------------------------------

    def committed(self, recorded: Sequence[Committed]) -> None:
        """Take committed events; they wait in a bounded queue, and what finds no place is counted and dropped."""
        if len(self._queue) + len(recorded) > self._events_max:
            self._metrics.dropped("events", len(recorded))
            return
        self._queue.extend(recorded)
        self._wanted.set()

    def attempt_headers(
        self, case: CaseId, key: str, attempt: int, traceparent: str, *, opened_at: Instant, now: Instant
    ) -> str:
        """Give the `traceparent` that this attempt carries: the id of the span that its events will make."""
        return self._identities.send(case, key, attempt, traceparent, opened_at=opened_at, now=now).traceparent

    # --- requests -----------------------------------------------------------------------------------------------

    def request_ended(
        self, method: str, route: str, status: int, seconds: float, identity: Identity | None = None
    ) -> None:
        """Count an HTTP request that ended now; with the identity that it began with, it becomes a span too.

        Reading makes a span only inside a caller's trace: pages that are looked at and health checks make none.
        """
        self._metrics.request_ended(method, route, status, seconds)
        if self._spans is None or identity is None or (method in _READING and not identity.parent):
            return
        ended = self._now()
        attributes = {"http.request.method": method, "http.route": route, "http.response.status_code": status}
        self._spans[1].offer(
            self._spans[0].make(
                f"{method} {route}".strip(),
                identity,
                (ended - timedelta(seconds=seconds), ended),
                attributes,
                kind="server",
            )
        )

    # --- off the request path -------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let `run` end once the queue is empty."""
        self._closing.set()
        self._wanted.set()

    async def end(self) -> None:
        """Take what waits, and end; whoever can still read the history calls it."""
        self.close()
        await self._ended.wait()

    async def run(self) -> None:
        """Take what was committed, in batches with a pause between them, until closed and nothing waits."""
        try:
            await self._take_all()
        finally:
            self._ended.set()

    async def _take_all(self) -> None:
        while not (self._closing.is_set() and not self._queue):
            try:
                # Only untold cases need a look at the clock: without them, an idle gateway never wakes.
                async with asyncio.timeout(_SWEEP_S if self._untold else None):
                    await self._wanted.wait()
            except TimeoutError:
                pass
            self._wanted.clear()
            await self.take()
            await self._pause()

    async def take(self) -> None:
        """Make spans and metrics of everything that waits now."""
        for _ in range(len(self._queue)):
            committed = self._queue.popleft()
            try:
                await self._follow(committed, self._metrics)
            except Exception:
                # Seeing must never stop the work, nor one case the others: this event is lost to spans, and counted.
                logger.exception("event_not_observed")
                self._metrics.dropped("events")
        self._tell_long_cases()

    async def _pause(self) -> None:
        if self._closing.is_set() or not self._pause_s:
            return
        try:
            async with asyncio.timeout(self._pause_s):
                await self._closing.wait()
        except TimeoutError:
            pass

    async def _follow(self, committed: Committed, metrics: Metrics) -> None:
        if self._learn(committed) or isinstance(committed.event, DraftSaved | DraftClosed):
            return
        case = await self._case(committed)
        if case is None:
            return
        event = committed.event
        if isinstance(event, CaseOpened):
            metrics.case_opened(event.service)
            self._untold[case.case] = event.at
        elif isinstance(event, StepExhausted | StepOverdue | UndoExhausted):
            agency, _ = self._ways.of(case.plan, event.step)
            metrics.exhausted(agency, *_spent(event))
        for ended in case.follow(committed.version, event):
            if isinstance(ended, AttemptEnded):
                agency, contract = self._ways.of(case.plan, ended.step) if ended.step else ("gapura", "")
                metrics.attempt_ended(agency, ended)
                self._tell_attempt(case, ended, (agency, contract), committed.sequence)
            else:
                metrics.case_closed(case.service, ended.outcome)
                self._tell_case(case, ended.ended, ended.outcome, committed.sequence)
                self._untold.pop(case.case, None)
                self._cases.pop(case.case, None)

    def _learn(self, committed: Committed) -> bool:
        """Take an event of the register; False: it is a case's."""
        if isinstance(committed.event, PlanPublished):
            self._ways.learn(committed.event)
        return isinstance(committed.event, RegisterEvent)

    async def _case(self, committed: Committed) -> FollowedCase | None:
        """Give the followed case; one that began before this process is followed from its history first."""
        case = self._cases.get(committed.stream)
        if case is None:
            case = FollowedCase(CaseId(committed.stream))
            if committed.version > 1:
                await self._catch_up(case, committed.version)
            self._cases[case.case] = case
            if len(self._cases) > _CASES_MAX:
                self._cases.popitem(last=False)
        self._cases.move_to_end(case.case)
        return case if case.opened_at is not None or isinstance(committed.event, CaseOpened) else None

    async def _catch_up(self, case: FollowedCase, before: int) -> None:
        """Follow what was recorded earlier without telling it again."""
        if self._history is None:
            return
        for earlier in await self._history(case.case):
            if earlier.version < before:
                ended = case.follow(earlier.version, earlier.event)
                case.told = case.told or any(isinstance(each, CaseEnded) for each in ended)
        if case.opened_at is not None and self._now() - case.opened_at < SHARED_FOR and not case.told:
            self._untold[case.case] = case.opened_at
        elif case.opened_at is not None:
            case.told = True

    def _tell_attempt(self, case: FollowedCase, ended: AttemptEnded, way: StepWay, sequence: int) -> None:
        under_way, step = ended.under_way, ended.step
        agency, contract = way
        if self._spans is None or case.opened_at is None:
            return
        identity = self._identities.settle(
            case.case, ended.key, under_way.attempt, case.trace, opened_at=case.opened_at, began=under_way.began
        )
        what = "answer" if under_way.attempt == ANSWER else under_way.kind
        attributes = {
            "gapura.case": case.case,
            "gapura.service": case.service,
            "gapura.step": step,
            "gapura.item": under_way.place.item,
            "gapura.round": under_way.place.round,
            "gapura.verb": under_way.kind,
            "gapura.attempt": under_way.attempt,
            "gapura.key": ended.key,
            "gapura.agency": agency,
            "gapura.contract": contract,
            "gapura.outcome": ended.outcome,
            "gapura.cause": ended.cause,
        }
        maker, sender = self._spans
        name = f"{what} {contract or step}".strip()
        link = None if identity.parent else case.trace
        kind: Kind = "client" if step and what != "answer" else "internal"
        times = (under_way.began, ended.ended)
        sender.offer(maker.make(name, identity, times, attributes, kind=kind, link=link), sequence)

    def _tell_case(self, case: FollowedCase, ended: datetime, outcome: str, sequence: int = 0) -> None:
        if case.told or case.opened_at is None:
            return
        case.told = True
        if self._spans is not None:
            attributes = {"gapura.case": case.case, "gapura.service": case.service, "gapura.outcome": outcome}
            identity = Identity(case.trace.trace_id, case.trace.case_span, case.trace.submission)
            maker, sender = self._spans
            name = f"case {case.service}"
            sender.offer(maker.make(name, identity, (case.opened_at, ended), attributes), sequence)

    def _tell_long_cases(self) -> None:
        """Make the spans of cases that outlive their trace: what comes later has traces of its own."""
        now = self._now()
        while self._untold:
            name, opened_at = next(iter(self._untold.items()))
            if now - opened_at < SHARED_FOR:
                return
            del self._untold[name]
            case = self._cases.get(name)
            if case is not None:
                self._tell_case(case, opened_at + SHARED_FOR, "open")


def _spent(event: StepExhausted | StepOverdue | UndoExhausted) -> tuple[str, str]:
    """Give the verb and the cause under which an incident is counted."""
    if isinstance(event, UndoExhausted):
        return "undo", "attempts"
    return "ask", event.cause if isinstance(event, StepExhausted) else "overdue"


def _spans_from_environment(metrics: Metrics, version: str, progress: Path | None) -> tuple[Spans, SpanSender] | None:
    if not any(os.environ.get(name) for name in _EXPORT_VARIABLES):
        return None
    # Only now: the SDK takes its time to load, and most gateways on a desk have no collector.
    from observability.exporting import SpanSender  # noqa: PLC0415 - see above
    from observability.spans import Spans, exporter_from_environment, resource_from_environment  # noqa: PLC0415 - same

    kept = Progress(progress) if progress is not None else None
    return Spans(resource_from_environment(version)), SpanSender(exporter_from_environment(), metrics, progress=kept)
