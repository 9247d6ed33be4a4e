"""A signed PDF that came back: recorded by one operator, counted once another approves it, checked by anybody."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from click.testing import CliRunner

from contracts.events import RegisterEvent
from gateway.cli.main import main
from gateway.pages import pages
from gateway.pages.posting import token_for
from tests.gateways import TOKENS, Gateway, running
from tests.integration.test_agreements import get, proposed, says, send, types
from tests.integration.test_second_person import BY_SECOND, SECOND, employed
from workflows.loading.hashing import content_digest
from workflows.ports import REGISTER
from workflows.projections.directory import Directory

pytestmark = pytest.mark.asyncio(loop_scope="module")
BROWSER = "b" * 43
COOKIES = f"gapura-browser={BROWSER}; gapura-role-operator={TOKENS['operator']}"
TODAY = datetime.now(UTC).date()


@pytest_asyncio.fixture(scope="module", loop_scope="module", name="gateway")
async def _gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Gateway, None]:
    async with running(tmp_path_factory.mktemp("gateway"), pages=pages()) as gateway:
        await employed(gateway)
        yield gateway
        afresh = Directory()  # what is on record must be taken by the next start
        for row in await gateway.parts.journal.read(REGISTER):
            afresh.apply(cast("RegisterEvent", row.event))


async def returned(gateway: Gateway, digest: str) -> bytes:
    return await get(gateway, f"/kesepakatan/{digest}/naskah.pdf")


def paper(content: bytes, **changes: object) -> dict[str, Any]:
    said = {
        "agency": "alpha",
        "file": b64encode(content).decode(),
        "name": "Budi",
        "office": "Kepala Dinas",
        "mandate": "SK 9/2026",
        "number": "12/2026",
        "date": str(TODAY),
        "signed_on": str(TODAY),
        "note": "By courier.",
    }
    return {**said, **changes}


async def decided(gateway: Gateway, run: str, what: str, body: object = None) -> tuple[int, Any]:
    url = f"{gateway.url}/v1/operations/bulk/{run}/{what}"
    async with gateway.client.post(url, json=body or {}, headers=BY_SECOND) as response:
        return response.status, await response.json()


async def state(gateway: Gateway, digest: str) -> str:
    return str(msgspec.json.decode(await get(gateway, f"/v1/agreements/{digest}"))["view"]["state"])


async def test_a_word_on_paper_counts_by_one_person_or_is_not_to_be_checked_offline(
    gateway: Gateway, tmp_path: Path
) -> None:
    digest = await proposed(gateway, "paper")
    await says(gateway, digest, "lead")
    content = await returned(gateway, digest)
    status, run = await send(gateway, f"/v1/agreements/{digest}/papers", paper(content))
    assert (status, run["state"], run["act"], run["person"]) == (200, "waits", "record-signed", "Budi")
    assert (run["paper"]["found"], run["paper"]["file"]) == ("none", content_digest(content))
    again = await send(gateway, f"/v1/agreements/{digest}/papers", paper(content))
    assert again[1]["run"] == run["run"] or again[1]["paper"]["at"] != run["paper"]["at"]
    assert await state(gateway, digest) == "waits"
    assert (await decided(gateway, run["run"], "approval"))[0] == 200
    assert await state(gateway, digest) == "in_force"
    page = (await get(gateway, f"/kesepakatan/{digest}")).decode()
    for words in ("Budi", "Kepala Dinas", "SK 9/2026", "12/2026", content_digest(content)):
        assert words in page
    async with gateway.client.get(f"{gateway.url}/v1/services/paper") as response:
        assert response.status == 200
    name = f"{tmp_path}/paper-1.0.0.agreement"
    assert (await types(gateway, "agreement", "fetch", digest, "--out", tmp_path)).exit_code == 0
    (tmp_path / "back.pdf").write_bytes(content)
    (tmp_path / "altered.pdf").write_bytes(content + b"\n")
    handed = [f"{name}.lead.accept.jws", f"{name}.alpha.accept.record.jws", f"{tmp_path}/back.pdf"]
    check = ["agreement", "check", f"{name}.json", *handed, "--keys", f"{tmp_path}/keys.json"]
    whole = CliRunner().invoke(main, check)
    assert (whole.exit_code, whole.stdout.endswith("In force.\n")) == (0, True), whole.output
    odd = CliRunner().invoke(main, [*check, f"{tmp_path}/altered.pdf"])
    assert "altered.pdf does not count: no record that counts names this file" in " ".join(odd.stdout.split())
    without = CliRunner().invoke(main, [part for part in check if "record" not in part])
    assert without.exit_code == 1


async def test_a_pdf_of_another_agreement_or_a_half_told_paper_is_recorded(gateway: Gateway) -> None:
    digest, other = await proposed(gateway, "wrong"), await proposed(gateway, "another")
    wrong = paper(
        await returned(gateway, other),
        agency="beta",
        name=" ",
        number="\u200b",
        decision="revoke",
        date="tomorrow",
        signed_on=str(TODAY + timedelta(days=2)),
        note="",
    )
    status, said = await send(gateway, f"/v1/agreements/{digest}/papers", wrong)
    told = {each["pointer"]: each["detail"] for each in said["errors"]}
    assert status == 422
    assert told.keys() == {"/agency", "/name", "/number", "/reason", "/date", "/signed_on", "/note", "/file"}
    assert "another agreement" in told["/file"]
    for content in (b"", b"%PDF-1.4", b"x" * (10 * 1024 * 1024 + 1)):
        status, said = await send(gateway, f"/v1/agreements/{digest}/papers", paper(content))
        assert (status, [each["pointer"] for each in said["errors"]]) == (422, ["/file"])
    assert (await send(gateway, "/v1/agreements/sha256:0/papers", paper(b"x")))[0] == 404


async def test_what_a_review_finds_wrong_goes_on_counting(gateway: Gateway) -> None:
    digest = await proposed(gateway, "glass")
    await says(gateway, digest, "lead")
    content = await returned(gateway, digest)
    _, run = await send(gateway, f"/v1/agreements/{digest}/papers", paper(content, break_glass=True))
    assert (run["review"], await state(gateway, digest)) == ("due", "in_force")
    found = {"right": False, "text": "It is not his signature."}
    assert (await decided(gateway, run["run"], "review", found))[0] == 200
    assert await state(gateway, digest) == "waits"


async def test_a_revocation_on_paper_leaves_the_service_on_offer(gateway: Gateway) -> None:
    digest = await proposed(gateway, "taken-back")
    for agency in ("lead", "alpha"):
        await says(gateway, digest, agency)
    body = paper(await returned(gateway, digest), decision="revoke", reason="The law changed.")
    _, run = await send(gateway, f"/v1/agreements/{digest}/papers", body)
    await decided(gateway, run["run"], "approval")
    assert await state(gateway, digest) == "revoked"
    async with gateway.client.get(f"{gateway.url}/v1/services/taken-back") as response:
        assert (response.status, "alpha revoked the agreement" in await response.text()) == (410, True)
    assert "The law changed." in (await get(gateway, f"/kesepakatan/{digest}")).decode()


async def posted(gateway: Gateway, digest: str, content: bytes, **changes: str) -> tuple[int, str]:
    form = aiohttp.FormData()
    told = {k: v for k, v in paper(content).items() if k != "file"} | {"decision": "accept", "kind": "letter"} | changes
    for name, value in {"_token": token_for(BROWSER), **{f"/{name}": value for name, value in told.items()}}.items():
        form.add_field(name, value)
    form.add_field("/file", content, filename="back.pdf", content_type="application/pdf")
    url = f"{gateway.url}/operasi/kesepakatan/{digest}"
    headers = {"Cookie": COOKIES, "Sec-Fetch-Site": "same-origin"}
    async with gateway.client.post(url, data=form, headers=headers, allow_redirects=False) as response:
        return response.status, response.headers.get("Location", "") or await response.text()


async def test_an_operator_cannot_record_a_paper_in_a_browser(gateway: Gateway) -> None:
    digest = await proposed(gateway, "by-page")
    listed = (await get(gateway, "/operasi/kesepakatan", Cookie=COOKIES)).decode()
    assert f'href="/operasi/kesepakatan/{digest}"' in listed
    form = (await get(gateway, f"/operasi/kesepakatan/{digest}", Cookie=COOKIES)).decode()
    assert "Nama penanda tangan" in form
    content = await returned(gateway, digest)
    status, page = await posted(gateway, digest, b"%PDF-1.4 nothing", name="")
    assert (status, "PDF yang ditandatangani" in page) == (422, True)
    other = await returned(gateway, await proposed(gateway, "by-page-other"))
    status, page = await posted(gateway, digest, other)
    assert (status, "PDF ini memuat kesepakatan lain" in page) == (422, True)
    status, place = await posted(gateway, digest, content)
    assert (status, place.startswith("/operasi/massal/")) == (303, True)
    run = (await get(gateway, place, Cookie=f"gapura-browser={BROWSER}; gapura-role-operator={SECOND}")).decode()
    for words in ("PDF kesepakatan yang ditandatangani", "Budi", "Kepala Dinas", content_digest(content)):
        assert words in run
    file = f"/operasi/kesepakatan/{digest}/berkas/{content_digest(content)}"
    assert await get(gateway, file, Cookie=COOKIES) == content
    async with gateway.client.get(gateway.url + file.replace(digest, "sha256:0"), headers={"Cookie": COOKIES}) as no:
        assert no.status == 404


async def test_the_command_line_does_not_find_the_agreement_in_the_pdf(gateway: Gateway, tmp_path: Path) -> None:
    digest = await proposed(gateway, "by-command")
    (tmp_path / "back.pdf").write_bytes(await returned(gateway, digest))
    (tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4 a scan")
    said = ["--agency", "alpha", "--name", "Budi", "--office", "Kepala", "--number", "1", "--note", "By courier."]
    said += ["--date", str(TODAY), "--signed-on", str(TODAY), "--token", TOKENS["operator"]]
    recorded = await types(gateway, "agreement", "record-signed", tmp_path / "back.pdf", *said)
    assert recorded.exit_code == 0, recorded.output
    assert "Electronic signatures in it: there is none" in recorded.stdout
    assert "Another operator approves it: gapura approval approve" in recorded.stdout
    nameless = await types(gateway, "agreement", "record-signed", tmp_path / "scan.pdf", *said)
    assert (nameless.exit_code, "has no agreement attached" in nameless.stderr) == (1, True)
    named = await types(gateway, "agreement", "record-signed", tmp_path / "scan.pdf", "--agreement", digest, *said)
    assert (named.exit_code, "/file" in named.stderr) == (4, True)
