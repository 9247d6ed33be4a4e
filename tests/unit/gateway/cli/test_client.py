"""Calling a gateway: a small real server that answers as a gateway, or something else, may."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web

from gateway.cli.calling import at, connect
from gateway.cli.client import Client
from gateway.cli.exits import DECLINED, UNREACHABLE, USAGE, Ends

GATEWAY = {"API-Version": "1"}
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(answer: Answering, token: str = "") -> AsyncGenerator[Client]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with connect(f"http://127.0.0.1:{runner.addresses[0][1]}/", token) as client:
            yield client
    finally:
        await runner.cleanup()


def always(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Answering:
    async def answer(_: web.Request) -> web.StreamResponse:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return web.Response(status=status, body=data, headers=GATEWAY if headers is None else headers)

    return answer


async def ends(answer: Answering, token: str = "") -> Ends:
    async with answering(answer, token) as client:
        with pytest.raises(Ends) as end:
            await client.get("/v1/cases/a")
        return end.value


async def test_what_is_sent_does_not_arrive() -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        seen = {
            "path": request.raw_path,
            "method": request.method,
            "token": request.headers.get("Authorization"),
            "key": request.headers.get("Idempotency-Key"),
            "body": await request.json(),
        }
        return web.json_response(seen, headers=GATEWAY)

    async with answering(echo, "gpt_x") as client:
        reply = await client.send("POST", at("cases", "a/../b?c#d"), {"x": 1}, {"Idempotency-Key": "k"})
    assert reply.json() == {
        "path": "/v1/cases/a%2F..%2Fb%3Fc%23d",
        "method": "POST",
        "token": "Bearer gpt_x",
        "key": "k",
        "body": {"x": 1},
    }


async def test_an_empty_reply_is_no_nothing() -> None:
    async with answering(always(204, b"")) as client:
        assert (await client.call("PUT", "/v1/agencies/a")).json() is None


async def test_a_mistake_of_a_form_is_left_out() -> None:
    mistakes = [{"pointer": "/nik", "detail": "Write 16 digits."}, {"pointer": "", "detail": "Write an object."}]
    problem = {"title": "The form has mistakes", "status": 422, "errors": mistakes, "trace_id": "4bf9"}
    end = await ends(always(422, problem))
    assert end.code == DECLINED
    assert end.problem == problem
    assert str(end).splitlines() == [
        "The form has mistakes (422)",
        "  /nik: Write 16 digits.",
        "  /: Write an object.",
        "  trace 4bf9",
    ]


@pytest.mark.parametrize(
    ("status", "code"), [(400, 4), (401, 4), (403, 4), (404, 4), (409, 4), (413, 4), (429, 3), (500, 3), (503, 3)]
)
async def test_whose_move_is_next_is_told_wrongly(status: int, code: int) -> None:
    assert (await ends(always(status, {"title": "No"}))).code == code


async def test_who_has_no_token_is_not_told_where_to_get_one() -> None:
    assert "gapura token issue" in str(await ends(always(401, {"title": "Say who you are"})))


async def test_a_wrong_secret_is_not_thought_of() -> None:
    assert "its secret" in str(await ends(always(404, {"title": "Nothing"}), "gpc_x"))
    assert "its secret" not in str(await ends(always(404, {"title": "Nothing"})))
    named = {"title": "Nothing", "detail": "There is no such hook: `gapura hook list` names yours."}
    assert "its secret" not in str(await ends(always(404, named), "gpt_x")), "whoever mistypes a hook looks for a case"


async def test_when_to_come_back_is_not_told() -> None:
    end = await ends(always(503, {"title": "Not now"}, {**GATEWAY, "Retry-After": "7"}))
    assert "try again in 7 s" in str(end)


@pytest.mark.parametrize(
    "body", [b"<html>", b"", b"[1]", b"null", b'{"errors": [{}]}', b'{"errors": 3, "title": "x"}', b"\xff"]
)
async def test_a_reply_that_is_no_problem_shows_a_traceback(body: bytes) -> None:
    assert "(400)" in str(end := await ends(always(400, body))) or "answered 400" in str(end)
    assert end.code == DECLINED


@pytest.mark.parametrize("status", [200, 204, 302, 404, 401])
async def test_something_else_is_taken_for_a_gateway(status: int) -> None:
    end = await ends(always(status, b"{}" if status != 204 else b"", {}))
    assert end.code == UNREACHABLE
    assert "is no gateway of API version 1" in str(end)
    assert "GAPURA_URL" in str(end)


async def test_a_broken_edge_is_taken_for_another_program() -> None:
    end = await ends(always(502, b"<html>Bad gateway", {}))
    assert (end.code, str(end)) == (UNREACHABLE, "The gateway answered 502.")


async def test_an_unreadable_success_shows_a_traceback() -> None:
    end = await ends(always(200, b"<html>"))
    assert end.code == UNREACHABLE
    assert "cannot be read" in str(end)


async def test_a_token_follows_a_redirect() -> None:
    seen: list[str] = []

    async def redirect(request: web.Request) -> web.StreamResponse:
        seen.append(request.path)
        raise web.HTTPFound("/elsewhere", headers=GATEWAY)

    assert (await ends(redirect, "gpt_x")).code == UNREACHABLE
    assert seen == ["/v1/cases/a"]


async def test_nobody_listening_shows_a_traceback() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with connect(url) as client:
            with pytest.raises(
                Ends, match=rf"{url} does not answer: Connection refused. Is the gateway running"
            ) as end:
                await client.get("/v1/services")
    assert end.value.code == UNREACHABLE


async def test_a_connection_that_breaks_shows_a_traceback() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server, connect(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as client:
        with pytest.raises(Ends, match=r"does not answer: .*isconnected") as end:
            await client.get("/v1/services")
    assert end.value.code == UNREACHABLE


async def test_what_is_no_json_shows_a_traceback() -> None:
    loop: list[Any] = []
    loop.append(loop)
    async with answering(always(200)) as client:
        with pytest.raises(Ends, match="cannot be sent as JSON") as end:
            await client.send("POST", "/v1/x", loop)
    assert end.value.code == USAGE


# --- streams --------------------------------------------------------------------------------------------------


async def test_an_event_is_lost_or_asked_for_twice() -> None:
    asked: list[str | None] = []

    async def stream(request: web.Request) -> web.StreamResponse:
        asked.append(request.headers.get("Last-Event-ID"))
        response = web.StreamResponse(headers={**GATEWAY, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b'retry: 1000\n\nid: 4\nevent: A\ndata: {"version":4}\n\n: still here\n\n')
        await response.write(b'id: 5\nevent: B\ndata: {"version":5}\n\n')
        return response

    async with answering(stream) as client:
        events = [event async for event in client.events("/v1/cases/a/events", 3)]
    assert events == [{"version": 4}, {"version": 5}]
    assert asked == ["3"]


async def test_a_refused_stream_shows_a_traceback() -> None:
    async with answering(always(404, {"title": "Nothing"})) as client:
        with pytest.raises(Ends, match="Nothing") as end:
            _ = [event async for event in client.events("/v1/cases/a/events")]
    assert end.value.code == DECLINED


async def test_a_stream_that_breaks_shows_a_traceback() -> None:
    async def breaks(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers=GATEWAY)
        await response.prepare(request)
        await response.write(b'data: {"version":1}\n\n')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with answering(breaks) as client:
        with pytest.raises(Ends, match="went away") as end:
            _ = [event async for event in client.events("/v1/cases/a/events")]
    assert end.value.code == UNREACHABLE
