"""The office: one agency's HTTP server and command line. `run(agency)` is the whole program of each agency's module.

The wire protocol is the agency kit's; here is what is this vendor's own: a server, options, and faults on purpose.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from aiohttp import web
from msgspec import Struct

import gapura_agency
from examples.purbalingga.agencies.duties import Agency, Clerk, account_of, open_register, take_on
from gapura_agency import Fields, Gateway, NotNow, Puller, Request, Response, SigningKey
from gapura_agency.agency import LARGEST_BODY, LOOK_EVERY_S
from gapura_agency.deliveries import LONGEST_WAIT_S
from gapura_agency.procedure import Reply

if TYPE_CHECKING:
    from examples.purbalingga.agencies.exporting import ExportingTracer

CONTRACTS = Path(__file__).parents[1] / "contracts"
_SHUTDOWN_S = 5.0

_log = logging.getLogger(__name__)


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
    questions_every_s: float = LOOK_EVERY_S
    mistype_first: int = 0


class System(gapura_agency.Agency):
    """The agency's system on the kit, which fails so many asks on purpose."""

    failures_left = 0
    fails_for_s = 1
    """How long it says that it cannot, each time: nobody else asks it before."""

    def reply_to(self, verb: str, body: bytes, traceparent: str) -> Reply:
        """Answer, or fail. Raises NotNow: on purpose."""
        if verb == "ask" and self.failures_left > 0:
            self.failures_left -= 1
            raise NotNow("this office fails on purpose: --fail-first", retry_after_s=self.fails_for_s)
        return super().reply_to(verb, body, traceparent)


class Office:
    """Serves one agency over HTTP: the kit answers, and faults are added as the command line wants."""

    def __init__(self, settings: Settings, agency: Agency, now: Callable[[], float] = time.time) -> None:
        """Open the register and the key of the agency in its data folder; `now` is its clock (seconds since 1970)."""
        settings.data.mkdir(parents=True, exist_ok=True)
        self.settings, self._exporter = settings, exporter_of(agency.name)
        self.register = open_register(agency, settings.data / "register.sqlite")
        kid = f"{datetime.now(UTC).year}-1"
        self.agency = System(
            key=SigningKey.read_or_make(agency.name, settings.data / "signing-key.json", kid),
            gateway=Gateway(settings.gateway or settings.questions, keys=settings.gateway_keys),
            contracts=CONTRACTS,
            store=self.register,
            url=settings.url,
            tracer=self._exporter,
            now=now,
        )
        self.agency.longest_wait_s = settings.longest_wait_s
        self.agency.look_every_s = settings.questions_every_s if settings.questions else None
        clerk = Clerk(settings.mistype_first)
        for duty in agency.duties:
            take_on(self.agency, duty, clerk, answer_after_s=settings.answer_after_s)
        self.agency.failures_left = settings.fail_first
        self._answer_to_lose = settings.lose_answer_once

    def application(self) -> web.Application:
        """Give the HTTP application."""
        application = web.Application(client_max_size=LARGEST_BODY)
        application.add_routes([web.get("/register", self.show_register), web.route("*", "/{path:.*}", self.answer)])
        return application

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Let the kit answer, or fail as the command line wants."""
        url, headers = request.rel_url, Fields(request.headers.items())
        asked = Request(request.method, url.raw_path, url.raw_query_string, headers, await request.read())
        response = await self.handle(asked)
        _log.info("%s %s: %s", request.path, headers.get("Idempotency-Key"), response.status)
        if request.path.endswith("/asks") and response.status < 300:  # noqa: PLR2004 - the statuses of success
            await asyncio.sleep(self.settings.delay_s)
            if self._answer_to_lose and request.transport is not None:
                self._answer_to_lose = False
                request.transport.close()
        return web.Response(status=response.status, body=response.body, headers=dict(response.headers.items()))

    async def handle(self, asked: Request) -> Response:
        """Let the kit answer, in a thread of its own."""
        return await asyncio.to_thread(self.agency.handle, asked)

    async def show_register(self, request: web.Request) -> web.StreamResponse:
        """Show what was done under which key, to this machine only: how a test sees that a wish was done once."""
        if not is_this_machine(request.remote):
            raise web.HTTPNotFound
        body = msgspec.json.encode({"agency": self.agency.name, **account_of(self.register)})
        return web.Response(body=body, content_type="application/json")

    def close(self) -> None:
        """End what is under way, send the last spans and close the register."""
        self.agency.stop()
        if self._exporter is not None:
            self._exporter.close()
        self.register.close()


def exporter_of(agency: str) -> ExportingTracer | None:
    """Give what exports spans, where the environment says where to."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    # Imported only where spans are exported: it takes half a second of an agency's start.
    from examples.purbalingga.agencies.exporting import ExportingTracer  # noqa: PLC0415 - see above

    return ExportingTracer(agency)


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
    add(
        "--questions-every",
        type=float,
        default=LOOK_EVERY_S,
        metavar="SECONDS",
        help="how often (default: %(default)s)",
    )
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
    office = Office(settings, agency)
    runner = web.AppRunner(office.application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    office.agency.start()
    if settings.gateway:
        threading.Thread(target=Puller(office.agency, worker="loket-1").run, daemon=True).start()
    jwks = f"{settings.url}/.well-known/jwks.json"
    ready = {"agency": agency.name, "port": port, "url": settings.url, "jwks": jwks, "pid": os.getpid()}
    print(msgspec.json.encode(ready).decode(), flush=True)  # noqa: T201  # what whoever started us waits for
    await stopped.wait()
    await runner.cleanup()
    await asyncio.to_thread(office.close)
