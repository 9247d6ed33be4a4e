"""The same small agency with a REST API of its own: it never heard of Gapura, and a binding maps."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from msgspec import structs

from contracts.connection import BoundOperation, BoundOutcome, ByKey, OpenApiConnection
from contracts.contract import Contract
from contracts.declared import Derived
from tests.conformance.agencies import CHECKS, LOOPBACK, TRACEPARENT, PromptClock, closed_port, make_contract, serving
from workflows.agencies.addresses import AddressGuard
from workflows.agencies.authorization import SecretMissing
from workflows.agencies.fake import Behaviour
from workflows.agencies.openapi import OpenApiAgency

KEY = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "People", "version": "1"},
    "paths": {
        "/people": {
            "post": {
                "operationId": "matchPerson",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Person"}}},
                },
                "responses": {"201": {"description": "matched"}, "422": {"description": "no"}},
            }
        },
        "/people/{key}": {
            "parameters": [KEY],
            "get": {"operationId": "showMatch", "responses": {"200": {"description": "held"}}},
            "delete": {"operationId": "forgetMatch", "responses": {"204": {"description": "gone"}}},
        },
    },
    "components": {
        "schemas": {
            "Person": {
                "type": "object",
                "required": ["full_name"],
                "properties": {"full_name": {"type": "string"}, "alias": {"type": "string", "nullable": True}},
            }
        }
    },
}
ANSWERS = [
    BoundOutcome(when="status in [200, 201]", contribute={"number": "body.data.number"}),
    BoundOutcome(when="status == 202", accepted="body.ticket"),
    BoundOutcome(when="status == 410", undone=True),
    BoundOutcome(when="status == 422 && body.code == 'UNKNOWN'", refuse="unknown", text="body.message"),
    BoundOutcome(when="status == 422 && body.code == 'BLURRED'", return_=["name"], text="body.message"),
]


def make_connection(url: str, **changes: Any) -> OpenApiConnection:
    """Give the binding of the office at an address."""
    held = [*ANSWERS, BoundOutcome(when="status == 404 && body.code == 'NOTHING'", nothing_held=True)]
    by_key: dict[str, str | Derived] = {"key": "ask.key"}
    connection = OpenApiConnection(
        document=DOCUMENT,
        url=url,
        repeat=ByKey(by_key="Idempotency-Key"),
        ask=BoundOperation(operation="matchPerson", body={"full_name": "input.name"}, outcomes=ANSWERS),
        undo=BoundOperation(operation="DELETE /people/{key}", parameters=by_key),
        lookup=BoundOperation(operation="showMatch", parameters=by_key, outcomes=held),
        deadline="5 s",
    )
    return structs.replace(connection, **changes)


def bound_contract(url: str, **changes: Any) -> Contract:
    """Give the contract of the suite, connected by that binding."""
    return structs.replace(make_contract(), connection=make_connection(url, **changes))


class KnownSecrets:
    """Secrets in memory."""

    def __init__(self, **values: str) -> None:
        self.values = values

    def get(self, name: str) -> str:
        if name not in self.values:
            raise SecretMissing(name)
        return self.values[name]


def make_bound(guard: AddressGuard = LOOPBACK, /, **secrets: str) -> OpenApiAgency:
    return OpenApiAgency(checks=CHECKS, secrets=KnownSecrets(**secrets), clock=PromptClock(), guard=guard)


Said = tuple[int, Mapping[str, Any]]


class RestOffice:
    """Keeps what it did by the key of the request, as its own people would write it."""

    def __init__(self, behaviours: Sequence[Behaviour] = ()) -> None:
        self.coming = list(behaviours)
        self.held: dict[str, Said] = {}
        self.later: set[str] = set()
        self.effects: Counter[str] = Counter()

    async def match(self, request: web.Request) -> web.StreamResponse:
        key, person = request.headers["Idempotency-Key"], await request.json()
        assert request.headers.get("traceparent", TRACEPARENT) == TRACEPARENT
        behaviour = self._next()
        if behaviour in {"answers", "mute", "later", "garbles"} and key not in self.held:
            self.held[key] = decide_person(person["full_name"])
            self.effects[key] += 1
            if behaviour == "later":
                self.later.add(key)
        return self._reply(request, behaviour, lambda: self._answer(key))

    async def forget(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        behaviour = self._next()
        if behaviour in {"answers", "mute", "garbles"}:
            self.held[key] = (410, {"code": "FORGOTTEN"})
            self.later.discard(key)
        return self._reply(request, behaviour, lambda: (204, {}))

    async def show(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        return self._reply(request, "answers", lambda: self._answer(key))

    def _next(self) -> Behaviour:
        return self.coming.pop(0) if self.coming else "answers"

    def _answer(self, key: str) -> Said:
        return (202, {"ticket": "later"}) if key in self.later else self.held.get(key, (404, {"code": "NOTHING"}))

    def _reply(self, request: web.Request, behaviour: Behaviour, say: Callable[[], Said]) -> web.StreamResponse:
        if behaviour in {"deaf", "mute"}:
            assert request.transport is not None
            request.transport.close()
            return web.Response(status=500)
        if behaviour == "busy":
            return web.json_response({}, status=503, headers={"Retry-After": "1"})
        if behaviour == "rejects":
            return web.json_response({}, status=400)
        if behaviour == "garbles":
            return web.Response(body=b"<html>", content_type="text/html")
        status, body = say()
        return web.Response(status=204) if status == 204 else web.json_response(body, status=status)


def decide_person(name: str) -> Said:
    if name == "Nobody":
        return 422, {"code": "UNKNOWN", "message": "tidak dikenal"}
    if name == "Blurred":
        return 422, {"code": "BLURRED", "message": "tidak terbaca"}
    return 201, {"data": {"number": "N-1"}}


@asynccontextmanager
async def open_rest_office(behaviours: Sequence[Behaviour] = ()) -> AsyncGenerator[tuple[RestOffice, str]]:
    office = RestOffice(behaviours)
    app = web.Application()
    app.add_routes(
        [
            web.post("/people", office.match),
            web.delete("/people/{key}", office.forget),
            web.get("/people/{key}", office.show),
        ]
    )
    async with serving(app) as url:
        yield office, url


class BoundSubject:
    """The binding under the suite, with the office behind it."""

    def __init__(self, office: RestOffice, url: str, agency: OpenApiAgency, *, reachable: bool) -> None:
        self._office = office
        self.agency = agency
        self.contract = bound_contract(url if reachable else f"http://127.0.0.1:{closed_port()}")

    def effects(self, key: str) -> int:
        return self._office.effects[key]


@asynccontextmanager
async def open_bound_subject(behaviours: Sequence[Behaviour] = ()) -> AsyncGenerator[BoundSubject]:
    async with open_rest_office(behaviours) as (office, url):
        agency = make_bound()
        try:
            yield BoundSubject(office, url, agency, reachable="unreachable" not in behaviours)
        finally:
            await agency.close()
