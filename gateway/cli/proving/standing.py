"""A stand-in served over HTTP: it speaks the wire protocol, and says on every reply that it is none of the agency's."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Final

import aiohttp
import msgspec
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Struct

from contracts.ids import AskKey
from contracts.problems import PROBLEM_TYPES, Mistake, Problem
from contracts.wire import Accepted, Answer, Contributed
from gateway.cli.proving.hearing import address_of, listener
from gateway.cli.proving.keys import KeysUnread, NotThere, OthersKeys, OwnKey
from gateway.clock import SystemClock
from workflows.agencies.messages import Request, Response, SignatureInvalid
from workflows.agencies.nonces import MemoryNonces
from workflows.agencies.signing import SigningKey, refuse_replay, sign_request, sign_response, verify_request
from workflows.outputs.jws import decode_base64url
from workflows.outputs.sdjwt import Bindings, input_digest, issue_part
from workflows.proving.standing_in import Asked, LookupAsked, NotTaken, StandIn, UndoAsked, with_part
from workflows.proving.wishes import HEADER, LONGEST_S, Wished, WishesUnknown, possible, read_wishes

LARGEST_BODY: Final = 14 * 1024 * 1024
"""What an agency accepts: an ask with documents."""
_JSON: Final = {"Content-Type": "application/json"}
_CALLBACK_TRIES: Final = 6
_SHUTDOWN_S: Final = 0.5


class Declined(Exception):
    """What is asked cannot be heard: the problem that says why."""

    def __init__(self, slug: str, detail: str, errors: list[Mistake] | None = None, status: int = 0) -> None:
        """Take a problem type, what is wrong, and every place."""
        super().__init__(detail)
        kind = PROBLEM_TYPES[slug]
        self.problem = Problem(
            type=f"/problems/{slug}",
            title=kind.title,
            status=status or kind.status,
            detail=f"stand-in: {detail}",
            errors=errors or [],
        )


class Settings(Struct, frozen=True, kw_only=True):
    """How a stand-in is served: `url` is where the gateway knows it; `always` what it does to every ask."""

    host: str
    port: int
    url: str
    always: Wished
    gateway_keys: str


class Told(Struct, frozen=True):
    """What is told once it serves."""

    url: str
    jwks: str
    contract: str
    verifies: bool


class StandInServer:
    """One contract's stand-in behind HTTP. Without the gateway's keys it believes whoever asks: curl will do."""

    def __init__(
        self,
        stand_in: StandIn,
        key: OwnKey,
        settings: Settings,
        session: aiohttp.ClientSession,
        tasks: asyncio.TaskGroup,
    ) -> None:
        """Take what answers, the key that signs, what calls back, and what holds callbacks until they are taken."""
        self._stand_in, self._key, self._session, self._tasks = stand_in, key, session, tasks
        self._always = settings.always
        self._clock = SystemClock()
        self._trusted = OthersKeys("gateway", settings.gateway_keys) if settings.gateway_keys else None
        self._nonces = MemoryNonces(self._clock.now)
        self._owed: dict[AskKey, asyncio.Task[None]] = {}
        self._nobody = SigningKey(key.signing.key_id, ec.generate_private_key(ec.SECP256R1()))
        self.url = settings.url

    def application(self) -> web.Application:
        """Give the HTTP application."""
        application = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._marked])
        routes = [web.post(path, self._answer) for path in _VERBS]
        application.add_routes([*routes, web.get("/", self._about), web.get("/.well-known/jwks.json", self._keys)])
        return application

    def forget(self) -> None:
        """Owe no callback any more."""
        for task in self._owed.values():
            task.cancel()

    async def _about(self, _request: web.Request) -> web.Response:
        contract = self._stand_in.contract
        about = {
            "stand_in": f"This is a stand-in for {contract.name}: nothing that it answers means anything.",
            "contract": contract.name,
            "contract_digest": self._stand_in.digest,
            "examples": [
                {"title": each.title, "input": each.input, "answer": each.refusal or "contributed"}
                for each in contract.examples
            ],
            f"header {HEADER}": possible(contract),
            "verifies_signatures": self._trusted is not None,
        }
        return web.Response(body=msgspec.json.format(msgspec.json.encode(about)), content_type="application/json")

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(self._key.published), content_type="application/jwk-set+json")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        signed = Request("POST", f"{self.url}{request.raw_path}", request.headers, body)
        await self._believe(signed)
        wished = self._wished(request)
        try:
            message = msgspec.json.decode(body, type=_VERBS[request.path])
            self._stand_in.ours(message.contract)
            if wished.status:
                raise Declined("unavailable", f"wished for: status={wished.status}", status=wished.status)
            answer = self._heard(message, wished)
        except NotTaken as error:
            raise Declined("form-invalid", str(error), error.errors) from error
        except (ValueError, RecursionError) as error:
            raise Declined("body-unreadable", str(error)) from error
        if wished.slow_s or wished.silence:
            await asyncio.sleep(LONGEST_S if wished.silence else wished.slow_s)
        return self._signed(answer, signed, wished)

    def _heard(self, message: Asked | UndoAsked | LookupAsked, wished: Wished) -> Answer:
        if isinstance(message, UndoAsked):
            return self._stand_in.undo(message, wished)
        if isinstance(message, LookupAsked):
            return self._stand_in.lookup(message)
        answer = self._stand_in.ask(message, wished)
        if isinstance(answer, Accepted):
            self._later(message, wished)
        return answer

    async def _believe(self, signed: Request) -> None:
        """Believe a request if the gateway signed it, for us, now, and for the first time."""
        if self._trusted is None:
            return
        try:
            await self._trusted.find(_key_id(signed), self._session)
            verified = verify_request(signed, self._trusted.get, now=self._clock.now())
            await refuse_replay(verified, self._nonces)
        except SignatureInvalid as error:
            raise Declined("signature-invalid", f"{error.fault}: {error}") from error
        except (KeysUnread, NotThere) as error:
            raise Declined("unavailable", f"the gateway's keys cannot be had: {error}") from error

    def _wished(self, request: web.Request) -> Wished:
        try:
            return self._always.and_also(read_wishes(request.headers.get(HEADER, ""), self._stand_in.contract))
        except WishesUnknown as error:
            lines = [Mistake("", line) for line in error.possible]
            raise Declined("parameter-invalid", f"{HEADER}: {error}. What is possible:", lines) from error

    def _later(self, ask: Asked, wished: Wished) -> None:
        """Call back what was accepted, once for each key."""
        if ask.key not in self._owed and wished.late_callback_s is not None:
            self._owed[ask.key] = self._tasks.create_task(self._call_back(ask, wished))

    async def _call_back(self, ask: Asked, wished: Wished) -> None:
        """Decide what was accepted, and say so until it is heard."""
        await asyncio.sleep(wished.late_callback_s or 0)
        try:
            answer = self._stand_in.settled(ask.key)
        except NotTaken:
            return  # as the repeat of this ask is told
        if answer is None or not ask.callback:
            return
        try:
            body = msgspec.json.encode(self._with_part(answer, ask))
        except Declined:
            return  # its salt was none, as the repeat of this ask is told
        for tries in range(_CALLBACK_TRIES):
            fields = {**_JSON, "Idempotency-Key": ask.key}
            key = self._nobody if wished.bad_signature else self._key.signing
            fields |= sign_request(Request("POST", ask.callback, fields, body), key, now=self._clock.now())
            try:
                async with self._session.post(ask.callback, data=body, headers=fields) as response:
                    if response.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                        return
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass
            await asyncio.sleep(2**tries)

    def _signed(self, answer: Answer, signed: Request, wished: Wished) -> web.Response:
        if isinstance(answer, Contributed):
            held = self._stand_in.held[answer.key].ask
            answer = self._with_part(answer, held) if held is not None else answer
        said = msgspec.json.encode(answer)
        status = HTTPStatus.ACCEPTED if isinstance(answer, Accepted) else HTTPStatus.OK
        fields: Mapping[str, str] = _JSON
        if "Signature" in dict(signed.headers.items()):
            key = self._nobody if wished.bad_signature else self._key.signing
            try:
                fields = _JSON | sign_response(Response(status, _JSON, said), signed, key, now=self._clock.now())
            except (SignatureInvalid, ValueError) as error:
                raise Declined("signature-invalid", str(error)) from error
        return web.Response(status=status, body=said, headers=fields)

    def _with_part(self, answer: Answer, ask: Asked) -> Answer:
        """Sign a contribution, where the ask brought a salt to bind it by."""
        if not isinstance(answer, Contributed) or not ask.salt:
            return answer
        try:
            salt = decode_base64url(ask.salt)
        except ValueError as error:
            raise Declined("body-unreadable", f"the salt is not base64url: {error}") from error
        bindings = Bindings(
            agency=self._stand_in.contract.agency,
            ask_key=ask.key,
            contract_digest=ask.contract_digest or self._stand_in.digest,
            input_digest=input_digest(salt, self._stand_in.signed_input(ask)),
        )
        output = self._stand_in.signed_output(answer)
        return with_part(answer, issue_part(output, bindings, key=self._key.jwk, issued_at=self._clock.now()))

    @web.middleware
    async def _marked(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Say on every reply that it is a stand-in's; what cannot be heard is answered with a problem."""
        try:
            response = await handler(request)
        except Declined as declined:
            response = _problem(declined.problem)
        except web.HTTPRequestEntityTooLarge:
            response = _problem(Declined("body-too-large", f"more than {LARGEST_BODY} bytes").problem)
        response.headers[HEADER] = self._stand_in.contract.name
        return response


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


