"""A whole gateway as it is served, in this process: SQLite, master key, address guard, used signatures, observer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
from joserfc.jwk import ECKey
from msgspec import Struct, structs

from contracts.contract import Contract, WireConnection
from contracts.events import AgencyRegistered, ContractRegistered, PlanPublished, RegisterEvent, TokenIssued
from contracts.plan import Output, Plan, ServicePromise, Step
from contracts.units import Text
from gateway.app import create_app
from gateway.bootstrap import open_parts
from gateway.identity.secrets import digest_of
from gateway.pages import pages
from gateway.parts import Parts
from gateway.serving import run, with_port
from gateway.settings import Settings
from tests.gateways import WORDS, agreed, contract
from workflows.agencies.signing import Request, SigningKey, sign_request
from workflows.loading.hashing import contract_digest
from workflows.loading.plans import publish

NIK: Final = "3303055203900000"
NPWP: Final = "09.254.294.3-407.000"
NAME: Final = "Sri Kenari"
FORM: Final = {"nik": NIK, "npwp": NPWP, "name": NAME}
OFFICER: Final = "gpt_officer-of-beta-at-a-whole-gateway-0001"
MACHINE: Final = "gpt_machine-of-alpha-at-a-whole-gateway-001"


class Whole(Struct, frozen=True, kw_only=True):
    """A running gateway."""

    url: str
    here: str
    """Where it listens, where that is not its public address."""
    data: Path
    client: aiohttp.ClientSession
    parts: Parts
    keys: dict[str, dict[str, Any]]

    @property
    def operator(self) -> str:
        """The token that the first start made."""
        return (self.data / "operator.token").read_text().strip()

    def signed(self, agency: str, path: str, body: bytes, *, method: str = "POST", **headers: str) -> dict[str, str]:
        """Give the headers of a request that an agency signs."""
        given = {"Content-Type": "application/json", **headers}
        request = Request(method, f"{self.url}{path}", given, body)
        return given | sign_request(request, SigningKey.from_jwk(agency, self.keys[agency]), now=datetime.now(UTC))


def key_of(agency: str) -> dict[str, Any]:
    """Make an agency's private key."""
    return {**ECKey.generate_key("P-256").as_dict(private=True), "kid": f"{agency}-1"}


def wire_contract(agency: str, url: str) -> Contract:
    """Give a contract that reads everything of the form, of an agency with a system at this address."""
    return structs.replace(_reading(contract(agency)), connection=WireConnection(url=url, deadline="2 s"))


def desk_contract(agency: str) -> Contract:
    """Give a contract that reads everything of the form, of an agency whose officers answer."""
    return _reading(contract(agency, desk=True))


def _reading(plain: Contract) -> Contract:
    names = list(FORM)
    schema: dict[str, Any] = {
        "type": "object",
        "required": names,
        "properties": {name: {"type": "string"} for name in names},
        "additionalProperties": False,
    }
    return structs.replace(plain, input=schema, reads=dict.fromkeys(names, "identity"), examples=[])


def register_events(
    contracts: Iterable[Contract], keys: dict[str, dict[str, Any]], now: datetime, words: Text
) -> Iterable[RegisterEvent]:
    """Give the register of a service `canary` that asks all these contracts at once; `words` are all its titles."""
    by_name = {entry.name: entry for entry in contracts}
    for agency, key in keys.items():
        public = {name: value for name, value in key.items() if name != "d"}
        yield AgencyRegistered(at=now, agency=agency, title=words.en, keys={"keys": [public]}, actor="test")
    for entry in by_name.values():
        yield ContractRegistered(at=now, contract=entry, digest=contract_digest(entry), source="", actor="test")
    steps = {
        entry.agency: Step(ask=entry.name, in_={name: f"form.{name}" for name in FORM}) for entry in by_name.values()
    }
    plan = Plan(
        service="canary",
        version="1.0.0",
        title=words,
        life_event="test/one",
        lead="lead",
        promise=ServicePromise(within="3 working days"),
        form={
            "type": "object",
            "required": list(FORM),
            "properties": {
                "nik": {"type": "string", "pattern": "^[0-9]{16}$"},
                "npwp": {"type": "string", "maxLength": 24},
                "name": {"type": "string", "maxLength": 80},
            },
            "additionalProperties": False,
        },
        steps=steps,
        output=Output(
            title=words, holder={"name": "form.name"}, parts={name: {"number": f"{name}.number"} for name in steps}
        ),
    )
    published = publish(plan, by_name)
    yield PlanPublished(at=now, published=published, actor="test")
    yield from agreed(published, keys, now)
    for token, role, agency in ((OFFICER, "officer", "beta"), (MACHINE, "agency", "alpha")):
        yield TokenIssued(
            at=now,
            digest=digest_of(token),
            role=role,  # type: ignore[arg-type]  # one of the three words
            agency=agency,
            person="Budi",
            expires_at=now + timedelta(days=1),
        )


@asynccontextmanager
async def whole(
    folder: Path,
    contracts: Iterable[Contract],
    *,
    keys: dict[str, dict[str, Any]] | None = None,
    words: Text = WORDS,
    **changes: Any,
) -> AsyncGenerator[Whole, None]:
    """Run it, with the service `canary` on offer, until the end of the block; a folder that has one goes on."""
    keys = keys or {agency: key_of(agency) for agency in ("lead", "alpha", "beta")}
    settings = with_port(structs.replace(Settings(data=folder, port=0), **changes))
    async with open_parts(settings) as parts:
        if not parts.engine.directory.agencies:
            await parts.engine.register(list(register_events(contracts, keys, parts.clock.now(), words)))
        app = create_app(parts, pages())
        stopping, ready = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(run(app, settings, stopping=stopping, up=parts.engine.start, ready=lambda _: ready.set()))
            await ready.wait()
            try:
                async with aiohttp.ClientSession() as client:
                    here = f"http://{settings.host}:{settings.port}"
                    yield Whole(url=settings.base_url, here=here, data=folder, client=client, parts=parts, keys=keys)
            finally:
                stopping.set()
                await parts.engine.drain()
