"""The demonstration's collector: real spans over real HTTP, drawn as the tree that they are."""

from __future__ import annotations

import asyncio
import gzip

import aiohttp
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from gateway.cli.demo.collector import Collector

TRACE = "0a" * 16


def span(number: int, name: str, parent: int = 0, *, at_s: float = 0, took_s: float = 0.5) -> Span:
    begun = int((1_000_000 + at_s) * 1e9)
    return Span(
        trace_id=bytes.fromhex(TRACE),
        span_id=number.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=name,
        start_time_unix_nano=begun,
        end_time_unix_nano=begun + int(took_s * 1e9),
    )


async def send(collector: Collector, service: str, *spans: Span, zipped: bool = False) -> None:
    resource = Resource(attributes=[KeyValue(key="service.name", value=AnyValue(string_value=service))])
    batch = ResourceSpans(resource=resource, scope_spans=[ScopeSpans(spans=list(spans))])
    body = ExportTraceServiceRequest(resource_spans=[batch]).SerializeToString()
    headers = {"Content-Encoding": "gzip"} if zipped else {}
    async with aiohttp.ClientSession() as session:
        data = gzip.compress(body) if zipped else body
        async with session.post(f"{collector.url}/v1/traces", data=data, headers=headers) as response:
            assert response.status == 200


async def test_a_span_hangs_elsewhere() -> None:
    async with Collector() as collector:
        await send(collector, "gapura", span(3, "ask b", 1, at_s=2), span(2, "ask a", 1, at_s=1))
        assert not collector.is_one_tree(TRACE)
        await send(collector, "oss", span(4, "oss ask", 2, at_s=1.25, took_s=0.01), zipped=True)
        await send(collector, "gapura", span(1, "POST", took_s=3))
        assert collector.is_one_tree(TRACE)
        assert [line.split() for line in collector.tree(TRACE)] == [
            ["0.00", "s", "3000.0", "ms", "POST", "gapura"],
            ["1.00", "s", "500.0", "ms", "ask", "a", "gapura"],
            ["1.25", "s", "10.0", "ms", "oss", "ask", "oss"],
            ["2.00", "s", "500.0", "ms", "ask", "b", "gapura"],
        ]


async def test_two_roots_are_one_tree() -> None:
    async with Collector() as collector:
        await send(collector, "gapura", span(1, "POST"), span(2, "POST"))
        assert not collector.is_one_tree(TRACE)


async def test_a_span_beside_the_attempts_is_not_found() -> None:
    async with Collector() as collector:
        await send(collector, "gapura", span(1, "POST"), span(2, "ask a", 1))
        await send(collector, "oss", span(3, "oss ask", 2), span(4, "oss decides", 3), span(5, "oss alone", 1))
        await send(collector, "bpjs", span(6, "bpjs lost", 77))
        assert {stray.name for stray in collector.strays(TRACE, "gapura", "ask ")} == {"oss alone", "bpjs lost"}


async def test_what_is_waited_for_is_missed() -> None:
    async with Collector() as collector, asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(collector.wait_for(lambda: len(collector.of(TRACE)) == 2))
        await send(collector, "gapura", span(1, "POST"))
        await send(collector, "gapura", span(1, "POST"))
        await send(collector, "gapura", span(2, "ask a", 1))
