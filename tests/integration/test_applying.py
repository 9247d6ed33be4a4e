"""Applying over real HTTP: one endpoint, one case, one output."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from contracts.views import JointOutput
from tests.gateways import FORM, TOKENS, bearer, running
from workflows.outputs.credential import CREDENTIAL_TYPE, credential_of, decode_credential, encode_credential
from workflows.outputs.document import ATTACHMENT
from workflows.outputs.jws import peek_jws
from workflows.outputs.pdf import read_pdf

KEY = '"8e03978e-40d5-43dd-bc93-6894a57f9324"'


async def test_waiting_gives_the_whole_output_or_no_success(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.post(
            f"{gateway.url}/v1/services/quick/cases", json=FORM, headers={"Prefer": "wait=10"}
        ) as response,
    ):
        receipt = await response.json()
        assert response.status == 201
        assert response.headers["Preference-Applied"] == "wait=10"
        assert response.headers["Location"] == f"/v1/cases/{receipt['case']}/output"
        assert receipt["view"]["state"] == "issued"


async def test_without_waiting_the_case_is_accepted_and_can_be_followed(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.post(f"{gateway.url}/v1/services/desk/cases", json=FORM) as response,
    ):
        receipt = await response.json()
        assert response.status == 202
        assert response.headers["Location"] == f"/v1/cases/{receipt['case']}"
        url = f"{gateway.url}{response.headers['Location']}"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as read:
            assert read.status == 200
            assert (await read.json())["case"] == receipt["case"]


async def test_a_wait_that_is_too_short_promises_nothing(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.post(
            f"{gateway.url}/v1/services/desk/cases", json=FORM, headers={"Prefer": "wait=1"}
        ) as response,
    ):
        assert response.status == 202
        assert "Preference-Applied" not in response.headers


async def test_all_mistakes_of_a_form_come_at_once_with_pointers(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.post(
            f"{gateway.url}/v1/services/quick/cases", json={"name": "x", "kbli": "4", "more": 1}
        ) as response,
    ):
        problem = await response.json()
        assert response.status == 422
        assert response.content_type == "application/problem+json"
        assert problem["type"].endswith("/problems/form-invalid")
        assert {mistake["pointer"] for mistake in problem["errors"]} == {"/name", "/kbli", "/more"}


async def test_the_same_wish_again_gives_the_same_case_and_secret(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        first = await gateway.apply("quick", **{"Idempotency-Key": KEY})
        second = await gateway.apply("quick", **{"Idempotency-Key": KEY})
        assert (first["case"], first["secret"]) == (second["case"], second["secret"])


async def test_another_body_under_the_same_key_is_refused_and_does_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await gateway.apply("quick", **{"Idempotency-Key": KEY})
        async with gateway.client.post(
            f"{gateway.url}/v1/services/quick/cases", json={"name": "Another"}, headers={"Idempotency-Key": KEY}
        ) as response:
            assert response.status == 422
            assert (await response.json())["type"].endswith("/problems/key-reused")


async def test_fifty_at_once_with_one_key_open_one_case(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipts = await asyncio.gather(*(gateway.apply("desk", **{"Idempotency-Key": KEY}) for _ in range(50)))
        assert len({receipt["case"] for receipt in receipts}) == 1
        assert len({receipt["secret"] for receipt in receipts}) == 1


async def test_a_service_that_was_never_offered_is_not_found(tmp_path: Path) -> None:
    async with (
        running(tmp_path) as gateway,
        gateway.client.post(f"{gateway.url}/v1/services/none/cases", json=FORM) as response,
    ):
        assert response.status == 404


async def test_the_output_comes_as_json_credential_and_pdf(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("quick", Prefer="wait=10")
        url, secret = f"{gateway.url}/v1/cases/{receipt['case']}/output", bearer(receipt["secret"])
        async with gateway.client.get(url, headers=secret) as response:
            output = await response.json()
            assert output["output"]["parts"][0]["values"] == {"number": "alpha/do@1-1"}
        async with gateway.client.get(url, headers={**secret, "Accept": "application/vc+jwt"}) as response:
            assert (await response.text()) == output["credential"]
        async with gateway.client.get(url, headers={**secret, "Accept": "application/pdf"}) as response:
            assert (await response.read()).startswith(b"%PDF-")
        async with gateway.client.get(url, headers={**secret, "Accept": "image/png"}) as response:
            assert response.status == 406


async def test_a_presented_credential_is_judged_without_a_login(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("quick", Prefer="wait=10")
        url = f"{gateway.url}/v1/cases/{receipt['case']}/output"
        headers = {**bearer(receipt["secret"]), "Accept": "application/vc+jwt"}
        async with gateway.client.get(url, headers=headers) as response:
            credential = await response.text()
        for presented, word in ((credential, "valid"), (credential[:-3] + "AAA", "altered"), ("hello", "unknown")):
            async with gateway.client.post(
                f"{gateway.url}/v1/verifications", data=presented, headers={"Content-Type": "text/plain"}
            ) as response:
                verdict = await response.json()
                assert verdict["word"] == word, verdict


async def test_an_output_says_for_ever_what_its_credential_says(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("quick", Prefer="wait=10")
        renamed = {"title": "Another Name", "keys": gateway.parts.engine.directory.keys["alpha"]}
        async with gateway.client.put(
            f"{gateway.url}/v1/agencies/alpha", json=renamed, headers=bearer(TOKENS["operator"])
        ) as response:
            assert response.status == 204
        url = f"{gateway.url}/v1/cases/{receipt['case']}/output"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            outcome = await response.json()
        sealed = decode_credential(peek_jws(outcome["credential"], typ=CREDENTIAL_TYPE).payload)
        shown = msgspec.convert(outcome["output"], type=JointOutput)
        again = credential_of(shown, issuer=sealed.issuer, status=sealed.credential_status)
        assert sealed.credential_subject.agreement.startswith("sha256:")
        assert encode_credential(again) == encode_credential(sealed)


async def test_the_code_of_an_output_is_judged_with_the_credential_that_it_stands_for(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("quick", Prefer="wait=10")
        url = f"{gateway.url}/v1/cases/{receipt['case']}/output"
        headers = {**bearer(receipt["secret"]), "Accept": "application/pdf"}
        async with gateway.client.get(url, headers=headers) as response:
            code = next(link for link in read_pdf(await response.read(), attachment=ATTACHMENT).links if "#" in link)
        for presented, word, parts in ((code, "valid", ["alpha"]), (f"{code[:-3]}AAA", "altered", [])):
            async with gateway.client.post(
                f"{gateway.url}/v1/verifications", data=presented, headers={"Content-Type": "text/plain"}
            ) as response:
                verdict = await response.json()
            assert (verdict["word"], verdict["presented"]) == (word, "code" if parts else verdict["presented"])
            assert [part["step"] for part in verdict["parts"]] == parts
            if parts:
                assert verdict["status_checked"]
                assert verdict["reasons"][0]["code"] == "code_only"


async def test_while_a_case_is_open_it_has_no_output(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("desk")
        url = f"{gateway.url}/v1/cases/{receipt['case']}/output"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            assert response.status == 409
