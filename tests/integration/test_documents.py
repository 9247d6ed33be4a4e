"""Documents that agencies give: listed, downloaded by whoever holds the case and nobody else, attached to the PDF."""

from __future__ import annotations

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from contracts.ids import CaseId
from tests.eventually import eventually_async
from tests.gateways import PAPER, TOKENS, Gateway, bearer, running
from workflows.outputs.document import ATTACHMENT

DIGEST = f"sha256:{hashlib.sha256(PAPER).hexdigest()}"
DESCRIBED = {"type": "application/pdf", "name": 'Surat "NIB" <Siti>.pdf', "size": len(PAPER), "digest": DIGEST}


async def applied(gateway: Gateway) -> dict[str, Any]:
    """Apply, and wait until the first agency has given its document."""
    receipt = await gateway.apply("papers")

    async def given() -> bool:
        return bool((await read(gateway, receipt))["steps"][0]["documents"])

    await eventually_async(given)
    return receipt


async def read(gateway: Gateway, receipt: dict[str, Any], path: str = "") -> Any:  # noqa: ANN401  # a JSON answer
    url = f"{gateway.url}/v1/cases/{receipt['case']}{path}"
    async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
        return await response.json()


async def issued(gateway: Gateway) -> dict[str, Any]:
    receipt = await applied(gateway)
    url = f"{gateway.url}/v1/tasks/{receipt['case']}:beta:ask:1/decision"
    decision = {"decision": "contribute", "output": {"number": "7"}}
    async with gateway.client.post(url, json=decision, headers=bearer(TOKENS["officer"])) as response:
        assert response.status == 204, await response.text()

    async def done() -> bool:
        return bool((await read(gateway, receipt))["state"] == "issued")

    await eventually_async(done)
    return receipt


async def test_a_step_lists_its_document_and_the_holder_gets_the_very_bytes(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await applied(gateway)
        step = (await read(gateway, receipt))["steps"][0]
        assert step["documents"] == [
            {"field": "paper", "label": {"id": "Surat keterangan", "en": "Letter"}, "document": DESCRIBED}
        ]
        assert step["output"] == {"number": "scribe/do@1-1", "paper": DESCRIBED}, "the bytes are in no answer"
        url = f"{gateway.url}/v1/cases/{receipt['case']}/documents/{DIGEST}"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            assert (response.status, await response.read()) == (200, PAPER)
            assert response.headers["Content-Type"] == "application/pdf"
            assert response.headers["Content-Disposition"] == 'attachment; filename="surat-nib-siti.pdf"'
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("digest", [f"sha256:{'0' * 64}", "sha256:0", "x" * 500, DIGEST.upper()])
async def test_a_digest_that_the_case_does_not_show_is_not_found(tmp_path: Path, digest: str) -> None:
    async with running(tmp_path) as gateway:
        receipt = await applied(gateway)
        await gateway.parts.journal.keep_document(receipt["case"], b"%PDF-1.4 kept, and in no contribution")
        assert (await read(gateway, receipt, f"/documents/{digest}"))["status"] == 404
        unseen = hashlib.sha256(b"%PDF-1.4 kept, and in no contribution").hexdigest()
        assert (await read(gateway, receipt, f"/documents/sha256:{unseen}"))["status"] == 404


async def test_a_document_of_an_erased_case_is_not_found(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await applied(gateway)
        await gateway.parts.journal.erase(CaseId(receipt["case"]))
        assert (await read(gateway, receipt, f"/documents/{DIGEST}"))["status"] == 404


async def test_operators_see_no_document(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await applied(gateway)
        url = f"{gateway.url}/v1/operations/cases/{receipt['case']}"
        async with gateway.client.get(url, headers=bearer(TOKENS["operator"])) as response:
            seen = await response.text()
        assert DIGEST not in seen
        assert "Surat" not in seen


async def test_the_output_lists_the_document_and_its_pdf_carries_it_byte_for_byte(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await issued(gateway)
        part = (await read(gateway, receipt, "/output"))["output"]["parts"][0]
        assert (part["documents"], part["values"]["paper"]) == (["paper"], DESCRIBED)
        headers = {**bearer(receipt["secret"]), "Accept": "application/pdf"}
        async with gateway.client.get(f"{gateway.url}/v1/cases/{receipt['case']}/output", headers=headers) as response:
            pdf = await response.read()
        attached = {entry.name: entry.content for entry in PdfReader(BytesIO(pdf)).attachment_list}
        assert attached.keys() == {ATTACHMENT, "1-scribe-1.pdf"}
        assert hashlib.sha256(attached["1-scribe-1.pdf"]).hexdigest() == DIGEST.removeprefix("sha256:")
        kind = {"Content-Type": "application/pdf"}
        async with gateway.client.post(f"{gateway.url}/v1/verifications", data=pdf, headers=kind) as response:
            verdict = await response.json()
        assert (verdict["word"], verdict["page"]) == ("valid", "as issued")
        assert verdict["parts"][0]["documents"][0]["digest"] == DIGEST
