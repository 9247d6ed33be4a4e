"""The whole product, ready to be measured: a gateway of its own, everything registered, agreed and on offer."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from joserfc.jwk import ECKey

from gateway.cli.bench.load import RequestWork
from gateway.cli.bench.work import AGENCIES, INTAKE, SERVICE, contracts, form, services
from gateway.cli.calling import connect
from gateway.cli.demo.processes import GatewayProcess
from gateway.clock import SystemClock
from workflows.loading.agreements import sign

if TYPE_CHECKING:
    from gateway.cli.client import Client

WAIT_S: Final = 30
JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


def agency_keys() -> dict[str, dict[str, Any]]:
    """Make a key for each agency."""
    return {
        agency: {**ECKey.generate_key("P-256").as_dict(private=True), "kid": "bench-1", "alg": "ES256", "use": "sig"}
        for agency in AGENCIES
    }


class Product:
    """A gateway whose agencies are the stand-in's, with parts that are `attested` or `signed`."""

    def __init__(self, folder: Path, stand_in: str, *, parts: str) -> None:
        """Take an empty folder and the stand-in's address."""
        folder.mkdir(parents=True)
        self._agencies = f"{stand_in}/{parts}"
        # Spans are made and sent in batches to the stand-in: a sink, but the work of making and sending is all there.
        self.gateway = GatewayProcess(
            folder / "data", environment={"OTEL_EXPORTER_OTLP_ENDPOINT": stand_in, "GAPURA_LOG_LEVEL": "warning"}
        )

    async def open(self, keys: Mapping[str, dict[str, Any]]) -> None:
        """Start the gateway and put both services on offer."""
        self.gateway.start()
        async with connect(self.gateway.url, self.gateway.operator_token) as operator:
            for agency in AGENCIES:
                public = {name: value for name, value in keys[agency].items() if name != "d"}
                body = {"title": agency.upper(), "contact": f"{agency}@example.org", "keys": {"keys": [public]}}
                await operator.send("PUT", f"/v1/agencies/{agency}", body)
            for contract in contracts(self._agencies):
                await self._register(operator, contract)
            for plan in services():
                await self._offer(operator, plan, keys)

    async def _register(self, operator: Client, contract: dict[str, Any]) -> None:
        agency = contract["agency"]
        body = {"role": "agency", "person": agency, "agency": agency, "valid_for": "1 day"}
        token = (await operator.send("POST", "/v1/tokens", body)).json()["token"]
        async with connect(self.gateway.url, token) as own:
            where = f"/v1/agencies/{agency}/contracts/{contract['contract']}/{contract['version']}"
            await own.send("PUT", where, contract)

    async def _offer(self, operator: Client, plan: bytes, keys: Mapping[str, dict[str, Any]]) -> None:
        yaml = {"Content-Type": "application/yaml"}
        published = (await operator.call("POST", "/v1/plans", body=plan, headers=yaml)).json()
        now = SystemClock().now() - timedelta(minutes=1)
        terms = {
            "plan": published["digest"],
            "instrument": {"kind": "PKS", "number": "000/BENCH/2026", "date": "2026-11-02"},
            "valid_from": now.isoformat(),
            "valid_until": (now + timedelta(days=365)).isoformat(),
            "exhausted_owner": "nobody: this is a measurement",
            "data_rights_contact": "dpo@example.org",
        }
        agreed = (await operator.send("POST", "/v1/agreements", terms)).json()["digest"]
        for agency in AGENCIES:
            signature = sign(agreed, agency, "accept", keys[agency], now=SystemClock().now())
            await operator.send("POST", f"/v1/agreements/{agreed}/signatures", signature)

    async def intake_payloads(self) -> dict[str, Any]:
        """Hand one form in to the desk; give the payloads of intake, case and catalogue, and where the case is."""
        async with connect(self.gateway.url) as anybody:
            receipt = (await anybody.send("POST", f"/v1/services/{INTAKE}/cases", form())).json()
            catalogue = await anybody.get("/v1/services")
        path = f"/v1/cases/{receipt['case']}"
        async with connect(self.gateway.url, receipt["secret"]) as applicant:
            case = await applicant.get(path)
        return {"intake": receipt, "case": case, "catalogue": catalogue}

    def applying(self, body: str) -> RequestWork:
        """Give the request of the reference case: apply, and wait for the whole joint output."""
        fields = {**JSON, "Prefer": f"wait={WAIT_S}"}
        path = f"/v1/services/{SERVICE}/cases"
        return RequestWork(
            url=self.gateway.url, method="POST", path=path, fields=fields, body=body, status=201, fresh=True
        )

    def alone(self, body: str, receipt: Mapping[str, str]) -> dict[str, RequestWork]:
        """Give the three requests by which the gateway alone is measured."""
        url, secret = self.gateway.url, {"Authorization": f"Bearer {receipt['secret']}"}
        return {
            "intake": RequestWork(
                url=url,
                method="POST",
                path=f"/v1/services/{INTAKE}/cases",
                fields=JSON,
                body=body,
                status=202,
                fresh=True,
            ),
            "case": RequestWork(url=url, method="GET", path=f"/v1/cases/{receipt['case']}", fields={**JSON, **secret}),
            "catalogue": RequestWork(url=url, method="GET", path="/v1/services", fields=JSON),
        }

    def bytes_per_case(self) -> float:
        """Give how much of the journal's file each case takes, as long as it holds nothing else but the register."""
        journal = self.gateway.data / "journal.sqlite"
        with closing(sqlite3.connect(journal)) as opened:
            found = opened.execute("SELECT count(*) FROM streams WHERE service = ?", (SERVICE,)).fetchone()
        return journal.stat().st_size / max(1, int(found[0]))


def receipt_of(payloads: Mapping[str, Any]) -> Mapping[str, str]:
    """Give the receipt among the payloads."""
    return cast("Mapping[str, str]", payloads["intake"])
