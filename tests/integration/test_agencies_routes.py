"""What agencies send over real HTTP: callbacks, registrations, agreements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.contract import Limits
from contracts.ids import AskKey
from contracts.wire import Contributed, Refused
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, FORM, TOKENS, Gateway, bearer, running
from workflows.agencies.fake import Behaviour
from workflows.loading.agreements import sign

LATE: Mapping[str, Sequence[Behaviour]] = {"delta/do@1": ["later"]}
CALLBACKS = "/v1/callbacks"


async def accepted(gateway: Gateway) -> tuple[dict[str, Any], str]:
    """Open a case whose last agency has accepted, and answers later; give the receipt and the ask's key."""
    receipt = await gateway.apply("late")

    async def has_accepted() -> bool:
        return any(step["state"] == "accepted" for step in (await view_of(gateway, receipt))["steps"])

    await eventually_async(has_accepted)
    return receipt, f"{receipt['case']}/delta/ask/1"


async def view_of(gateway: Gateway, receipt: dict[str, Any]) -> dict[str, Any]:
    async with gateway.client.get(
        f"{gateway.url}/v1/cases/{receipt['case']}", headers=bearer(receipt["secret"])
    ) as response:
        view: dict[str, Any] = await response.json()
        return view


async def issued(gateway: Gateway, receipt: dict[str, Any]) -> bool:
    return bool((await view_of(gateway, receipt))["state"] == "issued")


async def send(gateway: Gateway, body: bytes, headers: dict[str, str], path: str = CALLBACKS) -> tuple[int, Any]:
    async with gateway.client.post(gateway.url + path, data=body, headers=headers) as response:
        return response.status, (await response.json() if response.status != 204 else None)


def contribution(key: str) -> bytes:
    return msgspec.json.encode(Contributed(key=AskKey(key), output={"number": "D-1"}))


async def test_a_signed_callback_brings_the_case_on(tmp_path: Path) -> None:
    async with running(tmp_path, script=LATE) as gateway:
        receipt, key = await accepted(gateway)
        body = contribution(key)
        status, _ = await send(gateway, body, gateway.signed("delta", CALLBACKS, body, **{"Idempotency-Key": key}))
        assert status == 204

        async def done() -> bool:
            return await issued(gateway, receipt)

        await eventually_async(done)


async def test_the_same_answer_signed_afresh_is_taken_and_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, script=LATE) as gateway:
        _, key = await accepted(gateway)
        body = contribution(key)
        for _ in range(2):
            status, _ = await send(gateway, body, gateway.signed("delta", CALLBACKS, body))
            assert status == 204


async def test_a_replayed_callback_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path, script=LATE) as gateway:
        _, key = await accepted(gateway)
        body = contribution(key)
        headers = gateway.signed("delta", CALLBACKS, body)
        assert (await send(gateway, body, headers))[0] == 204
        status, problem = await send(gateway, body, headers)
        assert (status, problem["type"].rpartition("/")[2]) == (401, "signature-invalid")


async def test_an_agency_cannot_answer_what_another_was_asked(tmp_path: Path) -> None:
    async with running(tmp_path, script=LATE) as gateway:
        receipt, key = await accepted(gateway)
        body = contribution(key)
        status, _ = await send(gateway, body, gateway.signed("alpha", CALLBACKS, body))
        assert status == 404
        assert not await issued(gateway, receipt)


@pytest.mark.parametrize("what", ["body", "digest", "signature", "path", "key", "stale", "unsigned", "forged"])
async def test_an_altered_or_forged_callback_is_refused_and_has_no_effect(what: str, tmp_path: Path) -> None:
    async with running(tmp_path, script=LATE) as gateway:
        receipt, key = await accepted(gateway)
        body = contribution(key)
        headers = gateway.signed("delta", CALLBACKS, body)
        if what == "body":
            body = body.replace(b"D-1", b"D-2")
        elif what == "digest":
            headers["Content-Digest"] = headers["Content-Digest"].replace(":", ":A", 1)
        elif what == "signature":
            headers["Signature"] = headers["Signature"].swapcase()
        elif what == "path":
            headers = gateway.signed("delta", "/v1/elsewhere", body)
        elif what == "key":
            headers["Signature-Input"] = headers["Signature-Input"].replace("delta/delta-1", "alpha/alpha-1")
        elif what == "stale":
            headers["Signature-Input"] = headers["Signature-Input"].replace(";created=1", ";created=0", 1)
        elif what == "unsigned":
            headers = {"Content-Type": "application/json"}
        else:
            gateway.keys["delta"].update(gateway.keys["alpha"] | {"kid": "delta-1"})
            headers = gateway.signed("delta", CALLBACKS, body)
        status, problem = await send(gateway, body, headers)
        assert (status, problem["type"].rpartition("/")[2]) == (401, "signature-invalid")
        assert not await issued(gateway, receipt)


