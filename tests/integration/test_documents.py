"""Documents that agencies give: listed, downloaded by whoever holds the case and nobody else, attached to the PDF."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from contracts.events import StepAsked
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
            assert response.headers["Content-Disposition"] == f'attachment; filename="{receipt["case"]}-paper.pdf"'
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


LETTER = b"%PDF-1.4\n% the letter of the desk\n%%EOF\n"
LETTER_DIGEST = f"sha256:{hashlib.sha256(LETTER).hexdigest()}"


async def decided(gateway: Gateway, case: str, output: dict[str, Any]) -> tuple[int, Any]:
    url = f"{gateway.url}/v1/tasks/{case}:beta:ask:1/decision"
    decision = {"decision": "contribute", "output": output}
    async with gateway.client.post(url, json=decision, headers=bearer(TOKENS["officer"])) as response:
        return response.status, await response.json() if response.status != 204 else None


async def test_an_officer_gets_the_document_that_another_agency_gave(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case = (await applied(gateway))["case"]
        url = f"{gateway.url}/v1/tasks/{case}:beta:ask:1"

        async def asked() -> bool:
            async with gateway.client.get(url, headers=bearer(TOKENS["officer"])) as response:
                return response.status == 200

        await eventually_async(asked)
        async with gateway.client.get(url, headers=bearer(TOKENS["officer"])) as response:
            assert (await response.json())["input"]["paper"] == DESCRIBED
        async with gateway.client.get(f"{url}/documents/{DIGEST}", headers=bearer(TOKENS["officer"])) as response:
            assert (response.status, await response.read()) == (200, PAPER)


async def test_a_document_of_the_desk_is_taken_over_the_api_with_all_mistakes_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await applied(gateway)
        wrong = {"name": "surat.pdf", "bytes": b64encode(b"<html>").decode()}
        status, told = await decided(gateway, receipt["case"], {"number": 7, "paper": wrong})
        assert (status, {error["pointer"] for error in told["errors"]}) == (422, {"/output/number", "/output/paper"})
        unknown = {"type": "application/pdf", "name": "a.pdf", "size": 9, "digest": LETTER_DIGEST}
        status, told = await decided(gateway, receipt["case"], {"number": "7", "paper": unknown})
        assert status == 422, "a description alone is no document"
        given = {"name": "surat.pdf", "bytes": b64encode(LETTER).decode()}
        assert await decided(gateway, receipt["case"], {"number": "7", "paper": given}) == (204, None)
        url = f"{gateway.url}/v1/cases/{receipt['case']}/documents/{LETTER_DIGEST}"
        async with gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            assert await response.read() == LETTER


@pytest.mark.parametrize("said", [{"size": len(PAPER) + 1}, {"type": "image/png"}], ids=["size", "type"])
async def test_a_document_that_the_case_has_cannot_be_described_as_another(
    tmp_path: Path, said: dict[str, object]
) -> None:
    async with running(tmp_path) as gateway:
        case = (await applied(gateway))["case"]
        status, told = await decided(gateway, case, {"number": "7", "paper": {**DESCRIBED, **said}})
        assert (status, [mistake["pointer"] for mistake in told["errors"]]) == (422, ["/output/paper"])
        assert await decided(gateway, case, {"number": "7", "paper": DESCRIBED}) == (204, None)


async def test_a_document_reaches_the_next_agency_whole_and_the_journal_as_its_description(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        receipt = await gateway.apply("passed", Prefer="wait=10")
        _, keeper = (await read(gateway, receipt))["steps"]
        assert keeper["output"]["number"] == DIGEST, "of the bytes that it was sent"
        recorded = await gateway.parts.journal.read(receipt["case"])
        asked = next(row.event for row in recorded if isinstance(row.event, StepAsked) and row.event.step == "keeper")
        assert asked.input is not None
        assert asked.input["paper"] == DESCRIBED