_VERBS: Final[Mapping[str, type[Asked | UndoAsked | LookupAsked]]] = {
    "/asks": Asked,
    "/undos": UndoAsked,
    "/lookups": LookupAsked,
}


def _problem(problem: Problem) -> web.StreamResponse:
    body = msgspec.json.encode(problem)
    return web.Response(status=problem.status, body=body, content_type="application/problem+json")


def _key_id(signed: Request) -> str:
    """Read which key a request says that it is signed with; nothing where it says none."""
    given = " ".join(signed.lines.get("signature-input", []))
    return given.partition('keyid="')[2].partition('"')[0]


@asynccontextmanager
async def serving(stand_in: StandIn, key: OwnKey, settings: Settings) -> AsyncGenerator[StandInServer]:
    """Serve a stand-in while this is open.

    Raises:
        OSError: the address cannot be listened on.

    """
    place = listener(settings.host, settings.port)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
        server = StandInServer(stand_in, key, settings, session, tasks)
        runner = web.AppRunner(
            server.application(), access_log=None, shutdown_timeout=_SHUTDOWN_S, handler_cancellation=True
        )
        await runner.setup()
        try:
            await web.SockSite(runner, place).start()
            server.url = settings.url or address_of(place)
            yield server
        finally:
            await runner.cleanup()
            server.forget()


async def serve(stand_in: StandIn, key: OwnKey, settings: Settings, told: Callable[[Told], None]) -> None:
    """Serve until told to end; `told` hears where.

    Raises:
        OSError: the address cannot be listened on.

    """
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with serving(stand_in, key, settings) as server:
        jwks = f"{server.url}/.well-known/jwks.json"
        told(Told(server.url, jwks, stand_in.contract.name, bool(settings.gateway_keys)))
        await stopped.wait()
