"""A whole gateway with its pages and the plans of Purbalingga, over real HTTP, with agencies as a test wants them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from joserfc.jwk import ECKey
from msgspec import Struct, structs

from contracts.calendar import PublishedCalendar
from contracts.contract import Contract
from contracts.events import (
    AgencyRegistered,
    CalendarRegistered,
    ContractRegistered,
    PlanPublished,
    RegisterEvent,
    TokenIssued,
)
from contracts.plan import PublishedPlan
from gateway.app import create_app
from gateway.calls import Calls
from gateway.clock import SystemClock
from gateway.identity.secrets import digest_of
from gateway.pages import pages
from gateway.parts import Parts
from gateway.serving import run, with_port
from gateway.settings import Settings
from tests.conformance.agencies import LOOPBACK
from tests.conformance.rest_office import KnownSecrets
from tests.gateways import agreed, parts_of
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.fake import Behaviour, FakeAgency
from workflows.agencies.payments_http import HttpPayments
from workflows.journal.memory import MemoryJournal
from workflows.loading.calendars import load_calendars
from workflows.loading.contracts import load_contracts
from workflows.loading.hashing import contract_digest, digest
from workflows.loading.plans import load_published

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "purbalingga"
SERVICE: Final = "mulai-usaha"
TOKENS: Final = {
    "officer": "gpt_officer-of-djp-in-the-browser-tests-01",
    "licensing": "gpt_officer-of-dpmptsp-in-browser-tests-01",
    "colleague": "gpt_second-of-dpmptsp-in-browser-tests-01",
    "registrar": "gpt_officer-of-dukcapil-in-browser-tests-1",
    "works": "gpt_officer-of-dpupr-in-the-browser-tests-01",
    "operator": "gpt_operator-in-the-browser-tests-0123456",
    "second": "gpt_second-operator-in-browser-tests-01234",
}
ANSWERS: Final[Mapping[str, str]] = {
    "/nik": "3303 0552 0390 0000",
    "/full_name": "Sri Rahayu",
    "/phone": "081234567890",
    "/kbli": "56103",
    "/business/name": "Warung Bu Sri",
    "/business/address/street": "Jl. Contoh 12 RT 02 RW 05",
    "/business/address/village": "33.03.05.1011",
}
"""What the applicant of these tests answers, by question; everybody is invented (serial 0000 is never issued)."""
WORKER: Final = {"/workers/0/nik": "3303051508950000", "/workers/0/name": "Joko Prasetyo"}


class Stage(Struct, frozen=True, kw_only=True):
    """A running gateway with pages."""

    url: str
    calls: Calls
    parts: Parts
    fake: FakeAgency
    plan: PublishedPlan


@asynccontextmanager
async def stage(
    folder: Path,
    *,
    script: Mapping[str, Iterable[Behaviour]] | None = None,
    also: Sequence[Path] = (),
    **changes: Any,
) -> AsyncGenerator[Stage, None]:
    """Run a gateway that offers the services of the example, and those of the folders `also`, until the block ends."""
    settings = with_port(structs.replace(Settings(data=folder, port=0), **changes))
    contracts: dict[str, Contract] = {}
    for each in (EXAMPLE, *also):
        contracts |= load_contracts(each / "contracts")
    paths = [path for each in (EXAMPLE, *also) for path in sorted((each / "services").glob("*.yaml"))]
    plans = [load_published(path, contracts) for path in paths]
    plan = next(published for published in plans if published.plan.service == SERVICE)
    fake = FakeAgency(SystemClock(), script=script)
    exchange = HttpExchange(LOOPBACK)
    parts = parts_of(settings, folder, journal=MemoryJournal(), fake=fake, payments=_nobody_at_the_till(exchange))
    await parts.engine.register(list(register_events(plans, contracts.values(), parts.clock.now())))
    app = create_app(parts, pages())
    stopping, ready = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(run(app, settings, stopping=stopping, up=parts.engine.start, ready=lambda _: ready.set()))
        await ready.wait()
        try:
            yield Stage(url=settings.base_url, calls=app.state["calls"], parts=parts, fake=fake, plan=plan)
        finally:
            stopping.set()
            await exchange.close()
            await parts.engine.drain()


@cache
def calendars() -> dict[str, PublishedCalendar]:
    """Read the calendars of the example, once."""
    return load_calendars(EXAMPLE / "calendars", year=SystemClock().now().year)


def register_events(
    plans: Iterable[PublishedPlan], contracts: Iterable[Contract], now: datetime
) -> Iterable[RegisterEvent]:
    """Give a register in which the services are offered, and people have tokens."""
    introduced: dict[str, Any] = yaml.safe_load((EXAMPLE / "agencies.yaml").read_text())["agencies"]
    keys = {name: _key(name) for name in introduced}
    for name, about in introduced.items():
        public = {field: value for field, value in keys[name].items() if field != "d"}
        yield AgencyRegistered(
            at=now,
            agency=name,
            title=about["title"]["id"],
            contact=about["contact"],
            keys={"keys": [public]},
            actor="test",
        )
    for contract in contracts:
        yield ContractRegistered(at=now, contract=contract, digest=contract_digest(contract), source="", actor="test")
    for calendar in calendars().values():
        yield CalendarRegistered(at=now, published=calendar, digest=digest(calendar), actor="test")
    for plan in plans:
        yield PlanPublished(at=now, published=plan, actor="test")
        yield from agreed(plan, keys, now)
    people = (
        ("officer", "officer", "djp", "Lukas"),
        ("licensing", "officer", "dpmptsp", "Wati"),
        ("colleague", "officer", "dpmptsp", "Rini"),
        ("registrar", "officer", "dukcapil", "Endang"),
        ("works", "officer", "dpupr", "Hadi"),
        ("operator", "operator", "", "Bagus"),
        ("second", "operator", "", "Citra"),
    )
    for name, role, agency, person in people:
        yield TokenIssued(
            at=now,
            digest=digest_of(TOKENS[name]),
            role=role,  # type: ignore[arg-type]  # one of the words
            agency=agency,
            person=person,
            expires_at=now + timedelta(days=1),
        )


def _key(name: str) -> dict[str, Any]:
    return {**ECKey.generate_key("P-256").as_dict(private=True), "kid": f"{name}/2026-1"}


def _nobody_at_the_till(exchange: HttpExchange) -> HttpPayments:
    """Give a provider of payments that is never there: services in which something is paid are on offer."""
    secrets = KnownSecrets(PAYMENTS__SECRET="nobody-checks-this")
    nowhere = "http://127.0.0.1:9"
    return HttpPayments(
        nowhere, secret="PAYMENTS__SECRET", secrets=secrets, notify="", clock=SystemClock(), exchange=exchange
    )