async def test_an_answer_that_breaks_the_contract_is_told_with_every_mistake(tmp_path: Path) -> None:
    async with running(tmp_path, script=LATE) as gateway:
        _, key = await accepted(gateway)
        body = msgspec.json.encode(Contributed(key=AskKey(key), output={"wrong": 1}))
        status, problem = await send(gateway, body, gateway.signed("delta", CALLBACKS, body))
        assert (status, problem["type"].rpartition("/")[2]) == (422, "answer-invalid")
        assert {mistake["pointer"] for mistake in problem["errors"]} == {"/output/number", "/output/wrong"}
        body = msgspec.json.encode(Refused(key=AskKey(key), code="unheard_of"))
        status, problem = await send(gateway, body, gateway.signed("delta", CALLBACKS, body))
        assert problem["errors"][0]["pointer"] == "/code"


async def test_a_contract_is_registered_by_its_agency_and_the_same_again_is_no_change(tmp_path: Path) -> None:
    path = "/v1/agencies/alpha/contracts/do/2.0.0"
    body = msgspec.json.encode(msgspec.structs.replace(CONTRACTS["alpha"], version="2.0.0"))
    async with running(tmp_path) as gateway:
        for expected in (201, 200):
            headers = gateway.signed("alpha", path, body, method="PUT")
            async with gateway.client.put(gateway.url + path, data=body, headers=headers) as response:
                assert response.status == expected, await response.text()
                assert (await response.json())["name"] == "alpha/do@2"
        async with gateway.client.get(gateway.url + path) as response:
            assert (await response.json())["connection"] == {"kind": "wire"}


async def test_another_promise_for_a_registered_version_is_a_conflict_that_says_what_to_do(tmp_path: Path) -> None:
    path = "/v1/agencies/alpha/contracts/do/1.0.0"
    changed = msgspec.structs.replace(CONTRACTS["alpha"], retention="5 years")
    async with (
        running(tmp_path) as gateway,
        gateway.client.put(
            gateway.url + path, json=msgspec.to_builtins(changed), headers=bearer(TOKENS["agency"])
        ) as response,
    ):
        assert response.status == 409
        assert "new version" in (await response.json())["detail"]


async def test_an_operational_record_changes_at_once_and_changes_no_agreement(tmp_path: Path) -> None:
    path = "/v1/agencies/alpha/contracts/do/1.0.0"
    changed = msgspec.structs.replace(CONTRACTS["alpha"], limits=Limits(in_flight=3))
    async with running(tmp_path) as gateway:
        async with gateway.client.put(
            gateway.url + path, json=msgspec.to_builtins(changed), headers=bearer(TOKENS["agency"])
        ) as response:
            assert response.status == 200
            assert (await response.json())["changed"]
        quick = await gateway.calls.service("quick")
        plan = gateway.parts.engine.directory.plan(quick.plan)
        assert plan is not None
        assert plan.contracts["alpha"].limits.in_flight == 3


async def test_all_mistakes_of_a_contract_come_at_once_with_their_lines(tmp_path: Path) -> None:
    path = "/v1/agencies/alpha/contracts/do/1.0.0"
    text = "agency: alpha\ncontract: do\nversion: one\neffect: sometimes\n"
    headers = {**bearer(TOKENS["agency"]), "Content-Type": "application/yaml"}
    async with (
        running(tmp_path) as gateway,
        gateway.client.put(gateway.url + path, data=text, headers=headers) as response,
    ):
        problem = await response.json()
        assert response.status == 422
        assert problem["type"].endswith("/contract-invalid")
        assert len(problem["errors"]) >= 3
        assert any(mistake["detail"].startswith("line 3") for mistake in problem["errors"])


