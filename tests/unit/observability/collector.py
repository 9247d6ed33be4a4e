"""A collector: a real OTLP/HTTP receiver on loopback that keeps what it is sent."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector:
    """Keeps the spans of every service; answers 503 while `refusing`."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, Span]] = []
        self.bodies: list[bytes] = []
        self.refusing = False
        self.endpoint = ""

    def take(self, body: bytes) -> int:
        if self.refusing:
            return 400
        self.bodies.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(attributes["service.name"], span) for span in scope.spans]
        return 200

    def named(self, name: str) -> list[Span]:
        return [span for _, span in self.spans if span.name == name]

    def tree(self) -> list[str]:
        """Give the spans as an indented tree, children by their start."""
        spans = {span.span_id: (service, span) for service, span in self.spans}
        lines: list[str] = []

        def show(parent: bytes, depth: int) -> None:
            children = [
                (span.start_time_unix_nano, service, span)
                for service, span in spans.values()
                if span.parent_span_id == parent or (not depth and span.parent_span_id not in spans)
            ]
            for _, service, span in sorted(children, key=lambda each: (each[0], each[2].name)):
                lines.append(f"{'  ' * depth}{service}: {span.name}")
                show(span.span_id, depth + 1)

        show(b"", 0)
        return lines


@contextmanager
def collecting() -> Generator[Collector, None, None]:
    """Run a collector."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(collector.take(body) if self.path == "/v1/traces" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the server's name for it
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    collector.endpoint = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
