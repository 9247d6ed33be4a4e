"""Steps that the applicant does, over real HTTP: what is asked, answering it with a document, declining."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec

from tests.eventually import eventually_async
from tests.gateways import FORM, MISSPELT, PAPER, TOKENS, Gateway, bearer, running
from workflows.loading.hashing import content_digest

LETTER = {"name": "Surat.pdf", "bytes": b64encode(PAPER).decode()}
ANSWERS = {"agreed": True, "letter": LETTER}


async def called(gateway: Gateway, method: str, path: str, token: str, body: object = None) -> tuple[int, Any]:
    headers = bearer(token) | {"Content-Type": "application/json"}
    sent = None if body is None else BytesIO(msgspec.json.encode(body))
    async with gateway.client.request(method, f"{gateway.url}{path}", data=sent, headers=headers) as response:
        return response.status, await response.json()


async def asked(gateway: Gateway) -> tuple[str, str, dict[str, Any]]:
    """Open a case and wait until it asks its applicant for something: give it, its secret, and what is asked."""
    receipt = await gateway.apply("signed")
    case, secret = receipt["case"], receipt["secret"]
    found: list[dict[str, Any]] = []

    async def asks() -> bool:
        found[:] = (await called(gateway, "GET", f"/v1/cases/{case}", secret))[1]["actions"]
        return bool(found)

    await eventually_async(asks)
    return case, secret, found[0]


async def test_a_document_that_the_applicant_hands_in_is_kept_and_the_case_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case, secret, action = await asked(gateway)
        assert (action["step"], action["page"], action["given"]["name"]) == ("letter", "upload", FORM["name"])
        path = f"/v1/cases/{case}/steps/letter/answer"
        status, view = await called(gateway, "POST", path, secret, {"answers": ANSWERS})
        assert (status, view["actions"], view["marks"]) == (200, [], [])
        digest = content_digest(PAPER)
        assert digest in str(view["steps"])
        async with gateway.client.get(
            f"{gateway.url}/v1/cases/{case}/documents/{digest}", headers=bearer(secret)
        ) as response:
            assert await response.read() == PAPER
        assert (await called(gateway, "POST", path, secret, {"answers": ANSWERS}))[0] == 409
        assert (await called(gateway, "POST", path, secret, {"decline": True}))[0] == 409


async def test_every_mistake_of_an_answer_is_told_and_nothing_is_recorded(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case, secret, _ = await asked(gateway)
        path = f"/v1/cases/{case}/steps/letter/answer"
        wrong = {"agreed": False, "letter": {"name": "x.pdf", "bytes": b64encode(b"no pdf").decode()}, "more": 1}
        status, problem = await called(gateway, "POST", path, secret, {"answers": wrong})
        assert status == 422
        assert {mistake["pointer"] for mistake in problem["errors"]} == {"/agreed", "/letter", "/more"}
        assert (await called(gateway, "POST", path, secret, {}))[0] == 422
        assert (await called(gateway, "GET", f"/v1/cases/{case}", secret))[1]["marks"] == ["waiting"]


async def test_declining_refuses_what_the_output_needs(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case, secret, _ = await asked(gateway)
        status, view = await called(gateway, "POST", f"/v1/cases/{case}/steps/letter/answer", secret, {"decline": True})
        assert (status, view["outcome"], view["state"]) == (200, "refused", "refused")


async def test_only_the_holder_answers_and_only_a_step_of_theirs(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case, secret, _ = await asked(gateway)
        assert (await called(gateway, "POST", f"/v1/cases/{case}/steps/alpha/answer", secret, {"answers": {}}))[
            0
        ] == 409
        other = (await gateway.apply("quick"))["secret"]
        assert (await called(gateway, "POST", f"/v1/cases/{case}/steps/letter/answer", other, {"answers": ANSWERS}))[
            0
        ] == 404
        inspected = await called(gateway, "GET", f"/v1/operations/cases/{case}", TOKENS["operator"])
        assert inspected[1]["view"]["actions"] == []


async def test_an_item_that_never_was_is_told_of_as_one_that_asks_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case, secret, _ = await asked(gateway)
        path = f"/v1/cases/{case}/steps/letter/answer"
        said = await called(gateway, "POST", path, secret, {"answers": ANSWERS, "item": "never"})
        assert (said[0], said[1]["type"].rpartition("/")[2]) == (409, "not-possible-now")


async def test_a_document_that_the_page_takes_is_too_large_for_the_api(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        case, secret, _ = await asked(gateway)
        path = f"/v1/cases/{case}/steps/letter/answer"
        scan = {"name": "Scan.pdf", "bytes": b64encode(PAPER + b"x" * 9_000_000).decode()}
        stranger = (await gateway.apply("quick"))["secret"]
        assert (await called(gateway, "POST", path, stranger, {"answers": {**ANSWERS, "letter": scan}}))[0] == 404
        elsewhere = f"/v1/cases/{case}/steps/alpha/answer"
        assert (await called(gateway, "POST", elsewhere, secret, {"answers": {"x": scan}}))[0] == 413
        assert (await called(gateway, "POST", f"/v1/cases/{case}/corrections", secret, {"answers": scan}))[0] == 413
        status, view = await called(gateway, "POST", path, secret, {"answers": {**ANSWERS, "letter": scan}})
        assert (status, view["actions"]) == (200, [])


async def test_a_correction_of_a_form_with_documents_is_not_read_as_large_as_they_may_be(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        form = {"name": MISSPELT, "paper": LETTER}
        async with gateway.client.post(f"{gateway.url}/v1/services/handed/cases", json=form) as response:
            receipt = await response.json()
        scan = {"name": "Scan.pdf", "bytes": b64encode(PAPER + b"x" * 2_000_000).decode()}
        case, secret = receipt["case"], receipt["secret"]

        async def sent_back() -> bool:
            return bool((await called(gateway, "GET", f"/v1/cases/{case}", secret))[1]["corrections"])

        await eventually_async(sent_back)
        body = {"answers": {"name": "Siti Baru", "paper": scan}}
        status, problem = await called(gateway, "POST", f"/v1/cases/{case}/corrections", secret, body)
        assert (status, problem["detail"]) == (409, "Only /name may be changed now, not /paper/bytes, /paper/name.")
