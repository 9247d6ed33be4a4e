"""A small agency with a switch for each way in which its people may have got the wire protocol wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Literal

import aiohttp
import msgspec
from aiohttp import web
from joserfc.jwk import ECKey
from msgspec import structs

from contracts.contract import Contract, Example
from contracts.ids import AskKey
from contracts.wire import (
    Accepted,
    Answer,
    Ask,
    Contributed,
    Lookup,
    NothingHeld,
    Refused,
    Undo,
    Undone,
    UndoRefused,
)
from gateway.cli.proving.keys import OwnKey
from tests.conformance.agencies import GATEWAY_KEY, KEYS, OFFICE_KEY, make_contract
from workflows.agencies.nonces import MemoryNonces
from workflows.agencies.signing import Fault as SignatureFault
from workflows.agencies.signing import (
    Request,
    Response,
    SignatureInvalid,
    refuse_replay,
    sign_request,
    sign_response,
    verify_request,
)
from workflows.outputs.jws import decode_base64url
from workflows.outputs.sdjwt import Bindings, input_digest, issue_part

Fault = Literal[
    "contributes a wrong output",
    "refuses with a code of its own",
    "answers under another key",
    "does repeats again",
    "takes another input",
    "forgets what it holds",
    "refuses every undo",
    "undoes once",
    "forgets early undos",
    "does it again after an undo",
    "believes any signature",
    "ignores the digest",
    "takes old signatures",
    "takes replays",
    "takes any contract",
    "breaks on malformed bodies",
    "breaks on large bodies",
    "hangs on large bodies",
    "signs nothing",
    "signs another ask's part",
    "answers late",
    "never calls back",
    "calls back unsigned",
]
IGNORED: dict[Fault, set[SignatureFault]] = {
    "believes any signature": {"wrong"},
    "ignores the digest": {"digest"},
    "takes old signatures": {"too-old", "in-future", "expired"},
    "takes replays": {"replayed"},
}
LATE: frozenset[Fault] = frozenset({"never calls back", "calls back unsigned"})
GATEWAY = OwnKey(GATEWAY_KEY, ECKey.import_key(GATEWAY_KEY.private, {"kid": "1"}))
OFFICE = ECKey.import_key(OFFICE_KEY.private, {"kid": "1"})
DEADLINE_S = 0.25
LARGEST_BODY = 1024 * 1024


def broken_contract() -> Contract:
    """What the agency promises, with an example of each answer."""
    contract = make_contract("http://127.0.0.1:1", deadline=f"{DEADLINE_S * 1000:.0f} ms")
    known = Example(title="known", input={"name": "Sari"}, output={"number": "N-1"})
    return structs.replace(contract, examples=[known, Example(title="x", input={"name": "Nobody"}, refusal="unknown")])


class BrokenAgency:
    """Right in everything but its fault; with `later` it accepts at first, and calls back."""

    def __init__(self, session: aiohttp.ClientSession, fault: Fault | None = None, *, later: bool = False) -> None:
        self.fault, self.later, self.url, self.contract = fault, later or fault in LATE, "", broken_contract()
        self.held: dict[str, tuple[dict[str, Any], Answer]] = {}
        self.undone: set[str] = set()
        self.callbacks: list[asyncio.Task[None]] = []
        self.ignored = IGNORED[fault] if fault in IGNORED else set[SignatureFault]()
        self.done = 0
        self.ended = asyncio.Event()
        self._session, self._nonces = session, MemoryNonces(lambda: datetime.now(UTC))

    async def take(self, request: web.Request) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            if self.fault == "hangs on large bodies":
                await self.ended.wait()
                assert request.transport is None, "whoever asked is gone"
            return web.Response(status=500 if self.fault == "breaks on large bodies" else 413)
        signed = Request("POST", f"{self.url}{request.path}", request.headers, body)
        try:
            await refuse_replay(verify_request(signed, KEYS.get, now=datetime.now(UTC)), self._nonces)
        except SignatureInvalid as invalid:
            if invalid.fault not in self.ignored:
                return web.Response(status=401)
        try:
            answer = {"/asks": self.ask, "/undos": self.undo, "/lookups": self.lookup}[request.path](body)
        except (ValueError, RecursionError):
            return web.Response(status=500 if self.fault == "breaks on malformed bodies" else 400)
        except LookupError:
            return web.Response(status=422)
        if answer is None:
            return web.Response(status=404)
        if self.fault == "answers late":
            await asyncio.sleep(DEADLINE_S * 1.2)
        return self.reply(signed, answer)

    def reply(self, signed: Request, answer: Answer) -> web.Response:
        body, status = msgspec.json.encode(answer), 202 if isinstance(answer, Accepted) else 200
        fields = {"Content-Type": "application/json"}
        if self.fault != "signs nothing":
            fields |= sign_response(Response(status, fields, body), signed, OFFICE_KEY, now=datetime.now(UTC))
        return web.Response(status=status, headers=fields, body=body)

    def ask(self, body: bytes) -> Answer:
        ask = msgspec.json.decode(body, type=Ask)
        if ask.contract != self.contract.name and self.fault != "takes any contract":
            raise LookupError
        if ask.key in self.undone and self.fault != "does it again after an undo":
            return Undone(key=ask.key)
        given, held = self.held.get(ask.key, (ask.input, None))
        if given != ask.input and self.fault != "takes another input":
            raise LookupError
        if held is None or ask.key in self.undone or self.fault == "does repeats again":
            held = self.decided(ask)
            self.held[ask.key] = (ask.input, held)
            if self.later:
                self.callbacks.append(asyncio.get_running_loop().create_task(self.call_back(ask, held)))
                return Accepted(key=ask.key)
        return held

    def decided(self, ask: Ask) -> Answer:
        if ask.input["name"] == "Nobody":
            code = "own_code" if self.fault == "refuses with a code of its own" else "unknown"
            return Refused(key=ask.key, code=code, text="tidak dikenal")
        self.done += 1
        output: dict[str, Any] = {
            "number": self.done if self.fault == "contributes a wrong output" else f"N-{self.done}"
        }
        key = "other/match/ask/1" if self.fault == "signs another ask's part" else ask.key
        bindings = Bindings(
            agency="civil",
            ask_key=key,
            contract_digest=ask.contract_digest,
            input_digest=input_digest(decode_base64url(ask.salt), ask.input),
        )
        part = issue_part(output, bindings, key=OFFICE, issued_at=datetime.now(UTC))
        said = AskKey("other/match/ask/1") if self.fault == "answers under another key" else ask.key
        return Contributed(key=said, output=output, part=part)

    def undo(self, body: bytes) -> Answer | None:
        undo = msgspec.json.decode(body, type=Undo)
        known = undo.undoes in self.held
        if known and self.fault == "refuses every undo":
            return UndoRefused(key=undo.key, code="too_late")
        if undo.undoes in self.undone and self.fault == "undoes once":
            return None
        if known or self.fault != "forgets early undos":
            self.undone.add(undo.undoes)
        return Undone(key=undo.key)

    def lookup(self, body: bytes) -> Answer:
        lookup = msgspec.json.decode(body, type=Lookup)
        if lookup.key in self.undone:
            return Undone(key=lookup.key)
        if lookup.key not in self.held or self.fault == "forgets what it holds":
            return NothingHeld(key=lookup.key)
        return self.held[lookup.key][1]

    async def call_back(self, ask: Ask, answer: Answer) -> None:
        if self.fault == "never calls back":
            return
        body = msgspec.json.encode(answer)
        fields = {"Content-Type": "application/json", "Idempotency-Key": ask.key}
        if self.fault != "calls back unsigned":
            fields |= sign_request(Request("POST", ask.callback, fields, body), OFFICE_KEY, now=datetime.now(UTC))
        async with self._session.post(ask.callback, data=body, headers=fields):
            pass

    async def keys(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": [{**KEYS[OFFICE_KEY.key_id], "kid": "1"}]})


@asynccontextmanager
async def broken_agency(fault: Fault | None = None, *, later: bool = False) -> AsyncGenerator[BrokenAgency]:
    """Serve the agency on a free port while this is open."""
    async with aiohttp.ClientSession() as session:
        agency = BrokenAgency(session, fault, later=later)
        application = web.Application(client_max_size=LARGEST_BODY)
        application.add_routes([web.post(f"/{verb}", agency.take) for verb in ("asks", "undos", "lookups")])
        application.add_routes([web.get("/.well-known/jwks.json", agency.keys)])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0, lingering_time=0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            agency.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield agency
        finally:
            agency.ended.set()
            for task in agency.callbacks:
                task.cancel()
            await runner.cleanup()
