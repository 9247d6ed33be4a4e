"""Spans as the OpenTelemetry SDK's own objects, made whole from what was recorded: 3 µs each, not the SDK's 100.

Imported only where spans are exported: the SDK takes its time to load.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from observability.redaction import redact
from observability.tracing import Identity, Kind, Trace

FAILED: Final = frozenset({"failed", "exhausted", "undo_exhausted"})
"""Outcomes that are errors of a span: an agency's "no" is none."""

_KINDS: Final = {"internal": SpanKind.INTERNAL, "client": SpanKind.CLIENT, "server": SpanKind.SERVER}
_SERVER_ERROR = 500
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_SCOPE = InstrumentationScope("gapura")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def exporter_from_environment() -> SpanExporter:
    """Give an exporter over OTLP/HTTP, set up by the OTEL_EXPORTER_OTLP_… variables of its documentation."""
    return OTLPSpanExporter()


def resource_from_environment(version: str) -> Resource:
    """Say who makes the spans: `gapura`, unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES name another."""
    named = "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "") or "OTEL_SERVICE_NAME" in os.environ
    own = {"service.version": version} if named else {"service.name": "gapura", "service.version": version}
    return Resource.create(own)


class Spans:
    """Makes the SDK's span objects, ready for an exporter. Their attributes are redacted here and nowhere else."""

    def __init__(self, resource: Resource) -> None:
        """Take what all spans say of who made them."""
        self._resource = resource

    def make(
        self,
        name: str,
        identity: Identity,
        times: tuple[datetime, datetime],
        attributes: Mapping[str, object],
        *,
        kind: Kind = "internal",
        link: Trace | None = None,
    ) -> ReadableSpan:
        """Make a span; the outcome or HTTP status among its attributes decides its status."""
        told = redact(attributes)
        failed = told.get("gapura.outcome") in FAILED or int(told.get("http.response.status_code", 0)) >= _SERVER_ERROR
        parent = _context(identity.trace_id, identity.parent, remote=kind == "server") if identity.parent else None
        return ReadableSpan(
            name=name,
            context=_context(identity.trace_id, identity.span_id),
            parent=parent,
            resource=self._resource,
            attributes=told,
            links=() if link is None else (Link(_context(link.trace_id, link.case_span)),),
            kind=_KINDS[kind],
            status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
            start_time=nanoseconds(times[0]),
            end_time=nanoseconds(max(times)),
            instrumentation_scope=_SCOPE,
        )


def _context(trace_id: int, span_id: int, *, remote: bool = False) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=remote, trace_flags=_SAMPLED)


def nanoseconds(moment: datetime) -> int:
    """Give a moment in nanoseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
