from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from contracts import events as ev
from contracts.ids import StepName
from observability.metrics import Metrics
from observability.observer import JournalObserver
from observability.spans import exporter_from_environment
from observability.tracing import Identity, request_identity
from tests.unit.observability import cases
from tests.unit.observability.cases import CANARIES, CASE, at
from tests.unit.observability.collector import Collector, collecting
from workflows.journal.memory import MemoryJournal
from workflows.ports import REGISTER, Append, JournalUnavailable, Observer, Recorded


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.endpoint)
        yield running


async def record(journal: MemoryJournal, stream: str, events: Sequence[ev.CaseEvent | ev.RegisterEvent]) -> None:
    version = len(await journal.read(stream))
    await journal.append(Append(stream=stream, expected_version=version, events=events))


def agency_works(headers: str, collector: Collector) -> None:
    """Make the span of an agency's own work as an agency would: with the SDK, from the headers alone."""
    provider = TracerProvider(resource=Resource.create({"service.name": "oss"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter_from_environment()))
    context = TraceContextTextMapPropagator().extract({"traceparent": headers})
    with provider.get_tracer("oss").start_as_current_span("register", context=context, kind=SpanKind.SERVER):
        assert collector.endpoint
    provider.shutdown()


async def test_one_picture_shows_submission_case_attempts_and_the_agencies_own_work(collector: Collector) -> None:
    metrics = Metrics()
    request = request_identity(None)
    async with JournalObserver.open(metrics, now=lambda: at(30), version="1.2.3") as observer:
        port: Observer = observer
        journal = MemoryJournal(on_commit=port.committed)
        await record(journal, REGISTER, [cases.published()])
        submission = cases.opened(traceparent=request.traceparent)
        first, *rest = cases.journey()
        assert isinstance(first, ev.CaseOpened)
        await record(journal, CASE, [submission])
        observer.request_ended("POST", "/v1/services/{service}/cases", 202, 0.01, request)
        headers = port.attempt_headers(
            CASE, f"{CASE}/business/ask/1", 3, request.traceparent, opened_at=at(0), now=at(3.4)
        )
        agency_works(headers, collector)
        await record(journal, CASE, rest)

    assert collector.tree() == [
        "gapura: POST /v1/services/{service}/cases",
        "  gapura: case mulai-usaha",
        "    gapura: ask dukcapil/match-identity@1",
        "    gapura: ask bpjs/enrol-employer@1",
        "    gapura: ask oss/register-business@2",
        "    gapura: answer bpjs/enrol-employer@1",
        "    gapura: ask oss/register-business@2",
        "    gapura: ask oss/register-business@2",
        "      oss: register",
        "    gapura: seal",
    ]
    assert len({span.trace_id for _, span in collector.spans}) == 1
    statuses = [span.status.code for span in collector.named("ask oss/register-business@2")]
    assert sorted(statuses) == [0, 2, 2]
    assert metrics.value("gapura_spans_exported_total") == 9
    assert not any(canary.encode() in body for body in collector.bodies for canary in CANARIES)
    assert not any(canary in metrics.render().decode() for canary in CANARIES)


async def test_later_attempts_are_traces_of_their_own_that_point_to_the_case(collector: Collector) -> None:
    async with JournalObserver.open(Metrics(), now=lambda: at(700)) as observer:
        journal = MemoryJournal(on_commit=observer.committed)
        await record(journal, REGISTER, [cases.published()])
        await record(journal, CASE, [cases.opened(), cases.asked("business", 650)])
        headers = observer.attempt_headers(
            CASE, f"{CASE}/business/ask/1", 1, cases.SUBMISSION, opened_at=at(0), now=at(650)
        )
        await record(journal, CASE, [cases.contributed("business", 660)])

    (late,) = collector.named("ask oss/register-business@2")
    assert headers == f"00-{late.trace_id.hex()}-{late.span_id.hex()}-01"
    assert late.trace_id.hex() not in cases.SUBMISSION
    assert late.parent_span_id == b""
    (case,) = collector.named("case mulai-usaha")
    assert [(link.trace_id, link.span_id) for link in late.links] == [(case.trace_id, case.span_id)]
    assert value(late, "gapura.case") == CASE
    assert value(case, "gapura.outcome") == "open"
    assert case.end_time_unix_nano - case.start_time_unix_nano == 600 * 10**9


def value(span: Span, name: str) -> str:
    told: dict[str, str] = {each.key: each.value.string_value for each in span.attributes}
    return told[name]


async def test_after_a_restart_what_is_over_is_not_told_again_and_what_is_not_is_told(collector: Collector) -> None:
    journey, living = cases.journey(), list[JournalObserver]()

    def tell(recorded: Sequence[Recorded]) -> None:
        living[-1].committed(recorded)

    journal = MemoryJournal(on_commit=tell)
    for part in (journey[:5], journey[5:]):
        async with JournalObserver.open(Metrics(), now=lambda: at(12)) as observer:
            living.append(observer)
            await observer.know_history(journal.read)
            if part[0] is journey[0]:
                await record(journal, REGISTER, [cases.published()])
            await record(journal, CASE, part)
    names = sorted(span.name for _, span in collector.spans)
    assert names == sorted(
        [
            "answer bpjs/enrol-employer@1",
            "ask bpjs/enrol-employer@1",
            "ask dukcapil/match-identity@1",
            "ask oss/register-business@2",
            "ask oss/register-business@2",
            "ask oss/register-business@2",
            "case mulai-usaha",
            "seal",
        ]
    )


async def test_what_a_killed_gateway_had_not_told_is_told_by_the_next(collector: Collector, tmp_path: Path) -> None:
    journey, told, journal = cases.journey(), tmp_path / "told", MemoryJournal()
    async with JournalObserver.open(Metrics(), now=lambda: at(12), progress=told) as observer:
        await observer.catch_up(journal.read_all)
        await record(journal, REGISTER, [cases.published()])
        await record(journal, CASE, journey[:3])
        observer.committed(await journal.read_all())
        # From here on it is killed: the journal goes on, the observer sees nothing of it.
        await record(journal, CASE, journey[3:])
    assert [span.name for _, span in collector.spans] == ["ask dukcapil/match-identity@1"]

    metrics = Metrics()
    for _ in range(2):
        async with JournalObserver.open(metrics, now=lambda: at(12), progress=told) as observer:
            await observer.know_history(journal.read)
            await observer.catch_up(journal.read_all)
    assert len(collector.spans) == len({span.span_id for _, span in collector.spans}) == 8
    assert metrics.value("gapura_cases_closed_total", service="mulai-usaha", outcome="issued") == 0


async def test_a_collector_that_comes_later_is_not_told_of_years_gone_by(collector: Collector, tmp_path: Path) -> None:
    journal = MemoryJournal()
    await record(journal, CASE, cases.journey())
    async with JournalObserver.open(Metrics(), now=lambda: at(12), progress=tmp_path / "told") as observer:
        await observer.catch_up(journal.read_all)
    assert collector.spans == []


async def test_metrics_tell_services_agencies_and_outcomes() -> None:
    metrics = Metrics()
    observer = JournalObserver(metrics, now=lambda: at(30), pause_s=0)
    journal = MemoryJournal(on_commit=observer.committed)
    await record(journal, REGISTER, [cases.published()])
    await record(journal, CASE, cases.journey())
    await observer.take()
    assert metrics.value("gapura_cases_opened_total", service="mulai-usaha") == 1
    assert metrics.value("gapura_cases_closed_total", service="mulai-usaha", outcome="issued") == 1
    assert metrics.value("gapura_attempts_total", agency="oss", verb="ask", outcome="failed") == 2
    assert metrics.value("gapura_retries_total", agency="oss", verb="ask") == 2
    assert metrics.value("gapura_answer_seconds_count", agency="bpjs", verb="ask") == 1


async def test_incidents_are_counted_by_cause() -> None:
    metrics = Metrics()
    observer = JournalObserver(metrics, now=lambda: at(30), pause_s=0)
    journal = MemoryJournal(on_commit=observer.committed)
    step = StepName("business")
    await record(journal, REGISTER, [cases.published()])
    spent = ev.StepExhausted(at=at(1), step=step, cause="deadline", reason=CANARIES[0], owner=CANARIES[2])
    undo = ev.UndoExhausted(at=at(2), step=step, reason=CANARIES[0], owner=CANARIES[2])
    late = ev.StepOverdue(at=at(1), step=step)
    await record(journal, CASE, [cases.opened(), late, spent, undo])
    await observer.take()
    assert metrics.value("gapura_exhausted_total", agency="oss", verb="ask", cause="overdue") == 1
    assert metrics.value("gapura_exhausted_total", agency="oss", verb="ask", cause="deadline") == 1
    assert metrics.value("gapura_exhausted_total", agency="oss", verb="undo", cause="attempts") == 1


async def test_what_finds_no_place_in_the_queue_is_counted() -> None:
    metrics = Metrics()
    observer = JournalObserver(metrics, now=lambda: at(30), events_max=3)
    journal = MemoryJournal(on_commit=observer.committed)
    await record(journal, CASE, [cases.opened(), cases.asked("business", 0)])
    await record(journal, CASE, [cases.failed("business", 1), cases.asked("business", 2, 2)])
    assert metrics.value("gapura_observations_dropped_total", what="events") == 2
    await observer.take()
    await record(journal, CASE, [cases.contributed("business", 3)])
    await observer.take()
    assert metrics.value("gapura_attempts_total", agency="other", verb="ask", outcome="contributed") == 1


async def test_one_event_that_cannot_be_told_does_not_hide_the_next() -> None:
    metrics = Metrics()
    observer = JournalObserver(metrics, now=lambda: at(30), pause_s=0)

    async def broken(stream: str) -> list[object]:
        if stream == REGISTER:
            return []
        raise RuntimeError("the journal cannot be read")

    await observer.know_history(broken)  # type: ignore[arg-type]  # it never gives anything
    journal = MemoryJournal()
    await record(journal, CASE, [cases.opened(), cases.asked("business", 0)])
    observer.committed((await journal.read(CASE))[1:])
    await record(journal, "B", [cases.opened()])
    observer.committed(await journal.read("B"))
    await observer.take()
    assert metrics.value("gapura_observations_dropped_total", what="events") == 1
    assert metrics.value("gapura_cases_opened_total", service="mulai-usaha") == 1


async def test_without_a_collector_attempts_carry_their_trace_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    async with JournalObserver.open(Metrics(), now=lambda: at(30)) as observer:
        headers = observer.attempt_headers(CASE, "k", 1, cases.SUBMISSION, opened_at=at(0), now=at(1))
        assert headers.startswith("00-0af7651916cd43dd8448eb211c80319c-")


async def test_reading_makes_a_span_only_inside_a_callers_trace(collector: Collector) -> None:
    async with JournalObserver.open(Metrics(), now=lambda: at(30)) as observer:
        observer.request_ended("GET", "/v1/services", 200, 0.1, request_identity(None))
        observer.request_ended("GET", "/v1/cases/{case}", 200, 0.1, request_identity(cases.SUBMISSION))
        observer.request_ended("GET", "/metrics", 200, 0.1)
        observer.request_ended("POST", "/v1/callbacks", 503, 0.5, Identity(1, 2, 0))
    assert sorted(span.name for _, span in collector.spans) == ["GET /v1/cases/{case}", "POST /v1/callbacks"]
    (callback,) = collector.named("POST /v1/callbacks")
    assert callback.status.code == 2
    assert callback.end_time_unix_nano - callback.start_time_unix_nano == 500_000_000


async def test_a_collector_that_is_away_costs_spans_only(collector: Collector) -> None:
    collector.refusing = True
    metrics = Metrics()
    async with JournalObserver.open(metrics, now=lambda: at(30)) as observer:
        journal = MemoryJournal(on_commit=observer.committed)
        await record(journal, CASE, cases.journey())
    assert metrics.value("gapura_cases_opened_total", service="mulai-usaha") == 1
    assert metrics.value("gapura_observations_dropped_total", what="spans") == 8


async def test_the_end_leaves_unseen_what_was_committed_last_of_a_case_that_began_before() -> None:
    """Whoever ends the gateway closes the journal next: how the case began cannot be read any more."""
    metrics, closed, late = Metrics(), False, list[Recorded]()
    journal = MemoryJournal(on_commit=late.extend)

    async def history(stream: str) -> Sequence[Recorded]:
        if closed:
            raise JournalUnavailable("the journal is closed")
        return await journal.read(stream)

    first, *rest = cases.journey()
    await record(journal, REGISTER, [cases.published()])
    await record(journal, CASE, [first])
    late.clear()
    await record(journal, CASE, rest)
    async with JournalObserver.open(metrics, now=lambda: at(30)) as observer:
        await observer.know_history(history)
        observer.committed(late)
        await observer.end()
        closed = True
    told = metrics.render().decode()
    assert 'gapura_observations_dropped_total{what="events"}' not in told
    assert "gapura_cases_closed_total{" in told