async def test_a_contract_under_another_address_is_refused(tmp_path: Path) -> None:
    path = "/v1/agencies/alpha/contracts/other/9.0.0"
    body = msgspec.to_builtins(CONTRACTS["alpha"])
    async with (
        running(tmp_path) as gateway,
        gateway.client.put(gateway.url + path, json=body, headers=bearer(TOKENS["agency"])) as response,
    ):
        assert response.status == 422
        pointers = {mistake["pointer"] for mistake in (await response.json())["errors"]}
        assert pointers == {"/contract", "/version"}


async def test_a_revoked_signature_takes_the_service_off_the_catalogue_and_open_cases_go_on(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        service = await gateway.calls.service("desk")
        directory = gateway.parts.engine.directory
        digest = directory.agreement_of(service.plan, datetime.now(UTC))
        word = sign(digest, "beta", "revoke", gateway.keys["beta"], now=datetime.now(UTC), reason="The law changed.")
        status, told = await send(
            gateway,
            msgspec.json.encode(word),
            {"Content-Type": "application/json"},
            f"/v1/agreements/{digest}/signatures",
        )
        assert (status, told["in_force"]) == (200, False)
        async with gateway.client.get(f"{gateway.url}/v1/services/desk") as response:
            assert response.status == 410
        async with gateway.client.post(f"{gateway.url}/v1/services/desk/cases", json=FORM) as response:
            assert response.status == 410
        assert (await view_of(gateway, receipt))["state"] == "open"


async def test_a_signature_of_another_key_is_no_word_of_the_agency(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        service = await gateway.calls.service("desk")
        digest = gateway.parts.engine.directory.agreement_of(service.plan, datetime.now(UTC))
        stolen = {**gateway.keys["alpha"], "kid": "beta-1"}
        word = sign(digest, "beta", "revoke", stolen, now=datetime.now(UTC), reason="The law changed.")
        status, _ = await send(
            gateway,
            msgspec.json.encode(word),
            {"Content-Type": "application/json"},
            f"/v1/agreements/{digest}/signatures",
        )
        assert status == 422
        assert (await gateway.calls.service("desk")).service == "desk"


async def test_an_operator_brings_a_service_on_offer_from_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        operator = bearer(TOKENS["operator"])
        key = {name: value for name, value in gateway.keys["alpha"].items() if name != "d"}
        async with gateway.client.put(
            f"{gateway.url}/v1/agencies/alpha", json={"title": "Alpha", "keys": {"keys": [key]}}, headers=operator
        ) as response:
            assert response.status == 204
        service = await gateway.calls.service("quick")
        plan = gateway.parts.engine.directory.plan(service.plan)
        assert plan is not None
        fresh = msgspec.to_builtins(msgspec.structs.replace(plan.plan, service="fresh"))
        async with gateway.client.post(f"{gateway.url}/v1/plans", json=fresh, headers=operator) as response:
            assert response.status == 201, await response.text()
            published = await response.json()
        terms = {
            "plan": published["digest"],
            "instrument": {"kind": "PKS", "number": "1", "date": "2026-01-02"},
            "valid_from": "2026-01-01T00:00:00Z",
            "valid_until": "2096-01-01T00:00:00Z",
            "data_rights_contact": "dpo@lead.example",
        }
        async with gateway.client.post(f"{gateway.url}/v1/agreements", json=terms, headers=operator) as response:
            assert response.status == 201, await response.text()
            proposed = await response.json()
        assert proposed["missing"] == ["lead", "alpha"]
        for agency in proposed["missing"]:
            word = sign(proposed["digest"], agency, "accept", gateway.keys[agency], now=datetime.now(UTC))
            status, _ = await send(
                gateway,
                json.dumps(msgspec.to_builtins(word)).encode(),
                {"Content-Type": "application/json"},
                f"/v1/agreements/{proposed['digest']}/signatures",
            )
            assert status == 200
        assert (await gateway.apply("fresh", Prefer="wait=10"))["view"]["state"] == "issued"


async def test_a_private_key_is_never_taken_into_the_register(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.put(
            f"{gateway.url}/v1/agencies/alpha",
            json={"title": "Alpha", "keys": {"keys": [gateway.keys["alpha"]]}},
            headers=bearer(TOKENS["operator"]),
        ) as response,
    ):
        assert response.status == 422
        assert "private key" in (await response.json())["errors"][0]["detail"]
