"""A small OTLP/HTTP collector: takes the spans of gateway and agencies and draws one trace as a tree with times."""

from __future__ import annotations

import asyncio
import gzip
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from aiohttp import web
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Span(Struct, frozen=True):
    """One span: ids in hex, times in nanoseconds since 1970."""

    trace: str
    span: str
    parent: str
    name: str
    service: str
    begun_ns: int
    ended_ns: int


class Collector:
    """Listens on a free port of this machine."""

    def __init__(self) -> None:
        """Start with no spans."""
        self.spans: dict[str, Span] = {}
        self.url = ""
        self._arrived = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_post("/v1/traces", self._take)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if body[:2] == b"\x1f\x8b":
            body = gzip.decompress(body)
        async with self._arrived:
            for span in _spans(ExportTraceServiceRequest.FromString(body)):
                self.spans[span.span] = span
            self._arrived.notify_all()
        return web.Response(
            body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf"
        )

    async def wait_for(self, seen: Callable[[], bool]) -> None:
        """Wait until what is to be seen of the spans is there."""
        async with self._arrived:
            await self._arrived.wait_for(seen)

    def of(self, trace: str) -> list[Span]:
        """Give the spans of a trace, earliest first."""
        return sorted((span for span in self.spans.values() if span.trace == trace), key=lambda span: span.begun_ns)

    def is_one_tree(self, trace: str) -> bool:
        """Say whether a trace has one root, and the parent of every other span."""
        spans = self.of(trace)
        return sum(1 for span in spans if not span.parent) == 1 and all(
            span.parent in self.spans for span in spans if span.parent
        )

    def strays(self, trace: str, home: str, under: str) -> list[Span]:
        """Give the spans of other services than `home` that hang under no span of it whose name begins so."""
        return [span for span in self.of(trace) if span.service != home and not self._hangs(span, home, under)]

    def _hangs(self, span: Span, home: str, under: str) -> bool:
        parent = self.spans.get(span.parent)
        if parent is None:
            return False
        return (parent.service == home and parent.name.startswith(under)) or self._hangs(parent, home, under)

    def tree(self, trace: str) -> list[str]:
        """Draw a trace: a line per span, with when it began and how long it took."""
        spans = self.of(trace)
        known = {span.span for span in spans}
        children: defaultdict[str, list[Span]] = defaultdict(list)
        for span in spans:
            children[span.parent if span.parent in known else ""].append(span)
        start = spans[0].begun_ns if spans else 0

        def draw(parent: str, depth: int) -> Iterator[str]:
            for span in children[parent]:
                begun, took = (span.begun_ns - start) / 1e9, (span.ended_ns - span.begun_ns) / 1e6
                label = f"{'  ' * depth}{span.name}"
                yield f"{begun:7.2f} s {took:9.1f} ms  {label:44} {span.service}"
                yield from draw(span.span, depth + 1)

        return list(draw("", 0))


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        named = {entry.key: entry.value.string_value for entry in resource.resource.attributes}
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Span(
                    trace=span.trace_id.hex(),
                    span=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    name=span.name,
                    service=named.get("service.name", ""),
                    begun_ns=span.start_time_unix_nano,
                    ended_ns=span.end_time_unix_nano,
                )
