"""The shipped service whose output ends, through its years: renewed in time, too early, too late, twice, by others.

The real gateway and its agencies' offices by HTTP, on one clock that is moved on; by the API, and by page.
"""

# pyright: reportPrivateUsage=false
# Tokens end before outputs do: the owner of the data folder makes a new one.

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp

from contracts.events import TokenIssued
from gateway.cli.calling import connect
from gateway.identity.secrets import digest_of, new_token
from tests.gateways import Gateway
from tests.integration.samples import load_samples
from tests.integration.test_draft_pages import Browser
from tests.integration.weeks_case import Api
from tests.integration.weeks_town import Life, MovedClock, WeeksTown
from workflows.core.renewing import BEFORE_ITS_END

SERVICE = "kesesuaian-ruang"
TUESDAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
FORM = next(sample.form for name, sample in load_samples(SERVICE).items() if name.endswith("01-food-stall"))


class Years:
    """One gateway, and a clock on which years pass."""

    def __init__(self, town: WeeksTown, life: Life, session: aiohttp.ClientSession) -> None:
        """Take what is running."""
        self.town, self.life, self.session = town, life, session
        self.api = Api(town.url, session, town.clock.now)

    async def issued(self) -> dict[str, Any]:
        """Apply, and wait for the output; give the receipt, with the view at the end."""
        receipt = await self.api.call("POST", f"/v1/services/{SERVICE}/cases", body=FORM, status=202)
        await self.life.rest()
        return {**receipt, "view": await self.view(receipt)}

    async def view(self, receipt: dict[str, Any]) -> dict[str, Any]:
        view = await self.api.call("GET", f"/v1/cases/{receipt['case']}", receipt["secret"])
        assert view["state"] == "issued"
        return view

    async def verdict(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """Verify an output as anybody does who is shown its credential."""
        output = await self.api.call("GET", f"/v1/cases/{receipt['case']}/output", receipt["secret"])
        url, data = f"{self.town.url}/v1/verifications", output["credential"]
        async with self.session.post(url, data=data, headers={"Content-Type": "application/vc+jwt"}) as response:
            return dict(await response.json())

    async def renew(self, receipt: dict[str, Any], status: int = 201, secret: str = "") -> dict[str, Any]:
        path = f"/v1/cases/{receipt['case']}/renewal"
        return await self.api.call("POST", path, secret or receipt["secret"], status=status)

    async def agree_again(self, plan: str) -> None:
        """Let the agencies sign for three more years."""
        token, now = new_token(), self.town.clock.now()
        until, digest = now + timedelta(days=30), digest_of(token)
        of_owner = TokenIssued(
            at=now, digest=digest, role="operator", agency="", person="owner", expires_at=until, actor="owner"
        )
        await self.life._engine.register([of_owner])
        (self.town.gateway.data / "operator.token").write_text(token, encoding="ascii")
        terms = self.town._terms(SERVICE, plan)
        async with connect(self.town.url, self.town.gateway.operator_token) as client:
            told = await client.send("POST", "/v1/agreements", terms)
        self.town.agreements[SERVICE] = told.json()["digest"]
        await self.town.sign_all()


@asynccontextmanager
async def years(folder: Path) -> AsyncGenerator[Years]:
    town = WeeksTown(folder, SERVICE, MovedClock(TUESDAY))
    async with town.offices(), aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        await town.open()
        async with town.life() as life:
            yield Years(town, life, session)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_an_output_of_three_years_cannot_be_renewed_when_it_should_or_can_when_it_should_not(
    tmp_path: Path,
) -> None:
    async with years(tmp_path) as play:
        old, other = await play.issued(), await play.issued()
        until = moment(old["view"]["after_issue"]["valid_until"])
        opens = moment(old["view"]["after_issue"]["renewable_from"])
        assert (until.date().isoformat(), until - opens) == ("2029-11-24", BEFORE_ITS_END)
        assert (await play.verdict(old))["renewable_from"] == old["view"]["after_issue"]["renewable_from"]
        listed = await play.api.call("GET", f"/v1/operations/cases?service={SERVICE}", play.town.gateway.operator_token)
        assert listed["ends"][old["case"]] == {
            "valid_until": old["view"]["after_issue"]["valid_until"],
            "renewable_from": old["view"]["after_issue"]["renewable_from"],
        }
        early = await play.renew(old, 409)
        assert f"It can be renewed from {opens:%Y-%m-%d} on" in early["detail"]
        await play.life.go_on_to(opens - timedelta(seconds=1))
        await play.renew(old, 409)
        await play.life.go_on_to(opens)
        await play.renew(old, 404, secret=other["secret"])
        draft = await play.renew(old)
        assert (draft["renews"], draft["form"]) == (old["case"], FORM)
        assert (await play.renew(old))["draft"] == draft["draft"]
        assert (await play.verdict(old))["renewed_at"] is None, "what is only begun is called renewed"
        new = {"case": draft["draft"], "secret": old["secret"]}
        path = f"/v1/services/{SERVICE}/drafts/{draft['draft']}/case"
        await play.api.call("POST", path, old["secret"], status=202)
        await play.life.rest()
        fresh = await play.view(new)
        assert moment(fresh["after_issue"]["valid_until"]) > until + timedelta(days=900)
        again = await play.renew(old, 409)
        assert f"It was renewed: {new['case']} has the newer output" in again["detail"]
        verdict = await play.verdict(old)
        assert verdict["word"] == "valid"
        assert moment(verdict["renewed_at"]) == opens
        assert new["case"] not in str(verdict), "who verifies learns of another case"

        await play.life.go_on_to(until + timedelta(days=1))
        for receipt, word, renewed in ((old, "unknown", True), (other, "unknown", False), (new, "valid", False)):
            verdict = await play.verdict(receipt)
            assert (verdict["word"], verdict["renewed_at"] is not None) == (word, renewed)
            assert ([reason["code"] for reason in verdict["reasons"]] == ["expired"]) is (word == "unknown")
        gone = await play.renew(other, 410)
        assert gone["type"].endswith("/gone")
        await play.agree_again(other["view"]["plan"])
        late = await play.renew(other)
        assert (late["renews"], late["offered"]) == (other["case"], True)


async def test_a_citizen_cannot_renew_by_page_what_ends(tmp_path: Path) -> None:
    async with years(tmp_path) as play:
        old = await play.issued()
        browser, page = Browser(cast("Gateway", play.town)), f"/permohonan/{old['case']}"
        try:
            await browser.opens("/permohonan")
            await browser.sends("/permohonan", {"/case": old["case"], "/code": old["secret"]})
            assert "Berlaku sampai 24 November 2029" in browser.page
            assert "Anda dapat memperpanjangnya di sini mulai 26 Agustus 2029" in browser.page
            await browser.opens("/permohonan")
            assert "Anda dapat memperpanjangnya di sini mulai 26 Agustus 2029" in browser.page
            await browser.opens(page)
            assert await browser.sends(f"{page}/perpanjang", {}) == 200  # by a page that is older, or another hand
            assert browser.path == page
            await play.life.go_on_to(moment(old["view"]["after_issue"]["renewable_from"]))
            await browser.opens("/permohonan")
            await browser.sends("/permohonan", {"/case": old["case"], "/code": old["secret"]})
            await browser.opens("/permohonan")
            assert "Anda dapat memperpanjangnya sekarang." in browser.page
            await browser.opens(page)
            assert f'action="{page}/perpanjang"' in browser.page
            assert await browser.sends(f"{page}/perpanjang", {}) == 200
            draft = browser.path
            await browser.opens(f"{draft}/formulir")
            assert browser.value("/full_name") == FORM["full_name"]
            answers = {
                "/nik": FORM["nik"],
                "/full_name": FORM["full_name"],
                "/activity": FORM["activity"],
                "/address/street": FORM["address"]["street"],
                "/address/village": FORM["address"]["village"],
            }
            assert await browser.sends(f"{draft}/formulir", answers) == 200
            await play.life.rest()
            new = f"/permohonan/{draft.rpartition('/')[2]}"
            await browser.opens(new)
            assert "Hasil layanan bersama Anda" in browser.page
            assert page in browser.page
            await browser.opens(page)
            assert "Sudah diperpanjang oleh" in browser.page
            await browser.opens("/verifikasi")
            output = await play.api.call("GET", f"/v1/cases/{old['case']}/output", old["secret"])
            assert await browser.sends("/verifikasi", {"teks": output["credential"]}, {}) == 200
            assert "Diperpanjang: hasil yang baru terbit" in browser.page
            await play.life.go_on_to(moment(old["view"]["after_issue"]["valid_until"]))
            await browser.sends("/verifikasi", {"teks": output["credential"]}, {})
            assert "Asli, tetapi masa berlakunya telah lewat" in browser.page
            assert "Diperpanjang: hasil yang baru terbit" in browser.page
            await browser.opens("/permohonan")
            await browser.sends("/permohonan", {"/case": old["case"], "/code": old["secret"]})
            for path in ("/permohonan", page, f"{page}/hasil"):
                await browser.opens(path)
                assert "tidak berlaku lagi" in browser.page, path
        finally:
            await browser.client.close()
