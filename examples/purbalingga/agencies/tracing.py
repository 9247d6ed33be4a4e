"""W3C trace context: the agency's own work is a child of the gateway's attempt, and its callback a child of that work.

Spans are exported over OTLP where OTEL_EXPORTER_OTLP_ENDPOINT is set; without it only the ids are carried on.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

_TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$")
_EXPORT_TIMEOUT_S = 2
"""A collector that is away must not hold up the agency's end."""


class Span(Protocol):
    """Work under way: `traceparent` is what its own calls carry on."""

    traceparent: str

    def note(self, name: str, value: str) -> None:
        """Say something of the work, never a personal datum."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def span(self, name: str, parent: str) -> AbstractContextManager[Span]:
        """Open a span under a `traceparent`; an absent or broken one begins a new trace."""
        ...

    def close(self) -> None:
        """Send what is left."""
        ...


def make_tracer(agency: str) -> Tracer:
    """Give a tracer that exports where the environment says so, else one that only carries ids on."""
    return ExportingTracer(agency) if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") else CarryingTracer()


class CarriedSpan:
    """A span that nobody stores."""

    def __init__(self, traceparent: str) -> None:
        """Take its own `traceparent`."""
        self.traceparent = traceparent

    def note(self, name: str, value: str) -> None:
        """Forget what is said."""


class CarryingTracer:
    """Carries trace ids on and stores nothing."""

    @contextmanager
    def span(self, name: str, parent: str) -> Generator[Span]:
        """Open a span that only has an id."""
        del name
        known = _TRACEPARENT.match(parent)
        trace, flags = (known[1], known[3]) if known else (secrets.token_hex(16), "01")
        yield CarriedSpan(f"00-{trace}-{secrets.token_hex(8)}-{flags}")

    def close(self) -> None:
        """Do nothing: nothing is kept."""


class ExportingTracer:
    """Sends spans to an OTLP collector, in batches, off the way of the work."""

    def __init__(self, agency: str) -> None:
        """Set up the exporter from the OTEL_ environment; the service is named after the agency."""
        # Imported only where spans are exported: it takes half a second of an agency's start.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        resource = Resource.create({"service.name": agency, "service.namespace": "purbalingga"})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        exporter = OTLPSpanExporter(timeout=_EXPORT_TIMEOUT_S)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500))
        self._tracer = self._provider.get_tracer("purbalingga.office")

    @contextmanager
    def span(self, name: str, parent: str) -> Generator[Span]:
        """Open a span that is exported when it ends."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

        carrier = TraceContextTextMapPropagator()
        context = carrier.extract({"traceparent": parent})
        with self._tracer.start_as_current_span(name, context=context, kind=SpanKind.SERVER) as span:
            carried: dict[str, str] = {}
            carrier.inject(carried)
            yield _ExportedSpan(carried["traceparent"], span.set_attribute)

    def close(self) -> None:
        """Send what is left, for at most a few seconds."""
        self._provider.shutdown()


class _SetAttribute(Protocol):
    def __call__(self, key: str, value: str) -> None: ...


class _ExportedSpan:
    def __init__(self, traceparent: str, set_attribute: _SetAttribute) -> None:
        self.traceparent = traceparent
        self._set_attribute = set_attribute

    def note(self, name: str, value: str) -> None:
        self._set_attribute(name, value)
