"""A gateway as an agency sees it: signs asks, verifies answers and takes callbacks. Tests drive agencies with it."""

from __future__ import annotations

import asyncio
import base64
import gzip
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from aiohttp import web
from joserfc.jwk import ECKey
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from contracts.wire import Answer
from examples.purbalingga.start import Running
from workflows.agencies.signing import (
    Request,
    Response,
    SigningKey,
    sign_request,
    verify_request,
    verify_response,
)

SALT = base64.urlsafe_b64encode(b"sixteen bytes ok").rstrip(b"=").decode()
CONTRACT_DIGEST = "sha256:" + "5" * 64
TRACE = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE}-b7ad6b7169203331-01"


class Heard(Struct, frozen=True):
    """What came back: the status, the body, and whether the agency's signature bound it to the request."""

    status: int
    body: bytes
    retry_after: str = ""

    @property
    def answer(self) -> Answer:
        return read_answer(self.body)


class Called(Struct, frozen=True):
    """A callback that came, whose signature was valid."""

    answer: Answer
    key_id: str
    idempotency_key: str
    traceparent: str
    nonce: str


class AskingGateway:
    """Asks agencies, takes their callbacks and spans, and shows its keys.

    `statuses` are given to the first callbacks; `spans` collects what came over OTLP.
    """

    def __init__(self, key: ECKey, session: aiohttp.ClientSession) -> None:
        self._published = publish(key)
        self.key = SigningKey.from_jwk("gateway", key.as_dict(private=True))
        self.session = session
        self.agency_keys: dict[str, Mapping[str, object]] = {}
        self.url = ""
        self.spans: list[Span] = []
        self.statuses: list[int] = []
        self.called: asyncio.Queue[Called] = asyncio.Queue()

    @property
    def callback_url(self) -> str:
        """Where callbacks are taken."""
        return f"{self.url}/v1/callbacks"

    async def know(self, agency: Running) -> dict[str, Any]:
        """Fetch an agency's public keys."""
        async with self.session.get(agency.ready.jwks) as response:
            found: dict[str, Any] = msgspec.json.decode(await response.read())
        self.agency_keys |= {f"{agency.agency}/{key['kid']}": key for key in found["keys"]}
        return found

    async def ask(self, agency: Running, key: str, contract: str, given: Mapping[str, Any]) -> Heard:
        """Ask once more or for the first time; every ask of a key carries the same wish."""
        body = {
            "key": key,
            "contract": contract,
            "contract_digest": CONTRACT_DIGEST,
            "purpose": "test",
            "legal_basis": "test",
            "input": given,
            "salt": SALT,
            "deadline": soon(),
            "callback": self.callback_url,
        }
        return await self.post(agency, "asks", key, body)

    async def undo(self, agency: Running, key: str, contract: str, number: int = 1) -> Heard:
        """Undo what was asked under a key."""
        undo_key = key.replace("/ask/", "/undo/").rpartition("/")[0] + f"/{number}"
        body = {
            "key": undo_key,
            "undoes": key,
            "contract": contract,
            "purpose": "test",
            "reason": "withdrawn",
            "deadline": soon(),
            "callback": self.callback_url,
        }
        return await self.post(agency, "undos", undo_key, body)

    async def lookup(self, agency: Running, key: str, contract: str) -> Heard:
        """Ask what is held under a key."""
        body = {"key": key, "contract": contract, "deadline": soon()}
        return await self.post(agency, "lookups", key, body)

    async def post(self, agency: Running, path: str, key: str, body: Mapping[str, Any]) -> Heard:
        """Sign and send; a 2xx answer must be signed for exactly this request."""
        request = self.signed(f"{agency.url}/{path}", key, msgspec.json.encode(body))
        return await self.send(request)

    def signed(self, url: str, key: str, body: bytes) -> Request:
        """Make a signed request."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": key, "traceparent": TRACEPARENT}
        request = Request("POST", url, headers, body)
        return Request("POST", url, headers | sign_request(request, self.key, now=datetime.now(UTC)), body)

    async def send(self, request: Request) -> Heard:
        """Send a request as it is, and verify a 2xx answer."""
        headers = dict(request.headers.items())
        async with self.session.post(request.url, data=request.body, headers=headers) as response:
            body = await response.read()
            if response.status < 300:
                answer = Response(response.status, dict(response.headers), body)
                verify_response(answer, request, self.agency_keys.get, now=datetime.now(UTC))
            return Heard(response.status, body, response.headers.get("Retry-After", ""))

    async def take_callback(self, request: web.Request) -> web.Response:
        """Take a callback, or answer the next of `statuses`."""
        body = await request.read()
        signed = Request("POST", self.callback_url, dict(request.headers), body)
        verified = verify_request(signed, self.agency_keys.get, now=datetime.now(UTC))
        answer = read_answer(body)
        headers = request.headers
        await self.called.put(
            Called(answer, verified.key_id, headers["Idempotency-Key"], headers["traceparent"], verified.nonce)
        )
        return web.Response(status=self.statuses.pop(0) if self.statuses else 204)

    async def take_spans(self, request: web.Request) -> web.Response:
        """Be a collector of OTLP over HTTP."""
        body = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return web.Response(content_type="application/x-protobuf")

    async def show_keys(self, request: web.Request) -> web.Response:
        """Show the public key."""
        del request
        return web.Response(body=self._published, content_type="application/jwk-set+json")

    async def next_call(self, within_s: float = 10) -> Called:
        """Wait for the next callback."""
        async with asyncio.timeout(within_s):
            return await self.called.get()


def read_answer(body: bytes) -> Answer:
    """Read what an agency says."""
    answer: Answer = msgspec.json.decode(body, type=Answer)
    return answer


def soon() -> str:
    """Give a deadline ten seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=10)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_gateway_key() -> ECKey:
    """Make a gateway's signing key."""
    return ECKey.generate_key("P-256", {"kid": "test-1"})


def publish(key: ECKey) -> bytes:
    """Write the public half as a JWK Set."""
    return msgspec.json.encode({"keys": [key.as_dict(private=False)]})


def publish_key(key: ECKey, folder: Path) -> str:
    """Put the public half where agencies read it; give the file's name."""
    path = folder / "gateway-keys.json"
    path.write_bytes(publish(key))
    return str(path)


@asynccontextmanager
async def asking_gateway(key: ECKey) -> AsyncGenerator[AskingGateway]:
    """Run an asking gateway, its callback address included."""
    async with aiohttp.ClientSession() as session:
        gateway = AskingGateway(key, session)
        application = web.Application()
        application.router.add_post("/v1/callbacks", gateway.take_callback)
        application.router.add_get("/v1/keys", gateway.show_keys)
        application.router.add_post("/v1/traces", gateway.take_spans)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        gateway.url = f"http://127.0.0.1:{port}"
        try:
            yield gateway
        finally:
            await runner.cleanup()
