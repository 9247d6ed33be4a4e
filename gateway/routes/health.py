"""Whether the gateway lives, is ready, and how it does."""

from __future__ import annotations

from typing import Final

from litestar import get
from msgspec import Struct

from gateway.openapi import OPERATION, Answered, Operation
from gateway.problems import Overloaded
from gateway.requests import GatewayRequest, Reply, calls_of, reply


class Health(Struct, frozen=True, kw_only=True):
    """A word on each part that must work."""

    status: str
    version: str = ""
    checks: dict[str, str] = {}


@get(
    "/health/live",
    opt={OPERATION: Operation(id="isLive", tag="gateway", answers={200: Answered(about="It lives.", type=Health)})},
)
async def is_live(request: GatewayRequest) -> Reply:
    """Say that the process lives."""
    return reply(Health(status="live", version=calls_of(request).release))


@get(
    "/health/ready",
    opt={OPERATION: Operation(id="isReady", tag="gateway", answers={200: Answered(about="It is ready.", type=Health)})},
)
async def is_ready(request: GatewayRequest) -> Reply:
    """Say whether requests can be taken: 503 while it starts, stops, or cannot record."""
    checks = await calls_of(request).readiness()
    if any(word != "ok" for word in checks.values()):
        wrong = ", ".join(f"{name}: {word}" for name, word in checks.items() if word != "ok")
        raise Overloaded(f"Not ready ({wrong}).")
    return reply(Health(status="ready", checks=checks))


@get(
    "/metrics",
    opt={
        OPERATION: Operation(
            id="getMetrics",
            tag="gateway",
            answers={200: Answered(about="Prometheus text.", media=("text/plain",))},
        )
    },
)
async def get_metrics(request: GatewayRequest) -> Reply:
    """Get the metrics: counts and times, no personal datum."""
    text = "text/plain; version=0.0.4; charset=utf-8"
    return Reply(calls_of(request).metrics(), media_type=text)


ROUTES: Final = [is_live, is_ready, get_metrics]
