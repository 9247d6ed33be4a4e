"""A whole gateway over real HTTP on loopback, with a journal in memory and agencies without a network."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc.jwk import ECKey
from msgspec import Struct, field, structs

from contracts.agreement import Instrument
from contracts.contract import Contract, DeskConnection, Example, Promise, Refusal, Undoing, WireConnection
from contracts.declared import Value
from contracts.events import (
    AgencyRegistered,
    AgreementProposed,
    AgreementSigned,
    CalendarRegistered,
    ContractRegistered,
    PlanPublished,
    RegisterEvent,
    TokenIssued,
)
from contracts.plan import ApplicantTask, Fact, Output, Plan, PublishedPlan, ServicePromise, Step
from contracts.units import Text
from contracts.wire import Answer, Ask, Contributed, Refused
from gateway.app import create_app
from gateway.bootstrap import OutputChecks, part_mistakes
from gateway.calls import Calls
from gateway.clock import SystemClock
from gateway.documents import SealDocuments
from gateway.face import Pages
from gateway.identity.secrets import digest_of
from gateway.parts import Parts
from gateway.serving import run, with_port
from gateway.settings import Settings
from observability.metrics import Metrics
from tests.hooks import hooks_of
from tests.unit.workflows.core.office_days import PUBLISHED as OFFICE_DAYS
from workflows.agencies.desk import DeskAgency
from workflows.agencies.fake import Behaviour, FakeAgency
from workflows.agencies.keys import GATEWAY
from workflows.agencies.nonces import MemoryNonces
from workflows.agencies.payments import PaymentsAgency
from workflows.agencies.payments_http import HttpPayments
from workflows.agencies.pull import PullAgency
from workflows.agencies.reading import AnswerChecks
from workflows.agencies.signing import Request, SigningKey, sign_request
from workflows.engines.embedded import EmbeddedEngine
from workflows.engines.world import Ways
from workflows.journal.memory import MemoryJournal
from workflows.journal.vault import FileVault
from workflows.loading.agreements import Terms, propose, sign
from workflows.loading.hashing import agreement_digest, content_digest, contract_digest, digest
from workflows.loading.plans import publish
from workflows.outputs.keys import SigningKeys
from workflows.outputs.seal import LocalSeal
from workflows.ports import Agency, Journal

WORDS = Text(id="Uji", en="Test")
MISSPELT = "Sti Contoh"  # no agency knows this name; it may be corrected
FORM = {"name": "Siti Contoh", "kbli": "47112"}
TOKENS = {
    "operator": "gpt_operator-token-of-the-tests-0123456789",
    "officer": "gpt_officer-token-of-the-tests-01234567890",
    "colleague": "gpt_second-officer-of-the-tests-012345678901",
    "stranger": "gpt_officer-of-another-agency-tests-012345",
    "agency": "gpt_agency-token-of-the-tests-012345678901",
}
AGENCIES = ("lead", "alpha", "beta", "gamma", "delta", "scribe", "keeper")
PAPER = (
    b"%PDF-1.4\n% the paper that scribe signed itself\n%%EOF\n"  # what `scribe` gives, named `Surat "NIB" <Siti>.pdf`
)


class Gateway(Struct, frozen=True, kw_only=True):
    """A running gateway and everything a test may want of it."""

    url: str
    client: aiohttp.ClientSession
    calls: Calls
    parts: Parts
    fake: FakeAgency
    keys: Mapping[str, dict[str, Any]]
    stopping: asyncio.Event
    plans: Mapping[str, PublishedPlan] = field(default_factory=dict[str, PublishedPlan])

    async def apply(self, service: str = "quick", **headers: str) -> dict[str, Any]:
        """Apply for a service with a valid form; give the receipt."""
        path = f"{self.url}/v1/services/{service}/cases"
        async with self.client.post(path, json=FORM, headers=headers) as response:
            assert response.status in {201, 202}, await response.text()
            receipt: dict[str, Any] = await response.json()
            return receipt

    def signed(self, agency: str, path: str, body: bytes, **headers: str) -> dict[str, str]:
        """Give the headers of a request of an agency: signed with its key."""
        method = headers.pop("method", "POST")
        given = {"Content-Type": "application/json", **headers}
        request = Request(method, f"{self.url}{path}", given, body)
        return given | sign_request(request, SigningKey.from_jwk(agency, self.keys[agency]), now=datetime.now(UTC))


def bearer(secret: str) -> dict[str, str]:
    """Give the header that proves something by a secret or token."""
    return {"Authorization": f"Bearer {secret}"}


def contract(agency: str, *, desk: bool = False, effect: str = "reversible") -> Contract:
    """Give a contract that takes a name and gives a number."""
    return Contract(
        agency=agency,
        contract="do",
        version="1.0.0",
        title=WORDS,
        purpose="testing",
        legal_basis="UU 1/2026",
        basis="public_task",
        retention="1 year",
        reads={"name": "identity", "before": "identity"},
        onward=["number"],
        confirms=["name"],
        input={
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string"}, "before": {"type": "string"}},
            "additionalProperties": False,
        },
        output={
            "type": "object",
            "required": ["number"],
            "properties": {"number": {"type": "string"}},
            "additionalProperties": False,
        },
        effect=effect,  # type: ignore[arg-type]  # one of the three words
        undo=Undoing(by="officer" if desk else "system", within="30 days") if effect == "reversible" else None,
        promise=Promise(within="2 days"),
        connection=DeskConnection() if desk else WireConnection(url=f"https://{agency}.example/gapura"),
        examples=[Example(title="a name", input={"name": "Siti Contoh"}, output={"number": "1"})],
        refusals={"no": Refusal(title=WORDS), "fixable": Refusal(title=WORDS, correct=["name"], within="3 days")},
    )


def paper_contract(agency: str, *, desk: bool = False) -> Contract:
    """Give a contract that may take a paper (a document), and gives a number and a paper."""
    plain, paper = contract(agency, desk=desk), {"document": "application/pdf", "x-ui": {"label": PAPER_LABEL}}
    given = {**plain.input, "properties": {**plain.input["properties"], "paper": paper}}
    output = {**plain.output, "properties": {**plain.output["properties"], "paper": paper}}
    reads: dict[str, Any] = {**plain.reads, "paper": "business"}
    return structs.replace(plain, input=given, output=output, reads=reads, onward=["number", "paper"])


PAPER_LABEL = {"id": "Surat keterangan", "en": "Letter"}
CONTRACTS = {
    "alpha": contract("alpha"),
    "beta": paper_contract("beta", desk=True),
    "gamma": contract("gamma", desk=True),
    "delta": contract("delta", effect="final"),
    "scribe": paper_contract("scribe"),
    "keeper": paper_contract("keeper"),
}
SERVICES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("quick", "heard", "signed"), ("alpha",)),
    **dict.fromkeys(("desk", "spare"), ("alpha", "beta")),
    "late": ("alpha", "delta"),
    "papers": ("scribe", "beta"),
    "passed": ("scribe", "keeper"),
    "handed": ("keeper",),
}
ASKED = Step(
    applicant=ApplicantTask(
        page="upload",
        form={
            "type": "object",
            "required": ["agreed", "letter"],
            "properties": {
                "agreed": {"type": "boolean", "const": True, "x-ui": {"component": "tick"}},
                "letter": {"document": "application/pdf"},
            },
            "additionalProperties": False,
        },
        within="7 days",
    ),
    in_={"number": "alpha.number", "name": "form.name"},
)
"""A step of the service `signed`."""
HANDED: dict[str, Any] = {"document": "application/pdf", "x-ui": {"label": PAPER_LABEL}}
"""What the form of the service `handed` asks for besides: its agency reads it."""
ANNOUNCED = Step(wait="2 days", publish={"applicant": "form.name"}, after=["alpha"])
"""A step of the service `heard`."""


FACTS = {
    "name": Fact(authority="alpha", value="form.name", holders=["beta"], purpose="keeping", legal_basis="UU 1/2026"),
    "as_kept": Fact(authority="beta", value="form.name", holders=["alpha"], purpose="keeping", legal_basis="UU 2/2026"),
}
"""Facts that the agencies of the service `spare` keep in step: a desk is asked, and a system."""


def plan_of(service: str) -> Plan:
    """Give the plan of one of the services: its agencies one after the other."""
    agencies = SERVICES[service]
    steps = {
        agency: Step(
            ask=f"{agency}/do@1",
            in_={"name": "form.name", **(_from_before(agencies[index - 1]) if index else {})},
            optional=service == "spare" and agency == "beta",
        )
        for index, agency in enumerate(agencies)
    }
    if service == "signed":
        steps["letter"] = ASKED
    if service == "heard":
        steps["neighbours"] = ANNOUNCED
    asked: dict[str, Any] = {"paper": HANDED} if service == "handed" else {}
    if asked:
        steps["keeper"] = structs.replace(steps["keeper"], in_={"name": "form.name", "paper": "form.paper"})
    shown = {name: [field for field in ("number", "paper") if field in CONTRACTS[name].onward] for name in agencies}
    return Plan(
        service=service,
        version="1.0.0",
        title=WORDS,
        life_event="test/one",
        lead="lead",
        promise=ServicePromise(within="3 days"),
        form={
            "type": "object",
            "required": ["name"],
            "properties": {
                "name": {"type": "string", "minLength": 3},
                "kbli": {"type": "string", "pattern": "^[0-9]{5}$"},
                **asked,
            },
            "additionalProperties": False,
        },
        steps=steps,
        output=Output(
            title=WORDS,
            holder={"name": "form.name"},
            parts={name: {field: f"{name}.{field}" for field in fields} for name, fields in shown.items()},
            valid_for="30 days" if service == "spare" else None,
        ),
        facts=FACTS if service == "spare" else {},
    )


def _from_before(agency: str) -> dict[str, Value]:
    return {"before": f"{agency}.number", **({"paper": f"{agency}.paper"} if agency == "scribe" else {})}


def register_events(keys: Mapping[str, dict[str, Any]], now: datetime) -> Iterable[RegisterEvent]:
    """Give the events of a register in which every service is offered and every token issued."""
    for name in AGENCIES:
        public = {key: value for key, value in keys[name].items() if key != "d"}
        yield AgencyRegistered(at=now, agency=name, title=name.title(), keys={"keys": [public]}, actor="test")
    for entry in CONTRACTS.values():
        yield ContractRegistered(at=now, contract=entry, digest=contract_digest(entry), source="", actor="test")
    yield CalendarRegistered(at=now, published=OFFICE_DAYS, digest=digest(OFFICE_DAYS), actor="test")
    by_name = {entry.name: entry for entry in CONTRACTS.values()}
    for service in SERVICES:
        published = publish(plan_of(service), by_name)
        yield PlanPublished(at=now, published=published, actor="test")
        yield from agreed(published, keys, now)
    people = (
        ("operator", "", "op"),
        ("officer", "beta", "budi"),
        ("colleague", "beta", "sri"),
        ("stranger", "gamma", "gita"),
        ("agency", "alpha", "m"),
    )
    for name, agency, person in people:
        role = "officer" if name in {"stranger", "colleague"} else name
        yield TokenIssued(
            at=now,
            digest=digest_of(TOKENS[name]),
            role=role,  # type: ignore[arg-type]  # one of the three words
            agency=agency,
            person=person,
            expires_at=now + timedelta(days=1),
        )


def agreed(published: PublishedPlan, keys: Mapping[str, dict[str, Any]], now: datetime) -> Iterable[RegisterEvent]:
    """Give an agreement about a plan that every agency of it has signed."""
    terms = Terms(
        instrument=Instrument(kind="PKS", number="1/2026", date="2026-01-02"),
        data_rights_contact="dpo@lead.example",
        valid_from=now - timedelta(days=1),
        valid_until=now + timedelta(days=300),
    )
    agreement = propose(published, terms)
    digest = agreement_digest(agreement)
    yield AgreementProposed(at=now, agreement=agreement, digest=digest, actor="test")
    for agency in published.agencies:
        yield AgreementSigned(at=now, signature=sign(digest, agency, "accept", keys[agency], now=now))


class _Nobody:
    """An observer that nobody listens to."""

    def committed(self, recorded: object) -> None:
        """Take nothing."""

    def attempt_headers(self, *_: object, **__: object) -> str:
        return "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def parts_of(
    settings: Settings, folder: Path, *, journal: Journal, fake: FakeAgency, payments: HttpPayments | None = None
) -> Parts:
    """Put the parts of a gateway together."""
    clock, metrics = SystemClock(), Metrics()
    keys, pull = SigningKeys(folder / "signing-keys.json"), PullAgency(clock)
    seal = LocalSeal(keys, issuer=settings.base_url)
    kinds: dict[str, Agency] = {"wire": fake, "openapi": fake, "pull": pull, "desk": DeskAgency(clock)}
    engine = EmbeddedEngine(
        journal=journal,
        ways=Ways({**kinds, "payments": PaymentsAgency(payments, clock)}),
        seal=seal,
        clock=clock,
        observer=_Nobody(),
        callback=f"{settings.base_url}/v1/callbacks",
    )
    metrics.watch_agencies(engine.protection.standings)
    return Parts(
        settings=settings,
        engine=engine,
        journal=journal,
        clock=clock,
        vault=FileVault(AESGCM.generate_key(256)),
        nonces=MemoryNonces(clock.now),
        checks=AnswerChecks(OutputChecks().check, lambda claim: part_mistakes(claim, engine.directory.keys)),
        pull=pull,
        key=SigningKey.from_jwk(GATEWAY, keys.current.as_dict(private=True)),
        documents=SealDocuments(seal),
        metrics=metrics.render,
        hooks=hooks_of(engine, journal, clock, settings),
        payments=payments,
        finished=lambda method, route, status, seconds, _: metrics.request_ended(method, route, status, seconds),
    )


@asynccontextmanager
async def running(
    folder: Path,
    *,
    script: Mapping[str, Iterable[Behaviour]] | None = None,
    pages: Pages | None = None,
    payments: HttpPayments | None = None,
    **changes: Any,
) -> AsyncGenerator[Gateway, None]:
    """Run a gateway with every service of this file on offer, until the end of the block."""
    settings = with_port(structs.replace(Settings(data=folder, port=0), **changes))
    fake = FakeAgency(SystemClock(), decide=_contribute, script=script)
    parts = parts_of(settings, folder, journal=MemoryJournal(), fake=fake, payments=payments)
    keys = {name: {**ECKey.generate_key("P-256").as_dict(private=True), "kid": f"{name}-1"} for name in AGENCIES}
    await parts.engine.register(list(register_events(keys, parts.clock.now())))
    app = create_app(parts, pages)
    await parts.engine.start()
    stopping, ready = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(app, settings, stopping=stopping, ready=lambda _: ready.set()))
        await ready.wait()
        try:
            async with aiohttp.ClientSession() as client:
                yield Gateway(
                    url=settings.base_url,
                    client=client,
                    calls=app.state["calls"],
                    parts=parts,
                    fake=fake,
                    keys=keys,
                    stopping=stopping,
                )
        finally:
            stopping.set()
            await parts.engine.drain()
            await parts.hooks.close()


def _contribute(ask: Ask, _: Contract) -> Answer:
    if ask.input["name"] == MISSPELT:
        return Refused(key=ask.key, code="fixable", text="as on the identity card")
    output: dict[str, Any] = {"number": f"{ask.contract}-1"}
    if ask.contract.startswith("scribe/"):
        output["paper"] = {"name": 'Surat "NIB" <Siti>.pdf', "bytes": b64encode(PAPER).decode()}
    if ask.contract.startswith("keeper/"):
        output["number"] = content_digest(b64decode(ask.input["paper"]["bytes"]))
    return Contributed(key=ask.key, output=output)
