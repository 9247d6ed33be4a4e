"""The application: it does not start with a route that is nobody's, nor with a rule for none."""

from __future__ import annotations

from pathlib import Path

import pytest
from litestar import Response, asgi, get
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send
from msgspec import structs

from gateway.app import RouteWithoutOwner, create_app, served_routes
from gateway.clock import SystemClock
from gateway.face import Pages
from gateway.identity.rules import Owner
from gateway.requests import GatewayRequest
from gateway.settings import Settings
from tests.gateways import parts_of, running
from workflows.agencies.fake import FakeAgency
from workflows.journal.memory import MemoryJournal


@get("/extra")
async def extra(request: GatewayRequest) -> Response[bytes]:  # noqa: ARG001 - a handler takes its request
    raise ValueError("3303010101900001")


def pages(**changes: object) -> Pages:
    return structs.replace(Pages(routes=[extra], owners={("GET", "/extra"): Owner.ANYONE}), **changes)


def started(tmp_path: Path, face: Pages) -> set[tuple[str, str]]:
    fake = FakeAgency(SystemClock())
    parts = parts_of(Settings(data=tmp_path), tmp_path, journal=MemoryJournal(), fake=fake)
    return set(served_routes(create_app(parts, face)))


def test_a_page_with_an_owner_is_served(tmp_path: Path) -> None:
    assert ("GET", "/extra") in started(tmp_path, pages())


def test_a_route_that_is_nobodys_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RouteWithoutOwner, match="GET /extra"):
        started(tmp_path, pages(owners={}))


def test_a_rule_for_no_route_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RouteWithoutOwner, match="GET /extra"):
        started(tmp_path, pages(routes=[]))


async def hook(_: GatewayRequest) -> None:
    """Do nothing: what counts is that it stands in the way of the application's own."""


@get("/extra", before_request=hook)
async def hooked(request: GatewayRequest) -> Response[bytes]:  # noqa: ARG001 - a handler takes its request
    return Response(b"open to all")


@asgi("/extra-mounted", copy_scope=True)
async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
    await ASGIResponse(body=b"open to all")(scope, receive, send)


def test_a_route_that_would_pass_the_owner_rules_by_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(RouteWithoutOwner, match=r"not asked first: /extra$"):
        started(tmp_path, pages(routes=[hooked]))
    with pytest.raises(RouteWithoutOwner, match=r"not asked first: /extra-mounted$"):
        started(tmp_path, pages(routes=[extra, mounted]))


async def test_a_bug_is_a_500_that_tells_the_caller_nothing_but_the_trace(tmp_path: Path) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    async with (
        running(tmp_path, pages=pages()) as gateway,
        gateway.client.get(f"{gateway.url}/extra", headers=headers) as response,
    ):
        text = await response.text()
        problem = await response.json(content_type="application/problem+json")
    assert response.status == 500
    assert problem["trace_id"] == trace
    assert "3303010101900001" not in text
    assert "ValueError" not in text


async def test_every_reply_has_the_headers_that_keep_it_safe(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        for path in ("/v1/services", "/nothing", "/v1/reference", "/problems/gone", "/v1/cases/x"):
            async with gateway.client.get(gateway.url + path) as response:
                assert response.headers["API-Version"] == "1"
                policy = response.headers["Content-Security-Policy"]
                assert "unsafe" not in policy
                assert "default-src 'none'" in policy
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert "Cache-Control" in response.headers


async def test_a_wrong_method_is_told_with_those_that_are_offered(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.delete(f"{gateway.url}/v1/services") as response,
    ):
        assert response.status == 405
        assert "GET" in response.headers["Allow"]
        assert response.content_type == "application/problem+json"


async def test_an_overloaded_gateway_still_says_that_it_lives(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        slots = gateway.calls.limits.requests
        slots.taken = 512
        async with gateway.client.get(f"{gateway.url}/v1/services") as response:
            assert response.status == 503
            assert int(response.headers["Retry-After"]) >= 1
            assert response.content_type == "application/problem+json"
        async with gateway.client.get(f"{gateway.url}/health/live") as response:
            assert response.status == 200
        slots.taken = 0
