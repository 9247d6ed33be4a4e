"""Paying, over real HTTP: the applicant's page, the provider's notices, and those who pretend."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts.events import BillCheckAsked
from gateway.cli.main import main
from gateway.paying import MOST_ALIKE
from tests.eventually import eventually_async
from tests.gateways import TOKENS, bearer, running
from tests.integration.paying import FEE, NOTICES, SECRET, Till, offer, open_till
from workflows.agencies.payments_http import SIGNATURE, SIGNED_AT

STEP = "/langkah/fee"


async def test_a_payment_goes_from_the_page_to_the_joint_output(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        bill = await till.payment(receipt, "to_pay")
        status, page = await till.page(receipt, STEP)
        assert status == 200
        for shown in (
            "Rp150.000",
            "Kas daerah uji",
            "Perda 1/2026",
            bill["code"],
            bill["url"],
            "Saya sudah bayar, periksa",
        ):
            assert shown in page, shown
        async with till.gateway.client.post(bill["url"], data={"do": "pay"}, allow_redirects=False) as response:
            assert response.status == 303
        status, _ = await till.page(receipt, f"{STEP}/periksa", {})
        assert status == 200
        paid = await till.payment(receipt, "paid")
        assert paid["receipt"].startswith("R")
        assert (paid["code"], paid["url"]) == ("", "")

        async def issued() -> bool:
            return bool((await till.view(receipt))["state"] == "issued")

        await eventually_async(issued)
        url = f"{till.gateway.url}/v1/cases/{receipt['case']}/output"
        async with till.gateway.client.get(url, headers=bearer(receipt["secret"])) as response:
            output = (await response.json())["output"]
        (part,) = [each for each in output["parts"] if each["step"] == "fee"]
        assert part["values"] == {"amount": 150_000, "receipt": paid["receipt"]}
        assert part["evidence"]["received_from"] == "payments"
        _, page = await till.page(receipt, STEP)
        assert paid["receipt"] in page


async def test_a_notice_is_no_more_than_a_reason_to_ask(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        lies = json.dumps({"key": till.key(receipt), "state": "paid", "standing": 150_000}).encode()
        assert await till.notice(lies) == 204
        await till.payment(receipt, "to_pay")
        till.pay(receipt)
        assert (await till.told(receipt), await till.told(receipt)) == (204, 204)
        await till.payment(receipt, "paid")
        assert await till.told(receipt) == 204  # doubled, and late
        assert till.books.dump()[till.key(receipt)]["standing"] == 150_000


async def test_a_forged_altered_stale_or_misdirected_notice_moves_nothing(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        till.pay(receipt)
        body = json.dumps({"key": till.key(receipt)}).encode()
        before = (await till.view(receipt))["version"]
        assert await till.notice(body, secret="guessed") == 401
        assert await till.notice(body, signed=b"another body") == 401
        assert await till.notice(body, age_s=3600) == 401
        for headers in ({}, {SIGNATURE: "é", SIGNED_AT: "1"}, {SIGNATURE: "0" * 64, SIGNED_AT: "not a moment"}):
            given = {"Content-Type": "application/json", **headers}
            async with till.gateway.client.post(till.gateway.url + NOTICES, data=body, headers=given) as response:
                assert response.status == 401
        for key in (
            "",
            "x",
            "no-such-case/fee/ask/1",
            f"{receipt['case']}/alpha/ask/1",
            f"{receipt['case']}/fee/ask/7",
            5,
        ):
            assert await till.notice(json.dumps({"key": key}).encode()) == 404, key
        assert await till.notice(b"[]") == 400
        assert (await till.view(receipt))["version"] == before


async def test_a_notice_that_is_replayed_fills_the_journal_and_keeps_the_provider_busy(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        at, body = str(int(datetime.now(UTC).timestamp())), json.dumps({"key": till.key(receipt)}).encode()
        headers = {
            "Content-Type": "application/json",
            SIGNED_AT: at,
            SIGNATURE: till.provider.sign(at, NOTICES, body),
        }
        for _ in range(MOST_ALIKE + 20):
            async with till.gateway.client.post(till.gateway.url + NOTICES, data=body, headers=headers) as response:
                assert response.status == 204
        rows = await till.gateway.parts.journal.read(receipt["case"])
        assert sum(isinstance(row.event, BillCheckAsked) for row in rows) == MOST_ALIKE


async def test_nobody_else_sees_or_checks_a_payment(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt, other = await till.apply(), await till.apply()
        stolen = {"case": receipt["case"], "secret": other["secret"]}
        assert (await till.page(stolen, STEP))[0] == 404
        assert (await till.page(stolen, f"{STEP}/periksa", {}))[0] in {403, 404}
        url = f"{till.gateway.url}/v1/cases/{receipt['case']}/steps/fee/payment-check"
        for headers, status in (({}, 401), (bearer(other["secret"]), 404), (bearer(receipt["secret"]), 200)):
            async with till.gateway.client.post(url, headers=headers) as response:
                assert response.status == status
        async with till.gateway.client.post(
            url.replace("/fee/", "/alpha/"), headers=bearer(receipt["secret"])
        ) as response:
            assert response.status == 409


async def test_two_tabs_that_check_and_decline_at_once_come_to_one_end(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        till.pay(receipt)
        assert (await till.page(receipt, f"{STEP}/periksa", {}))[0] == 200
        assert (await till.page(receipt, f"{STEP}/tidak", {}))[0] in {200, 409}
        await till.payment(receipt, "paid")
        assert till.books.dump()[till.key(receipt)]["refunds"] == 0


async def test_who_declines_lets_the_bill_end_and_the_case_close(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        assert (await till.page(receipt, f"{STEP}/tidak", {}))[0] == 200
        await till.payment(receipt, "declined")
        assert till.books.dump()[till.key(receipt)]["state"] == "cancelled"
        assert "Tidak dibayar" in (await till.page(receipt, STEP))[1]


async def test_another_amount_is_a_persons_and_is_paid_back_once_when_the_case_is_withdrawn(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        till.pay(receipt, 15_000)
        assert await till.told(receipt) == 204
        held = await till.payment(receipt, "held")
        assert held["reason"] == "15000 rupiah were paid, not 150000"
        assert "Jangan membayar lagi" in (await till.page(receipt, STEP))[1]
        url = f"{till.gateway.url}/v1/cases/{receipt['case']}/withdrawal"
        async with till.gateway.client.post(url, headers=bearer(receipt["secret"]), json={}) as response:
            assert response.status == 200
        await till.payment(receipt, "refunded")
        assert till.books.refunded() == [(f"{receipt['case']}/fee/undo/1", 15_000)]
        assert "Dikembalikan" in (await till.page(receipt, STEP))[1]


async def operators_page(till: Till, receipt: dict[str, Any]) -> str:
    headers = bearer(TOKENS["operator"])
    url = f"{till.gateway.url}/operasi/permohonan/{receipt['case']}"
    async with till.gateway.client.get(url, headers=headers) as response:
        assert response.status == 200
        return await response.text()


async def test_money_after_the_end_is_an_incident_that_an_operator_pays_back(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        await till.page(receipt, f"{STEP}/tidak", {})
        await till.payment(receipt, "declined")
        till.pay(receipt)
        assert await till.told(receipt) == 204
        operator = bearer(TOKENS["operator"])
        url = f"{till.gateway.url}/v1/operations/cases/{receipt['case']}"

        async def incident() -> dict[str, object] | None:
            async with till.gateway.client.get(url, headers=operator) as response:
                steps = (await response.json())["view"]["steps"]
            found: dict[str, object] | None = next(step for step in steps if step["step"] == "fee")["incident"]
            return found

        found = await eventually_async(incident)
        assert found is not None
        assert (found["cause"], found["acts"]) == ("late_contribution", ["take-incident", "refund"])
        page = await operators_page(till, receipt)
        for shown in ("Tagihan", "Rp150.000", "uang yang tidak diminta: Rp150.000", "tindakan/refund?"):
            assert shown in page, shown
        body = {"act": "refund", "step": "fee", "reason": "paid after the end"}
        async with till.gateway.client.post(f"{url}/acts", headers=operator, json=body) as response:
            assert response.status == 200, await response.text()

        async def refunded() -> bool:
            return till.books.standing(till.key(receipt)) == 0

        await eventually_async(refunded)

        async def told() -> dict[str, Any] | None:
            async with till.gateway.client.get(url, headers=operator) as response:
                (bill,) = (await response.json())["bills"]
            return bill if bill["payment"]["refund"] == "made" else None

        bill = await eventually_async(told)
        assert bill is not None
        assert [(entry["call"], entry["result"]) for entry in bill["entries"]] == [
            ("make", "made"),
            ("last-look", "ended"),
            ("look", "paid_beside"),
            ("refund-by-hand", "paid_back"),
        ]
        assert (bill["payment"]["code"], bill["payment"]["url"]) == ("", "")
        assert bill["incident"]["owner"]
        assert "Dikembalikan oleh petugas" in await operators_page(till, receipt)
        typed = ["case", "show", receipt["case"], "--url", till.gateway.url, "--token", TOKENS["operator"]]
        said = await asyncio.to_thread(CliRunner().invoke, main, typed)
        assert said.exit_code == 0, said.output
        for shown in ("refund-by-hand", "paid back", bill["payment"]["number"], "IDR 150,000"):
            assert shown in said.output, shown


async def test_a_provider_that_is_down_for_a_while_strands_nothing_and_the_page_says_so(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        till.provider.failures_left = 1
        receipt = await till.gateway.apply("paid")

        async def failed() -> bool:
            steps = (await till.view(receipt))["steps"]
            return any(step["step"] == "fee" and step["state"] == "failed" for step in steps)

        await eventually_async(failed)
        _, page = await till.page(receipt, STEP)
        for shown in ("Tagihan disiapkan", "tidak menjawab", "Tidak ada yang hilang"):
            assert shown in page, shown
        operator = bearer(TOKENS["operator"])
        url = f"{till.gateway.url}/v1/operations/cases/{receipt['case']}/acts"
        body = {"act": "ask-again", "step": "fee", "reason": "the provider is back"}
        async with till.gateway.client.post(url, headers=operator, json=body) as response:
            assert response.status == 200
        await till.payment(receipt, "to_pay")
        assert len(till.books.dump()) == 1


async def test_without_a_provider_no_service_with_a_payment_is_offered_and_it_says_why(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await offer(gateway)
        async with gateway.client.get(f"{gateway.url}/v1/services") as response:
            assert "paid" not in {each["service"] for each in (await response.json())["services"]}
        async with gateway.client.post(
            f"{gateway.url}/v1/services/paid/cases", json={"name": "Siti Contoh"}
        ) as response:
            assert response.status == 410
            assert "no provider of payments" in (await response.json())["detail"]
        body = {"Content-Type": "application/json", SIGNED_AT: "1", SIGNATURE: SECRET}
        async with gateway.client.post(gateway.url + NOTICES, data=b"{}", headers=body) as response:
            assert response.status == 401


async def test_the_catalogue_says_what_is_paid_on_the_way(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        async with till.gateway.client.get(f"{till.gateway.url}/layanan/paid") as response:
            page = await response.text()
        assert FEE.title is not None
        assert f"{FEE.title.id}: Rp150.000" in page
        assert "Gratis" not in page


@pytest.mark.parametrize("page", ["", STEP])
async def test_the_pages_are_in_english_too(page: str, tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        headers = {"Cookie": f"gapura-case-{receipt['case']}={receipt['secret']}; gapura_language=en"}
        url = f"{till.gateway.url}/permohonan/{receipt['case']}{page}"
        async with till.gateway.client.get(url, headers=headers) as response:
            shown = await response.text()
        assert ("IDR 150,000" if page else "To the payment") in shown


async def test_who_says_at_a_terminal_that_it_is_paid_is_not_heard(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        receipt = await till.apply()
        till.pay(receipt)
        typed = [
            "case",
            "check-payment",
            receipt["case"],
            "fee",
            "--url",
            till.gateway.url,
            "--secret",
            receipt["secret"],
        ]
        said = await asyncio.to_thread(CliRunner().invoke, main, typed)
        assert said.exit_code == 0, said.output
        await till.payment(receipt, "paid")
