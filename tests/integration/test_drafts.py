"""Drafts over real HTTP: saved, gone on with, sent, deleted, expired; and forms with documents."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

from msgspec import json, structs

from contracts.events import AgreementSigned, PlanPublished
from tests.eventually import eventually_async
from tests.gateways import CONTRACTS, FORM, PAPER, TOKENS, Gateway, agreed, bearer, plan_of, running
from workflows.loading.agreements import sign
from workflows.loading.hashing import content_digest
from workflows.loading.plans import publish

KEY = {"Idempotency-Key": '"a-wish-of-one-applicant-0001"'}
HANDED = {"name": "Denah.pdf", "bytes": b64encode(PAPER).decode()}
DRAFTS = "/v1/services/quick/drafts"


async def called(
    gateway: Gateway, method: str, path: str, secret: str = "", body: object = None, **headers: str
) -> tuple[int, Any]:
    sent = {**(bearer(secret) if secret else {}), **headers}
    data = None
    if body is not None:
        data, sent = BytesIO(json.encode(body)), {**sent, "Content-Type": "application/json"}
    async with gateway.client.request(method, f"{gateway.url}{path}", data=data, headers=sent) as response:
        text = await response.text()
        return response.status, (await response.json() if text else None)


async def begun(gateway: Gateway, form: dict[str, Any], service: str = "quick") -> tuple[str, str, dict[str, Any]]:
    """Begin a draft; give its path, its secret, and how it is shown."""
    status, receipt = await called(gateway, "POST", f"/v1/services/{service}/drafts", body=form)
    assert status == 201, receipt
    return f"/v1/services/{service}/drafts/{receipt['draft']}", receipt["secret"], receipt["view"]


async def test_a_draft_is_kept_as_it_is_gone_on_with_and_becomes_the_case_of_its_name(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path, secret, view = await begun(gateway, {"name": "x", "unknown": [1]})
        assert (view["form"], view["unfit"], view["offered"]) == ({"name": "x", "unknown": [1]}, [], True)
        status, problem = await called(gateway, "POST", f"{path}/case", secret)
        assert (status, {mistake["pointer"] for mistake in problem["errors"]}) == (422, {"/name", "/unknown"})
        status, view = await called(gateway, "PUT", path, secret, FORM)
        assert (status, view["form"], view["version"]) == (200, FORM, 2)
        assert (await called(gateway, "GET", path, secret))[1] == view
        sent = await asyncio.gather(*(called(gateway, "POST", f"{path}/case", secret) for _ in range(5)))
        assert [status for status, _ in sent] == [202] * 5
        case = path.rpartition("/")[2]
        assert {view["case"] for _, view in sent} == {case}
        for method, where, body in (("GET", path, None), ("PUT", path, FORM), ("DELETE", path, None)):
            assert (await called(gateway, method, where, secret, body))[0] == 409
        assert (await called(gateway, "GET", f"/v1/cases/{case}", secret))[0] == 200


async def test_a_draft_is_no_case_to_anybody_and_nothing_to_strangers(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path, secret, _ = await begun(gateway, FORM)
        draft = path.rpartition("/")[2]
        _, other, _ = await begun(gateway, FORM)
        for method, where, body in (
            ("GET", path, None),
            ("PUT", path, FORM),
            ("DELETE", path, None),
            ("POST", f"{path}/case", None),
        ):
            assert (await called(gateway, method, where, other, body))[0] == 404
            assert (await called(gateway, method, where, "", body))[0] == 401
            elsewhere = where.replace("quick", "desk")
            assert (await called(gateway, method, elsewhere, secret, body))[0] == 404
        assert (await called(gateway, "GET", f"/v1/cases/{draft}", secret))[0] == 404
        assert (await called(gateway, "POST", f"/v1/cases/{draft}/withdrawal", secret, {}))[0] == 404
        operator = TOKENS["operator"]
        assert (await called(gateway, "GET", f"/v1/operations/cases/{draft}", operator))[0] == 404
        assert (await called(gateway, "GET", "/v1/operations/cases", operator))[1]["cases"] == []
        assert await gateway.calls.drafts.count() == 2


async def test_one_wish_is_one_draft_and_the_last_save_of_two_windows_counts(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        replies = await asyncio.gather(*(called(gateway, "POST", DRAFTS, body=FORM, **KEY) for _ in range(5)))
        assert {(status, reply["draft"], reply["secret"]) for status, reply in replies} == {
            (201, replies[0][1]["draft"], replies[0][1]["secret"])
        }
        assert (await called(gateway, "POST", DRAFTS, body={"name": "another"}, **KEY))[0] == 422
        path, secret = f"{DRAFTS}/{replies[0][1]['draft']}", replies[0][1]["secret"]
        first = (await called(gateway, "PUT", f"{path}?since=1", secret, {"name": "first window"}))[1]
        second = (await called(gateway, "PUT", f"{path}?since=1", secret, {"name": "second window"}))[1]
        again = (await called(gateway, "PUT", f"{path}?since=3", secret, {"name": "second window"}))[1]
        assert (first["overwrote"], second["overwrote"], second["form"]) == (False, True, {"name": "second window"})
        assert (again["version"], again["overwrote"]) == (3, False)
        assert (await called(gateway, "PUT", f"{path}?since=x", secret, FORM))[0] == 400


async def test_a_draft_that_is_deleted_or_over_is_no_more_and_its_key_is_gone(tmp_path: Path) -> None:
    async with running(tmp_path, drafts_days=0.5 / 86_400) as gateway:
        deleted, secret, _ = await begun(gateway, FORM)
        assert (await called(gateway, "DELETE", deleted, secret))[0] == 204
        expired, kept, _ = await begun(gateway, FORM)

        async def none_is_kept() -> bool:
            return not await gateway.calls.drafts.count()

        await eventually_async(none_is_kept)
        for path, held in ((deleted, secret), (expired, kept)):
            assert (await called(gateway, "GET", path, held))[0] == 404
            assert (await called(gateway, "POST", f"{path}/case", held))[0] == 404
        assert await gateway.parts.journal.read_all(after=0) == [
            row for row in await gateway.parts.journal.read_all(after=0) if row.stream == "register"
        ]


async def test_what_fills_the_disk_is_not_kept(tmp_path: Path) -> None:
    async with running(tmp_path, drafts_most=2, drafts_mib=1) as gateway:
        path, secret, _ = await begun(gateway, {})
        assert (await called(gateway, "PUT", path, secret, {"name": "x" * 70_000}))[0] == 409
        large = {"paper": {"bytes": b64encode(PAPER + b"x" * 600_000).decode()}}
        handed, held, _ = await begun(gateway, large, "handed")
        assert (await called(gateway, "POST", DRAFTS, body=FORM))[0] == 503
        more = {"paper": {"bytes": b64encode(PAPER + b"y" * 600_000).decode()}}
        status, view = await called(gateway, "PUT", handed, held, more)
        assert status == 200
        assert (await called(gateway, "PUT", handed, held, {"paper": HANDED}))[0] == 503
        # What is there already takes no more space.
        assert (await called(gateway, "PUT", handed, held, {**view["form"], "name": "Siti Contoh"}))[0] == 200
        assert (await called(gateway, "POST", f"{handed}/case", held))[0] == 202
        assert (await called(gateway, "DELETE", path, secret))[0] == 204
    async with running(tmp_path) as gateway:
        statuses = [(await called(gateway, "POST", DRAFTS, body={}))[0] for _ in range(32)]
        assert (statuses[0], statuses[-1]) == (201, 429)


async def test_a_draft_goes_on_with_the_newest_form_and_says_what_that_does_not_take(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path, secret, _ = await begun(gateway, {**FORM, "kbli": "47112"})
        engine, now = gateway.parts.engine, gateway.parts.clock.now()
        before = plan_of("quick")
        form = {**before.form, "properties": {"name": before.form["properties"]["name"], "size": {"type": "integer"}}}
        newer = publish(
            structs.replace(before, version="2.0.0", form=form), {entry.name: entry for entry in CONTRACTS.values()}
        )
        await engine.register([PlanPublished(at=now, published=newer, actor="test"), *agreed(newer, gateway.keys, now)])
        view = (await called(gateway, "GET", path, secret))[1]
        assert (view["form"], view["unfit"]) == ({"name": FORM["name"]}, ["/kbli"])
        assert (await called(gateway, "PUT", path, secret, {**view["form"], "size": 3}))[1]["unfit"] == []
        status, case = await called(gateway, "POST", f"{path}/case", secret)
        assert (status, case["plan"]) == (202, newer.digest)


async def test_a_draft_of_a_service_that_is_no_more_offered_is_kept_and_not_sent(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path, secret, _ = await begun(gateway, FORM)
        await _revoke(gateway)
        assert (await called(gateway, "GET", path, secret))[1]["offered"] is False
        assert (await called(gateway, "PUT", path, secret, {"name": "Siti"}))[0] == 200
        assert (await called(gateway, "POST", f"{path}/case", secret))[0] == 410
        assert (await called(gateway, "POST", DRAFTS, body=FORM))[0] == 410
        assert (await called(gateway, "DELETE", path, secret))[0] == 204


async def _revoke(gateway: Gateway) -> None:
    """Let `alpha` revoke its signature under everything."""
    engine, now = gateway.parts.engine, gateway.parts.clock.now()
    published = publish(plan_of("quick"), {entry.name: entry for entry in CONTRACTS.values()})
    agreement = engine.directory.agreement_of(published.digest, now)
    signature = sign(agreement, "alpha", "revoke", gateway.keys["alpha"], now=now, reason="The law changed.")
    await engine.register([AgreementSigned(at=now, signature=signature)])


# --- forms with documents -------------------------------------------------------------------------------------


async def test_a_document_of_the_first_form_is_kept_shown_and_read_by_its_agency(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        body = {"name": "Siti Contoh", "paper": HANDED}
        where, sent = "/v1/services/handed/cases", {**KEY, "Prefer": "wait=5"}
        replies = await asyncio.gather(*(called(gateway, "POST", where, body=body, **sent) for _ in range(4)))
        assert {(status, reply["case"]) for status, reply in replies} == {(201, replies[0][1]["case"])}
        receipt, digest = replies[0][1], content_digest(PAPER)
        assert receipt["view"]["steps"][0]["output"]["number"] == digest
        (shown,) = receipt["view"]["documents"]
        assert (shown["field"], shown["document"]["name"], shown["document"]["digest"]) == (
            "paper",
            "Denah.pdf",
            digest,
        )
        path = f"{gateway.url}/v1/cases/{receipt['case']}/documents/{digest}"
        async with gateway.client.get(path, headers=bearer(receipt["secret"])) as response:
            assert await response.read() == PAPER
        assert await gateway.calls.drafts.count() == 0


async def test_a_draft_keeps_its_documents_and_sends_them(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        path, secret, view = await begun(gateway, {"paper": HANDED}, "handed")
        assert view["form"]["paper"]["digest"] == content_digest(PAPER)
        kept = {**view["form"], "name": "Siti Contoh"}
        assert (await called(gateway, "PUT", path, secret, kept))[1]["form"] == kept
        assert (await called(gateway, "POST", f"{path}/case", secret))[0] == 202
        case = path.rpartition("/")[2]

        async def issued() -> bool:
            return str((await called(gateway, "GET", f"/v1/cases/{case}", secret))[1]["state"]) == "issued"

        await eventually_async(issued)


async def test_a_document_that_is_not_what_is_asked_leaves_nothing_behind(tmp_path: Path) -> None:
    digest = content_digest(PAPER)
    described = {"type": "application/pdf", "name": "x", "size": len(PAPER), "digest": digest}
    async with running(tmp_path) as gateway:
        before = len(await gateway.parts.journal.read_all(after=0))
        for paper in (
            {"name": "x.pdf", "bytes": b64encode(b"GIF89a no pdf").decode()},
            {"bytes": ""},
            {"bytes": "%%%"},
            {"name": "../../etc/passwd", "bytes": HANDED["bytes"], "more": 1},
            {"link": "https://files.example/x.pdf"},
            "https://files.example/x.pdf",
            described,
            [HANDED, HANDED],
            {"name": "x" * 200, "bytes": HANDED["bytes"]},
        ):
            for where in ("drafts", "cases"):
                if where == "drafts" and isinstance(paper, list):
                    continue  # no document, and a draft is not judged
                body = {"name": "Siti Contoh", "paper": paper}
                status, problem = await called(gateway, "POST", f"/v1/services/handed/{where}", body=body)
                assert (status, problem["errors"][0]["pointer"].split("/")[1]) == (422, "paper"), (where, paper)
        assert len(await gateway.parts.journal.read_all(after=0)) == before


async def test_a_form_with_a_document_is_read_as_large_as_one_may_be_and_no_larger(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        large = {"name": "Siti Contoh", "paper": {"bytes": b64encode(PAPER + b"x" * 9_000_000).decode()}}
        assert (await called(gateway, "POST", "/v1/services/handed/cases", body=large))[0] == 202
        assert (await called(gateway, "POST", "/v1/services/quick/cases", body=large))[0] == 413
        larger = {"paper": {"bytes": b64encode(PAPER + b"x" * 10_500_000).decode()}}
        status, problem = await called(gateway, "POST", "/v1/services/handed/drafts", body=larger)
        assert (status, "10 MiB" in problem["errors"][0]["detail"]) == (422, True)
        largest = {"paper": {"bytes": "x" * 16_000_000}}
        assert (await called(gateway, "POST", "/v1/services/handed/drafts", body=largest))[0] == 413


async def test_many_large_forms_at_once_of_one_address_keep_others_out(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        places = [gateway.calls.limits.uploads.one("127.0.0.1") for _ in range(8)]
        large = {"name": "Siti Contoh", "paper": {"bytes": b64encode(PAPER + b"x" * 1_000_000).decode()}}
        assert (await called(gateway, "POST", "/v1/services/handed/cases", body=large))[0] == 429
        small = {"name": "Siti Contoh", "paper": HANDED}
        assert (await called(gateway, "POST", "/v1/services/handed/cases", body=small))[0] == 202
        others = [gateway.calls.limits.uploads.one(f"somebody {number}") for number in range(24)]
        for place in places:
            place.leave()
        assert (await called(gateway, "POST", "/v1/services/handed/cases", body=large))[0] == 202
        for place in others:
            place.leave()
