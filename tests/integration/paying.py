"""A gateway whose service `paid` asks for money, and the sandbox of payments over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, structs

from contracts.declared import Derived, Value
from contracts.events import PlanPublished
from contracts.ids import AskKey
from contracts.payments import BillHeld
from contracts.plan import ApplicantTask, Step
from contracts.units import Text
from examples.purbalingga.agencies.bills import Books
from examples.purbalingga.agencies.payments import Provider
from gateway.clock import SystemClock
from gateway.pages import pages
from tests.conformance.agencies import LOOPBACK, serving
from tests.conformance.rest_office import KnownSecrets
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, Gateway, agreed, bearer, plan_of, running
from workflows.agencies.exchange import HttpExchange
from workflows.agencies.payments_http import SIGNATURE, SIGNED_AT, HttpPayments
from workflows.loading.plans import publish

SECRET = "shared-with-the-provider"
NOTICES = "/v1/payments/notices"
FEE = Step(
    title=Text("Retribusi uji", "Test charge"),
    applicant=ApplicantTask(
        page="pay",
        within="7 days",
        amount=Derived(const=150_000),
        payee=Text("Kas daerah uji", "Test treasury"),
        legal_basis="Perda 1/2026",
    ),
    after=["alpha"],
)


class Till(Struct, frozen=True, kw_only=True):
    """A gateway, the provider that it knows, and the provider's books."""

    gateway: Gateway
    provider: Provider
    books: Books
    url: str

    def key(self, receipt: dict[str, Any], number: int = 1) -> AskKey:
        """Give the key of a case's bill."""
        return AskKey(f"{receipt['case']}/fee/ask/{number}")

    async def apply(self) -> dict[str, Any]:
        """Apply, and wait for the bill."""
        receipt = await self.gateway.apply("paid")
        await self.payment(receipt, "to_pay")
        return receipt

    async def view(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """Give the case."""
        url = f"{self.gateway.url}/v1/cases/{receipt['case']}"
        async with self.gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            view: dict[str, Any] = await response.json()
            return view

    async def payment(self, receipt: dict[str, Any], state: str) -> dict[str, Any]:
        """Wait until the payment stands so; give it."""

        async def stands() -> dict[str, Any] | None:
            steps = (await self.view(receipt))["steps"]
            paid = next(step for step in steps if step["step"] == "fee")["payment"]
            return paid if paid is not None and paid["state"] == state else None

        found = await eventually_async(stands)
        assert found is not None
        return found

    def pay(self, receipt: dict[str, Any], amount: int = 150_000) -> None:
        """Pay at a bank."""
        bill = self.books.row("key", self.key(receipt))
        assert bill is not None
        self.books.pay(bill["number"], amount, late=True)

    async def notice(self, body: bytes, *, secret: str = SECRET, age_s: int = 0, signed: bytes | None = None) -> int:
        """Send a notice as somebody may who knows this secret; give the status."""
        at = str(int(datetime.now(UTC).timestamp()) - age_s)
        signature = Provider(self.books, secret).sign(at, NOTICES, body if signed is None else signed)
        headers = {"Content-Type": "application/json", SIGNED_AT: at, SIGNATURE: signature}
        async with self.gateway.client.post(self.gateway.url + NOTICES, data=body, headers=headers) as response:
            return response.status

    async def told(self, receipt: dict[str, Any]) -> int:
        """Send the provider's notice of a case's bill."""
        return await self.notice(json.dumps({"key": self.key(receipt)}).encode())

    async def page(
        self, receipt: dict[str, Any], path: str = "", form: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """Give a page of the case, or post its form."""
        headers = {"Cookie": f"gapura-case-{receipt['case']}={receipt['secret']}; gapura-browser={'b' * 43}"}
        url = f"{self.gateway.url}/permohonan/{receipt['case']}{path}"
        if form is None:
            async with self.gateway.client.get(url, headers=headers) as response:
                return response.status, await response.text()
        async with self.gateway.client.get(
            f"{self.gateway.url}/permohonan/{receipt['case']}", headers=headers
        ) as response:
            token = re.search(r'name="_token" value="([^"]*)"', await response.text())
        form = {**form, "_token": token[1] if token else ""}
        headers |= {"Origin": self.gateway.url, "Sec-Fetch-Site": "same-origin"}
        async with self.gateway.client.post(url, data=form, headers=headers) as response:
            return response.status, await response.text()


@asynccontextmanager
async def open_till(folder: Path, amount: Value | None = None) -> AsyncGenerator[Till]:
    """Run them until the end of the block."""
    books = Books(folder / "books.sqlite")
    provider, exchange = Provider(books, SECRET), HttpExchange(LOOPBACK)
    async with serving(provider.application()) as url:
        payments = HttpPayments(
            url,
            secret="PAYMENTS__SECRET",
            secrets=KnownSecrets(PAYMENTS__SECRET=SECRET),
            notify="",
            clock=SystemClock(),
            exchange=exchange,
        )
        books.pages = url
        async with running(folder, pages=pages(), payments=payments) as gateway:
            await offer(gateway, amount)
            yield Till(gateway=gateway, provider=provider, books=books, url=url)
    await exchange.close()
    books.close()


async def offer(gateway: Gateway, amount: Value | None = None) -> None:
    """Put the service `paid` on offer."""
    plan = plan_of("quick")
    assert FEE.applicant is not None
    fee = structs.replace(FEE, applicant=structs.replace(FEE.applicant, amount=amount or FEE.applicant.amount))
    parts = {**plan.output.parts, "fee": {"amount": "fee.amount", "receipt": "fee.receipt"}}
    paid = structs.replace(
        plan,
        service="paid",
        steps={**plan.steps, "fee": fee},
        output=structs.replace(plan.output, parts=parts),
    )
    published = publish(paid, {entry.name: entry for entry in CONTRACTS.values()})
    now = gateway.parts.clock.now()
    events = [PlanPublished(at=now, published=published, actor="test"), *agreed(published, gateway.keys, now)]
    await gateway.parts.engine.register(events)


def is_held(what: object) -> BillHeld:
    """Give a bill."""
    assert isinstance(what, BillHeld)
    return what
