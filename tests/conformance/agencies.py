"""Agencies for tests: a real small office behind HTTP, and what the suite needs of each adapter."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from contracts.contract import (
    Connection,
    Contract,
    DeskConnection,
    Limits,
    Promise,
    Refusal,
    Undoing,
    WireConnection,
)
from contracts.ids import AskKey
from contracts.problems import Mistake
from contracts.units import Text
from contracts.wire import (
    Accepted,
    Answer,
    Ask,
    Contributed,
    Lookup,
    NothingHeld,
    Refused,
    Returned,
    Undo,
    Undone,
)
from workflows.agencies.addresses import AddressGuard, parse_networks
from workflows.agencies.desk import DeskAgency
from workflows.agencies.fake import Behaviour, FakeAgency
from workflows.agencies.lane import Place, Ticket
from workflows.agencies.protection import ProtectedAgency, Protection
from workflows.agencies.reading import AnswerChecks, PartClaim
from workflows.agencies.signing import Request, Response, SigningKey, sign_response, verify_request
from workflows.agencies.wire import WireAgency
from workflows.ports import Agency, Told

GATEWAY_KEY = SigningKey("gateway/1", ec.derive_private_key(7001, ec.SECP256R1()))
OFFICE_KEY = SigningKey("civil/1", ec.derive_private_key(7002, ec.SECP256R1()))
OTHER_KEY = SigningKey("other/1", ec.derive_private_key(7003, ec.SECP256R1()))
KEYS: dict[str, dict[str, object]] = {
    key.key_id: dict(ECKey.import_key(key.private.public_key()).as_dict(private=False))
    for key in (GATEWAY_KEY, OFFICE_KEY, OTHER_KEY)
}
LOOPBACK = AddressGuard(parse_networks(["127.0.0.0/8"]))
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NAME = Text("Nama", "Name")


class PromptClock:
    """The real time, and pauses that take none."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        await asyncio.sleep(0)


def make_contract(
    url: str = "", *, deadline: str = "5 s", in_flight: int = 10, connection: Connection | None = None
) -> Contract:
    """Give a contract by wire, or by desk without a URL, or by another connection."""
    connection = connection or (WireConnection(url=url, deadline=deadline) if url else DeskConnection())
    return Contract(
        agency="civil",
        contract="match-person",
        version="1.0.0",
        title=NAME,
        purpose="matching",
        legal_basis="UU 24/2013",
        basis="public_task",
        retention="10 years",
        reads={"name": "identity"},
        input={"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        output={"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}},
        effect="reversible",
        undo=Undoing(by="system"),
        promise=Promise(within="1 day"),
        connection=connection,
        lookup=True,
        refusals={"unknown": Refusal(title=NAME)},
        limits=Limits(in_flight=in_flight),
    )


def make_ask(key: str = "case/match/ask/1", name: str = "Sari", attempt: int = 1) -> Ask:
    return Ask(
        key=AskKey(key),
        contract="civil/match-person@1",
        contract_digest="sha256:0",
        purpose="matching",
        legal_basis="UU 24/2013",
        input={"name": name},
        salt="c2FsdHNhbHRzYWx0c2FsdA",
        deadline=datetime.now(UTC) + timedelta(seconds=5),
        callback="http://127.0.0.1:1/v1/callbacks",
        attempt=attempt,
    )


def make_undo(ask: Ask) -> Undo:
    return Undo(
        key=AskKey(ask.key.replace("/ask/", "/undo/")),
        undoes=ask.key,
        contract=ask.contract,
        purpose=ask.purpose,
        reason="withdrawn",
        deadline=ask.deadline,
        callback=ask.callback,
    )


def make_lookup(ask: Ask) -> Lookup:
    return Lookup(key=ask.key, contract=ask.contract, deadline=ask.deadline)


def decide(ask: Ask, _contract: Contract | None = None) -> Answer:
    """What every office of these tests thinks: nobody knows Nobody, and Blurred cannot be read."""
    if ask.input["name"] == "Nobody":
        return Refused(key=ask.key, code="unknown", text="tidak dikenal")
    if ask.input["name"] == "Blurred":
        return Returned(key=ask.key, inputs=["name"], text="tidak terbaca")
    return Contributed(key=ask.key, output={"number": "N-1"}, part="eyJ~")


