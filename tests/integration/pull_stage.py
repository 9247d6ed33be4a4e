"""A gateway with an agency that can only call out, and workers of it as its own people would write them."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
from joserfc.jwk import ECKey
from msgspec import Struct, structs

from contracts.connection import PullConnection
from contracts.contract import Attempts, Limits
from contracts.events import AgencyRegistered, ContractRegistered, PlanPublished
from contracts.plan import Output, Step
from tests.gateways import Gateway, agreed, bearer, contract, plan_of, running
from workflows.agencies.signing import Request, Response, SigningKey, sign_request, verify_response
from workflows.loading.hashing import contract_digest
from workflows.loading.plans import publish

AGENCY = "hilltop"
CONTRACT = structs.replace(
    contract(AGENCY),
    connection=PullConnection(lease="30 s", deadline="1 min"),
    attempts=Attempts(first_wait="1 s", longest_wait="1 s"),
    limits=Limits(in_flight=3),
    lookup=True,
)


class Leased(Struct, frozen=True, kw_only=True):
    """What a worker has fetched."""

    lease: str
    verb: str
    until: datetime
    message: dict[str, Any]
    traceparent: str = ""

    @property
    def key(self) -> str:
        """The key of the ask or undo."""
        return str(self.message["key"])


class Worker:
    """One worker of the agency, with its key; `remembers` is the agency's own table, which its workers share."""

    def __init__(self, gateway: Gateway, key: dict[str, Any], name: str = "w1", agency: str = AGENCY) -> None:
        self.gateway, self.agency, self.name = gateway, agency, name
        self.key = SigningKey.from_jwk(agency, key)

    async def call(
        self, path: str, body: object = None, *, key: SigningKey | None = None, agency: str = "", prefer: str = ""
    ) -> tuple[int, Any]:
        """Send a signed request below the agency's leases; give the status and the body."""
        where = f"/v1/agencies/{agency or self.agency}/leases{path}"
        sent = json.dumps(body if body is not None else {}).encode()
        given = {"Content-Type": "application/json"}
        request = Request("POST", f"{self.gateway.url}{where}", given, sent)
        given |= sign_request(request, key or self.key, now=datetime.now(UTC))
        url = f"{self.gateway.url}{where}"
        async with self.gateway.client.post(
            url, data=BytesIO(sent), headers={**given, **({"Prefer": prefer} if prefer else {})}
        ) as response:
            raw = await response.read()
            if path == "" and response.status == 200 and "Signature" in response.headers:
                ours = {f"gateway/{jwk['kid']}": jwk for jwk in self.gateway.parts.documents.public_keys()["keys"]}
                asked = Request("POST", url, given, sent)
                verify_response(Response(200, response.headers, raw), asked, ours.get, now=datetime.now(UTC))
            return response.status, json.loads(raw) if raw else None

    async def lease(self, most: int = 1, *, wait: int = 0, **wanted: Any) -> list[Leased]:
        """Fetch; the reply's signature is verified."""
        prefer = f"wait={wait}" if wait else ""
        status, body = await self.call("", {"most": most, "worker": self.name, **wanted}, prefer=prefer)
        assert status == 200, body
        return msgspec.convert(body["leases"], list[Leased])

    async def answer(self, leased: Leased, output: dict[str, Any] | None = None, **changes: Any) -> int:
        """Answer: contributed with this number unless something else is said."""
        given = {"outcome": "contributed", "key": leased.key, "output": output or {"number": "H-1"}, **changes}
        if given["outcome"] != "contributed":
            del given["output"]
        status, _ = await self.call(f"/{leased.lease}/answer", given)
        return status

    async def heartbeat(self, leased: Leased) -> int:
        return (await self.call(f"/{leased.lease}/heartbeat"))[0]

    async def release(self, leased: Leased, **body: Any) -> int:
        return (await self.call(f"/{leased.lease}/release", body))[0]


class Stage(Struct, frozen=True, kw_only=True):
    """The gateway, and the agency's key."""

    gateway: Gateway
    key: dict[str, Any]

    def worker(self, name: str = "w1") -> Worker:
        return Worker(self.gateway, self.key, name)

    async def apply(self) -> dict[str, Any]:
        return await self.gateway.apply("fetched")

    async def view(self, receipt: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.gateway.url}/v1/cases/{receipt['case']}"
        async with self.gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            view: dict[str, Any] = await response.json()
            return view

    async def step(self, receipt: dict[str, Any]) -> dict[str, Any]:
        step: dict[str, Any] = (await self.view(receipt))["steps"][0]
        return step

    async def events(self, receipt: dict[str, Any]) -> list[str]:
        """Give the names of a case's events in the journal."""
        return [type(row.event).__name__ for row in await self.gateway.parts.journal.read(receipt["case"])]


@asynccontextmanager
async def pull_stage(folder: Path, **changes: Any) -> AsyncGenerator[Stage, None]:
    """Run a gateway that offers `fetched`, whose one agency fetches."""
    entry = structs.replace(CONTRACT, **changes)
    async with running(folder) as gateway:
        key = {**ECKey.generate_key("P-256").as_dict(private=True), "kid": f"{AGENCY}-1"}
        public, now = {name: value for name, value in key.items() if name != "d"}, gateway.parts.clock.now()
        plan = structs.replace(
            plan_of("quick"),
            service="fetched",
            steps={"fetched": Step(ask=f"{AGENCY}/do@1", in_={"name": "form.name"})},
            output=Output(
                title=entry.title, holder={"name": "form.name"}, parts={"fetched": {"number": "fetched.number"}}
            ),
        )
        published = publish(plan, {entry.name: entry})
        keys = {**gateway.keys, AGENCY: key}
        await gateway.parts.engine.register(
            [
                AgencyRegistered(at=now, agency=AGENCY, title="Hilltop", keys={"keys": [public]}, actor="test"),
                ContractRegistered(at=now, contract=entry, digest=contract_digest(entry), source="", actor="test"),
                PlanPublished(at=now, published=published, actor="test"),
                *agreed(published, keys, now),
            ]
        )
        yield Stage(gateway=gateway, key=key)
