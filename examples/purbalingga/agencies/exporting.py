"""Spans sent to an OTLP collector, where the environment names one."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as ApiSpan
from opentelemetry.trace import SpanKind, format_span_id, format_trace_id, use_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gapura_agency.tracing import Span

EXPORT_TIMEOUT_S = 2
"""A collector that is away must not hold up the agency's end."""
EXPORT_EVERY_MS = 500


class ExportingTracer:
    """Sends spans in batches, off the way of the work; the service is named after the agency."""

    def __init__(self, agency: str) -> None:
        """Set up the exporter from the OTEL_ environment."""
        resource = Resource.create({"service.name": agency, "service.namespace": "purbalingga"})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(timeout=EXPORT_TIMEOUT_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_EVERY_MS))
        self._tracer = self._provider.get_tracer("purbalingga.office")

    @contextmanager
    def span(self, name: str, parent: str) -> Generator[Span]:
        """Open a span under a `traceparent`; it is sent some time after it ends."""
        context = TraceContextTextMapPropagator().extract({"traceparent": parent})
        span = self._tracer.start_span(name, context=context, kind=SpanKind.SERVER)
        with use_span(span, end_on_exit=True):
            yield ExportedSpan(span)

    def close(self) -> None:
        """Send what is left, for at most a few seconds."""
        self._provider.shutdown()


class ExportedSpan:
    """A span that will be sent."""

    def __init__(self, span: ApiSpan) -> None:
        """Take the span under way."""
        self._span = span
        context = span.get_span_context()
        self.traceparent = (
            f"00-{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}-{context.trace_flags:02x}"
        )

    def note(self, name: str, value: str) -> None:
        """Say something of the work."""
        self._span.set_attribute(name, value)