def check_output(_contract: Contract, output: dict[str, Any]) -> list[Mistake]:
    return [] if isinstance(output.get("number"), str) else [Mistake("/number", "must be a text")]


def verify_part(claim: PartClaim) -> list[str]:
    return [] if claim.part == "eyJ~" else ["it is not the part of this answer"]


CHECKS = AnswerChecks(check_output, verify_part)


def make_wire(guard: AddressGuard = LOOPBACK) -> WireAgency:
    return WireAgency(key=GATEWAY_KEY, keys=KEYS.get, checks=CHECKS, clock=PromptClock(), guard=guard)


class Office:
    """A small agency as its own people would write it: verifies, remembers, does things once, signs."""

    def __init__(self, behaviours: Sequence[Behaviour] = ()) -> None:
        self.coming = list(behaviours)
        self.held: dict[str, Answer] = {}
        self.later: set[str] = set()
        self.effects: Counter[str] = Counter()
        self.seen: list[Request] = []
        self.url = ""

    async def asks(self, request: web.Request) -> web.StreamResponse:
        message, ask = await self._read(request, Ask)
        return self._reply(request, message, *self.does("ask", msgspec.json.encode(ask)))

    async def undos(self, request: web.Request) -> web.StreamResponse:
        message, undo = await self._read(request, Undo)
        return self._reply(request, message, *self.does("undo", msgspec.json.encode(undo)))

    async def lookups(self, request: web.Request) -> web.StreamResponse:
        message, lookup = await self._read(request, Lookup)
        return self._reply(request, message, *self.does("lookup", msgspec.json.encode(lookup)))

    def does(self, verb: str, body: bytes) -> tuple[Behaviour, Callable[[], Answer]]:
        """Do what a message wants, as the next behaviour is; give that, and the answer."""
        if verb == "lookup":
            lookup = msgspec.json.decode(body, type=Lookup)
            held = self._answer(lookup.key) if lookup.key in self.held else NothingHeld(key=lookup.key)
            return "answers", lambda: held
        behaviour = self._next()
        if verb == "undo":
            undo = msgspec.json.decode(body, type=Undo)
            if behaviour in {"answers", "mute", "garbles"}:
                self.held[undo.undoes] = Undone(key=undo.undoes)
                self.later.discard(undo.undoes)
            return behaviour, lambda: Undone(key=undo.key)
        ask = msgspec.json.decode(body, type=Ask)
        if behaviour in {"answers", "mute", "later", "garbles"} and ask.key not in self.held:
            self.held[ask.key] = decide(ask)
            self.effects[ask.key] += 1
            if behaviour == "later":
                self.later.add(ask.key)
        return behaviour, lambda: self._answer(ask.key)

    def _next(self) -> Behaviour:
        return self.coming.pop(0) if self.coming else "answers"

    def _answer(self, key: str) -> Answer:
        return Accepted(key=AskKey(key), ticket="later") if key in self.later else self.held[key]

    async def _read(self, request: web.Request, kind: type[Any]) -> tuple[Request, Any]:
        body = await request.read()
        message = Request("POST", f"{self.url}{request.path_qs}", request.headers, body)
        assert verify_request(message, KEYS.get, now=datetime.now(UTC)).party == "gateway"
        assert request.headers["traceparent"] == TRACEPARENT
        decoded = msgspec.json.decode(body, type=kind)
        assert request.headers["Idempotency-Key"] == decoded.key
        self.seen.append(message)
        return message, decoded

    def _reply(
        self, request: web.Request, message: Request, behaviour: Behaviour, answer: Callable[[], Answer]
    ) -> web.StreamResponse:
        if behaviour in {"deaf", "mute"}:
            assert request.transport is not None
            request.transport.close()
            return web.Response(status=500)
        if behaviour == "busy":
            return web.Response(status=503, headers={"Retry-After": "1"})
        if behaviour == "rejects":
            return web.Response(status=400)
        return signed_reply(message, b"<html>" if behaviour == "garbles" else msgspec.json.encode(answer()))


