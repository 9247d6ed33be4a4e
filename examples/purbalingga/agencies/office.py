"""The office: one agency's HTTP server and command line. `run(agency)` is the whole program of each agency's module."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web
from msgspec import Struct
from yarl import URL

from examples.purbalingga.agencies.callbacks import LONGEST_WAIT_S, LaterAnswers
from examples.purbalingga.agencies.calling import Gateway
from examples.purbalingga.agencies.keys import GatewayKeys, SigningKey, own_key
from examples.purbalingga.agencies.messages import Problem
from examples.purbalingga.agencies.procedure import Agency, NotAsked, Procedure, Reply
from examples.purbalingga.agencies.questions import EVERY_S, Confirming
from examples.purbalingga.agencies.register import Register
from examples.purbalingga.agencies.signatures import (
    REMEMBER_NONCE_S,
    Heading,
    SignatureInvalid,
    read_heading,
    sign_response,
    verify_request,
)
from examples.purbalingga.agencies.tracing import Tracer, make_tracer
from examples.purbalingga.agencies.worker import Worker

LARGEST_BODY = 1024 * 1024
_SHUTDOWN_S = 5.0

_log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Settings(Struct, kw_only=True):
    """What the command line says, with its faults and slowness, for tests and demonstrations.

    `questions` is the gateway's address where facts are asked about, `questions_every_s` the rest between two looks.
    `longest_wait_s` is how long it waits at most before an answer that nobody took is sent again.
    """

    host: str
    port: int
    url: str
    data: Path
    gateway_keys: str
    gateway: str
    answer_after_s: float | None
    fail_first: int
    delay_s: float
    lose_answer_once: bool
    longest_wait_s: float = LONGEST_WAIT_S
    questions: str = ""
    questions_every_s: float = EVERY_S
    mistype_first: int = 0


class Office:
    """Serves one agency over HTTP: verifies who asks, lets the procedure answer, signs the answer."""

    def __init__(
        self,
        settings: Settings,
        agency: Agency,
        session: aiohttp.ClientSession,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Open the register and the keys of the agency in its data folder; `now` is its clock (seconds since 1970)."""
        settings.data.mkdir(parents=True, exist_ok=True)
        self.settings, self.agency, self.now = settings, agency, now
        self.key: SigningKey = own_key(agency.name, settings.data)
        self.tracer: Tracer = make_tracer(agency.name)
        self.register = Register(settings.data / "register.sqlite", agency.schema)
        self.procedure = Procedure(
            agency,
            self.register,
            self.key,
            self.tracer,
            answer_after_s=settings.answer_after_s,
            mistype_first=settings.mistype_first,
            now=now,
        )
        self.later = LaterAnswers(self.procedure, self.key, session, longest_wait_s=settings.longest_wait_s)
        self.url = URL(settings.url)
        self._session = session
        self._gateway_keys = GatewayKeys(settings.gateway_keys, session)
        self._failures_left = settings.fail_first
        self._answer_to_lose = settings.lose_answer_once

    def application(self) -> web.Application:
        """Give the HTTP application."""
        application = web.Application(client_max_size=LARGEST_BODY, middlewares=[problems])
        application.add_routes(
            [
                web.post("/asks", self.take_ask),
                web.post("/undos", self.take_undo),
                web.post("/lookups", self.take_lookup),
                web.get("/.well-known/jwks.json", self.show_keys),
                web.get("/register", self.show_register),
            ]
        )
        return application

    def gateway(self, address: str) -> Gateway:
        """Give the gateway at an address, as this office calls it."""
        return Gateway(address, self.agency.name, self.key, self._session, self.now)

    def close(self) -> None:
        """Send the last spans and close the register."""
        self.tracer.close()
        self.register.close()

    async def take_ask(self, request: web.Request) -> web.StreamResponse:
        """Answer an ask, or fail as the command line wants."""
        heading, body = await self._verified(request)
        with self.tracer.span(f"{self.agency.name} ask", request.headers.get("traceparent", "")) as span:
            if self._failures_left > 0:
                self._failures_left -= 1
                span.note("gapura.outcome", "unavailable")
                problem = Problem("Not possible at the moment", 503, "this office fails on purpose: --fail-first")
                return problem_response(problem, {"Retry-After": "1"})
            reply = self.procedure.ask(body, span.traceparent)
            span.note("gapura.outcome", reply.outcome)
        self.later.look()
        _log.info("ask %s: %s", request.headers["Idempotency-Key"], reply.outcome)
        await asyncio.sleep(self.settings.delay_s)
        if self._answer_to_lose and request.transport is not None:
            self._answer_to_lose = False
            request.transport.close()
        return self._signed(request, heading, reply)

    async def take_undo(self, request: web.Request) -> web.StreamResponse:
        """Answer an undo."""
        heading, body = await self._verified(request)
        with self.tracer.span(f"{self.agency.name} undo", request.headers.get("traceparent", "")) as span:
            reply = self.procedure.undo(body)
            span.note("gapura.outcome", reply.outcome)
        _log.info("undo %s: %s", request.headers["Idempotency-Key"], reply.outcome)
        return self._signed(request, heading, reply)

    async def take_lookup(self, request: web.Request) -> web.StreamResponse:
        """Answer a lookup."""
        heading, body = await self._verified(request)
        return self._signed(request, heading, self.procedure.lookup(body))

    async def show_keys(self, request: web.Request) -> web.StreamResponse:
        """Show the agency's public keys (a JWK Set)."""
        del request
        return web.Response(body=msgspec.json.encode(self.key.published), content_type="application/jwk-set+json")

    async def show_register(self, request: web.Request) -> web.StreamResponse:
        """Show what was done under which key, to this machine only: how a test sees that a wish was done once."""
        if not is_this_machine(request.remote):
            raise web.HTTPNotFound
        body = msgspec.json.encode({"agency": self.agency.name, **self.register.dump()})
        return web.Response(body=body, content_type="application/json")

    async def _verified(self, request: web.Request) -> tuple[Heading, bytes]:
        """Read the body, and verify that the gateway signed this request, for us, now, and for the first time."""
        body = await request.read()
        now = self.now()
        heading = read_heading(request.headers, now=now)
        key = await self._gateway_keys.find(heading.key_id)
        if key is None:
            raise SignatureInvalid(f"{heading.key_id} is no key of the gateway")
        # The address is our own configuration plus the path asked: what the Host header says is not believed.
        verify_request(heading, key, URL(f"{self.url}{request.raw_path}", encoded=True), request.headers, body)
        if not self.register.take_nonce(heading.key_id, heading.nonce, now=now, until=now + REMEMBER_NONCE_S):
            raise SignatureInvalid("this signature was used before")
        return heading, body

    def _signed(self, request: web.Request, heading: Heading, reply: Reply) -> web.Response:
        digest = request.headers["Content-Digest"]
        headers = sign_response(
            self.key, heading, digest, status=reply.status, body=reply.body, created=int(self.now())
        )
        return web.Response(status=reply.status, body=reply.body, headers=headers)


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what cannot be heard with a problem (RFC 9457); these need no signature."""
    try:
        return await handler(request)
    except SignatureInvalid as mistake:
        return problem_response(Problem("The signature is not valid", 401, str(mistake)))
    except NotAsked as mistake:
        return problem_response(Problem("This is no ask of ours", 422, str(mistake)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as mistake:
        return problem_response(Problem("The body cannot be read", 400, str(mistake)))
    except (aiohttp.ClientError, TimeoutError, OSError) as mistake:
        detail = f"the gateway's keys cannot be read: {type(mistake).__name__}"
        return problem_response(Problem("Not possible at the moment", 503, detail), {"Retry-After": "1"})


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> web.Response:
    """Write a problem as a response."""
    body = msgspec.json.encode(problem)
    return web.Response(status=problem.status, body=body, content_type="application/problem+json", headers=headers)


def is_this_machine(address: str | None) -> bool:
    """Say whether a peer's address is loopback."""
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


