from __future__ import annotations

import threading
from collections.abc import Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from observability.exporting import SpanSender
from observability.metrics import Metrics
from observability.spans import Spans, resource_from_environment
from observability.tracing import Identity
from tests.unit.observability.cases import at

SPAN = Spans(resource_from_environment("1")).make("x", Identity(1, 2, 3), (at(0), at(1)), {})


class GatedExporter(SpanExporter):
    """Holds every batch until it is let go, then gives what it was told to give."""

    def __init__(self, result: SpanExportResult | None = SpanExportResult.SUCCESS) -> None:
        self.batches: list[int] = []
        self.entered, self.gate = threading.Event(), threading.Event()
        self.result = result

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.batches.append(len(spans))
        self.entered.set()
        self.gate.wait()
        if self.result is None:
            raise RuntimeError("an exporter's bug")
        return self.result

    def shutdown(self) -> None:
        self.gate.set()


def test_spans_that_wait_go_together_and_all_of_them_go() -> None:
    exporter, metrics = GatedExporter(), Metrics()
    sender = SpanSender(exporter, metrics)
    sender.offer(SPAN)
    exporter.entered.wait()
    for _ in range(700):
        sender.offer(SPAN)
    exporter.gate.set()
    sender.close()
    assert exporter.batches == [1, 512, 188]
    assert metrics.value("gapura_spans_exported_total") == 701


def test_a_collector_that_hangs_costs_bounded_memory_and_no_waiting() -> None:
    exporter, metrics = GatedExporter(), Metrics()
    sender = SpanSender(exporter, metrics, queued_max=100)
    sender.offer(SPAN)
    exporter.entered.wait()
    for _ in range(150):
        sender.offer(SPAN)
    assert metrics.value("gapura_observations_dropped_total", what="spans") == 50
    sender.close(within_s=0.05)
    assert "span sender" not in {thread.name for thread in threading.enumerate()}


def test_what_the_collector_does_not_take_is_counted_and_the_next_batch_goes() -> None:
    for result in (SpanExportResult.FAILURE, None):
        exporter, metrics = GatedExporter(result), Metrics()
        exporter.gate.set()
        sender = SpanSender(exporter, metrics)
        sender.offer(SPAN)
        exporter.entered.wait()
        while not metrics.value("gapura_observations_dropped_total", what="spans"):
            pass
        exporter.result = SpanExportResult.SUCCESS
        sender.offer(SPAN)
        sender.close()
        assert metrics.value("gapura_spans_exported_total") == 1
        assert metrics.value("gapura_observations_dropped_total", what="spans") == 1