def signed_reply(message: Request, body: bytes, *, status: int = 200, key: SigningKey = OFFICE_KEY) -> web.Response:
    """Answer a request with a signed body."""
    headers = {"Content-Type": "application/json"}
    headers |= sign_response(Response(status, headers, body), message, key, now=datetime.now(UTC))
    return web.Response(status=status, headers=headers, body=body)


@asynccontextmanager
async def serving(app: web.Application, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """Serve on a free loopback port; give the base URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener, ssl_context=tls).start()
    try:
        yield f"http{'s' if tls else ''}://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def open_office(behaviours: Sequence[Behaviour] = ()) -> AsyncGenerator[Office]:
    office = Office(behaviours)
    app = web.Application()
    app.add_routes(
        [
            web.post("/asks", office.asks),
            web.post("/undos", office.undos),
            web.post("/lookups", office.lookups),
        ]
    )
    async with serving(app) as url:
        office.url = url
        yield office


def closed_port() -> int:
    """Give a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Subject(Protocol):
    """One adapter under the suite, with the agency behind it."""

    @property
    def agency(self) -> Agency: ...

    @property
    def contract(self) -> Contract: ...

    def effects(self, key: str) -> int: ...


class FakeSubject:
    def __init__(self, behaviours: Sequence[Behaviour]) -> None:
        self.contract = make_contract("http://127.0.0.1:1")
        self.agency = FakeAgency(PromptClock(), decide=decide, script={self.contract.name: behaviours})

    def effects(self, key: str) -> int:
        return self.agency.effects[AskKey(key)]


class WireSubject:
    def __init__(self, office: Office, agency: WireAgency, *, reachable: bool) -> None:
        self._office = office
        self.agency = agency
        self.contract = make_contract(office.url if reachable else f"http://127.0.0.1:{closed_port()}")

    def effects(self, key: str) -> int:
        return self._office.effects[key]


class DeskSubject:
    def __init__(self) -> None:
        self.agency = DeskAgency(PromptClock())
        self.contract = make_contract()

    def effects(self, key: str) -> int:
        assert key
        return 0


class Waiting:
    """A way that waits for its turn before each attempt, as the engine does."""

    def __init__(self, reached: Agency) -> None:
        self._reached, self._protection = reached, Protection(PromptClock())

    async def ask(self, ask: Ask, contract: Contract, *, traceparent: str) -> Told:
        return await (await self._turn(ask.key, contract)).ask(ask, contract, traceparent=traceparent)

    async def undo(self, undo: Undo, contract: Contract, *, traceparent: str) -> Told:
        return await (await self._turn(undo.key, contract)).undo(undo, contract, traceparent=traceparent)

    async def lookup(self, lookup: Lookup, contract: Contract, *, traceparent: str) -> Told:
        return await (await self._turn(lookup.key, contract)).lookup(lookup, contract, traceparent=traceparent)

    async def _turn(self, key: str, contract: Contract) -> ProtectedAgency:
        later: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        ticket = Ticket(service="s", case=key, repeat=False, record=lambda: contract, start=later.set_result)
        return ProtectedAgency(self._reached, self._protection.enter(ticket) or await later)


class ProtectedSubject:
    def __init__(self, inner: Subject) -> None:
        self.agency, self.contract, self.effects = Waiting(inner.agency), inner.contract, inner.effects


@asynccontextmanager
async def open_subject(kind: str, behaviours: Sequence[Behaviour] = ()) -> AsyncGenerator[Subject]:
    """Give an adapter of this kind, before an agency that behaves so, call by call."""
    if kind.startswith("protected "):
        async with open_subject(kind.removeprefix("protected "), behaviours) as inner:
            yield ProtectedSubject(inner)
        return
    if kind == "fake":
        yield FakeSubject(behaviours)
        return
    if kind == "desk":
        yield DeskSubject()
        return
    async with open_office(behaviours) as office:
        agency = make_wire()
        try:
            yield WireSubject(office, agency, reachable="unreachable" not in behaviours)
        finally:
            await agency.close()