def run(agency: Agency, *, answer_after_s: float | None = None) -> None:
    """Be the program of an agency: serve until SIGTERM or SIGINT.

    Args:
        agency: whose office this is.
        answer_after_s: accept at once and answer by callback that much later, unless the command line says otherwise.

    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format=f"%(asctime)s {agency.name} %(message)s")
    logging.getLogger("aiohttp").setLevel(logging.WARNING)
    asyncio.run(serve(agency, read_settings(agency, answer_after_s)))


def read_settings(agency: Agency, answer_after_s: float | None) -> Settings:
    """Read the command line."""
    module = agency.name.replace("-", "_")
    parser = argparse.ArgumentParser(prog=f"examples.purbalingga.agencies.{module}", description=agency.about)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=0, help="port to listen on; 0 takes a free one")
    add("--url", default="", help="address under which the gateway knows this office (default: http://HOST:PORT)")
    add("--data", type=Path, required=True, metavar="DIR", help="folder of the register and the signing key")
    add("--gateway-keys", required=True, metavar="URL_OR_FILE", help="the gateway's JWK Set")
    add(
        "--gateway",
        default="",
        metavar="URL",
        help="call the gateway here and fetch what is asked, as from behind a firewall",
    )
    add("--questions", default="", metavar="URL", help="ask the gateway here what it wants confirmed after issue")
    add("--questions-every", type=float, default=EVERY_S, metavar="SECONDS", help="how often (default: %(default)s)")
    add("--answer-after", type=float, default=answer_after_s, metavar="SECONDS", help="answer by callback, later")
    faults = parser.add_argument_group("faults", "for tests and demonstrations")
    faults.add_argument("--fail-first", type=int, default=0, metavar="N", help="answer the first N asks with 503")
    faults.add_argument(
        "--delay", type=float, default=0, metavar="SECONDS", help="wait after the work, before the answer"
    )
    faults.add_argument(
        "--lose-answer-once", action="store_true", help="do the work of one ask and drop the connection"
    )
    faults.add_argument(
        "--longest-wait", type=float, default=LONGEST_WAIT_S, metavar="SECONDS", help="before a callback is sent again"
    )
    faults.add_argument(
        "--mistype-first", type=int, default=0, metavar="N", help="enter the first N facts with a letter missing"
    )
    given = parser.parse_args()
    return Settings(
        host=given.host,
        port=given.port,
        url=given.url.rstrip("/"),
        data=given.data,
        gateway_keys=given.gateway_keys,
        gateway=given.gateway,
        answer_after_s=given.answer_after,
        fail_first=given.fail_first,
        delay_s=given.delay,
        lose_answer_once=given.lose_answer_once,
        longest_wait_s=given.longest_wait,
        questions=given.questions,
        questions_every_s=given.questions_every,
        mistype_first=given.mistype_first,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port))
    except OSError as error:
        sys.exit(f"{host}:{port} cannot be listened on ({os.strerror(error.errno or 0)}): end what has it.")


async def serve(agency: Agency, settings: Settings) -> None:
    """Serve an agency; prints one JSON line when it is ready, with its port and where its public keys are."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listener = _listen(settings.host, settings.port)
    port = listener.getsockname()[1]
    settings.url = settings.url or f"http://{settings.host}:{port}"
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        office = Office(settings, agency, session)
        runner = web.AppRunner(office.application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        works = [tasks.create_task(office.later.run())]
        if settings.gateway:
            works.append(tasks.create_task(Worker(office.procedure, office.gateway(settings.gateway)).run()))
        if settings.questions:
            asked = Confirming(office.procedure, office.gateway(settings.questions), settings.questions_every_s)
            works.append(tasks.create_task(asked.run()))
        jwks = f"{settings.url}/.well-known/jwks.json"
        ready = {"agency": agency.name, "port": port, "url": settings.url, "jwks": jwks, "pid": os.getpid()}
        print(msgspec.json.encode(ready).decode(), flush=True)  # noqa: T201  # what whoever started us waits for
        await stopped.wait()
        for work in works:
            work.cancel()
        await runner.cleanup()
        office.close()
