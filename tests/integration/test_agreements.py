"""Agreements at a live gateway: read by anybody, proposed again with what differs, followed until they end."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from click.testing import CliRunner, Result
from msgspec import structs

from contracts.agreement import Decision
from gateway.cli.main import main
from gateway.pages import pages
from tests.gateways import TOKENS, Gateway, bearer, plan_of, running
from workflows.loading.agreements import sign
from workflows.outputs.pdf import read_pdf

pytestmark = pytest.mark.asyncio(loop_scope="module")
OPERATOR = bearer(TOKENS["operator"])


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="gateway")
async def _gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Gateway, None]:
    async with running(tmp_path_factory.mktemp("gateway"), pages=pages()) as gateway:
        yield gateway


async def send(gateway: Gateway, path: str, body: object) -> tuple[int, Any]:
    headers = {**OPERATOR, "Content-Type": "application/json"}
    content = BytesIO(msgspec.json.encode(body))
    async with gateway.client.post(gateway.url + path, data=content, headers=headers) as response:
        return response.status, await response.json()


async def get(gateway: Gateway, path: str, **headers: str) -> bytes:
    async with gateway.client.get(gateway.url + path, headers=headers) as response:
        assert response.status == 200, (path, response.status)
        return await response.read()


async def proposed(
    gateway: Gateway, service: str, *, version: str = "1.0.0", days: int = 365, started: timedelta = timedelta(days=-1)
) -> str:
    """Publish a plan of this name and propose an agreement on it; give its digest."""
    plan = msgspec.to_builtins(structs.replace(plan_of("quick"), service=service, version=version))
    status, published = await send(gateway, "/v1/plans", plan)
    assert status in {200, 201}, published
    now = datetime.now(UTC)
    terms = {
        "plan": published["digest"],
        "instrument": {"kind": "PKS", "number": version, "date": "2026-01-02"},
        "valid_from": now + started,
        "valid_until": now + timedelta(days=days),
        "data_rights_contact": "dpo@lead.example",
        "signatories": [{"agency": "alpha", "name": "Ani <b>", "office": "Kepala", "mandate": "SK 7"}],
    }
    status, view = await send(gateway, "/v1/agreements", terms)
    assert status == 201, view
    return str(view["digest"])


async def says(
    gateway: Gateway, digest: str, agency: str, decision: Decision = "accept", reason: str = ""
) -> tuple[int, Any]:
    word = sign(digest, agency, decision, gateway.keys[agency], now=datetime.now(UTC), reason=reason)
    return await send(gateway, f"/v1/agreements/{digest}/signatures", word)


async def signed(gateway: Gateway, digest: str) -> None:
    for agency in ("lead", "alpha"):
        assert (await says(gateway, digest, agency))[0] == 200


async def types(gateway: Gateway, *words: object) -> Result:
    typed = [*(str(word) for word in words), "--url", gateway.url]
    return await asyncio.to_thread(CliRunner().invoke, main, typed)


async def listed(gateway: Gateway, query: str) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = msgspec.json.decode(await get(gateway, f"/v1/agreements?{query}"))
    return found["agreements"]


async def test_the_head_of_an_agency_cannot_read_what_is_to_be_signed(gateway: Gateway) -> None:
    digest = await proposed(gateway, "read")
    page = (await get(gateway, f"/kesepakatan/{digest}")).decode()
    for words in (
        "Menunggu tanda tangan",
        "Ani &lt;b&gt;",
        "berdasarkan SK 7",
        "dpo@lead.example",
        digest,
        "PKS 1.0.0",
    ):
        assert words in page
    english = (await get(gateway, f"/kesepakatan/{digest}", Cookie="gapura_language=en")).decode()
    assert "Waits for signatures" in english
    document = await get(gateway, f"/kesepakatan/{digest}/naskah.json")
    assert f"sha256:{hashlib.sha256(document).hexdigest()}" == digest
    for path, headers in (
        (f"/kesepakatan/{digest}/naskah.pdf", {}),
        (f"/v1/agreements/{digest}", {"Accept": "application/pdf"}),
    ):
        pdf = await get(gateway, path, **headers)
        assert read_pdf(pdf, attachment="agreement.json").attachments == [document]
    assert f'href="/kesepakatan/{digest}"' in (await get(gateway, "/kesepakatan?layanan=read")).decode()
    assert f'href="/kesepakatan/{digest}"' not in (await get(gateway, "/kesepakatan?instansi=beta")).decode()


async def test_a_no_without_a_reason_is_taken_or_the_reason_is_told_nowhere(gateway: Gateway) -> None:
    digest = await proposed(gateway, "refused")
    status, said = await says(gateway, digest, "alpha", "reject")
    assert (status, said["errors"][0]["pointer"]) == (422, "/reason")
    status, said = await says(gateway, digest, "alpha", "reject", "Pasal 3 belum jelas.")
    assert (status, said["state"]) == (200, "rejected")
    assert "Pasal 3 belum jelas." in (await get(gateway, f"/kesepakatan/{digest}")).decode()
    async with gateway.client.get(f"{gateway.url}/v1/services/refused") as response:
        assert (response.status, "alpha rejected the agreement" in await response.text()) == (410, True)


async def test_what_differs_from_what_was_signed_is_not_told(gateway: Gateway) -> None:
    first = await proposed(gateway, "again")
    await signed(gateway, first)
    second = await proposed(gateway, "again", version="1.1.0", days=730)
    shown = msgspec.json.decode(await get(gateway, f"/v1/agreements/{second}"))
    assert shown["before"] == first
    told = [each["says"]["en"] for each in shown["differences"]]
    assert any(sentence.startswith("The end was ") for sentence in told)
    assert any("PKS 1.1.0" in sentence for sentence in told)
    page = (await get(gateway, f"/kesepakatan/{second}")).decode()
    assert "Yang berbeda dari yang sudah ditandatangani" in page
    assert f'href="/kesepakatan/{first}"' in page
    assert "Dasar dahulu PKS 1.0.0" in page
    at_terminal = await types(gateway, "agreement", "show", second)
    assert f"Differs from what was signed before ({first})" in at_terminal.stdout
    history = await types(gateway, "agreement", "list", "--service", "again", "--json")
    assert [view["digest"] for view in msgspec.json.decode(history.stdout)["agreements"]] == [second, first]
    assert not msgspec.json.decode(await get(gateway, f"/v1/agreements/{first}"))["before"]


async def test_an_end_that_comes_is_not_told_of_until_a_new_agreement_outlives_it(gateway: Gateway) -> None:
    soon = await proposed(gateway, "ends", days=20)
    await signed(gateway, soon)
    assert [view["digest"] for view in await listed(gateway, "ending=30")] == [soon]
    assert await listed(gateway, "ending=7") == []
    told = await types(gateway, "agreement", "list", "--ending", "30d")
    assert "in 19 days" in told.stdout
    async with gateway.client.get(f"{gateway.url}/operasi", headers=OPERATOR) as response:
        assert f'href="/kesepakatan/{soon}"' in await response.text()
    async with gateway.client.get(f"{gateway.url}/petugas", headers=bearer(TOKENS["officer"])) as response:
        assert "/kesepakatan?instansi=beta" in await response.text()
    await signed(gateway, await proposed(gateway, "ends", version="1.0.1", days=400))
    assert await listed(gateway, "ending=30") == []


async def test_why_a_service_is_not_offered_after_its_agreement_ended_is_not_said(gateway: Gateway) -> None:
    ended = await proposed(gateway, "ended", days=-1, started=timedelta(days=-400))
    await signed(gateway, ended)
    async with gateway.client.get(f"{gateway.url}/v1/services/ended") as response:
        assert (response.status, "its agreement ended on" in await response.text()) == (410, True)
    async with gateway.client.get(f"{gateway.url}/layanan/ended", headers={"Accept": "text/html"}) as response:
        assert 'href="/kesepakatan?layanan=ended"' in await response.text()
    assert "Masa berlakunya lewat" in (await get(gateway, f"/kesepakatan/{ended}")).decode()


async def test_what_is_fetched_cannot_be_checked_without_the_gateway(gateway: Gateway, tmp_path: Path) -> None:
    digest = await proposed(gateway, "offline")
    await says(gateway, digest, "lead")
    assert (await types(gateway, "agreement", "fetch", digest, "--out", tmp_path)).exit_code == 0
    name = "offline-1.0.0.agreement"
    check = ["agreement", "check", f"{tmp_path}/{name}.json", f"{tmp_path}/{name}.lead.accept.jws"]
    keys = ["--keys", f"{tmp_path}/keys.json"]
    waiting = CliRunner().invoke(main, [*check, *keys])
    assert (waiting.exit_code, "lead ✓ accepts" in waiting.stdout) == (1, True)
    await says(gateway, digest, "alpha")
    await types(gateway, "agreement", "fetch", digest, "--out", tmp_path)
    whole = CliRunner().invoke(main, [*check, f"{tmp_path}/{name}.alpha.accept.jws", *keys])
    assert (whole.exit_code, whole.stdout.endswith("In force.\n")) == (0, True), whole.output


@pytest.mark.parametrize("wrong", ["soon", "0d", "-1", "99999d"])
async def test_a_time_that_is_none_shows_a_traceback(gateway: Gateway, wrong: str) -> None:
    said = await types(gateway, "agreement", "list", "--ending", wrong)
    assert (said.exit_code, "write 30d" in said.stderr) == (2, True)
