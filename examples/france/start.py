"""A gateway beside the recorded answers: everything is registered and agreed, as operator and agencies would do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import yaml
from joserfc.jwk import ECKey

from contracts.connection import OpenApiConnection
from contracts.contract import Contract
from examples.france.prepared import EXAMPLE
from gateway.cli.calling import connect
from gateway.cli.demo.processes import GatewayProcess
from gateway.clock import SystemClock
from workflows.loading.agreements import sign
from workflows.loading.bindings import secrets_of

SERVICE: Final = "dossier-de-candidature"
_PLAN: Final = EXAMPLE / "services" / f"{SERVICE}.yaml"
_YAML: Final = {"Content-Type": "application/yaml"}


def gateway_for(contracts: Mapping[str, Contract], folder: Path) -> GatewayProcess:
    """Give a gateway, not started, that keeps a token for each secret that the contracts name."""
    named = [
        secret.secret
        for contract in contracts.values()
        if isinstance(contract.connection, OpenApiConnection)
        for _, secret in secrets_of(contract.connection)
    ]
    environment = {f"GAPURA_SECRET_{name}": f"jwt-of-this-run-{name.lower()}" for name in named}
    return GatewayProcess(folder / "gateway", environment=environment)


class Founding:
    """Registers agencies, contracts and the plan, and lets everybody sign."""

    def __init__(self, gateway: GatewayProcess) -> None:
        """Take a gateway that serves."""
        self._gateway = gateway
        self._people = cast("dict[str, Any]", yaml.safe_load((EXAMPLE / "agencies.yaml").read_text(encoding="utf-8")))
        self._keys = {agency: _new_key() for agency in self._people["agencies"]}

    async def found(self, contracts: Mapping[str, Contract]) -> list[str]:
        """Do all of it; give the names of the agencies that have signed."""
        async with connect(self._gateway.url, self._gateway.operator_token) as operator:
            for agency, about in self._people["agencies"].items():
                keys = {"keys": [self._keys[agency].as_dict(private=False)]}
                body = {"title": about["title"]["id"], "contact": about["contact"], "keys": keys}
                await operator.send("PUT", f"/v1/agencies/{agency}", body)
        for contract in contracts.values():
            await self._register(contract)
        async with connect(self._gateway.url, self._gateway.operator_token) as operator:
            published = await operator.call("POST", "/v1/plans", body=_PLAN.read_bytes(), headers=_YAML)
            proposed = await operator.send("POST", "/v1/agreements", self._terms(published.json()["digest"]))
        return await self._sign_all(proposed.json()["digest"])

    async def _register(self, contract: Contract) -> None:
        async with connect(self._gateway.url, self._gateway.operator_token) as operator:
            wanted = {"role": "agency", "person": "register", "agency": contract.agency, "valid_for": "1 day"}
            token = (await operator.send("POST", "/v1/tokens", wanted)).json()["token"]
        async with connect(self._gateway.url, token) as own:
            path = f"/v1/agencies/{contract.agency}/contracts/{contract.contract}/{contract.version}"
            await own.send("PUT", path, contract)

    def _terms(self, plan: str) -> dict[str, Any]:
        begins = SystemClock().now() - timedelta(minutes=1)
        agencies = self._people["agencies"].items()
        return {
            "plan": plan,
            **self._people["agreement"],
            "valid_from": begins.isoformat(),
            "valid_until": (begins + timedelta(days=365)).isoformat(),
            "signatories": [{"agency": name, **about["signatory"]} for name, about in agencies],
        }

    async def _sign_all(self, agreement: str) -> list[str]:
        async with connect(self._gateway.url) as client:
            for agency, key in self._keys.items():
                private = cast("dict[str, Any]", key.as_dict(private=True))
                signature = sign(agreement, agency, "accept", private, now=SystemClock().now())
                await client.send("POST", f"/v1/agreements/{agreement}/signatures", signature)
        return list(self._keys)


def _new_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "signing-1", "alg": "ES256", "use": "sig"})
