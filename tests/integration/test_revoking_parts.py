"""An agency takes back its part of an issued output over real HTTP: at its desk, by its system, and by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.eventually import eventually_async
from tests.gateways import TOKENS, Gateway, bearer, running
from tests.integration.test_second_person import SECOND, employed

BUDI, GITA, ALPHA, OPERATOR = (bearer(TOKENS[name]) for name in ("officer", "stranger", "agency", "operator"))
SAID = {
    "reason": "The address was another's.",
    "legal_basis": "UU 30/2014 Pasal 64",
    "objection": "Counter 2, within 21 working days",
}
BY_SYSTEM = "/v1/agencies/alpha/revocations"


async def call(
    gateway: Gateway, method: str, path: str, who: dict[str, str], body: object | None = None, **more: Any
) -> tuple[int, Any]:
    async with gateway.client.request(method, gateway.url + path, headers=who, json=body, **more) as response:
        text = await response.text()
        return response.status, (json.loads(text) if text.startswith(("{", "[")) else text)


async def issued(gateway: Gateway, service: str) -> dict[str, Any]:
    """Apply, let the officer decide, and wait for the output; give the receipt."""
    receipt = await gateway.apply(service)
    task = f"/v1/tasks/{receipt['case']}:beta:ask:1/decision"

    async def decided() -> bool:
        status, _ = await call(gateway, "POST", task, BUDI, {"decision": "contribute", "output": {"number": "B-1"}})
        return status == 204

    await eventually_async(decided)
    await becomes(gateway, receipt, "issued")
    return receipt


async def view_of(gateway: Gateway, receipt: dict[str, Any]) -> dict[str, Any]:
    return dict((await call(gateway, "GET", f"/v1/cases/{receipt['case']}", bearer(receipt["secret"])))[1])


async def becomes(gateway: Gateway, receipt: dict[str, Any], state: str) -> None:
    async def there() -> bool:
        return bool((await view_of(gateway, receipt))["state"] == state)

    await eventually_async(there)


async def verdict_of(gateway: Gateway, receipt: dict[str, Any], kind: str = "application/vc+jwt") -> dict[str, Any]:
    """Fetch the output as its holder does, and have it judged as anybody does."""
    headers = {**bearer(receipt["secret"]), "Accept": kind}
    async with gateway.client.get(f"{gateway.url}/v1/cases/{receipt['case']}/output", headers=headers) as response:
        assert response.status == 200
        presented = await response.read()
    headers = {"Content-Type": kind}
    async with gateway.client.post(f"{gateway.url}/v1/verifications", data=presented, headers=headers) as response:
        judged: dict[str, Any] = await response.json()
        return judged


def beta_of(view: dict[str, Any]) -> dict[str, Any]:
    return next(step for step in view["steps"] if step["step"] == "beta")


def part_of(verdict: dict[str, Any], step: str) -> dict[str, Any]:
    return next(part for part in verdict["parts"] if part["step"] == step)


async def test_an_optional_part_that_its_officer_revokes_is_still_called_valid_or_the_rest_is_not(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as gateway:
        receipt = await issued(gateway, "spare")
        assert not part_of(await verdict_of(gateway, receipt), "beta")["revoked"]
        _, given = await call(gateway, "GET", f"/v1/contributions?case={receipt['case']}", BUDI)
        (mine,) = given["contributions"]
        assert (mine["step"], mine["required"], mine["revoked"]) == ("beta", False, None)
        path = f"/v1/contributions/{mine['key'].replace('/', ':')}/revocation"
        assert (await call(gateway, "POST", path, GITA, SAID))[0] == 404
        status, told = await call(gateway, "POST", path, BUDI, {"reason": "wrong"})
        assert status == 422
        assert {each["pointer"] for each in told["errors"]} == {"/legal_basis", "/objection"}
        unseen = {**SAID, "legal_basis": "\u200b\u200b\u2060", "objection": "\u202e \u2066"}
        status, told = await call(gateway, "POST", path, BUDI, unseen)
        assert (status, {each["pointer"] for each in told["errors"]}) == (422, {"/legal_basis", "/objection"})
        for _ in range(2):  # said twice, it is one revocation
            status, told = await call(gateway, "POST", path, BUDI, SAID)
            assert (status, told["revoked"]["legal_basis"]) == (200, SAID["legal_basis"])

        async def listed() -> bool:
            return bool(part_of(await verdict_of(gateway, receipt), "beta")["revoked"])

        await eventually_async(listed)
        for kind in ("application/vc+jwt", "application/pdf"):
            verdict = await verdict_of(gateway, receipt, kind)
            assert (verdict["word"], part_of(verdict, "alpha")["revoked"]) == ("valid", False)
            assert part_of(verdict, "beta")["revoked_by_law"] == SAID["legal_basis"]
            assert part_of(verdict, "beta")["revoked_at"]
            assert "part_revoked" in {reason["code"] for reason in verdict["reasons"]}
            assert SAID["reason"] not in json.dumps(verdict), "what was written to the applicant is told to anybody"
        view = await view_of(gateway, receipt)
        beta = next(step for step in view["steps"] if step["step"] == "beta")
        assert (view["state"], beta["revoked"]["reason"]) == ("issued", SAID["reason"])
        assert (beta["revoked"]["objection"], beta["revoked"]["actor"]) == (SAID["objection"], "")
        _, operations = await call(gateway, "GET", f"/v1/operations/cases/{receipt['case']}", OPERATOR)
        assert SAID["reason"] not in json.dumps(operations)
        assert '"beta/budi"' in json.dumps(operations)
        _, output = await call(gateway, "GET", f"/v1/cases/{receipt['case']}/output", bearer(receipt["secret"]))
        parts = {part["step"]: part for part in output["output"]["parts"]}
        assert (parts["beta"]["word"], parts["beta"]["revoked"]["reason"]) == ("contributed", SAID["reason"])


async def test_a_required_part_that_its_system_revokes_leaves_the_whole_standing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await issued(gateway, "desk")
        body = json.dumps({"key": f"{receipt['case']}/alpha/ask/1", **SAID}).encode()
        altered = body.replace(b"another", b"of_another")

        async def send(body: bytes, headers: dict[str, str]) -> int:
            async with gateway.client.post(gateway.url + BY_SYSTEM, data=body, headers=headers) as response:
                return response.status

        assert await send(altered, gateway.signed("alpha", BY_SYSTEM, body)) == 401
        assert await send(body, gateway.signed("beta", BY_SYSTEM, body)) == 404
        other = json.dumps({"key": f"{receipt['case']}/beta/ask/1", **SAID}).encode()
        assert await send(other, gateway.signed("alpha", BY_SYSTEM, other)) == 404
        assert (await view_of(gateway, receipt))["state"] == "issued"
        signed = gateway.signed("alpha", BY_SYSTEM, body)
        assert await send(body, signed) == 200
        assert await send(body, signed) == 401, "a signature that was seen counts again"
        await becomes(gateway, receipt, "revoked")
        assert await send(body, {**ALPHA, "Content-Type": "application/json"}) == 200
        verdict = await verdict_of(gateway, receipt)
        assert (verdict["word"], part_of(verdict, "alpha")["revoked"]) == ("revoked", True)
        rows = await gateway.parts.journal.read(receipt["case"])
        (revoked,) = [row.event for row in rows if type(row.event).__name__ == "PartRevoked"]
        assert revoked.evidence.kind == "agency"  # type: ignore[union-attr]  # it is one
        assert revoked.evidence.signature  # type: ignore[union-attr]  # the same


async def test_an_operator_acts_in_an_agencys_place_alone_or_without_evidence(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await issued(gateway, "spare")
        path = f"/v1/operations/cases/{receipt['case']}/acts"
        act = {
            "act": "revoke-part",
            "step": "beta",
            "reason": "their letter",
            "legal_basis": SAID["legal_basis"],
            "remedy": SAID["objection"],
        }
        status, told = await call(gateway, "POST", path, OPERATOR, act)
        assert (status, [each["pointer"] for each in told["errors"]]) == (422, ["/evidence"])
        status, run = await call(gateway, "POST", path, OPERATOR, {**act, "evidence": "letter 12/2026"})
        assert (status, run["state"], run["legal_basis"], run["remedy"]) == (202, "waits", *list(SAID.values())[1:])
        assert beta_of(await view_of(gateway, receipt)).get("revoked") is None
        await employed(gateway)
        approval = f"/v1/operations/bulk/{run['run']}/approval"
        status, run = await call(gateway, "POST", approval, bearer(SECOND), {})
        assert (status, run["done"]) == (200, 1)
        revoked = beta_of(await view_of(gateway, receipt))["revoked"]
        assert {name: revoked[name] for name in SAID} == {**SAID, "reason": "their letter"}


async def test_an_agency_sees_what_it_gave_before_it_is_issued_or_what_others_gave(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("spare")
        assert (await call(gateway, "GET", f"/v1/contributions?case={receipt['case']}", BUDI))[1]["contributions"] == []
        await issued(gateway, "spare")
        _, given = await call(gateway, "GET", "/v1/contributions", BUDI)
        assert {each["step"] for each in given["contributions"]} == {"beta"}
        assert (await call(gateway, "GET", "/v1/contributions", GITA))[1] == {"contributions": [], "next": ""}
        assert (await call(gateway, "GET", "/v1/contributions?cursor=x", BUDI))[0] == 400
        assert (await call(gateway, "GET", "/v1/contributions?case=none", BUDI))[1]["contributions"] == []
